"""Runs `lts pick` on a finished closed-form search."""

import json
import os
import subprocess
import tempfile
import unittest

LTS = os.path.join(os.environ["LTS_BUILD_DIR"], "lts")
CONFIG = os.path.join(os.environ["LTS_SOURCE_DIR"], "configs", "search", "closed-form.yaml")


class PickCommand(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.run_dir = os.path.join(cls.folder.name, "run")
        done = subprocess.run([LTS, "search", CONFIG, "-o", cls.run_dir, "--json"],
                              capture_output=True, text=True, check=True)
        cls.front = json.loads(done.stdout)["front"]

    def lts(self, *words, status=0):
        done = subprocess.run([LTS, *words], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def pick(self, *words, status=0):
        return self.lts("pick", self.run_dir, *words, status=status)

    def size(self, member):
        return member["objectives"]["non_embedding_params"]

    def test_ranks_by_the_first_objective_and_keeps_the_bounds(self):
        bound = sorted(m["objectives"]["latency"] for m in self.front)[len(self.front) // 2]
        result = json.loads(self.pick("--max", f"latency={bound}", "--top", "3", "--json").stdout)
        meeting = sorted((m for m in self.front if m["objectives"]["latency"] <= bound),
                         key=self.size, reverse=True)
        self.assertEqual([self.size(m) for m in result["front"]],
                         [self.size(m) for m in meeting[:3]])
        better = result["next_better"]
        self.assertGreater(self.size(better), self.size(meeting[0]))
        self.assertGreater(better["objectives"]["latency"], bound)
        self.assertIn("latency is", better["misses"])

    def test_prints_a_table_and_the_next_better_one(self):
        bound = min(m["objectives"]["latency"] for m in self.front)
        done = self.pick("--max", f"latency={bound}")
        self.assertEqual(len(done.stdout.splitlines()), 2 + done.stdout.count("---"))
        self.assertIn("next better: gpt2_", done.stderr)
        self.assertIn("above", done.stderr)

    def test_writes_an_architecture_that_other_commands_take(self):
        file = os.path.join(self.folder.name, "mine.yaml")
        self.pick("--best", "memory", "-o", file)
        smallest = min(self.front, key=lambda m: m["objectives"]["memory"])
        described = json.loads(self.lts("describe", file, "--json").stdout)[0]
        self.assertEqual(described["onnx_file_mib"] > 0, True)
        self.assertEqual(described["decoder_params"], self.size(smallest))
        winner = json.loads(self.lts("describe", self.run_dir + ":0", "--json").stdout)[0]
        self.assertEqual(winner["decoder_params"], min(map(self.size, self.front)))

    def test_says_so_where_nothing_meets_the_bounds(self):
        file = os.path.join(self.folder.name, "none.yaml")
        done = self.pick("--max", "latency=0")
        self.assertEqual(done.stdout, "")
        self.assertIn("no member of the front meets the bounds", done.stderr)
        self.assertIn("best: gpt2_", done.stderr)
        self.pick("--max", "latency=0", "-o", file, status=2)
        self.assertFalse(os.path.exists(file))

    def test_refuses_what_is_no_bound_no_column_and_no_run(self):
        for words, message in (
                (("--max", "latency"), "--max latency: must look like NAME=NUMBER"),
                (("--min", "latency=fast"), "--min latency=fast: must look like NAME=NUMBER"),
                (("--max", "latencey=1"), "latencey"),
                (("--best", "nothing"), "nothing"),
                (("--top", "0"), "--top")):
            self.assertIn(message, self.pick(*words, status=2).stderr)
        done = self.lts("pick", self.folder.name + "/nowhere", status=2)
        self.assertIn("is no folder of a search run", done.stderr)


if __name__ == "__main__":
    unittest.main()
