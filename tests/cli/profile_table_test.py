"""lts profile --table: a row for each architecture and point of a grid. No test asserts a time."""

import csv
import io
import unittest

from lts_program import LtsTestCase

SMALL = "gpt2:n_layer=2,d_model=16,d_inner=32,n_head=2,vocab_size=97,max_sequence_length=64"
LARGER = "gpt2:n_layer=3,d_model=32,d_inner=32,n_head=2,vocab_size=97,max_sequence_length=64"
HUGE = ("gpt2:n_layer=10,d_model=1000000,d_inner=1000000,n_head=1,vocab_size=97,"
        "max_sequence_length=64")
QUICK = ["--set", "stop={relative_ci: 0, min_runs: 3, max_runs: 3, max_seconds: 60}",
         "--set", "sequence_length=8"]


class ProfileTable(LtsTestCase):
    def rows(self, *words):
        done = self.lts("profile", *words, *QUICK, "--table")
        return list(csv.DictReader(io.StringIO(done.stdout)))

    def test_a_row_for_each_architecture_and_point(self):
        rows = self.rows(SMALL, LARGER, "--grid", "dtype=float32,bfloat16", "--grid",
                         "sequence_length=4,16,32")
        self.assertEqual(len(rows), 2 * 2 * 3)
        described = [d["archid"] for d in self.json("describe", SMALL, LARGER)]
        points = [(r["dtype"], r["sequence_length"], r["archid"]) for r in rows]
        self.assertEqual(points, [(dtype, length, archid) for dtype in ("float32", "bfloat16")
                                  for length in ("4", "16", "32") for archid in described])
        for row in rows:
            self.assertGreater(float(row["latency_median_s"]), 0)
            self.assertLessEqual(float(row["latency_ci_low_s"]), float(row["latency_ci_high_s"]))
            self.assertGreater(int(row["memory_peak_bytes"]), int(row["memory_weight_bytes"]))
            self.assertEqual((row["runs"], row["threads"], row["reason"]), ("3", "1", ""))
            self.assertIn(row["verdict"], ("clean", "noisy"))
        self.assertEqual((rows[1]["n_layer"], rows[1]["d_model"]), ("3", "32"))

    def test_without_a_grid_there_is_one_point(self):
        (row,) = self.rows(SMALL)
        self.assertEqual(row["sequence_length"], "8")

    def test_another_key_of_the_file_gets_a_column(self):
        rows = self.rows(SMALL, "--grid", "stop.min_runs=1,2")
        self.assertEqual([r["stop.min_runs"] for r in rows], ["1", "2"])

    def test_json(self):
        rows = self.json("profile", SMALL, *QUICK, "--table", "--grid", "past_length=0,5")
        self.assertEqual([r["past_length"] for r in rows], [0, 5])
        self.assertIsInstance(rows[0]["latency_median_s"], float)
        self.assertIsNone(rows[0]["reason"])

    def test_a_signal_keeps_the_rows_that_were_measured(self):
        stop = "stop={relative_ci: 0, min_runs: 3, max_runs: 1000000, max_seconds: 2}"
        out, err = self.interrupted("profile", SMALL, LARGER, "--set", "sequence_length=8",
                                    "--set", stop, "--table")
        self.assertEqual(len(list(csv.DictReader(io.StringIO(out)))), 1)
        self.assertIn("1 of 2 rows were measured", err)

    def test_a_failed_candidate_is_a_row_with_its_reason(self):
        rows = self.rows(HUGE, SMALL)
        self.assertIn("out of memory", rows[0]["reason"])
        self.assertEqual(rows[0]["latency_median_s"], "")
        self.assertEqual(rows[1]["reason"], "")

    def test_takes_from_a_cache_what_it_holds(self):
        words = ("--cache", "cache.jsonl")
        first = self.rows(SMALL, *words)
        self.assertEqual(self.rows(SMALL, *words), first)  # to the last digit
        self.assertIs(self.json("profile", SMALL, *QUICK, *words)[0]["cached"], True)
        kept = (self.folder / "cache.jsonl").read_text("utf-8")
        self.rows(SMALL, *words, "--grid", "dtype=float32,bfloat16")
        self.assertEqual(len((self.folder / "cache.jsonl").read_text("utf-8").splitlines()), 2)
        self.assertEqual(len(kept.splitlines()), 1)

    def test_a_generation_is_told_from_a_prefill(self):
        rows = self.rows(SMALL, "--grid", "new_tokens=0,4", "--grid", "dtype=float32")
        self.assertEqual([r["new_tokens"] for r in rows], ["0", "4"])
        (row,) = self.rows(SMALL, "--set", "new_tokens=4")
        self.assertEqual(row["new_tokens"], "4")

    def test_messages(self):
        def refusal(*words):
            return self.refusal("profile", SMALL, *QUICK, *words)
        self.assertEqual(refusal("--grid", "threads=1"), "--grid needs --table")
        self.assertEqual(refusal("--table", "--grid", "threads"),
                         "--grid threads: must look like KEY=VALUE,VALUE")
        self.assertEqual(refusal("--table", "--grid", "threads=1,"),
                         "--grid threads=1,: must look like KEY=VALUE,VALUE")
        self.assertEqual(refusal("--table", "--grid", "threads=1", "--grid", "threads=2"),
                         "--grid threads=2: key 'threads' stands twice")
        self.assertIn("unknown key 'threds'; did you mean 'threads'?",
                      refusal("--table", "--grid", "threds=1"))
        self.assertIn("is greater than max_sequence_length 64",
                      refusal("--table", "--grid", "sequence_length=8,100"))


if __name__ == "__main__":
    unittest.main()
