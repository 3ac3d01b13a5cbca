"""Runs `lts correlate`: on hand-worked tables, and on the paper's trained models where they are.

The published figures are those of reference/field-survey.md 4b and reference/archai.md 5.8 and of
issue 5: recomputed there from the authors' released logs by other programs.
"""

import math
import unittest

from lts_program import SOURCE, LtsTestCase

GROUND_TRUTH = SOURCE.parent / "shared" / "data" / "lts-ground-truth"

# Spearman and Kendall of a proxy with perplexity.
PUBLISHED = {
    "random_GPT2_wt103": {"decoder_params": (0.967, 0.847), "total_params": (0.737, 0.582),
                          "attention_params": (0.976, 0.883), "ffn_params": (0.955, 0.823),
                          "nsc": (0.968, 0.849), "balanced": (0.976, 0.874)},
    "random_GPT2_lm1b": {"decoder_params": (0.986, 0.913), "total_params": (0.944, 0.840),
                         "attention_params": (0.983, 0.905), "ffn_params": (0.969, 0.866),
                         "nsc": (0.985, 0.912), "balanced": (0.990, 0.927)},
    "random_TransXL_wt103": {"decoder_params": (0.974, 0.861), "total_params": (0.261, 0.222),
                             "attention_params": (0.971, 0.873), "ffn_params": (0.973, 0.858),
                             "nsc": (0.974, 0.862), "balanced": (0.974, 0.864)},
    "random_TransXL_lm1b": {"decoder_params": (0.999, 0.976), "total_params": (0.999, 0.976),
                            "attention_params": (0.994, 0.952), "ffn_params": (0.998, 0.961),
                            "nsc": (0.999, 0.980), "balanced": (0.999, 0.977)},
    "random_TransXL_wt103_homogeneous": {
        "decoder_params": (0.950, 0.817), "total_params": (0.332, 0.277),
        "attention_params": (0.940, 0.812), "ffn_params": (0.890, 0.719), "nsc": (0.962, 0.838),
        "balanced": (0.973, 0.860)},
}
# Pairs of the same size, and Kendall's tau over them.
SAME_SIZE = {
    "random_GPT2_wt103": (1070, {"decoder_params": 0.164, "nsc": 0.202, "balanced": 0.400}),
    "random_GPT2_lm1b": (1363, {"decoder_params": 0.344, "nsc": 0.325, "balanced": 0.475}),
    "random_TransXL_wt103": (1396, {"decoder_params": 0.168, "nsc": 0.181, "balanced": 0.209}),
    "random_TransXL_lm1b": (1180, {"decoder_params": 0.659, "nsc": 0.719, "balanced": 0.685}),
    "random_TransXL_wt103_homogeneous": (
        377, {"decoder_params": 0.156, "nsc": 0.411, "balanced": 0.416}),
}
# Spearman among the best 10, 30, 50 %, and the common ratio there, of decoder parameters.
TOP = {
    "random_GPT2_wt103": ((0.574, 0.816, 0.927), (0.70, 0.93, 0.92)),
    "random_GPT2_lm1b": ((0.925, 0.986, 0.990), (0.95, 0.98, 0.99)),
    "random_TransXL_wt103": ((0.713, 0.660, 0.845), (0.60, 0.85, 0.99)),
    "random_TransXL_lm1b": ((0.922, 0.986, 0.996), (0.89, 0.98, 1.00)),
    "random_TransXL_wt103_homogeneous": ((0.667, 0.830, 0.933), (0.78, 0.93, 0.88)),
}
# Loss in percent of training the best one by decoder parameters: mean, worst.
DECISIONS = {"pareto_GPT2_lm1b_arm": (0.38, 5.4), "pareto_GPT2_lm1b_corei7": (0.53, 5.9),
             "pareto_GPT2_lm1b_titanxp": (0.12, 2.1)}

# Five models. Perplexities 10 < 20 < 30 < 40 < 50; the proxy swaps the first two.
SMALL = """set,decoder_params,latency_ms,valid_ppl
a,400,4,10
a,500,5,20
a,300,3,30
a,200,2,40
a,100,1,50
"""


class Correlate(LtsTestCase):
    def small(self, text=SMALL):
        return self.write("trained.csv", text)

    def test_a_table_worked_by_hand(self):
        [entry] = self.json("correlate", self.small())
        self.assertEqual((entry["set"], entry["proxy"], entry["n"]), ("a", "decoder_params", 5))
        self.assertAlmostEqual(entry["spearman"], 1 - 6 * 2 / (5 * 24), 14)
        self.assertAlmostEqual(entry["kendall"], (9 - 1) / 10, 14)
        self.assertEqual([row["percent"] for row in entry["top"]], list(range(10, 101, 10)))
        by_percent = {row["percent"]: row for row in entry["top"]}
        self.assertEqual(by_percent[20]["common_ratio"], 0)
        self.assertIsNone(by_percent[20]["spearman"])
        self.assertEqual(by_percent[40], {"percent": 40, "spearman": -1.0, "common_ratio": 1.0})
        self.assertEqual(by_percent[100]["common_ratio"], 1)
        self.assertEqual(entry["same_size_pairs"], 0)
        self.assertIsNone(entry["same_size_kendall"])
        for key in ("spearman", "kendall"):
            low, high = entry[f"{key}_ci95"]
            self.assertLessEqual(low, entry[key])
            self.assertGreaterEqual(high, entry[key])
        self.assertNotIn("decide", entry)

    def test_what_a_budget_loses_by_hand(self):
        [entry] = self.json("correlate", self.small(), "--decide", "latency_ms")
        decision = entry["decide"]
        self.assertEqual(decision["column"], "latency_ms")
        self.assertEqual([row["budget"] for row in decision["budgets"]], [1, 2, 3, 4, 5])
        # Only with all five the proxy's first (20) is not the best (10).
        self.assertEqual([row["loss"] for row in decision["budgets"]],
                         4 * [[0, 0, 0, 0]] + [[1, 0, 0, 0]])
        self.assertEqual(decision["trained"][0], {"best": 1, "mean_loss": 0.2, "worst_loss": 1,
                                                  "worst_budget": 5})
        self.assertEqual(decision["trained"][1]["worst_loss"], 0)

    def test_any_column_is_a_score_and_ties_share_ranks(self):
        text = "n,ppl\n1,3\n1,2\n2,1\n,9\n"
        [entry] = self.json("correlate", self.small(text), "--target", "ppl", "--proxy", "n")
        self.assertEqual((entry["set"], entry["n"]), ("", 3))
        self.assertAlmostEqual(entry["kendall"], 2 / math.sqrt(2 * 3), 14)
        self.assertAlmostEqual(entry["spearman"], math.sqrt(3) / 2, 14)
        [entry] = self.json("correlate", self.small("n,ppl\n1,3\n1,2\n"), "--target", "ppl",
                            "--proxy", "n")
        self.assertIsNone(entry["spearman"])
        self.assertIsNone(entry["kendall_ci95"])

    def test_sets_stand_side_by_side_in_every_form(self):
        text = SMALL + SMALL.split("\n", 1)[1].replace("a,", "b,")
        out = self.lts("correlate", self.small(text), "--proxy", "decoder_params",
                       "--proxy", "latency_ms",
                       "--format", "csv").stdout.splitlines()
        self.assertEqual([line.split(",")[:2] for line in out[1:]],
                         [["a", "decoder_params"], ["a", "latency_ms"], ["b", "decoder_params"],
                          ["b", "latency_ms"]])
        out = self.lts("correlate", self.small(), "--decide", "latency_ms").stdout
        self.assertIn("at latency_ms", out)
        self.assertIn("20 %", out)

    def test_the_schema_with_widths_per_layer(self):
        text = ("arch,n_layer,d_model,n_head,d_inner,attn_params,ffn_params,valid_ppl\n"
                "x,2,128,2|4,256|512,100,400,5\ny,1,64,2,128,9,4,7\n")
        entries = self.json("correlate", self.small(text))
        self.assertEqual([entry["proxy"] for entry in entries],
                         ["attention_params", "ffn_params", "nsc", "balanced"])
        self.assertEqual({entry["spearman"] for entry in entries}, {1})

    def test_messages(self):
        def message(text, *options):
            return self.refusal("correlate", self.small(text), *options)

        self.assertIn("nowhere.csv", self.refusal("correlate", "nowhere.csv"))
        self.assertIn("trained.csv: has no column 'valid_ppl'", message("a,b\n1,2\n"))
        self.assertIn("trained.csv:3: valid_ppl is 'low'; accepted: a number",
                      message("decoder_params,valid_ppl\n1,2\n3,low\n"))
        self.assertIn("has no column that is a proxy; --proxy names a column of numbers",
                      message("a,valid_ppl\n1,2\n"))
        self.assertIn("has no column 'size'", message(SMALL, "--proxy", "size"))
        self.assertIn("has no column 'memory'", message(SMALL, "--decide", "memory"))
        genes = "n_layer,d_model,n_head,d_inner,valid_ppl\n"
        self.assertIn("trained.csv:2: d_inner is '1|2'; accepted: one value or 3, one a layer",
                      message(genes + "3,64,2,1|2,5\n"))
        self.assertIn("n_head is 'two'; accepted: a positive integer, or one a layer: 256|512",
                      message(genes + "3,64,two,64,5\n"))


@unittest.skipUnless(GROUND_TRUTH.is_dir(), "the paper's ground truth is not beside the checkout")
class GroundTruth(LtsTestCase):
    def test_published_rank_correlations(self):
        entries = self.json("correlate", GROUND_TRUTH / "random.csv")
        found = {(entry["set"], entry["proxy"]): entry for entry in entries}
        self.assertEqual(len(found), 30)
        for name, proxies in PUBLISHED.items():
            for proxy, (spearman, kendall) in proxies.items():
                entry = found[name, proxy]
                self.assertEqual((round(entry["spearman"], 3), round(entry["kendall"], 3)),
                                 (spearman, kendall), (name, proxy))
                self.assertLess(entry["spearman_ci95"][0], entry["spearman_ci95"][1])

    def test_published_pairs_of_the_same_size(self):
        entries = self.json("correlate", GROUND_TRUTH / "random.csv")
        found = {(entry["set"], entry["proxy"]): entry for entry in entries}
        for name, (pairs, taus) in SAME_SIZE.items():
            for proxy, tau in taus.items():
                entry = found[name, proxy]
                self.assertEqual(entry["same_size_pairs"], pairs)
                self.assertEqual(round(entry["same_size_kendall"], 3), tau, (name, proxy))

    def test_published_order_of_the_best(self):
        entries = self.json("correlate", GROUND_TRUTH / "random.csv", "--proxy", "decoder_params")
        for entry in entries:
            top = {row["percent"]: row for row in entry["top"]}
            orders, ratios = TOP[entry["set"]]
            self.assertEqual([round(top[p]["spearman"], 3) for p in (10, 30, 50)], list(orders))
            for percent, ratio in zip((10, 30, 50), ratios):
                self.assertAlmostEqual(top[percent]["common_ratio"], ratio, delta=0.0051)

    def test_published_losses_of_a_decision(self):
        entries = self.json("correlate", GROUND_TRUTH / "pareto.csv", "--proxy", "decoder_params",
                            "--decide", "latency_ms")
        found = {entry["set"]: entry["decide"]["trained"][0] for entry in entries}
        for name, (mean, worst) in DECISIONS.items():
            self.assertEqual(round(100 * found[name]["mean_loss"], 2), mean)
            self.assertEqual(round(100 * found[name]["worst_loss"], 1), worst)


if __name__ == "__main__":
    unittest.main()
