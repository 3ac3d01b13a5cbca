"""Runs each example of examples/python as its README says, with fewer evaluations."""

import csv
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

ROOT = pathlib.Path(os.environ["LTS_SOURCE_DIR"])
sys.path.insert(0, str(ROOT / "tests" / "cli"))

import moocore  # noqa: E402
import numpy as np  # noqa: E402
from lts_program import LtsTestCase  # noqa: E402


class PythonExamples(LtsTestCase):
    def setUp(self):
        super().setUp()
        shutil.copytree(ROOT / "examples" / "python", self.folder / "examples" / "python")
        shutil.copy(ROOT / "README.md", self.folder)
        self.folder = self.folder / "examples" / "python"
        python = os.path.dirname(sys.executable)  # the python3 that has PyTorch
        self.environment["PATH"] = python + os.pathsep + os.environ["PATH"]

    def search(self, config, run, *more):
        return self.json("search", config, "-o", run, *more)

    def rows(self, path):
        with open(self.folder / path, encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def own_value(self, program, call, genes):
        """What the example's function says when it is called directly."""
        code = f"import json, {program}; print(json.dumps(float({call})))"
        config = {gene: int(genes[gene]) for gene in ("n_layer", "d_model", "d_inner", "n_head")}
        done = subprocess.run([sys.executable, "-c", code.replace("ARCH", repr({"config": config}))],
                              cwd=self.folder, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    def test_a_proxy_in_pytorch(self):
        result = self.search("proxy.yaml", "run", "--set", "search.max_evaluations=8")
        self.assertEqual(result["evaluated"], 8)
        rows = self.rows("run/evaluations.csv")
        self.assertEqual({row["status"] for row in rows}, {"ok"})
        self.assertTrue(all(float(row["snip"]) > 0 for row in rows))
        own = self.own_value("proxy", "proxy.snip(ARCH)", rows[3])
        self.assertAlmostEqual(float(rows[3]["snip"]) / own, 1, places=4)

    def test_a_short_training(self):
        few_steps = "objectives.0.command=[python3, training_loss.py, ../../README.md, 10]"
        result = self.search("training.yaml", "run", "--set", "search.max_evaluations=3", "--set",
                             few_steps, "--set", "space.n_layer=[1, 2]", "--set",
                             "space.d_model=[64, 128]")
        self.assertEqual(result["evaluated"], 3)
        for row in self.rows("run/evaluations.csv"):
            self.assertEqual(row["status"], "ok")
            self.assertLess(float(row["loss"]), math.log(256))  # bytes told from each other
            self.assertGreater(float(row["loss"]), 1)

    def pymoo(self, evaluations):
        done = subprocess.run([sys.executable, "pymoo_nsga2.py", "latency.csv", str(evaluations),
                               "1"], cwd=self.folder, capture_output=True, text=True, check=True)
        self.write("pymoo.yaml", done.stdout)
        return [line.removeprefix("- ") for line in done.stdout.splitlines()]

    def test_pymoo_is_scored_as_our_own(self):
        theirs = self.pymoo(40)
        self.assertEqual(len(set(theirs)), 40)
        run = self.search("table.yaml", "pymoo", "--set", "search.warm_start=[pymoo.yaml]", "--set",
                          "search.max_evaluations=40")
        self.assertEqual(run["evaluated"], 40)
        rows = self.rows("pymoo/evaluations.csv")
        self.assertEqual([f"gpt2:n_layer={r['n_layer']},d_model={r['d_model']},"
                          f"d_inner={r['d_inner']},n_head={r['n_head']}" for r in rows], theirs)
        table = {tuple(r[g] for g in ("n_layer", "d_model", "d_inner", "n_head")):
                 float(r["latency_median_s"]) for r in self.rows("latency.csv")}
        for row in rows:
            genes = tuple(row[g] for g in ("n_layer", "d_model", "d_inner", "n_head"))
            self.assertEqual(float(row["latency"]), table[genes])
        ours = self.search("table.yaml", "ours", "--set", "search.max_evaluations=40")
        for result, name in ((run, "pymoo"), (ours, "ours")):
            self.assertAlmostEqual(result["hypervolume"], self.hypervolume(name), places=12)

    def hypervolume(self, run):
        """By a peer, between the bounds that the run's journal has."""
        for line in (self.folder / run / "journal.jsonl").read_text("utf-8").splitlines():
            record = json.loads(line)["record"]
            if record["type"] == "bounds":
                (fewest, most), (fastest, slowest) = (
                    record["bounds"][name] for name in ("decoder_params", "latency"))
        points = np.array([[(most - float(row["decoder_params"])) / (most - fewest),
                            (float(row["latency"]) - fastest) / (slowest - fastest)]
                           for row in self.rows(f"{run}/evaluations.csv")])
        return moocore.hypervolume(np.clip(points, 0, 1), ref=np.array([1.0, 1.0]))


if __name__ == "__main__":
    unittest.main()
