"""`lts card` beside its readers: huggingface_hub parses the card, transformers runs its snippet, a
shell its commands, and `lts correlate` reads the table."""

import csv
import os
import re
import shlex
import subprocess
import sys
import unittest

from huggingface_hub import ModelCard
from lts_program import LTS, LtsTestCase

TRAINING = """steps: 6
micro_batch_size: 2
sequence_length: 16
threads: 1
log_every: 2
validate: {every: 0, batches: 2}
checkpoint: {every: 0, every_minutes: 0, keep: 1}
"""
SPACE = "space: {n_layer: [1, 2], d_model: [16, 32], d_inner: [16, 32], n_head: 2}\n"
SEARCH = SPACE + """objectives:
  - {name: size, proxy: decoder_params, direction: maximize}
  - {name: latency, hardware: {sequence_length: 8, stop: {relative_ci: 0, min_runs: 3, max_runs: 3,
     max_seconds: 60}}, direction: minimize}
search: {iterations: 2, initial_models: 4, random_mix: 2}
winners: {count: 3}
"""
ONE = "gpt2:n_layer=1,d_model=16,d_inner=32,n_head=2"


class Card(LtsTestCase):
    def setUp(self):
        super().setUp()
        self.write("train.yaml", TRAINING)
        self.write("verses.txt", "And the earth was without form, and void.\n" * 300)
        self.lts("prepare", "verses.txt", "-o", "data")

    def train(self, *words):
        return self.json("train", "train.yaml", "--data", "data", *words)

    def read(self, *names):
        return self.folder.joinpath(*names).read_text(encoding="utf-8")

    def rows(self, *names):
        with open(self.folder.joinpath(*names), newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def block(self, card, language, title):
        """The first code block of a section."""
        section = card[card.index(f"## {title}\n"):]
        return re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)[1]

    def run_snippet(self, card):
        done = subprocess.run([sys.executable, "-c", self.block(card, "python", "Use")],
                              cwd=self.folder, capture_output=True, text=True, check=False,
                              env={**os.environ, "HF_HUB_OFFLINE": "1"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.startswith("In the beginning"), done.stdout)

    def test_the_card_of_one_model(self):
        result = self.train("--model", ONE, "-o", "one")
        made = self.json("card", "one", "--license", "mit")
        self.assertEqual(made, {"path": "one/README.md", "trained": "one/trained.csv", "models": 1,
                                "unfinished": []})
        hub = ModelCard.load(self.folder / "one" / "README.md")
        self.assertEqual(hub.data.license, "mit")
        self.assertEqual(hub.data.library_name, "transformers")
        self.assertEqual(hub.data.pipeline_tag, "text-generation")
        (evaluation,) = hub.data.eval_results
        self.assertEqual((evaluation.metric_type, evaluation.metric_value, evaluation.dataset_name),
                         ("perplexity", result["perplexity"], "data"))
        (row,) = self.rows("one", "trained.csv")
        self.assertEqual(float(row["valid_ppl"]), result["perplexity"])
        self.assertEqual(row["set"], "one")
        self.run_snippet(hub.content)

    def test_its_commands_make_the_same_weights_again(self):
        self.train("--model", ONE, "-o", "one")
        self.lts("card", "one")
        (self.folder / "one" / "verses.txt").write_text(self.read("verses.txt"), encoding="utf-8")
        for line in self.block(self.read("one", "README.md"), "", "Make it again").splitlines():
            program, *words = shlex.split(line)
            self.assertEqual(program, "lts")
            subprocess.run([LTS, *words], cwd=self.folder / "one", capture_output=True, check=True,
                           env=self.environment)
        self.assertEqual((self.folder / "one" / "again" / "model.safetensors").read_bytes(),
                         (self.folder / "one" / "model.safetensors").read_bytes())

    def test_the_card_of_the_winners_of_a_search(self):
        self.write("search.yaml", SEARCH)
        self.lts("search", "search.yaml", "-o", "found")
        results = self.train("--winners", "found", "-o", "gallery")
        made = self.json("card", "gallery", "--search", "found")
        self.assertEqual(made["models"], len(results))
        measured = {row["archid"]: row["latency"] for row in self.rows("found", "evaluations.csv")}
        for row in self.rows("gallery", "trained.csv"):
            self.assertEqual(float(row["latency"]), float(measured[row["arch"]]))
        hub = ModelCard.load(self.folder / "gallery" / "README.md")
        for result in results:
            self.assertIn(f"| {result['archid']} |", hub.content)
        self.assertIn("`latency`: latency.median_s, measured: ", hub.content)
        self.run_snippet(hub.content)
        correlated = self.json("correlate", "gallery/trained.csv", "--proxy", "decoder_params")
        self.assertEqual((correlated[0]["set"], correlated[0]["n"]), ("gallery", len(results)))

    def test_a_family_with_its_own_code(self):
        self.train("--model", "gpt2_flex:n_layer=2,d_model=16,d_inner=16|32,n_head=2", "-o", "flex")
        self.lts("card", "flex")
        self.run_snippet(self.read("flex", "README.md"))

    def test_what_somebody_wrote_is_left_alone(self):
        self.train("--model", ONE, "-o", "one")
        self.lts("card", "one")
        self.lts("card", "one")
        mine = self.read("one", "README.md") + "mine\n"
        self.write("one/README.md", mine)
        message = "one/README.md: was not written by lts card, or was changed since; --overwrite " \
                  "replaces it"
        self.assertEqual(self.refusal("card", "one"), message)
        self.assertEqual(self.read("one", "README.md"), mine)
        self.lts("card", "one", "--overwrite")
        self.assertFalse(self.read("one", "README.md").endswith("mine\n"))
        self.write("one/trained.csv", "mine\n")
        self.assertEqual(self.refusal("card", "one"),
                         "one/trained.csv: is no table of lts card; --overwrite replaces it")

    def test_what_is_no_finished_training_is_the_users_mistake(self):
        self.assertEqual(self.refusal("card", "data"),
                         "data: holds no run of lts train, nor does a folder directly in it")
        self.train("--model", ONE, "-o", "all/done")
        self.train("--model", ONE, "-o", "all/more")
        (self.folder / "all" / "more" / "train_results.json").unlink()
        self.assertEqual(self.refusal("card", "all/more"),
                         "all/more: is not finished: after step 6 of 6; a card is written of "
                         "finished runs")
        done = self.lts("card", "all", "--json")
        self.assertIn("all/more: is not finished and left out", done.stderr)
        self.assertEqual(self.refusal("card", "all", "--search", "data"),
                         "data: is no folder of a search: it has no config.yaml and "
                         "evaluations.csv")
        self.assertTrue(self.refusal("card", "all", "--data", "nowhere").startswith(
            "nowhere/manifest.json: not found: "))


if __name__ == "__main__":
    unittest.main()
