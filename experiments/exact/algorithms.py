#!/usr/bin/env python3
"""Searches the table of all members instead of the machine: how near to its exact front do the
published evolution, random search and NSGA-II come with equal numbers of evaluations (README.md
beside this file)?

usage: algorithms.py [--lts build/release/lts] [--table FILE] [--seeds 1-5] [--evaluations 100,200]
                     [-o FOLDER]

Besides these numbers: the fewest that the published search, left to its ten iterations, takes with
any seed. Nothing is measured. FOLDER keeps the runs.
"""

import argparse
import json
import pathlib
import sys
import tempfile

import numpy as np
import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from common import LTS, ROOT, output_of  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
# Each with the settings of its example, which stops by other budgets.
EXAMPLES = {"evolution_pareto": "lts-gpt2-small.yaml", "random": "random.yaml",
            "nsga2": "nsga2.yaml"}
FIGURES = {"hypervolume": lambda found: found["hypervolume"],
           "hypervolume missing, %": lambda found: 100 * found["regret"]["hypervolume_missing"],
           "front found, %": lambda found: 100 * found["regret"]["share_found"],
           "latency shortfall, ms": lambda found: 1e3 * latency_shortfall(found)["worst"],
           "unmatched": lambda found: latency_shortfall(found)["unmatched"]}


def latency_shortfall(found):
    return found["regret"]["shortfall"]["latency"]


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def config_of(algorithm, evaluations, table):
    """The example's search on the table; `evaluations` None: with the example's own budget."""
    searches = ROOT / "configs" / "search"
    objectives = load(searches / "exact.yaml")["objectives"]
    for objective in objectives:
        if "hardware" in objective:
            for key in ("hardware", "metric"):
                objective.pop(key, None)
            objective |= {"predictor": "table", "file": str(table.resolve()),
                          "column": "latency_median_s", "unit": "s"}
    search = load(searches / EXAMPLES[algorithm])["search"]
    if evaluations:
        search.pop("plateau", None)
        search["max_evaluations"] = evaluations
        if algorithm != "evolution_pareto":  # whose iterations are part of the published settings
            search["iterations"] = evaluations
    return {"space": {"family": "gpt2"}, "objectives": objectives, "search": search}


def searched(args, algorithm, evaluations, folder):
    """A run per seed, as `lts search --json` tells them."""
    name = f"{algorithm}-{evaluations or 'published'}"
    config = folder / f"{name}.yaml"
    content = yaml.safe_dump(config_of(algorithm, evaluations, args.table))
    config.write_text(content, encoding="utf-8")
    found = json.loads(output_of(args.lts, "search", config, "-o", folder / name, "--seeds",
                                 args.seeds, "--json", quiet=True))
    return folder / name, found["runs"]


def band(values):
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return f"{middle:.4g} ({low:.4g} to {high:.4g})"


def compare(args, evaluations, folder):
    folders = []
    for algorithm in EXAMPLES:
        place, runs = searched(args, algorithm, evaluations, folder)
        folders.append(place)
        counts = [one["evaluated"] for one in runs]
        if set(counts) != {evaluations}:
            sys.exit(f"{algorithm}: evaluated {counts}, not {evaluations}")
        cells = [band([figure(one) for one in runs]) for figure in FIGURES.values()]
        print(f"| {evaluations} | {algorithm} | " + " | ".join(cells) + " |", flush=True)
    return folders


def search_all(args, folder):
    _, published = searched(args, "evolution_pareto", None, folder)
    counts = [one["evaluated"] for one in published]
    regret = published[0]["regret"]
    print(f"the table's front: {regret['exact_front']} of {regret['members']} members; the "
          f"published search takes {counts} evaluations\n\n"
          f"medians (quartiles) over seeds {args.seeds}\n")
    print("| evaluations | algorithm | " + " | ".join(FIGURES) + " |")
    print("|---" * (2 + len(FIGURES)) + "|")
    budgets = sorted({*(int(n) for n in args.evaluations.split(",")), min(counts)})
    for evaluations in budgets:
        folders = compare(args, evaluations, folder)
    print()
    print(output_of(args.lts, "compare", *folders, "--evaluations", ",".join(map(str, budgets)),
                    "--format", "md"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lts", type=pathlib.Path, default=LTS)
    parser.add_argument("--table", type=pathlib.Path, default=HERE / "latency.csv")
    parser.add_argument("--seeds", default="1-5")
    parser.add_argument("--evaluations", default="100,200")
    parser.add_argument("-o", "--output", type=pathlib.Path, help="keep the runs there")
    args = parser.parse_args()
    if args.output:
        args.output.mkdir(parents=True, exist_ok=True)
        search_all(args, args.output)
    else:
        with tempfile.TemporaryDirectory(prefix="lts-exact-") as folder:
            search_all(args, pathlib.Path(folder))


if __name__ == "__main__":
    main()
