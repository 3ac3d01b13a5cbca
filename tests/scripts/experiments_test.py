"""What the experiments share, seen through one of them and a stand-in for lts."""

import csv
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "experiments" / "memory" / "measure.py"
STAND_IN = f"""#!{sys.executable}
import json, sys
memory = {{"weight_bytes": 2**20, "peak_bytes": 2**21, "resident_peak_bytes": 3 * 2**20,
          "liveness_peak_bytes": 2**21}}
print(json.dumps([{{"archid": word, "memory": memory, "onnx_file_mib": 1.5}}
                  for word in sys.argv if word.startswith("gpt2_")]))
print("a line of progress", file=sys.stderr)
"""


class Experiments(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_with(self, stand_in):
        program = self.folder / "lts"
        program.write_text(stand_in, encoding="ascii")
        program.chmod(0o755)
        return subprocess.run([sys.executable, PROGRAM, "--lts", program, "-o",
                               self.folder / "found.csv"], capture_output=True, text=True,
                              check=False)

    def test_ask_about_every_published_model_and_keep_a_row_each(self):
        done = self.run_with(STAND_IN)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("allocator against liveness: at most 0.00 % apart", done.stdout)
        self.assertIn("resident against allocator: at most 50.00 % apart", done.stdout)
        self.assertIn("file against allocator: at most 25.00 % apart", done.stdout)
        with open(self.folder / "found.csv", newline="", encoding="ascii") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len({row["archid"] for row in rows}), 20)
        self.assertEqual({row["resident"] for row in rows}, {"3.0"})

    def test_end_with_what_the_program_said_where_it_fails(self):
        done = self.run_with("#!/bin/sh\necho 'no such device' >&2\nexit 2\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("ended with 2\nno such device", done.stderr)
        self.assertFalse((self.folder / "found.csv").exists())


if __name__ == "__main__":
    unittest.main()
