#!/usr/bin/env python3
"""What moves latencies on a machine that does nothing else, and which sentinel tells?

usage: sentinel_parts.py [--probe build/release/forward_probe] [--seconds 100]

Times, in turns, the two parts of the sentinel (one computes, one streams), the single small model
that was the sentinel before, and three candidates. Prints for windows of some blocks the spread of
each (standard deviation of the log), and for each candidate the spread that is left after dividing by
the single model and after correcting by the two parts, each for its share of the time.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import time

import numpy

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIDES = {
    "compute": "gpt2:n_layer=1,d_model=128,d_inner=256,n_head=2,vocab_size=128",
    "memory": "gpt2:n_layer=1,d_model=64,d_inner=64,n_head=1,vocab_size=100000",
    "single": "gpt2:n_layer=2,d_model=192,d_inner=384,n_head=4,vocab_size=16384",
    "small": "gpt2:n_layer=1,d_model=128,d_inner=192,n_head=8",
    "middle": "gpt2:n_layer=6,d_model=448,d_inner=768,n_head=4",
    "large": "gpt2:n_layer=10,d_model=960,d_inner=384,n_head=2",
}
RUNS = {"compute": 12, "memory": 6, "single": 4, "small": 8, "middle": 3, "large": 1}
WEIGHT_BYTES = {"memory": 4 * (6 * 64 * 64 + 64 * 100_000),
                "small": 4 * (4 * 128**2 + 2 * 128 * 192 + 128 * 50257),
                "middle": 4 * (6 * (4 * 448**2 + 2 * 448 * 768) + 448 * 50257),
                "large": 4 * (10 * (4 * 960**2 + 2 * 960 * 384) + 960 * 50257)}
WINDOW = 8  # blocks, some seconds


def block_medians(probe, seconds):
    """{side: seconds of a run, one entry a turn}; the first run of a block does not count."""
    with subprocess.Popen([probe], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as process:
        def ask(architecture, runs):
            request = {"architecture": architecture, "threads": 1, "sequence_length": 192,
                       "runs": runs + 1}
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            if "error" in answer:
                sys.exit(answer["error"])
            return float(numpy.median(answer["samples_s"][1:]))

        found = {side: [] for side in SIDES}
        end = time.monotonic() + seconds
        while time.monotonic() < end or len(found["large"]) < 2 * WINDOW:
            for side, architecture in SIDES.items():
                found[side].append(ask(architecture, RUNS[side]))
        process.stdin.close()
    return {side: numpy.array(times) for side, times in found.items()}


def spread(times_s):
    """Standard deviation of the log of the windows' medians."""
    whole = len(times_s) // WINDOW * WINDOW
    return numpy.log(numpy.median(times_s[:whole].reshape(-1, WINDOW), axis=1)).std()


def corrected(times, side):
    """The time on the calm device, as predictor/sentinel.cpp has it."""
    compute, memory = (times[part] / numpy.median(times[part]) for part in ("compute", "memory"))
    streaming_s = numpy.median(times["memory"]) * WEIGHT_BYTES[side] / WEIGHT_BYTES["memory"]
    computing_s = times[side] - streaming_s * memory
    return numpy.where(computing_s > 0, computing_s / compute + streaming_s, times[side] / memory)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--probe", default=ROOT / "build" / "release" / "forward_probe")
    parser.add_argument("--seconds", type=float, default=100)
    args = parser.parse_args()
    times = block_medians(args.probe, args.seconds)
    for side, samples_s in times.items():
        print(f"{side:8} {1e3 * numpy.median(samples_s):8.2f} ms, moves by {100 * spread(samples_s):.1f} %")
    for side in ("small", "middle", "large"):
        single = times[side] / (times["single"] / numpy.median(times["single"]))
        print(f"{side:8} as it is {100 * spread(times[side]):.1f} %, over the single sentinel "
              f"{100 * spread(single):.1f} %, by its two parts "
              f"{100 * spread(corrected(times, side)):.1f} %")


if __name__ == "__main__":
    main()
