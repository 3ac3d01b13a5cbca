#!/usr/bin/env python3
"""Kills trainings with `kill -9` at random moments, a third of them while a checkpoint is written,
resumes each, and compares what they end with to the undisturbed run, bit by bit; the same for a disk
that is full while a checkpoint is written (README.md beside this file)."""

import argparse
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1] / "tests" / "train")]

from common import LTS  # noqa: E402
from killed_trainings import KilledTrainings  # noqa: E402

DISK_MIB = 160  # of the full one: the data, the undisturbed run and two checkpoints fit


def report_kills(options):
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="lts-kills-") as folder:
        runs = KilledTrainings(options.lts, folder, random.Random(options.seed))
        runs.disturb(options.kills)
    print(f"{runs.kills} kills ({runs.kills_in_checkpoint} while a checkpoint was written) in "
          f"{runs.runs} runs, an undisturbed one takes {runs.whole_s:.2f} s; all {runs.runs} ended "
          "with the same weights, optimiser, state and log; "
          f"{time.monotonic() - begun:.0f} s", flush=True)


def fill(folder):
    """Writes into `folder` until nothing more fits but some lines of a log."""
    with open(folder / "filler", "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 16))
        except OSError:
            file.truncate(file.tell() - (1 << 18))


def report_full_disk(options):
    """Within a mount namespace of this process's own (main), on a small disk in memory."""
    with tempfile.TemporaryDirectory(prefix="lts-kills-") as name:
        folder = pathlib.Path(name)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "none", name], check=True)
        runs = KilledTrainings(options.lts, folder, random.Random(options.seed))
        full = (lambda process: fill(folder), lambda process: (folder / "filler").unlink())
        message = runs.fill_disk("full", *full)
        print(f"a full disk of {DISK_MIB} MiB: the last checkpoint loads, and the resumed run ends as "
              f"the undisturbed one; said:\n  {message.replace(name + '/', '')}", flush=True)
        line = runs.fill_disk_for_a_while("while", *full)
        print("room again while the run waits at its end: it ends as the undisturbed one; said before:"
              f"\n  {line.replace(name + '/', '')}", flush=True)
        subprocess.run(["umount", name], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lts", default=str(LTS))
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--full-disk", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.full_disk:
        report_full_disk(options)
        return
    if options.kills:
        report_kills(options)
    # As root of a namespace of one's own: nothing is mounted for anybody else.
    become_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    command = ["unshare", *become_root, "--mount", sys.executable, __file__, *sys.argv[1:],
               "--full-disk"]
    if subprocess.run(command, check=False).returncode:
        sys.exit("the full disk was not tried: a namespace or a mount is not allowed here")


if __name__ == "__main__":
    main()
