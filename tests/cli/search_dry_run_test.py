"""Runs `lts search --dry-run`: what it foretells beside what the search then does."""

import os
import unittest

from lts_program import SOURCE, LtsTestCase

CLOSED_FORM = SOURCE / "configs" / "search" / "closed-form.yaml"
PUBLISHED = SOURCE / "configs" / "search" / "lts-gpt2-small.yaml"
VAST = """
space: {n_layer: {min: 1, max: 100}, d_model: {min: 1, max: 1000, step: 1},
        d_inner: {min: 1, max: 1000, step: 1}, n_head: [1], vocab_size: 10, max_sequence_length: 8}
objectives:
  - {name: size, proxy: decoder_params, direction: maximize}
  - {name: depth, predictor: layer_cost, direction: minimize, per_model: {n_layer: 1}, constraint: {max: 25}}
"""


class DryRun(LtsTestCase):
    def foretell(self, *words, **options):
        return self.json("search", *words, "--dry-run", **options)

    def test_foretells_a_search_over_closed_forms_exactly(self):
        for name, more in (("whole", ()), ("short", ("--set", "search.iterations=3")),
                           ("cut", ("--set", "search.max_evaluations=50"))):
            foretold = self.foretell(CLOSED_FORM, *more)
            run = self.json("search", CLOSED_FORM, "-o", name, *more)
            self.assertEqual(foretold["evaluations"], run["evaluated"])
            self.assertEqual(foretold["end_reason"], run["end_reason"])
            self.assertTrue(foretold["evaluations_exact"])
            self.assertEqual(foretold["space_size"], 5880)
            self.assertEqual(foretold["members"], 5424)
            self.assertTrue(foretold["members_exact"])
            self.assertIsNone(foretold["members_ci95"])
            size = sum(os.path.getsize(os.path.join(folder, file))
                       for folder, _, files in os.walk(self.folder / name) for file in files)
            self.assertAlmostEqual(foretold["disk_bytes"] / size, 1, delta=0.15)

    def test_foretells_a_measured_search_without_its_device(self):
        foretold = self.foretell(PUBLISHED, "--set", "objectives.1.hardware={device: cuda:7, "
                                 "stop: {max_seconds: 2}}")
        # The published settings on two cores evaluated 643; a candidate takes two seconds at most.
        self.assertTrue(400 < foretold["evaluations"] < 1000, foretold)
        self.assertAlmostEqual(foretold["time_s"], 2 * (foretold["evaluations"] + 2), delta=10)
        self.assertTrue(foretold["time_at_most"])
        self.assertFalse(foretold["evaluations_exact"])

    def test_estimates_the_members_of_a_vast_space_with_an_interval(self):
        foretold = self.foretell(self.write("vast.yaml", VAST))
        self.assertEqual(foretold["space_size"], 100_000_000)
        self.assertFalse(foretold["members_exact"])
        low, high = foretold["members_ci95"]
        self.assertTrue(low <= 25_000_000 <= high, foretold)
        self.assertTrue(low <= foretold["members"] <= high)

    def test_prints_a_table_for_people(self):
        done = self.lts("search", CLOSED_FORM, "--dry-run")
        for text in ("5880", "5424", "(ended by iterations)", "time", "memory", "disk"):
            self.assertIn(text, done.stdout)
        vast = self.lts("search", self.write("vast.yaml", VAST), "--dry-run", "--format", "csv")
        self.assertIn("95 %, from 20000 random ones", vast.stdout)
        self.assertIn("what,how much", vast.stdout)

    def test_adds_up_seeds(self):
        once = self.foretell(CLOSED_FORM)
        thrice = self.foretell(CLOSED_FORM, "--seeds", "1-3")
        self.assertEqual(thrice["runs"], 3)
        self.assertEqual(thrice["evaluations"], 3 * once["evaluations"])

    def test_leaves_nothing(self):
        temporary = self.folder / "tmp"
        temporary.mkdir()
        self.foretell(CLOSED_FORM, "-o", "run", env={"TMPDIR": str(temporary)})
        self.assertFalse((self.folder / "run").exists())
        self.assertEqual(list(temporary.iterdir()), [])

    def test_refuses_what_the_search_would(self):
        message = self.refusal("search", CLOSED_FORM, "--dry-run", "--set", "search.iterations=0")
        self.assertIn("search.iterations", message)


if __name__ == "__main__":
    unittest.main()
