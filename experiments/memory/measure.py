#!/usr/bin/env python3
"""Peak memory of the published models: three counts that know nothing of one another, and the file size.

usage: measure.py [--lts build/release/lts] [--set KEY=VALUE]... [-o CSV]

All models are measured by one `lts profile`, one after another, as in a search. `allocator`: weights
and the most that LibTorch's allocator held at once. `resident`: how far the process's resident set
rose, by Linux. `liveness`: the closed form, from sizes and lifetimes of the tensors. `file`: the
reference's "memory", the size of an ONNX file.
"""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from common import LTS, json_of, published, write_rows  # noqa: E402

MIB = 1024 * 1024


def rows(args):
    archids = [row["archid"] for row in published()]
    settings = [word for change in args.set for word in ("--set", change)]
    stop = "stop={relative_ci: 0, min_runs: 1, max_runs: 1}"
    profiles = json_of(args.lts, "profile", *archids, "--json", "--set", stop, *settings, quiet=True)
    for profile, described in zip(profiles, json_of(args.lts, "describe", *archids, "--json")):
        memory = profile["memory"]
        yield {"archid": profile["archid"],
               "weights": memory["weight_bytes"] / MIB,
               "allocator": memory["peak_bytes"] / MIB,
               "resident": memory["resident_peak_bytes"] / MIB,
               "liveness": memory["liveness_peak_bytes"] / MIB,
               "file": described["onnx_file_mib"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lts", default=LTS)
    parser.add_argument("--set", action="append", default=[], help="of the hardware file")
    parser.add_argument("-o", "--output", help="CSV with a row a model, MiB")
    args = parser.parse_args()
    found = list(rows(args))
    if args.output:
        write_rows(args.output, found)
    print("  ".join(f"{name[:13]:>13}" for name in found[0]) + "   [MiB]")
    for row in found:
        print("  ".join(f"{value[:13] if isinstance(value, str) else format(value, '.2f'):>13}"
                        for value in row.values()))
    for one, other in (("allocator", "liveness"), ("resident", "allocator"), ("file", "allocator")):
        worst = max(abs(row[one] / row[other] - 1) for row in found)
        print(f"{one} against {other}: at most {100 * worst:.2f} % apart")


if __name__ == "__main__":
    main()
