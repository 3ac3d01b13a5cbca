"""`kill -9` at random moments of a training, a third of them while a checkpoint is written, and a
disk that is full: all end as the undisturbed run did, bit for bit. experiments/train_kills does the
same more often."""

import os
import pathlib
import random
import sys
import tempfile
import unittest

from killed_trainings import KilledTrainings, lift_limit, limit_files

LTS = pathlib.Path(os.environ["LTS_BUILD_DIR"]) / "lts"
SEED = 20  # of the moments; what is running then is the machine's choice anyway


class TrainKill(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lts-test-")
        self.addCleanup(folder.cleanup)
        self.trainings = KilledTrainings(LTS, folder.name, random.Random(SEED))

    def test_ten_kills(self):
        self.trainings.disturb(10)
        self.assertGreaterEqual(self.trainings.kills, 10)
        self.assertGreaterEqual(3 * self.trainings.kills_in_checkpoint, 10)
        print(f"{self.trainings.kills} kills, {self.trainings.kills_in_checkpoint} while a "
              f"checkpoint was written, {self.trainings.runs} runs of "
              f"{self.trainings.whole_s:.1f} s", file=sys.stderr)

    def test_a_disk_that_is_full_from_the_first_checkpoint_on(self):
        message = self.trainings.fill_disk("full", limit_files, lambda process: None)
        self.assertIn("File too large", message)

    def test_a_disk_that_is_full_for_a_while(self):
        line = self.trainings.fill_disk_for_a_while("while", limit_files, lift_limit)
        self.assertIn("File too large", line)


if __name__ == "__main__":
    unittest.main()
