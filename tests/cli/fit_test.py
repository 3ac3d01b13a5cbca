"""lts fit: the contract's document, the file it leaves, what it refuses, going on. No test asserts a
time or an error of the model."""

import csv
import json
import signal
import subprocess
import sys
import unittest

import yaml
from lts_program import LTS, SOURCE, LtsTestCase

sys.path.insert(0, str(SOURCE / "tests" / "oracle"))
import layer_cost_reader

SPACE = """
space: {n_layer: [1, 2, 3], d_model: [16, 32, 48], d_inner: [16, 32], n_head: [1, 2],
        vocab_size: 100, max_sequence_length: 64}
"""
HARDWARE = "{sequence_length: 8, stop: {relative_ci: 0, min_runs: 3, max_runs: 3, max_seconds: 60}}"
SEARCH = SPACE + """
objectives:
  - {name: size, proxy: decoder_params, direction: maximize}
  - {name: latency, predictor: layer_cost, file: m.yaml, direction: minimize}
  - {name: peak, predictor: layer_cost, file: m.yaml, metric: memory.peak_bytes,
     direction: minimize}
search: {iterations: 3, initial_models: 4, random_mix: 2}
"""


class Fit(LtsTestCase):
    def setUp(self):
        super().setUp()
        self.write("space.yaml", SPACE)
        self.write("hw.yaml", HARDWARE)
        self.words = self.with_budget(15)

    @staticmethod
    def with_budget(budget):
        return ["fit", "--hardware", "hw.yaml", "--space", "space.yaml", "--budget", str(budget),
                "-o", "m.yaml"]

    def test_document_and_file(self):
        result = self.json(*self.words)
        self.assertLessEqual({"model", "measured", "holdout", "noise_floor", "wall_s"},
                             set(result))
        self.assertEqual((result["model"], result["measured"]), ("m.yaml", 15))
        self.assertLessEqual({"n", "mape", "within_5", "within_10", "interval_coverage", "worst"},
                             set(result["holdout"]))
        self.assertEqual(result["holdout"]["n"], 3)
        self.assertEqual([m["metric"] for m in result["metrics"]],
                         ["latency.median_s", "memory.peak_bytes"])
        self.assertFalse((self.folder / "m.yaml.rows.jsonl").exists())
        text = (self.folder / "m.yaml").read_text()
        self.assertIn("per_layer:", text)
        self.assertEqual(text.count('"use":"fit"'), 12)
        self.assertEqual(text.count('"use":"holdout"'), 3)

        # A search reads it, and is deterministic.
        self.write("search.yaml", SEARCH)
        fronts = []
        for run in ("a", "b"):
            self.lts("search", "search.yaml", "-o", run)
            fronts.append((self.folder / run / "front.csv").read_text())
        self.assertEqual(*fronts)
        self.compare_with_another_reader()

        # Adapted with five, and printed again.
        adapted = self.json("fit", "--hardware", "hw.yaml", "--set", "threads=2", "--space",
                            "space.yaml", "--from", "m.yaml", "--budget", "5", "-o", "n.yaml")
        self.assertEqual((adapted["measured"], adapted["holdout"]["n"]), (5, 1))
        again = self.json(*self.words, "--resume")
        self.assertEqual(again, result)
        table = self.lts(*self.words, "--resume")
        self.assertIn("MAPE %", table.stdout)
        self.assertIn("repeats itself to", table.stderr)

        # Refusals of what is there.
        self.assertEqual(self.refusal(*self.words),
                         "m.yaml: is there already; add --resume to print its result, or remove it")
        self.assertEqual(self.refusal(*self.with_budget(20), "--resume"),
                         "m.yaml: is of another fit: its budget is 15, this one's 20")
        self.assertEqual(self.refusal(*self.words, "--resume", "--set", "threads=2"),
                         "m.yaml: is of another fit: its protocol.threads is 1, this one's 2")
        self.assertEqual(self.refusal(*self.words[:-1], "hw.yaml", "--resume"),
                         "hw.yaml: is no model that lts fit wrote")

    def compare_with_another_reader(self):
        """Every prediction of the search, by a reader of the file that shares nothing with ours."""
        model = yaml.safe_load((self.folder / "m.yaml").read_text())
        memory, error = model["more"][0], layer_cost_reader.interval_error(model)
        with open(self.folder / "a" / "evaluations.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertGreater(len(rows), 5)
        for row in rows:
            genes = [int(row[name]) for name in ("n_layer", "d_model", "d_inner", "n_head")]
            values = layer_cost_reader.member(*genes, vocab_size=100, max_sequence_length=64)
            latency = layer_cost_reader.cost(model, values)
            self.assertAlmostEqual(float(row["latency"]) / latency, 1, places=9)
            self.assertAlmostEqual(float(row["latency_ci_high"]) / (latency * (1 + error)), 1,
                                   places=9)
            self.assertAlmostEqual(float(row["peak"]) / layer_cost_reader.cost(memory, values), 1,
                                   places=9)

    def interrupt(self):
        """Stops a fit after its third measurement."""
        with subprocess.Popen([LTS, *self.words], cwd=self.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as process:
            for line in process.stderr:
                if " 3/30 " in line:
                    process.send_signal(signal.SIGINT)
                    break
            message = process.stderr.read()
            process.stdout.read()
        self.assertEqual(process.returncode, 75, message)
        return message

    def test_goes_on_after_a_signal(self):
        message = self.interrupt()
        self.assertIn("m.yaml.rows.jsonl: stopped by a signal; everything measured is saved, "
                      "--resume goes on", message)
        self.assertFalse((self.folder / "m.yaml").exists())
        self.assertEqual(self.refusal(*self.words),
                         "m.yaml.rows.jsonl: holds the measurements of a fit that was interrupted; "
                         "add --resume to go on with it, or remove it")
        self.assertEqual(self.refusal(*self.with_budget(20), "--resume"),
                         "m.yaml.rows.jsonl: is of another fit: its budget is 15, this one's 20")
        kept = [json.loads(line)["record"] for line in
                (self.folder / "m.yaml.rows.jsonl").read_text().splitlines()]
        first = [r["latency.median_s"] for r in kept if "pass" in r][0]
        self.assertEqual(self.json(*self.words, "--resume")["measured"], 15)
        self.assertIn(str(first), (self.folder / "m.yaml").read_text())

    def test_messages(self):
        self.assertIn("--output", self.refusal("fit", "--hardware", "hw.yaml"))
        message = self.refusal(*self.with_budget(9))
        self.assertIn("--budget", message)
        self.assertIn("from 10 to 1000", message)
        self.assertTrue(self.refusal("fit", "--space", "hw.yaml", "-o", "x").startswith(
            "hw.yaml: has no 'space:'; accepted: the YAML of a search"))
        self.assertTrue(self.refusal(*self.words, "--from", "no.yaml").startswith("no.yaml: "))
        self.assertIn("is greater than max_sequence_length 64",
                      self.refusal(*self.words, "--set", "sequence_length=100"))
        self.assertIn("unrecognised option '--cache'", self.refusal(*self.words, "--cache", "c"))
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["hw.yaml", "space.yaml"])

    def test_help_has_an_example(self):
        self.assertIn("lts fit --hardware configs/", self.lts("fit", "--help").stdout)


if __name__ == "__main__":
    unittest.main()
