#!/usr/bin/env python3
"""Starts a Slurm of one node on this machine and lets one_model.sbatch meet a time limit,
preemptions and scancel; says what was seen (README.md beside this file).

usage: slurm_here.py [--keep] [SCENARIO ...]      as root; needs slurmctld, slurmd, slurm-client, munge

SCENARIO: srun, winners, time_limit, preempted, preempted_at_once, cancelled; all by default. Slurm's files,
the runs and the logs lie in a temporary folder, which --keep leaves there.
"""

import argparse
import pathlib
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1] / "tests" / "train" / "distributed")]

from common import LTS  # noqa: E402
from slurm_rehearsal import SCENARIOS, rehearse  # noqa: E402

TRAINING_S = 240  # alone; on two ranks the time limit of two minutes ends in its midst


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", choices=[*SCENARIOS, []], default=[])
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="lts-slurm-")
    try:
        rehearse(LTS, folder, options.scenarios or SCENARIOS, TRAINING_S)
    finally:
        if options.keep:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
