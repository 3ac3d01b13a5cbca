"""Runs `lts search --seeds`: a run per seed in one folder."""

import json
import os
import statistics
import unittest

from lts_program import SOURCE, LtsTestCase

CLOSED_FORM = SOURCE / "configs" / "search" / "closed-form.yaml"


class SearchSeeds(LtsTestCase):
    def seeds(self, seeds, *words, **options):
        return self.json("search", CLOSED_FORM, "-o", "runs", "--seeds", seeds, "--set",
                         "search.iterations=3", *words, **options)

    def read(self, name):
        return (self.folder / name).read_text(encoding="utf-8")

    def test_json_is_the_contracts_document_with_the_runs(self):
        document = self.seeds("1-3")
        self.assertEqual(document["run_dir"], "runs")
        self.assertEqual([run["seed"] for run in document["runs"]], [1, 2, 3])
        self.assertEqual([run["run_dir"] for run in document["runs"]],
                         [os.path.join("runs", f"seed-{seed}") for seed in (1, 2, 3)])
        self.assertEqual(document["evaluated"], sum(run["evaluated"] for run in document["runs"]))
        best = max(run["hypervolume"] for run in document["runs"])
        self.assertTrue(best <= document["hypervolume"] < 1)
        known = {m["archid"] for run in document["runs"] for m in run["front"]}
        self.assertTrue({m["archid"] for m in document["front"]} <= known)
        self.assertGreater(document["wall_s"], 0)

    def test_each_run_is_the_search_with_that_seed(self):
        self.seeds("2,4")
        alone = self.json("search", CLOSED_FORM, "-o", "alone", "--set", "search.iterations=3",
                          "--set", "search.seed=4", "--set", "search.space_seed=4")
        self.assertEqual(self.read("runs/seed-4/front.csv"), self.read("alone/front.csv"))
        self.assertGreater(alone["evaluated"], 0)
        self.assertFalse((self.folder / "runs" / "seed-3").exists())

    def test_goes_on_with_more_seeds_and_keeps_the_finished_ones(self):
        first = self.seeds("1-2")
        journal = self.read("runs/seed-1/journal.jsonl")
        self.assertIn("holds runs; --resume goes on with them",
                      self.refusal("search", CLOSED_FORM, "-o", "runs", "--seeds", "1-3"))
        again = self.seeds("1-3", "--resume")
        self.assertEqual(self.read("runs/seed-1/journal.jsonl"), journal)
        self.assertEqual(again["runs"][:2], first["runs"])
        self.assertEqual(len(again["runs"]), 3)

    def test_prints_a_table_and_the_median(self):
        done = self.lts("search", CLOSED_FORM, "-o", "runs", "--seeds", "1-3", "--format", "csv",
                        "--set", "search.iterations=2")
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], "seed,evaluated,front,hypervolume,ended by,seconds")
        self.assertEqual([line.split(",")[0] for line in lines[1:]], ["1", "2", "3"])
        median = statistics.median(float(line.split(",")[3]) for line in lines[1:])
        self.assertIn(f"hypervolume: median {median:.6g}", done.stderr)
        self.assertIn("seed 2, 2 of 3: runs/seed-2", done.stderr)

    def test_a_mistake_leaves_nothing(self):
        self.assertIn("--seeds 3-1: '3-1' ends before it begins",
                      self.refusal("search", CLOSED_FORM, "-o", "runs", "--seeds", "3-1"))
        self.assertFalse((self.folder / "runs").exists())
        self.seeds("1")
        self.assertIn("holds a single run",
                      self.refusal("search", CLOSED_FORM, "-o", "runs/seed-1", "--seeds", "1"))

    def test_measured_runs_have_the_same_bounds(self):
        self.write("hardware.yaml", "sequence_length: 8\nstop: {min_runs: 2, max_runs: 2}\n")
        config = self.write("measured.yaml", """
space: {n_layer: [1, 2], d_model: [32, 64], d_inner: [32, 64], n_head: [1, 2], vocab_size: 100}
objectives:
  - {name: size, proxy: decoder_params, direction: maximize}
  - {name: latency, hardware: hardware.yaml, direction: minimize}
search: {iterations: 2, initial_models: 4, random_mix: 2}
""")
        self.lts("search", config, "-o", "runs", "--seeds", "1-2")
        bounds = []
        for seed in (1, 2):
            for line in self.read(f"runs/seed-{seed}/journal.jsonl").splitlines():
                record = json.loads(line)["record"]
                if record["type"] == "bounds":
                    bounds.append(record["bounds"])
        self.assertEqual(bounds[0], bounds[1])
        self.assertEqual(len(self.json("compare", "runs")[0]["runs"]), 2)


if __name__ == "__main__":
    unittest.main()
