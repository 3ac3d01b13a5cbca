"""lts reproduce: the published table from the shipped files, and what it says of a wrong one."""

import csv
import pathlib
import shutil
import unittest

from lts_program import SOURCE, LtsTestCase

QUICK = ["--latency", "--passes", "1", "--set", "sequence_length=1", "--set", "stop={max_runs: 1}"]


class Reproduce(LtsTestCase):
    def test_ids_parameters_and_memory(self):
        document = self.json("reproduce")
        self.assertEqual(document["ids_matching"], 20)
        self.assertEqual(document["params_matching"], 20)
        self.assertLessEqual(document["memory_max_error_mib"], 0.01)
        self.assertIsNone(document["latency_spearman"])
        self.assertEqual(len(document["rows"]), 20)

    def test_rows_hold_the_published_figures_beside_ours(self):
        rows = {row["archid"]: row for row in self.json("reproduce")["rows"]}
        with open(SOURCE / "tests/data/published_models.csv", newline="", encoding="ascii") as file:
            table = list(csv.DictReader(file))
        self.assertEqual(set(rows), {line["archid"] for line in table})
        for line in table:
            row = rows[line["archid"]]
            theirs, ours = row["published"], row["ours"]
            self.assertEqual(theirs["non_embedding_params_m"],
                             float(line["non_embedding_params_millions"]))
            self.assertEqual(theirs["latency_s"], float(line["latency_s"]))
            self.assertEqual(theirs["memory_mib"], float(line["memory_mib"]))
            name = "archid" if line["hashed_with_arch_type"] == "1" else "archid_sampled"
            self.assertEqual(ours[name], line["archid"])
            self.assertEqual(f"{ours['decoder_params'] / 1e6:.2f}",
                             line["non_embedding_params_millions"])
            self.assertAlmostEqual(ours["memory_mib"], float(line["memory_mib"]), delta=0.01)

    def test_latency_is_measured_and_correlated(self):
        document = self.json("reproduce", *QUICK)
        self.assertTrue(-1 <= document["latency_spearman"] <= 1)
        for row in document["rows"]:
            self.assertEqual(row["ours"]["latency_s"], min(row["ours"]["latency_passes_s"]))
        self.assertEqual(document["protocol"]["sequence_length"], 1)

    def test_the_table_ends_with_the_verdict(self):
        lines = self.lts("reproduce").stdout.splitlines()
        self.assertEqual(len(lines), 1 + 20 + 2)
        self.assertTrue(lines[-1].startswith("ids 20 of 20, non-embedding parameters 20 of 20, "))
        self.assertEqual(len(self.lts("reproduce", "--format", "csv").stdout.splitlines()), 21)

    def models(self):
        """A copy of the shipped configurations that a test may spoil."""
        configs = self.folder / "configs"
        shutil.copytree(SOURCE / "configs", configs)
        return configs / "models", {"LTS_CONFIG_DIR": str(configs)}

    def replace(self, file, old, new):
        text = file.read_text(encoding="utf-8")
        self.assertIn(old, text)
        file.write_text(text.replace(old, new), encoding="utf-8")

    def test_a_difference_is_counted_and_ends_with_status_1(self):
        models, env = self.models()
        table = models / "published.csv"
        self.replace(table, ",16.04,0.084,173.74", ",16.05,0.084,173.24")
        self.replace(next(models.glob("gpt2_a9e31479*.yaml")), "n_head: 4", "n_head: 2")
        document = self.json("reproduce", env=env, status=1)
        self.assertEqual(document["ids_matching"], 19)
        self.assertEqual(document["params_matching"], 19)
        self.assertAlmostEqual(document["memory_max_error_mib"], 0.5, delta=0.01)

    def test_messages(self):
        self.assertIn("--passes has no effect without --latency",
                      self.refusal("reproduce", "--passes", "3"))
        self.assertIn("passes is '0'", self.refusal("reproduce", "--latency", "--passes", "0"))
        self.assertIn("usage: lts reproduce", self.refusal("reproduce", "--latancy"))
        models, env = self.models()
        table = models / "published.csv"
        self.replace(table, "0.084", "fast")
        self.assertIn("published.csv: latency_s is 'fast'; accepted: a number",
                      self.refusal("reproduce", env=env))
        next(pathlib.Path(models).glob("gpt2_a9e31479*.yaml")).unlink()
        self.assertIn("gpt2_a9e31479", self.refusal("reproduce", env=env))
        table.unlink()
        self.assertIn("published.csv: ", self.refusal("reproduce", env=env))


if __name__ == "__main__":
    unittest.main()
