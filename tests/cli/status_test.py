"""`lts status` on runs as they stand: running, stopped, killed, finished, many in a folder, none."""

import json
import signal
import subprocess
import unittest

from lts_program import LTS, LtsTestCase

MODEL = "gpt2:n_layer=1,d_model=16,d_inner=16,n_head=2,vocab_size=50257,max_sequence_length=32"
TRAINING = """steps: 12
micro_batch_size: 2
sequence_length: 16
threads: 1
log_every: 2
validate: {every: 4, batches: 2}
checkpoint: {every: 4, every_minutes: 0, keep: 2}
"""
SEARCH = """
objectives:
  - {name: size, proxy: decoder_params, direction: maximize, constraint: {min: 1.0e6}}
  - {name: memory, proxy: onnx_file_mib, direction: minimize}
search: {iterations: 3}
"""
COMMON = ["run_dir", "kind", "state", "error", "step", "steps", "loss", "rate", "rate_unit",
          "last_checkpoint", "last_checkpoint_age_s", "restarts", "elapsed_s", "time_left_s",
          "silent_s"]


class Status(LtsTestCase):
    def setUp(self):
        super().setUp()
        self.write("train.yaml", TRAINING)
        self.write("search.yaml", SEARCH)
        self.write("text.txt", "And the earth was without form, and void.\n" * 300)
        self.lts("prepare", "text.txt", "-o", "data")

    def training(self, output, *more):
        return ["train", "train.yaml", "--model", MODEL, "--data", "data", "-o", output, *more]

    def one(self, *folders):
        (row,) = self.json("status", *folders)
        return row

    def start(self, *words):
        """A training under way: its process, after the log's first line."""
        process = subprocess.Popen([LTS, *words], cwd=self.folder, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True, env=self.environment)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        for line in process.stderr:
            if line.startswith("step "):
                return process
        self.fail("it ended before its first step")

    def test_a_finished_training(self):
        result = self.json(*self.training("run"))
        row = self.one("run")
        self.assertEqual(list(row), COMMON + ["tokens", "tokens_per_s", "validation_loss",
                                              "perplexity", "skipped_steps", "rollbacks"])
        self.assertEqual((row["kind"], row["state"], row["step"], row["steps"], row["restarts"]),
                         ("training", "finished", 12, 12, 0))
        self.assertEqual(row["loss"], result["train_loss"])
        self.assertEqual(row["perplexity"], result["perplexity"])
        self.assertEqual(row["last_checkpoint"], "run/checkpoints/step-12")
        self.assertEqual(row["rate_unit"], "tokens/s")
        self.assertEqual(row["time_left_s"], 0)

    def test_a_training_that_runs_then_is_stopped_then_goes_on(self):
        words = self.training("run", "--set", "steps=1000000", "--set", "checkpoint.every=2")
        process = self.start(*words)
        row = self.one("run")
        self.assertEqual((row["state"], row["steps"]), ("running", 1000000))
        self.assertGreaterEqual(row["step"], 2)
        self.assertGreater(row["time_left_s"], 0)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 75)
        stopped = self.one("run")
        self.assertEqual(stopped["state"], "stopped")
        self.assertEqual(stopped["last_checkpoint"], f"run/checkpoints/step-{stopped['step']}")
        process = self.start(*words, "--resume")
        self.assertEqual((self.one("run")["state"], self.one("run")["restarts"]), ("running", 1))
        process.kill()
        process.wait(60)
        self.assertEqual(self.one("run")["state"], "stopped")

    def test_a_search(self):
        result = self.json("search", "search.yaml", "-o", "found")
        row = self.one("found")
        self.assertEqual(list(row), COMMON + ["evaluated", "failed", "front", "hypervolume",
                                              "end_reason"])
        self.assertEqual((row["kind"], row["state"], row["step"], row["steps"]),
                         ("search", "finished", 3, 3))
        self.assertEqual(row["evaluated"], result["evaluated"])
        self.assertEqual(row["front"], len(result["front"]))
        self.assertEqual(row["hypervolume"], result["hypervolume"])
        self.assertEqual(row["last_checkpoint"], "found/journal.jsonl")
        self.assertIsNone(row["loss"])

    def test_a_line_for_each_run_in_a_folder_of_them(self):
        for name in ("10", "2"):
            self.lts(*self.training(f"gallery/{name}", "--set", "steps=2"))
        self.lts("search", "search.yaml", "-o", "seeds", "--seeds", "1-2")
        rows = self.json("status", "gallery", "seeds")
        self.assertEqual([row["run_dir"] for row in rows],
                         ["gallery/2", "gallery/10", "seeds/seed-1", "seeds/seed-2"])
        lines = self.lts("status", "gallery", "seeds").stdout.splitlines()
        self.assertEqual(len(lines), 5)
        self.assertEqual(lines[0].split()[:6], ["run", "kind", "state", "step", "loss", "rate"])
        self.assertIn("2/2", lines[1])
        self.assertIn("step-2", lines[1])
        self.assertIn("evaluations/s", lines[3])
        markdown = self.lts("status", "gallery", "--format", "md").stdout.splitlines()
        self.assertTrue(markdown[2].startswith("| gallery/2 | training | finished | 2/2 |"), markdown)

    def test_a_damaged_run_does_not_hide_the_others(self):
        self.lts(*self.training("all/a", "--set", "steps=2"))
        self.lts(*self.training("all/b", "--set", "steps=2"))
        (self.folder / "all" / "a" / "train_results.json").write_text("{", encoding="utf-8")
        done = self.lts("status", "all", "--json")
        damaged, whole = json.loads(done.stdout)
        self.assertEqual((damaged["state"], whole["state"]), ("damaged", "finished"))
        self.assertTrue(damaged["error"].startswith("all/a/train_results.json:1:"), damaged["error"])
        self.assertIn(damaged["error"], done.stderr)

    def test_what_is_no_run_is_the_users_mistake(self):
        self.assertEqual(self.refusal("status", "nowhere"),
                         "nowhere: is no folder; the folder of a search or a training is accepted")
        self.assertEqual(self.refusal("status", "data"),
                         "data: holds no run of lts search or lts train, nor does a folder directly "
                         "in it")
        self.assertIn("missing dir; usage: lts status DIR...", self.refusal("status"))
        self.assertIn("unknown format; accepted: table, csv, md, tex",
                      self.refusal("status", "data", "--format", "xml"))


if __name__ == "__main__":
    unittest.main()
