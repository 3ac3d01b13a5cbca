#!/usr/bin/env python3
"""Measures every feasible member of a search's space by one short rule, into a table (README.md
beside this file).

usage: measure_all.py [--lts build/release/lts] [--config FILE] [--limit N] [--repeats 200]
                      [--cache FILE] [-o FOLDER]

Killed or stopped, it goes on where it was: the readings are kept in FILE as they come. Members are
measured in an order drawn with a fixed seed, so that no drift of the machine goes with a gene;
after all of them some are measured again, by another process, to tell how well a reading repeats
itself.
"""

import argparse
import csv
import io
import json
import pathlib
import random
import signal
import subprocess
import sys
import time

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from common import LTS, ROOT  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent

# About 0.45 s a member with building and warm-up: a small one has its nine runs by then, one of
# 0.2 s its three.
STOP = "stop={relative_ci: 0.01, min_runs: 3, max_runs: 9, max_seconds: 0.45}"
GENES = ["n_layer", "d_model", "d_inner", "n_head"]
MEASURED = ["latency_median_s", "latency_ci_low_s", "latency_ci_high_s"]


def output_of(*words):
    """What a command prints; its lines of progress pass by. Ends as it ends where it fails."""
    done = subprocess.run([str(w) for w in words], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        print(f"ended with status {done.returncode}; the same command goes on", file=sys.stderr)
        sys.exit(done.returncode if done.returncode > 0 else 1)
    return done.stdout


def hardware_of(config):
    """The hardware file of the one objective that is measured."""
    objectives = yaml.safe_load(config.read_text(encoding="utf-8"))["objectives"]
    (name,) = {o["hardware"] for o in objectives if "hardware" in o}
    return config.parent / name


def members_of(args):
    """Genes of all that meet the constraints on free objectives, ascending."""
    rows = csv.DictReader(io.StringIO(output_of(args.lts, "enumerate", args.config)))
    return sorted(tuple(int(row[gene]) for gene in GENES) for row in rows)


def text_of(genes):
    return "gpt2:" + ",".join(f"{name}={value}" for name, value in zip(GENES, genes))


def profile_words(args, members, cache):
    return [args.lts, "profile", *map(text_of, members), "--hardware", hardware_of(args.config),
            "--set", STOP, "--cache", cache]


def readings(args, members, cache):
    """Rows of `lts profile --table` of these members, measured in this order by one process."""
    rows = list(csv.DictReader(io.StringIO(
        output_of(*profile_words(args, members, cache), "--table"))))
    for row in rows:
        if row["reason"]:
            print(f"failed: {[row[gene] for gene in GENES]}: {row['reason']}", file=sys.stderr)
    return [row for row in rows if not row["reason"]]


def write_table(path, rows):
    rows = sorted(rows, key=lambda row: [int(row[gene]) for gene in GENES])
    with open(path, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow([*GENES, *MEASURED, "runs"])
        for row in rows:
            seconds = [f"{float(row[name]):.6g}" for name in MEASURED]
            table.writerow([*(row[gene] for gene in GENES), *seconds, row["runs"]])
    print(f"{path}: {len(rows)} members", flush=True)


def write_machine(args, member, cache, order):
    """What a reading was made by and under, taken from one that is kept."""
    (entry,) = json.loads(output_of(*profile_words(args, [member], cache), "--json"))
    what = {"hardware": entry["hardware"], "protocol": entry["protocol"],
            "lts": json.loads(output_of(args.lts, "--version", "--json")), "order": order}
    path = args.output / "machine.json"
    path.write_text(json.dumps(what, indent=1) + "\n", encoding="utf-8")


def measure(args):
    members = members_of(args)
    order = random.Random(args.seed).sample(members, len(members))[: args.limit]
    begun = time.monotonic()
    rows = readings(args, order, args.cache)
    seconds = time.monotonic() - begun
    print(f"{len(rows)} of {len(members)} members in {seconds:.0f} s, {seconds / len(order):.2f} s "
          f"each: all {len(members)} would take {seconds / len(order) * len(members) / 60:.0f} "
          "minutes (less than it took where readings were kept from before)", flush=True)
    write_table(args.output / "latency.csv", rows)
    again = random.Random(args.seed + 1).sample(order, min(args.repeats, len(order)))
    second = args.cache.with_name("again-" + args.cache.name)
    write_table(args.output / "latency_again.csv", readings(args, again, second))
    write_machine(args, order[0], args.cache,
                  f"random.Random({args.seed}).sample of the members in ascending order of genes")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lts", type=pathlib.Path, default=LTS)
    parser.add_argument("--config", type=pathlib.Path,
                        default=ROOT / "configs" / "search" / "exact.yaml")
    parser.add_argument("--limit", type=int, help="only so many members, for a trial")
    parser.add_argument("--repeats", type=int, default=200, help="members measured twice")
    parser.add_argument("--seed", type=int, default=7, help="of the order")
    parser.add_argument("--cache", type=pathlib.Path,
                        default=ROOT / "build" / "exact" / "measurements.jsonl")
    parser.add_argument("-o", "--output", type=pathlib.Path, default=HERE, metavar="FOLDER")
    args = parser.parse_args()
    args.output.mkdir(parents=True, exist_ok=True)
    # With it lts ends too, or two would measure after a restart.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, lambda *_: sys.exit(75))
    measure(args)


if __name__ == "__main__":
    main()
