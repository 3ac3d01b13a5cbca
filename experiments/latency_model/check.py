#!/usr/bin/env python3
"""Predictions of `lts fit` on 100 architectures that it has not measured.

usage: check.py [--lts build/release/lts] [--hardware FILE] [--budget 60] [--others 100]
                [--skip-transfer] [-o FOLDER]

The others are drawn from the published space with a fixed seed, none of those that the fit measured
among them, and measured twice, each time in another order: half of the time passes between the two
readings of a model, so that their difference is how well the machine repeats itself. A prediction is
compared with the mean of the two, the interval with each of them. FOLDER keeps models and readings.
"""

import argparse
import json
import pathlib
import random
import statistics
import sys
import tempfile

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from common import LTS, ROOT, json_of  # noqa: E402

sys.path.insert(0, str(ROOT / "tests" / "oracle"))
import layer_cost_reader  # noqa: E402

# Patient: a reading of the default rule ends in half a second, which is short beside the drift of a
# virtual machine.
STOP = ["--set", "stop={relative_ci: 0.005, min_runs: 20, max_runs: 500, max_seconds: 3}"]
GENES = ["n_layer", "d_model", "d_inner", "n_head"]
WIDTHS = range(128, 961, 64)


def published_members():
    return [(n, d, i, h) for n in range(1, 11) for d in WIDTHS for i in WIDTHS for h in (2, 4, 8)]


def text_of(genes):
    return "gpt2:" + ",".join(f"{name}={value}" for name, value in zip(GENES, genes))


def measured_by(model):
    """Genes of the rows of a model file; each row is one line of JSON."""
    lines = pathlib.Path(model).read_text(encoding="utf-8").split("\nrows:\n")[1].splitlines()
    rows = [json.loads(line.removeprefix("  - ")) for line in lines]
    return {tuple(row[name] for name in GENES) for row in rows}


def readings(args, others, overrides, seed):
    """{genes: [first, second]} seconds."""
    orders = [random.Random(seed).sample(others, len(others)),
              random.Random(seed + 1).sample(others, len(others))]
    found = {genes: [] for genes in others}
    for order in orders:
        entries = json_of(args.lts, "profile", *map(text_of, order), "--hardware", args.hardware,
                          *STOP, *overrides, "--json")
        for genes, entry in zip(order, entries, strict=True):
            found[genes].append(entry["latency"]["median_s"])
    return found


def predictions(model):
    """{genes: (value, low, high)} of every member, by a reader of the file that is not ours."""
    with open(model, encoding="utf-8") as file:
        fitted = yaml.safe_load(file)
    error = layer_cost_reader.interval_error(fitted)
    out = {}
    for genes in published_members():
        value = layer_cost_reader.cost(fitted, layer_cost_reader.member(*genes))
        out[genes] = (value, value * (1 - error), value * (1 + error))
    return out


def report(title, found, predicted):
    errors, repeats, inside = [], [], []
    for genes, pair in found.items():
        value, low, high = predicted[genes]
        mean = statistics.fmean(pair)
        errors.append(abs(value - mean) / mean)
        repeats.append(abs(pair[1] - pair[0]) / mean)
        inside += [low <= reading <= high for reading in pair]
    mape, repeat = statistics.fmean(errors), statistics.fmean(repeats)
    print(f"{title}: {len(found)} others; MAPE {100 * mape:.2f} %, repeat error "
          f"{100 * repeat:.2f} %, within 5 % {share(errors, 0.05)}, within 10 % "
          f"{share(errors, 0.10)}, worst {100 * max(errors):.1f} %, in the 90 % interval "
          f"{100 * statistics.fmean(inside):.1f} %", flush=True)


def share(errors, bound):
    return f"{100 * statistics.fmean(e <= bound for e in errors):.1f} %"


def fit(args, folder, name, *more):
    model = folder / f"{name}.yaml"
    found = json_of(args.lts, "fit", "--hardware", args.hardware, *STOP, "-o", model, "--json",
                    "--resume", *more)
    holdout = found["holdout"]
    print(f"{name}: fitted on {found['measured'] - holdout['n']}, {holdout['n']} held out: MAPE "
          f"{100 * holdout['mape']:.2f} %, noise floor {100 * found['noise_floor']:.2f} %, "
          f"{found['wall_s']:.0f} s", flush=True)
    return model


def check(args, folder):
    first = fit(args, folder, "first", "--budget", args.budget)
    rng = random.Random(args.seed)
    left = sorted(set(published_members()) - measured_by(first))
    others = rng.sample(left, args.others)
    report("fit", readings(args, others, [], args.seed), predictions(first))
    if args.skip_transfer:
        return
    overrides = ["--set", "threads=2", "--set", "dtype=bfloat16"]
    second = fit(args, folder, "second", "--from", first, *overrides)
    seen = measured_by(second)
    found = readings(args, [o for o in others if o not in seen], overrides, args.seed + 2)
    report("transfer", found, predictions(second))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lts", default=LTS)
    parser.add_argument("--hardware", default=ROOT / "configs" / "hardware" / "cpu-1-thread.yaml")
    parser.add_argument("--budget", type=int, default=60)
    parser.add_argument("--others", type=int, default=100)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--skip-transfer", action="store_true")
    parser.add_argument("-o", "--output", help="keep models and readings there")
    args = parser.parse_args()
    if args.output:
        folder = pathlib.Path(args.output)
        folder.mkdir(parents=True, exist_ok=True)
        check(args, folder)
    else:
        with tempfile.TemporaryDirectory() as folder:
            check(args, pathlib.Path(folder))


if __name__ == "__main__":
    main()
