#!/usr/bin/env python3
"""How the gradient proxies order models, and what each costs a candidate, beside decoder parameters.

usage: measure.py [--lts build/release/lts] [--models random.csv] [--sample N] [-o CSV]

Without --models: the 20 published models, whose perplexities nobody published; the rank correlation is
with their decoder parameters. With --models, a table of trained models in the schema of docs/metrics.md:
its GPT-2 sets, N models of each drawn by a fixed seed (default: all), as gpt2_flex with the same layers
and the vocabulary of --vocabulary; embeddings as wide as the model, other than the paper's adaptive ones.
The rank correlation is with perplexity, by `lts correlate`. -o keeps a row a model with every score and
its seconds, and a run that finds the file goes on with it.
"""

import argparse
import csv
import pathlib
import random
import statistics
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from common import LTS, json_of, published, write_rows  # noqa: E402

CHUNK = 5  # models a call, so that a run that is cut off loses little
BASELINES = ["decoder_params", "balanced"]


def untrained():
    return [{"set": "published", "arch": row["archid"], "lts_arch": row["archid"]}
            for row in published()]


def trained(args):
    with open(args.models, newline="", encoding="ascii") as table:
        rows = [row for row in csv.DictReader(table) if "GPT2" in row["set"]]
    chosen = []
    for name in dict.fromkeys(row["set"] for row in rows):
        of_set = [row for row in rows if row["set"] == name]
        count = min(args.sample or len(of_set), len(of_set))
        chosen += random.Random(1).sample(of_set, count)
    for row in chosen:
        genes = ",".join(f"{gene}={row[gene]}" for gene in ("n_layer", "d_model", "d_inner", "n_head"))
        row["lts_arch"] = f"gpt2_flex:{genes},vocab_size={args.vocabulary}"
    return chosen


def scored(args, rows):
    """The rows with the scores and their seconds, those of an earlier run first."""
    done = {}
    if args.output and args.output.exists():
        with open(args.output, newline="", encoding="ascii") as table:
            done = {row["lts_arch"]: row for row in csv.DictReader(table)}
    missing = [row for row in rows if row["lts_arch"] not in done]
    for begin in range(0, len(missing), CHUNK):
        chunk = missing[begin:begin + CHUNK]
        entries = json_of(args.lts, "describe", *(row["lts_arch"] for row in chunk), "--proxy", "all",
                          "--json", quiet=True)
        for row, entry in zip(chunk, entries, strict=True):
            done[row["lts_arch"]] = row | {name: entry[name] for name in BASELINES}
            for name, proxy in entry["proxies"].items():
                done[row["lts_arch"]] |= {name: "" if proxy["value"] is None else proxy["value"],
                                          f"{name}_s": proxy["wall_s"]}
        if args.output:
            write_rows(args.output, list(done.values()))
        print(f"{begin + len(chunk)} of {len(missing)} models", file=sys.stderr)
    return [done[row["lts_arch"]] for row in rows]


def correlations(args, rows, proxies):
    """{(set, proxy): entry of lts correlate}; more of the target is worse."""
    target = "valid_ppl"
    if target not in rows[0]:
        target = "fewer_parameters"
        rows = [row | {target: -float(row["decoder_params"])} for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        table = pathlib.Path(folder, "scored.csv")
        write_rows(table, rows)
        words = [word for name in proxies for word in ("--proxy", name)]
        entries = json_of(args.lts, "correlate", table, "--target", target, *words, "--json",
                          quiet=True)
    return {(entry["set"], entry["proxy"]): entry for entry in entries}


def report(args, rows):
    proxies = BASELINES + [name[:-2] for name in rows[0] if name.endswith("_s")]
    found = correlations(args, rows, proxies)
    print(f"{'set':20} {'proxy':20} {'n':>4} {'spearman':>9} {'kendall':>8} {'same size':>10} "
          f"{'median [s]':>11} {'worst [s]':>10}")
    for name in dict.fromkeys(row["set"] for row in rows):
        for proxy in proxies:
            entry = found.get((name, proxy))
            if entry is None:
                continue
            seconds = [float(row[f"{proxy}_s"]) for row in rows
                       if row["set"] == name and f"{proxy}_s" in row]
            cost = (f"{statistics.median(seconds):11.2f} {max(seconds):10.2f}" if seconds
                    else f"{0:11} {0:10}")
            figures = [entry["spearman"], entry["kendall"], entry["same_size_kendall"]]
            shown = ["-" if figure is None else f"{figure:.3f}" for figure in figures]
            print(f"{name:20} {proxy:20} {entry['n']:4} {shown[0]:>9} {shown[1]:>8} {shown[2]:>10} "
                  f"{cost}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lts", type=pathlib.Path, default=LTS)
    parser.add_argument("--models", type=pathlib.Path, help="trained models, a row each")
    parser.add_argument("--sample", type=int, help="models of each set (default: all)")
    parser.add_argument("--vocabulary", type=int, default=50264, help="the paper's for GPT-2")
    parser.add_argument("-o", "--output", type=pathlib.Path, help="CSV with a row a model")
    args = parser.parse_args()
    rows = scored(args, trained(args) if args.models else untrained())
    report(args, rows)


if __name__ == "__main__":
    main()
