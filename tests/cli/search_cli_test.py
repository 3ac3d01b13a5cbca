"""Runs `lts search` as a user does: its exit status, what it prints where, and what it leaves."""

import csv
import json
import os
import signal
import subprocess
import tempfile
import time
import unittest

LTS = os.path.join(os.environ["LTS_BUILD_DIR"], "lts")
CONFIG = os.path.join(os.environ["LTS_SOURCE_DIR"], "configs", "search", "closed-form.yaml")
MEASURED = """
space: {n_layer: [1, 2], d_model: [32, 64], d_inner: [32, 64], n_head: [1, 2], vocab_size: 100}
objectives:
  - {name: size, proxy: decoder_params, direction: maximize}
  - {name: latency, hardware: hardware.yaml, direction: minimize}
  - {name: peak, hardware: hardware.yaml, metric: memory.peak_bytes, direction: minimize}
search: {iterations: 3, initial_models: 4, random_mix: 2}
"""


class SearchCommand(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.run_dir = self.at("run")

    def at(self, name):
        return os.path.join(self.folder.name, name)

    def write(self, name, text):
        with open(self.at(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.at(name)

    def read(self, name):
        with open(self.at(name), encoding="utf-8") as file:
            return file.read()

    def lts(self, *words, status=0):
        done = subprocess.run([LTS, "search", *words], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def test_json_is_the_contracts_document_alone(self):
        done = self.lts(CONFIG, "-o", self.run_dir, "--json", "--set", "search.iterations=3")
        result = json.loads(done.stdout)
        self.assertEqual(result["run_dir"], self.run_dir)
        self.assertGreater(result["evaluated"], 20)
        self.assertTrue(0 < result["hypervolume"] < 1)
        self.assertGreater(result["wall_s"], 0)
        rows = list(csv.DictReader(self.read("run/front.csv").splitlines()))
        self.assertEqual([m["archid"] for m in result["front"]], [r["archid"] for r in rows])
        for member, row in zip(result["front"], rows, strict=True):
            self.assertEqual(member["objectives"]["latency"], float(row["latency"]))
            self.assertEqual(member["config"]["n_layer"], int(row["n_layer"]))

    def test_prints_a_table_and_progress_apart(self):
        done = self.lts(CONFIG, "-o", self.run_dir, "--top", "4", "--format", "csv")
        lines = done.stdout.splitlines()
        self.assertEqual(len(lines), 5)
        self.assertTrue(lines[0].startswith("archid,architecture,non_embedding_params"))
        self.assertIn("iteration 10/10", done.stderr)
        self.assertIn("hypervolume", done.stderr)
        self.assertIn("left", done.stderr)

    def test_same_seeds_give_the_same_front_to_the_byte(self):
        for name in ("a", "b"):
            self.lts(CONFIG, "-o", self.at(name))
        self.assertEqual(self.read("a/front.csv"), self.read("b/front.csv"))

    def test_proxies_from_gradients_are_objectives_and_their_failures_are_recorded(self):
        config = self.write("gradients.yaml", """
space: {n_layer: 1, d_model: [1, 32, 64], d_inner: [32, 64], n_head: 1, vocab_size: 50}
objectives:
  - {name: gradients, proxy: grad_norm, direction: maximize, batch_size: 2, sequence_length: 8}
  - {name: correlations, proxy: jacob_cov, direction: maximize, sequence_length: 8, seed: 3}
hypervolume: {bounds: {gradients: [0, 100], correlations: [-1.0e6, 0]}}
search: {algorithm: random, iterations: 2, samples_per_iteration: 10}
""")
        for name in ("run", "again"):
            self.lts(config, "-o", self.at(name))
        self.assertEqual(self.read("run/front.csv"), self.read("again/front.csv"))
        rows = list(csv.DictReader(self.read("run/evaluations.csv").splitlines()))
        for row in rows:
            if row["d_model"] == "1":  # a norm over one value: no gradients, no correlations
                self.assertEqual((row["status"], row["reason"]),
                                 ("failed", "jacob_cov is not a finite number"))
            else:
                self.assertEqual(row["status"], "ok")
                self.assertGreater(float(row["gradients"]), 0)
        self.assertEqual({row["d_model"] for row in rows}, {"1", "32", "64"})
        self.assertIn("batch_size: 4", self.read("run/config.yaml"))

    def test_set_reaches_nested_keys_lists_and_new_keys(self):
        self.lts(CONFIG, "-o", self.run_dir, "--set", "search.iterations=2", "--set",
                 "objectives.0.constraint.min=2.0e6", "--set", "space.n_head=[2]", "--set",
                 "winners.count=3")
        rows = list(csv.DictReader(self.read("run/evaluations.csv").splitlines()))
        self.assertEqual({row["n_head"] for row in rows}, {"2"})
        self.assertEqual({row["iteration_num"] for row in rows}, {"0", "1"})
        self.assertTrue(all(float(row["decoder_params"]) >= 2e6 for row in rows))
        self.assertEqual(len(self.read("run/winners/winners.csv").splitlines()), 4)

    def test_a_mistake_in_set_names_it_and_leaves_nothing(self):
        for assignment, message in (
                ("search.iteration=2", "did you mean 'iterations'?"),
                ("search.iterations=none", "accepted: an integer from 1"),
                ("objectives.7.name=x", "'7' is no index of a list of 3"),
                ("iterations", "must look like key.subkey=value")):
            done = self.lts(CONFIG, "-o", self.run_dir, "--set", assignment, status=2)
            self.assertTrue(done.stderr.startswith(f"--set {assignment}"), done.stderr)
            self.assertIn(message, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)
            self.assertFalse(os.path.exists(self.run_dir))

    def test_a_mistake_in_the_file_names_line_and_column_and_leaves_nothing(self):
        file = self.write("s.yaml", "objectives:\n"
                                    "  - {name: a, proxy: nothing, direction: maximize}\n")
        done = self.lts(file, "-o", self.run_dir, status=2)
        self.assertTrue(done.stderr.startswith(f"{file}:2:22: unknown proxy 'nothing'"),
                        done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertFalse(os.path.exists(self.run_dir))

    def test_constraints_that_nothing_meets_are_refused_with_counts(self):
        done = self.lts(CONFIG, "-o", self.run_dir, "--set", "objectives.0.constraint.min=9.0e8",
                        status=2)
        self.assertIn("of 5880 looked at, 5880 fail non_embedding_params >= 900000000", done.stderr)
        self.assertFalse(os.path.exists(self.run_dir))

    def test_missing_words_and_files_are_the_users(self):
        self.assertIn("missing --output", self.lts(CONFIG, status=2).stderr)
        nowhere = self.at("nowhere.yaml")
        done = self.lts(nowhere, "-o", self.run_dir, status=2)
        self.assertEqual(done.stderr, f"{nowhere}: cannot be opened: No such file or directory\n")

    def test_resume_prints_a_finished_run_again(self):
        first = self.lts(CONFIG, "-o", self.run_dir)
        self.assertIn("--resume", self.lts(CONFIG, "-o", self.run_dir, status=2).stderr)
        again = self.lts(CONFIG, "-o", self.run_dir, "--resume")
        self.assertEqual(again.stdout, first.stdout)
        differs = self.lts(CONFIG, "-o", self.run_dir, "--resume", "--set", "search.seed=9",
                           status=2)
        self.assertIn("search.seed (the run has 1, now 9)", differs.stderr)

    def test_config_yaml_of_a_run_is_a_configuration(self):
        self.lts(CONFIG, "-o", self.run_dir)
        self.lts(self.at("run/config.yaml"), "-o", self.at("again"))
        self.assertEqual(self.read("run/front.csv"), self.read("again/front.csv"))

    def measured(self):
        self.write("hardware.yaml", "sequence_length: 8\nstop: {min_runs: 2, max_runs: 2}\n")
        return self.write("measured.yaml", MEASURED)

    def test_measures_once_for_two_objectives_and_keeps_the_samples(self):
        self.lts(self.measured(), "-o", self.run_dir)
        for line in self.read("run/journal.jsonl").splitlines():
            record = json.loads(line)["record"]
            if record["type"] != "evaluation":
                continue
            latency, peak = record["objectives"]["latency"], record["objectives"]["peak"]
            self.assertEqual(latency["details"], peak["details"])
            self.assertGreaterEqual(len(latency["details"]["latency"]["samples_s"]), 2)

    def test_a_signal_saves_everything_and_resume_goes_on(self):
        self.write("hardware.yaml", "sequence_length: 192\nstop: {min_runs: 50, max_runs: 400, "
                                    "relative_ci: 0.0, max_seconds: 0.5}\n")
        file = self.write("measured.yaml", MEASURED)
        process = subprocess.Popen([LTS, "search", file, "-o", self.run_dir],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        deadline = time.time() + 120
        while time.time() < deadline:
            if os.path.exists(self.at("run/journal.jsonl")):
                if self.read("run/journal.jsonl").count("\n") >= 4:
                    break
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 75, err)
        self.assertIn("--resume goes on", err)
        kept = self.read("run/journal.jsonl")
        self.lts(file, "-o", self.run_dir, "--resume")
        self.assertTrue(self.read("run/journal.jsonl").startswith(kept))


if __name__ == "__main__":
    unittest.main()
