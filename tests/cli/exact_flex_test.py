"""`algorithm: exact` where layers differ: the front of 1.6 million members, merged, and by looking
at each of them."""

import unittest

from lts_program import LtsTestCase
from merged_front import LayeredSpace, front_of_run


class ExactFlex(LtsTestCase):
    def test_equals_brute_force_on_more_than_a_million_members(self):
        space = LayeredSpace([4, 5], [64, 128], [64, 128, 192, 256, 512], [1, 2, 4])
        self.assertGreater(space.members(), 1_000_000)
        self.write("exact.yaml", space.config())
        found = self.json("search", "exact.yaml", "-o", "run")
        expected = space.brute_front()
        self.assertGreater(len(expected), 100)
        self.assertEqual(front_of_run(self.folder / "run", space.tables), expected)
        self.assertIsNone(found["regret"]["members"])
        self.assertEqual(found["regret"]["hypervolume_missing"], 0)

    def test_says_the_size_of_the_front_it_merged(self):
        space = LayeredSpace([8], [64], [64, 128, 192, 256], [1, 2, 4])
        self.write("exact.yaml", space.config())
        printed = self.lts("search", "exact.yaml", "-o", "run").stderr
        self.assertRegex(printed, r"the exact front of the space has \d+ points: 100 % of it found")

    def test_tells_a_search_what_it_has_not_matched(self):
        space = LayeredSpace([8], [64], [64, 128, 192, 256], [1, 2, 4])
        self.write("random.yaml", space.config().replace(
            "algorithm: exact", "algorithm: random, iterations: 1, samples_per_iteration: 3"))
        printed = self.lts("search", "random.yaml", "-o", "run").stderr
        self.assertRegex(printed, r"latency: at most .* worse than an exact member that is no "
                                  r"better in the others; \d+ exact members are unmatched in those")


if __name__ == "__main__":
    unittest.main()
