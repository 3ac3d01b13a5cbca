"""`lts train` under a real Slurm, started on this machine: srun, an array of winners, preemption,
scancel. The time limit takes minutes, and is in experiments/retrain/slurm_here.py."""

import os
import pathlib
import tempfile

from slurm_rehearsal import rehearse

if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="lts-slurm-") as name:
        rehearse(pathlib.Path(os.environ["LTS_BUILD_DIR"]) / "lts", name,
                 ["srun", "winners", "preempted", "cancelled"], 20)
