"""TensorBoard's own reader beside log.jsonl: of a training that is killed between two checkpoints and resumed."""

import json
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(os.environ["LTS_SOURCE_DIR"]) / "tests" / "cli"))
from lts_program import LTS, LtsTestCase  # pylint: disable=wrong-import-position

try:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
except ImportError:
    print("skipped: this Python has no tensorboard; scripts/setup --test installs it")
    sys.exit(77)

CONFIG = """model: gpt2:n_layer=1,d_model=32,d_inner=48,n_head=2
data: data
steps: 80
micro_batch_size: 2
sequence_length: 24
threads: 1
learning_rate: 3.0e-3
log_every: 2
validate: {every: 5, batches: 2}
checkpoint: {every: 20, every_minutes: 0, keep: 2}
"""
OF_A_STEP = ["loss", "learning_rate", "grad_norm", "tokens_per_s", "gemm_fraction"]
OF_A_VALIDATION = ["validation_loss", "perplexity"]


def as_float32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


class TensorBoard(LtsTestCase):
    def setUp(self):
        super().setUp()
        self.write("text.txt", "".join(f"Verse {i % 41}: and the earth was without form, and void.\n"
                                       for i in range(500)))
        self.write("train.yaml", CONFIG)
        self.lts("prepare", "text.txt", "-o", "data")

    def start(self, *more):
        return subprocess.Popen([LTS, "train", "train.yaml", "-o", "run", "--resume", *more], text=True,
                                cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                env=self.environment)

    def kill_after(self, step):
        """Kills the training when it has said that the step is logged, or a later one."""
        process = self.start()
        for line in process.stderr:
            said = re.match(r"step (\d+)/", line)
            if said and int(said[1]) >= step:
                break
        process.kill()
        self.assertEqual(process.wait(), -signal.SIGKILL)
        process.stderr.close()

    def finish(self):
        """Trains to the end; what it says."""
        process = self.start()
        _, said = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 0, said)
        return said

    def log(self):
        return [json.loads(line) for line in (self.folder / "run" / "log.jsonl").read_text().splitlines()]

    def files(self):
        return sorted((self.folder / "run" / "tensorboard").iterdir())

    def curves(self):
        accumulator = EventAccumulator(str(self.folder / "run" / "tensorboard"), size_guidance={"scalars": 0})
        accumulator.Reload()
        self.assertEqual(sorted(accumulator.Tags()["scalars"]), sorted(OF_A_STEP + OF_A_VALIDATION))
        return {tag: [(event.step, event.value) for event in accumulator.Scalars(tag)]
                for tag in OF_A_STEP + OF_A_VALIDATION}

    def assert_curves_are_the_log(self):
        curves, log = self.curves(), self.log()
        for tag in curves:
            self.assertEqual(curves[tag], [(record["step"], as_float32(record[tag]))
                                           for record in log if tag in record], tag)

    def test_an_undisturbed_run(self):
        self.finish()
        self.assertEqual(len(self.files()), 1)
        self.assert_curves_are_the_log()
        self.assertEqual([step for step, _ in self.curves()["loss"]], list(range(2, 81, 2)))
        self.assertEqual([step for step, _ in self.curves()["perplexity"]], list(range(5, 81, 5)))

    def test_steps_that_are_made_again_are_forgotten(self):
        self.kill_after(26)  # the last checkpoint is that of step 20
        self.kill_after(46)  # that of step 40
        self.finish()
        events = [list(EventFileLoader(str(file)).Load()) for file in self.files()]
        starts = [event.step for file in events for event in file if event.HasField("session_log")]
        drawn = [[event.step for event in file if event.HasField("summary")] for file in events]
        self.assertEqual(starts, [1, 21, 41])
        self.assertGreaterEqual(max(drawn[0]), 26)
        self.assertEqual(min(drawn[1]), 22)
        self.assert_curves_are_the_log()

    def test_a_run_goes_on_where_it_cannot_be_written(self):
        self.kill_after(26)
        shutil.rmtree(self.folder / "run" / "tensorboard")
        (self.folder / "run" / "tensorboard").write_text("in the way")
        said = self.finish()
        self.assertEqual(said.count("training goes on, with gaps in TensorBoard's curves"), 1, said)
        self.assertEqual([record["step"] for record in self.log() if "loss" in record], list(range(2, 81, 2)))


if __name__ == "__main__":
    unittest.main()
