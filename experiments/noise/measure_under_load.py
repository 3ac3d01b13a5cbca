"""Do latencies measured beside a load that comes and goes rank as those of a quiet machine do?

usage: measure_under_load.py [--repeats N] [--seconds S] [-o CSV]

Measures the 20 published models on a quiet machine, then N times beside a load: as many processes
as the machine has cores, multiplying matrices for 2 to 8 s, then idle for 2 to 8 s, and so on.
Each time twice: by the program's loop, and by the reference's protocol (2 warm-up and 25 timed
runs, the mean; reference: Archai's TransformerFlexOnnxLatency) on the same forward pass. Prints
Kendall's tau with the quiet run for both.
"""

import argparse
import csv
import multiprocessing
import os
import pathlib
import random
import statistics
import sys
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a process of the load loads one core
import numpy  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from common import LTS, ROOT, json_of, published  # noqa: E402

REFERENCE = ["--set", "sentinel=false",
             "--set", "stop={relative_ci: 0, min_runs: 25, max_runs: 25, max_seconds: 1000}"]


def load_worker(stop, seed):
    chance = random.Random(seed)
    a = numpy.random.default_rng(seed).random((512, 512), dtype=numpy.float32)
    while not stop.is_set():
        busy_until = time.monotonic() + chance.uniform(2, 8)
        while time.monotonic() < busy_until and not stop.is_set():
            a @ a
        stop.wait(chance.uniform(2, 8))


class Load:
    """The load while the with-block runs; all its processes change phase together."""

    def __init__(self, seed):
        self.stop = multiprocessing.Event()
        self.workers = [multiprocessing.Process(target=load_worker, args=(self.stop, seed))
                        for _ in range(multiprocessing.cpu_count())]

    def __enter__(self):
        for worker in self.workers:
            worker.start()

    def __exit__(self, *_):
        self.stop.set()
        for worker in self.workers:
            worker.join()


def archids():
    return [row["archid"] for row in published()]


def profile(args, options):
    begun = time.monotonic()
    entries = json_of(args.lts, "profile", *archids(), "--json", *options, quiet=True)
    print(f"  {time.monotonic() - begun:.0f} s", file=sys.stderr)
    return [entry["latency"] for entry in entries]


def ours(args):
    careful = ["--hardware", str(ROOT / "configs/hardware/cpu-1-thread-careful.yaml"),
               "--set", f"stop.max_seconds={args.seconds}"]
    latencies = profile(args, careful)
    clean = sum(latency["verdict"] == "clean" for latency in latencies)
    return [latency["median_s"] for latency in latencies], clean


def reference(args):
    return [latency["mean_s"] for latency in profile(args, REFERENCE)]


def kendall(a, b):
    pairs = [(i, j) for i in range(len(a)) for j in range(i)]
    return sum(numpy.sign((a[i] - a[j]) * (b[i] - b[j])) for i, j in pairs) / len(pairs)


def mape(measured, quiet):
    return 100 * statistics.fmean(abs(m / q - 1) for m, q in zip(measured, quiet))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lts", default=LTS)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=12, help="at most, for one model")
    parser.add_argument("-o", "--output", help="CSV: a row a model and measurement")
    args = parser.parse_args()
    quiet, clean = ours(args)
    quiet_reference = reference(args)
    print(f"quiet: {clean} of {len(quiet)} clean; tau of the reference's protocol with ours "
          f"{kendall(quiet_reference, quiet):.4f}")
    rows = [("quiet", 0, quiet, quiet_reference)]
    taus, reference_taus = [], []
    for repeat in range(1, args.repeats + 1):
        with Load(seed=2 * repeat):
            measured, clean = ours(args)
        with Load(seed=2 * repeat + 1):
            by_reference = reference(args)
        rows.append(("loaded", repeat, measured, by_reference))
        taus.append(kendall(measured, quiet))
        reference_taus.append(kendall(by_reference, quiet_reference))
        print(f"loaded {repeat}: tau {taus[-1]:.4f}, error {mape(measured, quiet):.1f} %, {clean} "
              f"clean; reference's protocol: tau {reference_taus[-1]:.4f}, error "
              f"{mape(by_reference, quiet_reference):.1f} %", flush=True)
    print(f"ours: median tau {statistics.median(taus):.4f}, worst {min(taus):.4f}; reference's "
          f"protocol: median {statistics.median(reference_taus):.4f}, worst "
          f"{min(reference_taus):.4f}")
    if args.output:
        write(args.output, rows)


def write(path, rows):
    with open(path, "w", newline="", encoding="ascii") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["archid", "machine", "repeat", "ours_s", "reference_s"])
        for machine, repeat, ours_s, reference_s in rows:
            for archid, one, other in zip(archids(), ours_s, reference_s):
                table.writerow([archid, machine, repeat, one, other])


if __name__ == "__main__":
    main()
