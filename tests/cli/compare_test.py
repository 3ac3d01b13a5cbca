"""Runs `lts compare` on searches with several seeds; its figures beside numpy's and scipy's."""

import csv
import json
import statistics
import unittest

import numpy
import scipy.stats

from lts_program import SOURCE, LtsTestCase

CLOSED_FORM = SOURCE / "configs" / "search" / "closed-form.yaml"
MAXIMIZED = {"non_embedding_params"}


def volume(points):
    """What losses in the unit cube dominate: slices along the first, by recursion."""
    if not points:
        return 0.0
    if len(points[0]) == 1:
        return 1 - min(point[0] for point in points)
    points, total = sorted(points), 0.0
    for i, point in enumerate(points):
        end = points[i + 1][0] if i + 1 < len(points) else 1.0
        if end > point[0]:
            total += (end - point[0]) * volume([p[1:] for p in points[:i + 1]])
    return total


def first_front(points):
    return [p for p in points
            if not any(q != p and all(a <= b for a, b in zip(q, p)) for q in points)]


class CompareCommand(LtsTestCase):
    def setUp(self):
        super().setUp()
        self.search("evolution", "1-4", "search.max_evaluations=120")
        self.search("random", "1-4", "search.algorithm=random", "search.iterations=12")

    def search(self, folder, seeds, *assignments):
        words = [word for assignment in assignments for word in ("--set", assignment)]
        return self.json("search", CLOSED_FORM, "-o", folder, "--seeds", seeds, *words)

    def records(self, folder):
        text = (self.folder / folder / "journal.jsonl").read_text(encoding="utf-8")
        return [json.loads(line)["record"] for line in text.splitlines()]

    def hypervolume(self, folder, evaluations):
        """Of the first so many, from the journal."""
        records = self.records(folder)
        bounds = next(r["bounds"] for r in records if r["type"] == "bounds")
        points = []
        for record in [r for r in records if r["type"] == "evaluation"][:evaluations]:
            point = []
            for name, (low, high) in bounds.items():
                share = (record["objectives"][name]["value"] - low) / (high - low)
                point.append(min(max(1 - share if name in MAXIMIZED else share, 0), 1))
            points.append(point)
        return volume(first_front(points))

    def test_medians_and_quartiles_are_those_of_the_journals(self):
        rows = self.json("compare", "evolution", "random", "--evaluations", "30,120")
        self.assertEqual({row["group"] for row in rows}, {"evolution_pareto", "random"})
        for row in rows:
            folder = "evolution" if row["group"] == "evolution_pareto" else "random"
            for at in row["at_evaluations"]:
                values = [self.hypervolume(f"{folder}/seed-{seed}", at["evaluations"])
                          for seed in range(1, 5)]
                numpy.testing.assert_allclose(at["values"], values, rtol=1e-12)
                self.assertAlmostEqual(at["median"], statistics.median(values), places=12)
                numpy.testing.assert_allclose(at["quartiles"], numpy.quantile(values, [.25, .75]),
                                              rtol=1e-12)

    def test_the_rank_test_is_scipys(self):
        first, second = self.json("compare", "evolution", "random", "--evaluations", "120")
        test = next(t for t in first["tests"] if "evaluations" in t)
        expected = scipy.stats.mannwhitneyu(
            first["at_evaluations"][0]["values"], second["at_evaluations"][0]["values"],
            method="exact")
        self.assertEqual(test["against"], second["group"])
        self.assertEqual(test["u"], expected.statistic)
        self.assertAlmostEqual(test["p_value"], expected.pvalue, places=12)
        self.assertEqual(test["p_value_holm"], test["p_value"])
        self.assertEqual(test["better_share"], expected.statistic / 16)
        mirrored = next(t for t in second["tests"] if "evaluations" in t)
        self.assertEqual(mirrored["u"], 16 - expected.statistic)

    def test_each_row_has_its_runs_and_their_end(self):
        rows = self.json("compare", "evolution", "random/seed-2")
        by_group = {row["group"]: row for row in rows}
        self.assertEqual(by_group["random"]["n"], 1)
        self.assertEqual([run["run_dir"] for run in by_group["random"]["runs"]], ["random/seed-2"])
        row = by_group["evolution_pareto"]
        self.assertEqual(row["n"], 4)
        for run, value in zip(row["runs"], row["final"]["values"], strict=True):
            self.assertEqual(run["evaluated"], 120)
            self.assertTrue(run["finished"])
            self.assertEqual(run["hypervolume"], value)
            iterations = [r for r in self.records(run["run_dir"]) if r["type"] == "iteration"]
            self.assertEqual(value, iterations[-1]["hypervolume"])

    def test_prints_tables_for_people_and_one_for_programs(self):
        done = self.lts("compare", "evolution", "random")
        self.assertIn("30 evaluations", done.stdout)
        self.assertIn("first better", done.stdout)
        done = self.lts("compare", "evolution", "random", "--format", "csv", "--seconds", "1000")
        rows = list(csv.DictReader(done.stdout.splitlines()))
        self.assertEqual(len(rows), 2)
        self.assertEqual(rows[0]["runs"], "4")
        self.assertEqual(rows[0]["1000.0 s"], rows[0]["at the end"])
        self.assertLessEqual(float(rows[0]["at the end q1"]), float(rows[0]["at the end"]))
        self.assertIn("|", self.lts("compare", "evolution", "--format", "md").stdout)

    def test_prints_the_rank_tests_as_a_table_of_their_own(self):
        done = self.lts("compare", "evolution", "random", "--format", "csv", "--tests",
                        "--evaluations", "30,120", "--seconds", "1000")
        by_evaluations, by_seconds = csv.DictReader(done.stdout.splitlines())
        self.assertEqual(by_evaluations["evaluations"], "120")
        self.assertEqual(by_evaluations["seconds"], "")
        self.assertEqual(by_seconds["evaluations"], "")
        self.assertEqual(by_seconds["seconds"], "1000.0")
        first, second = self.json("compare", "evolution", "random", "--evaluations", "120",
                                  "--seconds", "1000")
        for row, test in zip((by_evaluations, by_seconds), first["tests"], strict=True):
            self.assertEqual((row["first"], row["second"]), (first["group"], second["group"]))
            for figure in ("u", "better_share", "p_value", "p_value_holm"):
                self.assertEqual(float(row[figure]), test[figure])
            self.assertEqual(row["exact"], str(test["exact"]))
        done = self.lts("compare", "evolution", "random", "--tests")
        self.assertEqual(done.stdout.split()[:3], ["first", "second", "after"])
        done = self.lts("compare", "evolution", "--format", "csv", "--tests")
        self.assertIn("--tests: one group alone is not tested", done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 1)

    def test_groups_by_a_key_of_the_configuration(self):
        self.search("bold", "1-2", "search.max_evaluations=120", "search.mutation_probability=0.8")
        rows = self.json("compare", "evolution", "bold", "--by", "mutation_probability")
        self.assertEqual({row["group"]: row["n"] for row in rows}, {"0.3": 4, "0.8": 2})
        done = self.lts("compare", "evolution", "bold")
        self.assertIn("mixes runs that differ in search.mutation_probability", done.stderr)

    def test_refuses_what_does_not_compare(self):
        self.search("narrow", "1", "search.iterations=2",
                    "hypervolume.bounds.latency=[0.0, 1.0e+9]")
        message = self.refusal("compare", "random", "narrow")
        self.assertIn("narrow/seed-1: has other hypervolume bounds than random/seed-1: latency",
                      message)
        self.assertIn("--bounds latency=LOW,HIGH", message)
        rows = self.json("compare", "random", "narrow", "--by", "folder", "--bounds",
                         "latency=0,1e9")
        self.assertEqual({row["group"] for row in rows}, {"random", "narrow"})
        self.search("other", "1", "search.iterations=2", "space.n_head=[2]")
        self.assertIn("other/seed-1: has another space than random/seed-1: space.n_head",
                      self.refusal("compare", "random", "other"))
        self.search("lenient", "1", "search.iterations=2", "objectives.0.constraint.min=2.0e6")
        self.assertIn("objectives.0.constraint.min is 2000000.0, there 1000000.0",
                      self.refusal("compare", "random", "lenient"))

    def test_names_the_users_mistakes(self):
        for words, message in (
                (("nowhere",), "nowhere: is no folder of a search run"),
                ((".",), "holds no search run, nor do its sub-folders"),
                (("random", "random/seed-1"), "random/seed-1: is named twice"),
                (("random", "--by", "algoritm"), "did you mean 'algorithm'?"),
                (("random", "--evaluations", "0"), "'0' is no number above 0"),
                (("random", "--evaluations", "1.5"), "1.5 is no whole number"),
                (("random", "--seconds", "1,x"), "'x' is no number above 0"),
                (("random", "--bounds", "latency=3"), "must look like NAME=LOW,HIGH"),
                (("random", "--bounds", "latency=3,1"), "must look like NAME=LOW,HIGH"),
                (("random", "--bounds", "latncy=0,1"), "did you mean 'latency'?"),
                (("random", "--format", "html"), "html")):
            self.assertIn(message, self.refusal("compare", *words))

    def test_scores_a_run_of_another_program(self):
        """A folder with two files, as a peer may write it."""
        run = self.folder / "random" / "seed-1"
        peer = self.folder / "peer"
        peer.mkdir()
        config = (run / "config.yaml").read_text(encoding="utf-8")
        (peer / "config.yaml").write_text(config.replace("algorithm: random", "algorithm: peer"),
                                          encoding="utf-8")
        rows = list(csv.DictReader((run / "evaluations.csv").read_text("utf-8").splitlines()))
        columns = ["non_embedding_params", "latency", "memory", "elapsed_s"]
        lines = [",".join(columns)] + [",".join(row[c] for c in columns) for row in rows]
        (peer / "evaluations.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        found = {row["group"]: row for row in self.json("compare", "random/seed-1", "peer")}
        self.assertEqual(found["peer"]["final"], found["random"]["final"])
        self.assertIn("is a run of another program and has no hypervolume bounds",
                      self.refusal("compare", "peer"))


if __name__ == "__main__":
    unittest.main()
