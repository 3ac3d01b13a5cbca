"""`kill -9` at random moments of a search, each run resumed: all end as the undisturbed one did, to
the byte. experiments/kills does the same more often."""

import random
import signal
import subprocess
import sys
import time
import unittest

from killed_runs import KilledRuns, write_table
from lts_program import LTS, SOURCE, LtsTestCase

SEED = 20  # of the moments; what is running then is the machine's choice anyway

CLOSED_FORMS = """
objectives:
  - {name: size, proxy: decoder_params, direction: maximize, constraint: {min: 1.0e6}}
  - {name: latency, predictor: layer_cost, direction: minimize,
     per_layer: {d_model*d_model: 8, d_model*d_inner: 4, d_model: 4096, n_head: 1000}}
  - {name: memory, proxy: onnx_file_mib, direction: minimize}
search: {iterations: 12}
"""
TABLE = """
objectives:
  - {name: size, proxy: decoder_params, direction: maximize, constraint: {min: 1.0e6}}
  - {name: latency, predictor: table, file: latency.csv, column: latency_median_s,
     direction: minimize}
search: {algorithm: nsga2, population_size: 40, iterations: 8}
"""
# Asked one after the other, so that every candidate has a record of its own that is synced.
COMMAND = """
objectives:
  - {name: size, proxy: decoder_params, direction: maximize}
  - {name: other, command: [python3, fake_objective.py, 'null=list', at=3], direction: minimize,
     batch: 5}
search: {algorithm: local_search, iterations: 8}
"""


class Kill(LtsTestCase):
    def killed(self, yaml, kills):
        config = self.folder / "search.yaml"
        config.write_text(yaml, encoding="utf-8")
        runs = KilledRuns(str(LTS), str(config), str(self.folder), random.Random(SEED))
        runs.disturb(kills)
        self.assertEqual(runs.kills, kills)
        print(f"{kills} kills, {runs.kills_with_journal} with a journal, {runs.runs} runs of "
              f"{runs.whole_s:.1f} s", file=sys.stderr)

    def test_a_search_over_closed_forms(self):
        self.killed(CLOSED_FORMS, 20)

    def test_a_search_over_a_replayed_table(self):
        write_table(self.folder / "latency.csv")
        self.killed(TABLE, 4)

    def test_a_search_that_asks_a_program(self):
        program = SOURCE / "tests" / "predictor" / "command" / "fake_objective.py"
        self.write("fake_objective.py", program.read_text(encoding="utf-8"))
        self.killed(COMMAND, 4)

    def test_a_second_process_on_the_folder_is_refused(self):
        self.write("slow.py", "import sys, time\nfor line in sys.stdin:\n    time.sleep(600)\n")
        self.write("s.yaml", "objectives: [{name: a, command: [python3, slow.py], "
                             "direction: minimize}]\n")
        first = subprocess.Popen([LTS, "search", "s.yaml", "-o", "run"], cwd=self.folder,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        journal = self.folder / "run" / "journal.jsonl"
        for _ in range(600):
            if journal.exists() and journal.read_bytes().endswith(b"\n"):
                break
            time.sleep(0.1)
        before = journal.read_bytes()
        message = self.refusal("search", "s.yaml", "-o", "run", "--resume")
        self.assertTrue(message.endswith("the run folder is in use by another process"), message)
        self.assertIn("--resume", self.refusal("search", "s.yaml", "-o", "run"))
        self.assertIsNone(first.poll())
        self.assertEqual(journal.read_bytes(), before)
        first.send_signal(signal.SIGINT)
        self.assertEqual(first.wait(60), 75)


if __name__ == "__main__":
    unittest.main()
