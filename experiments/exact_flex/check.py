#!/usr/bin/env python3
"""The exact front of gpt2_flex under latency tables, timed, and beside brute force where every
member can be looked at (README.md beside this file).

usage: check.py [--lts build/release/lts] [--energy]
"""

import argparse
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from common import LTS, ROOT, output_of  # noqa: E402

sys.path.insert(0, str(ROOT / "tests" / "cli"))

from merged_front import LayeredSpace, front_of_run  # noqa: E402

WIDTHS = range(128, 961, 64)


def exact(lts, space):
    """(points of the front that `lts search` found, seconds)."""
    with tempfile.TemporaryDirectory(prefix="lts-exact-") as folder:
        config = pathlib.Path(folder) / "exact.yaml"
        config.write_text(space.config(), encoding="utf-8")
        begun = time.monotonic()
        output_of(lts, "search", config, "-o", f"{folder}/run", quiet=True)
        return front_of_run(f"{folder}/run", space.tables), time.monotonic() - begun


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lts", default=LTS)
    parser.add_argument("--energy", action="store_true", help="a second table, a third objective")
    options = parser.parse_args()
    names = ("latency", "energy") if options.energy else ("latency",)

    small = LayeredSpace([4, 5], [64, 128], [64, 128, 192, 256, 512], [1, 2, 4], names)
    found, seconds = exact(options.lts, small)
    begun = time.monotonic()
    expected = small.brute_front()
    equal = found == expected
    print(f"{small.members():,} members: {len(found)} points on the front in {seconds:.1f} s; every "
          f"member looked at: {len(expected)} points in {time.monotonic() - begun:.1f} s; "
          f"{'equal' if equal else 'DIFFERENT'}", flush=True)

    whole = LayeredSpace(list(range(1, 11)), list(WIDTHS), list(WIDTHS), [2, 4, 8], names)
    found, seconds = exact(options.lts, whole)
    print(f"{whole.members():.3g} members (the published ranges, d_inner and n_head by layer): "
          f"{len(found)} points on the front in {seconds:.1f} s")
    sys.exit(not equal)


if __name__ == "__main__":
    main()
