"""Compares the Pareto front and the hypervolume with moocore (the library behind irace's and
pymoo's hypervolume) and with numpy, on random fronts of one to five objectives."""

import json
import os
import subprocess
import sys
import unittest

import numpy

try:
    import moocore
except ImportError:
    print("skipped: moocore is not installed (scripts/requirements-test.txt)")
    sys.exit(77)

PROBE = os.path.join(os.environ["LTS_BUILD_DIR"], "search_probe")


def ask(sets):
    """The probe's answers for a list of point sets."""
    text = "".join(json.dumps(points.tolist()) + "\n" for points in sets)
    out = subprocess.run([PROBE], input=text, capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def random_sets(num_points, dimensions, levels, count, seed):
    """Points in the unit cube; `levels` > 0 puts them on a coarse grid, so that many are equal."""
    generator = numpy.random.default_rng(seed)
    sets = []
    for _ in range(count):
        points = generator.random((num_points, dimensions))
        if levels:
            points = numpy.floor(points * levels) / levels
        sets.append(points)
    return sets


class Search(unittest.TestCase):
    def test_hypervolume_equals_moocore(self):
        for dimensions in (2, 3, 4):
            sets = random_sets(60, dimensions, 0, 20, dimensions)
            sets += random_sets(60, dimensions, 7, 20, dimensions)
            for points, answer in zip(sets, ask(sets), strict=True):
                expected = moocore.hypervolume(points, ref=numpy.ones(dimensions))
                self.assertAlmostEqual(answer["hypervolume"], expected, delta=1e-12)

    def test_hypervolume_of_one_objective_is_the_distance_to_the_reference(self):
        sets = random_sets(9, 1, 0, 20, 1)
        for points, answer in zip(sets, ask(sets), strict=True):
            self.assertAlmostEqual(answer["hypervolume"], 1 - points.min(), delta=1e-15)

    def test_front_equals_moocore(self):
        for dimensions in (2, 3, 4, 5):
            sets = random_sets(200, dimensions, 0, 10, dimensions)
            sets += random_sets(200, dimensions, 4, 10, dimensions)
            for points, answer in zip(sets, ask(sets), strict=True):
                weak = moocore.is_nondominated(points, maximise=False, keep_weakly=True)
                self.assertEqual(sorted(answer["keep_all"]), numpy.flatnonzero(weak).tolist())
                ours = points[answer["keep_first"]]
                self.assertEqual(ours.tolist(), numpy.unique(points[weak], axis=0).tolist())


if __name__ == "__main__":
    unittest.main()
