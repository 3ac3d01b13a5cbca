"""Compares the Pareto front and the hypervolume with moocore (the library behind irace's and
pymoo's hypervolume) and with numpy, and NSGA-II's ranks, crowding distances and survivors with
pymoo, on random points in one to five objectives."""

import json
import os
import subprocess
import sys
import unittest

import numpy

try:
    import moocore
    from pymoo.core.population import Population
    from pymoo.core.problem import Problem
    from pymoo.operators.survival.rank_and_crowding import RankAndCrowding
    from pymoo.operators.survival.rank_and_crowding.metrics import calc_crowding_distance
    from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting
except ImportError as error:
    print(f"skipped: {error} (scripts/requirements-test.txt)")
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


def sets_of_each_kind(num_points):
    """Few and many equal values, in one to five objectives."""
    sets = []
    for dimensions in (1, 2, 3, 4, 5):
        for levels in (0, 3, 8):
            sets += random_sets(num_points, dimensions, levels, 10, 10 * dimensions + levels)
    return sets


def pymoo_crowding(front):
    """The sum over the objectives, as in the paper; pymoo gives the mean."""
    return calc_crowding_distance(front) * front.shape[1]


def unknown_as_infinite(values):
    return numpy.array([numpy.inf if value is None else value for value in values])


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

    def test_ranks_equal_pymoo(self):
        sets = sets_of_each_kind(150)
        for points, answer in zip(sets, ask(sets), strict=True):
            _, ranks = NonDominatedSorting().do(points, return_rank=True)
            self.assertEqual(answer["ranks"], ranks.tolist())

    def test_crowding_distances_equal_pymoo(self):
        sets = sets_of_each_kind(60)
        for points, answer in zip(sets, ask(sets), strict=True):
            ours = unknown_as_infinite(answer["crowding"])
            numpy.testing.assert_allclose(ours, pymoo_crowding(points), rtol=1e-12)

    def test_survivors_stand_as_well_as_pymoo_s(self):
        """The same ranks and distances; which of equal ones survive is free."""
        sets = random_sets(120, 2, 0, 20, 2) + random_sets(120, 3, 0, 20, 3)
        for points, answer in zip(sets, ask(sets), strict=True):
            population = Population.new(F=points)
            survivors = RankAndCrowding().do(Problem(n_obj=points.shape[1]), population,
                                             n_survive=60, random_state=numpy.random.default_rng(1))
            theirs = sorted(zip(survivors.get("rank"), -survivors.get("crowding")))
            standings = {i: (population[i].get("rank"), -population[i].get("crowding"))
                         for i in answer["survivors"]}
            self.assertEqual(sorted(standings.values()), theirs)


if __name__ == "__main__":
    unittest.main()
