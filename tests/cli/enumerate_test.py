"""Runs `lts enumerate`: the members of a space, as a user lists, samples and pipes them."""

import csv
import io
import subprocess
import unittest

from lts_program import LTS, SOURCE, LtsTestCase

CLOSED_FORM = SOURCE / "configs" / "search" / "closed-form.yaml"
PUBLISHED = SOURCE / "configs" / "search" / "lts-gpt2-small.yaml"
VAST = """
space: {n_layer: {min: 1, max: 100}, d_model: {min: 1, max: 1000, step: 1},
        d_inner: {min: 1, max: 1000, step: 1}, n_head: [1], vocab_size: 10, max_sequence_length: 8}
objectives:
  - {name: size, proxy: decoder_params, direction: maximize, constraint: {min: 1000}}
"""


def rows(done):
    return list(csv.DictReader(io.StringIO(done.stdout)))


class EnumerateCommand(LtsTestCase):
    def test_lists_every_member_that_meets_the_free_constraints(self):
        members = rows(self.lts("enumerate", CLOSED_FORM))
        self.assertEqual(len(members), 5424)
        self.assertEqual(len({row["archid"] for row in members}), 5424)
        self.assertTrue(all(int(row["decoder_params"]) >= 1_000_000 for row in members))
        layers = [int(row["n_layer"]) for row in members]
        self.assertEqual(layers, sorted(layers))

    def test_rows_say_what_describe_says_and_predict_as_the_configuration_does(self):
        members = rows(self.lts("enumerate", CLOSED_FORM, "--sample", "3", "--seed", "5"))
        for row in members:
            genes = {name: int(row[name]) for name in ("n_layer", "d_model", "d_inner", "n_head")}
            arch = "gpt2:" + ",".join(f"{name}={value}" for name, value in genes.items())
            described = self.json("describe", arch)[0]
            self.assertEqual(row["archid"], described["archid"])
            for name in ("decoder_params", "total_params", "flops_per_token", "onnx_file_mib"):
                self.assertEqual(float(row[name]), described[name], name)
            self.assertEqual(row["non_embedding_params"], row["decoder_params"])
            d, inner = genes["d_model"], genes["d_inner"]
            latency = genes["n_layer"] * (8 * d * d + 4 * d * inner + 4096 * d
                                          + 1000 * genes["n_head"])
            self.assertEqual(float(row["latency"]), latency)
            self.assertEqual(float(row["memory"]), 4 * int(row["decoder_params"]) + 205124 * d)

    def test_json_is_the_same_rows_with_numbers(self):
        words = ("enumerate", CLOSED_FORM, "--sample", "7")
        document, members = self.json(*words), rows(self.lts(*words))
        self.assertEqual(len(document), 7)
        for one, row in zip(document, members, strict=True):
            self.assertEqual(list(one), list(row))
            for name, text in row.items():
                self.assertEqual(one[name], text if name == "archid" else float(text))

    def test_a_sample_is_repeatable_and_another_seed_gives_another(self):
        def sample(*more):
            return self.lts("enumerate", CLOSED_FORM, "--sample", "20", *more).stdout

        self.assertEqual(sample(), sample("--seed", "1"))
        self.assertNotEqual(sample(), sample("--seed", "2"))

    def test_asks_no_device_and_has_no_column_for_what_is_measured(self):
        members = rows(self.lts("enumerate", PUBLISHED, "--set",
                                "objectives.1.hardware={device: cuda:7}", "--sample", "2"))
        self.assertNotIn("latency", members[0])
        self.assertIn("memory", members[0])

    def test_a_vast_space_is_sampled_and_not_listed(self):
        file = self.write("vast.yaml", VAST)
        members = rows(self.lts("enumerate", file, "--sample", "50"))
        self.assertEqual(len({row["archid"] for row in members}), 50)
        self.assertTrue(all(int(row["size"]) >= 1000 for row in members))
        self.assertEqual(self.refusal("enumerate", file),
                         "vast.yaml: the space has 1e+08 combinations of genes, too many to list "
                         "(accepted: up to 1e+07); --sample N draws N members")

    def test_refuses_a_sample_that_cannot_be(self):
        self.assertIn("a sample of 6000 was asked for; 5424 members meet the free constraints",
                      self.refusal("enumerate", CLOSED_FORM, "--sample", "6000"))
        self.assertIn("--sample", self.refusal("enumerate", CLOSED_FORM, "--sample", "0"))
        self.assertIn("--seed", self.refusal("enumerate", CLOSED_FORM, "--seed", "-1"))
        self.assertIn("unknown proxy", self.refusal("enumerate", CLOSED_FORM, "--set",
                                                    "objectives.0.proxy=nothing"))

    def test_a_reader_that_stops_early_ends_it(self):
        process = subprocess.Popen([LTS, "enumerate", CLOSED_FORM], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        self.assertTrue(process.stdout.readline().startswith("archid,n_layer"))
        process.stdout.close()
        process.wait(timeout=60)
        self.assertEqual(process.stderr.read(), "")
        process.stderr.close()

    def test_a_full_disk_is_said(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([LTS, "enumerate", CLOSED_FORM], stdout=full,
                                  stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, "standard output: cannot be written\n")


if __name__ == "__main__":
    unittest.main()
