"""lts describe: keys and numbers of the contract, forms of the table, messages."""

import csv
import hashlib
import io
import json
import unittest

from lts_program import LtsTestCase

KEYS = ["archid", "archid_sampled", "family", "config", "decoder_params", "attention_params",
        "ffn_params", "embedding_params", "total_params", "flops_per_token",
        "kv_cache_bytes_per_token", "weight_bytes", "onnx_file_mib"]
PROXIES = ["grad_norm", "snip", "grasp", "fisher", "jacob_cov", "synflow", "synaptic_diversity"]
SMALL = "gpt2:n_layer=2,d_model=128,d_inner=256,n_head=4"


class Describe(LtsTestCase):
    def test_counts_by_hand(self):
        (entry,) = self.json("describe", SMALL)
        self.assertLessEqual(set(KEYS), set(entry))
        d, inner, layers, vocabulary, length = 128, 256, 2, 50257, 1024
        attention = layers * (4 * d * d + 4 * d)
        ffn = layers * (2 * d * inner + inner + d)
        norms = layers * 4 * d + 2 * d
        embedding = (vocabulary + length) * d
        expected = {
            "family": "gpt2",
            "attention_params": attention,
            "ffn_params": ffn,
            "decoder_params": attention + ffn + norms,
            "embedding_params": embedding,
            "total_params": attention + ffn + norms + embedding,
            "weight_bytes": 4 * (attention + ffn + norms + embedding),
            "kv_cache_bytes_per_token": 2 * layers * d * 4,
            "flops_per_token": layers * (2 * (4 * d * d + 2 * d * inner) + 2 * d * (length + 1))
            + 2 * d * vocabulary,
        }
        self.assertEqual({key: entry[key] for key in expected}, expected)

    def test_archids_are_hashes_of_pythons_canonical_json(self):
        (entry,) = self.json("describe", SMALL)
        config = {"n_layer": 2, "d_model": 128, "d_inner": 256, "n_head": 4, "vocab_size": 50257,
                  "max_sequence_length": 1024, "dropatt": 0.0}
        self.assertEqual(entry["config"], config)

        def name(value):
            text = json.dumps(value, sort_keys=True)
            return "gpt2_" + hashlib.sha1(text.encode("utf-8")).hexdigest()

        self.assertEqual(entry["archid_sampled"], name(config))
        self.assertEqual(entry["archid"], name({**config, "arch_type": "gpt2"}))

    def test_counts_layers_that_differ_one_by_one(self):
        (entry,) = self.json("describe", "gpt2_flex:n_layer=2,d_model=128,d_inner=256|512,n_head=4")
        d, layers = 128, 2
        ffn = sum(2 * d * inner + inner + d for inner in (256, 512))
        attention, norms = layers * (4 * d * d + 4 * d), layers * 4 * d + 2 * d
        self.assertEqual(entry["family"], "gpt2_flex")
        self.assertEqual(entry["decoder_params"], attention + ffn + norms)
        config = entry["config"]
        self.assertEqual((config["d_inner"], config["n_head"]), ([256, 512], [4, 4]))
        text = json.dumps({**config, "arch_type": "gpt2_flex"}, sort_keys=True)
        digest = hashlib.sha1(text.encode("utf-8")).hexdigest()
        self.assertEqual(entry["archid"], "gpt2_flex_" + digest)

    def test_takes_every_form_of_arch(self):
        yaml = self.write("mine.yaml",
                          "{family: gpt2, n_layer: 2, d_model: 128, d_inner: 256, n_head: 4}")
        document = self.json("describe", SMALL, yaml, "0e1b5a3c", "gpt2_0e1b5a3c")
        self.assertEqual(document[0], document[1])
        self.assertEqual(document[2], document[3])
        self.assertEqual(document[2]["archid"], "gpt2_0e1b5a3c867d6473da270799061f3089a1df5afd")
        self.assertEqual(document[2]["config"]["d_inner"], 832)

    def test_csv_has_a_row_an_architecture_with_whole_ids(self):
        text = self.lts("describe", SMALL, "0e1b5a3c", "--format", "csv").stdout
        rows = list(csv.DictReader(io.StringIO(text)))
        document = self.json("describe", SMALL, "0e1b5a3c")
        for row, entry in zip(rows, document, strict=True):
            self.assertEqual(row["archid"], entry["archid"])
            self.assertEqual(int(row["total_params"]), entry["total_params"])
            self.assertEqual(float(row["onnx_file_mib"]), entry["onnx_file_mib"])
            self.assertEqual(int(row["n_head"]), entry["config"]["n_head"])

    def test_the_table_has_a_column_an_architecture(self):
        lines = self.lts("describe", SMALL, "0e1b5a3c").stdout.splitlines()
        self.assertEqual(lines[0].split()[0], "archid")
        self.assertEqual(lines[0].split()[2], "gpt2_0e1b5a3c")
        self.assertIn(["d_inner", "256", "832"], [line.split() for line in lines])
        self.assertEqual(len({len(line) for line in lines}), 1, "numbers are aligned right")
        markdown = self.lts("describe", SMALL, "--format", "md").stdout
        self.assertIn("| d_model | 128 |\n", markdown)
        latex = self.lts("describe", SMALL, "--format", "tex").stdout
        self.assertIn("d\\_model & 128 \\\\\n", latex)

    def test_proxies_from_gradients_stand_beside_the_counts(self):
        words = ("describe", SMALL, "--batch", "2", "--sequence", "16")
        (entry,) = self.json(*words, "--proxy", "snip", "--proxy", "grad_norm")
        self.assertEqual(list(entry["proxies"]), ["snip", "grad_norm"])
        for proxy in entry["proxies"].values():
            self.assertGreater(proxy["value"], 0)
            self.assertGreater(proxy["wall_s"], 0)
        self.assertEqual(entry["proxy_batch"],
                         {"batch_size": 2, "sequence_length": 16, "seed": 1})
        (again,) = self.json(*words, "--proxy", "all")
        self.assertEqual(list(again["proxies"]), PROXIES)
        self.assertEqual(again["proxies"]["snip"]["value"], entry["proxies"]["snip"]["value"])
        text = self.lts(*words, "--proxy", "snip", "--format", "csv").stdout
        (row,) = csv.DictReader(io.StringIO(text))
        self.assertEqual(float(row["snip"]), entry["proxies"]["snip"]["value"])
        self.assertNotIn("proxy_batch", row)
        lines = self.lts(*words, "--proxy", "snip").stdout.splitlines()
        self.assertIn("snip", [line.split()[0] for line in lines])

    def test_a_proxy_without_a_value_says_why(self):
        short = SMALL + ",max_sequence_length=32"
        done = self.lts("describe", short, "--proxy", "snip", "--json")
        (entry,) = json.loads(done.stdout)
        reason = "sequence of 64 tokens; the model's max_sequence_length is 32"
        self.assertIsNone(entry["proxies"]["snip"]["value"])
        self.assertEqual(entry["proxies"]["snip"]["reason"], reason)
        self.assertIn("snip of " + SMALL + ": " + reason, done.stderr)
        text = self.lts("describe", short, "--proxy", "snip", "--format", "csv").stdout
        (row,) = csv.DictReader(io.StringIO(text))
        self.assertEqual(row["snip"], "")

    def test_help_has_an_example(self):
        text = self.lts("describe", "--help").stdout
        self.assertIn("usage: lts describe ARCH...", text)
        self.assertIn("lts describe 0e1b5a3c", text)

    def test_messages(self):
        self.assertIn("missing arch", self.refusal("describe"))
        self.assertIn("unknown format", self.refusal("describe", SMALL, "--format", "html"))
        self.assertIn("'ffffffff' is no architecture", self.refusal("describe", "ffffffff"))
        self.assertTrue(self.refusal("describe", "nowhere.yaml").startswith("nowhere.yaml: "))
        yaml = self.write("odd.yaml", "family: gpt2\nn_layers: 2\n")
        self.assertTrue(self.refusal("describe", yaml).startswith("odd.yaml:"))
        self.assertIn("--proxy: unknown gradient proxy 'snap'; did you mean 'snip'? Accepted: "
                      "grad_norm, snip,", self.refusal("describe", SMALL, "--proxy", "snap"))
        self.assertIn("jacob_cov compares sequences: batch_size is 1; accepted: an integer from 2",
                      self.refusal("describe", SMALL, "--proxy", "jacob_cov", "--batch", "1"))
        self.assertIn("--sequence", self.refusal("describe", SMALL, "--sequence", "1"))
        message = self.refusal("describe", "gpt2:n_layer=2,d_model=100,d_inner=256,n_head=3")
        self.assertIn("d_model 100 is not divisible by n_head 3", message)


if __name__ == "__main__":
    unittest.main()
