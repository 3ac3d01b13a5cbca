#!/usr/bin/env python3
"""Kills searches with `kill -9` at random moments, resumes each, and compares what they end with to
the undisturbed run, byte by byte (README.md beside this file)."""

import argparse
import pathlib
import random
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "cli"))

from killed_runs import KilledRuns, write_table  # noqa: E402

TABLE = """
objectives:
  - {name: non_embedding_params, proxy: decoder_params, direction: maximize,
     constraint: {min: 1.0e6, max: 1.0e9}}
  - {name: latency, predictor: table, file: latency.csv, column: latency_median_s,
     direction: minimize}
  - {name: memory, proxy: onnx_file_mib, direction: minimize}
search: {iterations: 10}
"""


def report(name, lts, config, kills, seed):
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="lts-kills-") as folder:
        runs = KilledRuns(lts, config, folder, random.Random(seed))
        runs.disturb(kills)
    print(f"{name}: {runs.kills} kills ({runs.kills_with_journal} when a journal was there) in "
          f"{runs.runs} runs, an undisturbed one takes {runs.whole_s:.2f} s; all {runs.runs} ended "
          f"with the same front.csv, search_state.csv and evaluations.csv; "
          f"{time.monotonic() - begun:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lts", default=str(ROOT / "build" / "release" / "lts"))
    parser.add_argument("--closed-forms", type=int, default=200, metavar="KILLS")
    parser.add_argument("--table", type=int, default=20, metavar="KILLS")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    closed_form = ROOT / "configs" / "search" / "closed-form.yaml"
    report("closed forms", options.lts, str(closed_form), options.closed_forms, options.seed)
    with tempfile.TemporaryDirectory(prefix="lts-kills-") as folder:
        write_table(pathlib.Path(folder) / "latency.csv")
        config = pathlib.Path(folder) / "table.yaml"
        config.write_text(TABLE, encoding="utf-8")
        report("replayed table", options.lts, str(config), options.table, options.seed)


if __name__ == "__main__":
    main()
