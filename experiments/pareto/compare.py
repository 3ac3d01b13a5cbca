#!/usr/bin/env python3
"""First front, ranks and hypervolume of many points in three objectives: ours, pymoo, pagmo2.

usage: compare.py [--build build/release] [--points 20000] [--rounds 9] [--skip-pagmo]

Two sets: points drawn evenly from the unit cube (a front of some hundred), and points on an octant
of the unit sphere (all of them on the front). The sides take turns within one run, on one thread;
results are compared, then the medians and their ratios printed. A peer gets its points as a numpy
array, ours as a list of lists in memory; reading and printing are outside of all times.

Peers: build/venv with scripts/requirements-test.txt has pymoo; pip install pygmo brings pagmo2.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

import numpy
from pymoo.indicators.hv import HV
from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting, find_non_dominated

TURNS = 3  # of each side


def point_sets(num_points):
    generator = numpy.random.default_rng(1)
    sphere = numpy.abs(generator.normal(size=(num_points, 3)))
    return {
        "cube": generator.random((num_points, 3)),
        "sphere": sphere / numpy.linalg.norm(sphere, axis=1, keepdims=True),
    }


def pymoo_work(points):
    def ranks():
        return len(NonDominatedSorting().do(points))

    return {
        "front": lambda: len(find_non_dominated(points)),
        "hypervolume": lambda: HV(ref_point=numpy.ones(3)).do(points),
        "ranks": ranks,
    }


def pagmo_work(points):
    import pygmo

    return {
        # pagmo2 has no function for the first front alone in three objectives.
        "front": lambda: len(pygmo.fast_non_dominated_sorting(points)[0][0]),
        "hypervolume": lambda: pygmo.hypervolume(points).compute(numpy.ones(3)),
        "ranks": lambda: len(pygmo.fast_non_dominated_sorting(points)[0]),
    }


def timed(work, rounds):
    """{"seconds": {name: [...]}, "results": {name: value}}, as the probe's answer."""
    out = {"seconds": {}, "results": {}}
    for name, call in work.items():
        out["seconds"][name] = []
        for _ in range(rounds):
            begun = time.perf_counter()
            out["results"][name] = call()
            out["seconds"][name].append(time.perf_counter() - begun)
    return out


def ours(args, line):
    command = [args.build / "search_probe", "speed", str(args.rounds)]
    done = subprocess.run(command, input=line, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def measure(args, points):
    """{side: [an answer a turn]}"""
    line = json.dumps(points.tolist()) + "\n"
    turns = {"ours": [], "pymoo": [], "pagmo2": []}
    for _ in range(TURNS):
        turns["ours"].append(ours(args, line))
        turns["pymoo"].append(timed(pymoo_work(points), args.rounds))
        if not args.skip_pagmo:
            turns["pagmo2"].append(timed(pagmo_work(points), 1))
    return {side: answers for side, answers in turns.items() if answers}


def check(turns, name):
    """All sides must have found the same."""
    first = turns["ours"][0]["results"][name]
    for side, answers in turns.items():
        found = answers[0]["results"][name]
        if abs(found - first) > 1e-9 * abs(first):
            sys.exit(f"{name}: ours found {first}, {side} {found}")
    return first


def report(title, turns):
    for name in ("front", "hypervolume", "ranks"):
        found = check(turns, name)
        medians = {side: statistics.median(s for a in answers for s in a["seconds"][name])
                   for side, answers in turns.items()}
        line = f"{title:7} {name:12} {found:<12.6g}"
        for side, median_s in medians.items():
            line += f" {side} {1000 * median_s:9.3f} ms"
            if side != "ours":
                line += f" ({median_s / medians['ours']:.1f} x)"
        print(line, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/release"))
    parser.add_argument("--points", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--skip-pagmo", action="store_true", help="without pygmo")
    args = parser.parse_args()
    for title, points in point_sets(args.points).items():
        report(title, measure(args, points))


if __name__ == "__main__":
    main()
