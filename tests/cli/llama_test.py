"""A family that is known by the tables alone, from search to transformers: describe, a measured search,
its report, a warm start, a fitted latency model, winners trained and loaded as LlamaForCausalLM."""

import csv
import json
import unittest

import torch
import transformers
from lts_program import LTS, LtsTestCase

SMALL = "llama:n_layer=2,d_model=32,d_inner=48,n_head=4,n_kv_head=2,max_sequence_length=64"
SPACE = """space: {family: llama, n_layer: [1, 2], d_model: [16, 32], d_inner: [16, 32], n_head: [2, 4],
        n_kv_head: [1, 2, 4], max_sequence_length: 64}
"""
HARDWARE = "{sequence_length: 8, stop: {relative_ci: 0, min_runs: 3, max_runs: 3, max_seconds: 60}}"
OBJECTIVES = """objectives:
  - {name: decoder_params, proxy: decoder_params, direction: maximize}
  - {name: cache, proxy: kv_cache_bytes_per_token, direction: minimize}
  - {name: latency, %s, direction: minimize}
"""
SEARCH = "search: {iterations: 3, initial_models: 6, random_mix: 2}\nwinners: {count: 2}\n"
TRAINING = """steps: 4
micro_batch_size: 2
sequence_length: 24
learning_rate: 3.0e-3
threads: 2
log_every: 1
"""


class LlamaFamily(LtsTestCase):
    def setUp(self):
        super().setUp()
        self.write("hw.yaml", HARDWARE)

    def rows(self, *path):
        with open(self.folder.joinpath(*path), encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def loaded(self, folder, **where):
        model, report = transformers.AutoModelForCausalLM.from_pretrained(
            self.folder / folder, output_loading_info=True, **where)
        self.assertFalse(any(report.values()), report)
        self.assertIsInstance(model, transformers.LlamaForCausalLM)
        return model.eval()

    def test_describe_counts_what_transformers_builds_and_takes_proxies(self):
        (entry,) = self.json("describe", SMALL, "--proxy", "all", "--batch", "2", "--sequence", "16")
        self.assertEqual(entry["family"], "llama")
        self.assertIsNone(entry["onnx_file_mib"])
        self.assertEqual(entry["kv_cache_bytes_per_token"], 2 * 2 * 16 * 4)
        for name, proxy in entry["proxies"].items():
            self.assertIsInstance(proxy["value"], float, name)
        self.lts("export", SMALL, "--format", "hf", "-o", "model", "--seed", "3")
        model = self.loaded("model")
        self.assertEqual(sum(p.numel() for p in model.parameters()), entry["total_params"])
        self.assertEqual(model.config.num_key_value_heads, 2)
        self.assertEqual(self.json("describe", "model")[0]["archid"], entry["archid"])
        lines = [line.split() for line in self.lts("describe", SMALL).stdout.splitlines()]
        self.assertIn(["n_kv_head", "2"], lines)
        self.assertIn(["onnx_file_mib"], lines)

    def test_a_measured_search_its_report_and_trained_winners(self):
        self.write("s.yaml", SPACE + OBJECTIVES % "hardware: hw.yaml" + SEARCH)
        result = self.json("search", "s.yaml", "-o", "run")
        self.assertGreater(result["hypervolume"], 0)
        rows = self.rows("run", "evaluations.csv")
        self.assertEqual({row["status"] for row in rows}, {"ok"})
        for row in rows:
            self.assertEqual(int(row["n_head"]) % int(row["n_kv_head"]), 0)
            self.assertEqual(row["onnx_file_mib"], "")
        page = (self.folder / "run" / "report.html").read_text(encoding="utf-8")
        self.assertIn("n_kv_head=", page)

        # The run starts another search, whose members are measured no more.
        self.write("warm.yaml", SPACE + OBJECTIVES % "predictor: layer_cost, per_layer: {d_model: 1}"
                   + SEARCH.replace("random_mix: 2", "random_mix: 2, warm_start: [run]"))
        self.lts("search", "warm.yaml", "-o", "warm")
        known = {row["archid"] for row in rows}
        self.assertLessEqual(known, {row["archid"] for row in self.rows("warm", "evaluations.csv")})

        self.write("t.yaml", TRAINING)
        self.write("text.txt", "And the earth was without form, and void.\n" * 400)
        self.lts("prepare", "text.txt", "-o", "data")
        trained = self.json("train", "t.yaml", "--winners", "run", "--data", "data", "-o", "gallery")
        self.assertEqual(len(trained), 2)
        for index, winner in enumerate(trained):
            self.assertEqual(winner["steps"], 4)
            model = self.loaded("gallery", subfolder=winner["archid"])
            described = self.json("describe", f"run:{index}")[0]
            self.assertEqual(described["archid"], winner["archid"])
            self.assertEqual(sum(p.numel() for p in model.parameters()), described["total_params"])
        self.same_greedy_text("gallery/" + trained[0]["archid"])
        self.assertGreater(self.json("eval", "gallery/" + trained[0]["archid"], "--data", "data")["loss"], 0)

    def same_greedy_text(self, folder):
        ours = self.json("generate", folder, "And the earth", "--greedy", "--max-new-tokens", "12")
        tokenizer = transformers.AutoTokenizer.from_pretrained(self.folder / folder)
        prompt = tokenizer("And the earth", return_tensors="pt")
        theirs = self.loaded(folder).generate(**prompt, do_sample=False, max_new_tokens=12)
        self.assertEqual(ours["ids"], theirs[0].tolist())

    def test_a_fitted_latency_model_is_read_by_a_search(self):
        self.write("space.yaml", SPACE)
        result = self.json("fit", "--hardware", "hw.yaml", "--space", "space.yaml", "--budget", "20",
                           "-o", "m.yaml")
        self.assertEqual(result["measured"], 20)
        self.write("s.yaml", SPACE + OBJECTIVES % "predictor: layer_cost, file: m.yaml" + SEARCH)
        self.lts("search", "s.yaml", "-o", "run")
        self.assertEqual({row["status"] for row in self.rows("run", "evaluations.csv")}, {"ok"})
        exact = SPACE + OBJECTIVES % "predictor: layer_cost, file: m.yaml" + "search: {algorithm: exact}\n"
        self.write("e.yaml", exact)
        self.lts("search", "e.yaml", "-o", "exact")
        self.assertEqual(len(self.rows("exact", "evaluations.csv")) > 0, True)

    def test_profiles_in_every_dtype_over_a_past_and_through_a_generation(self):
        quick = ["--hardware", "hw.yaml"]
        described = self.json("describe", SMALL)[0]
        for dtype, value_bytes in (("float32", 4), ("bfloat16", 2)):
            (entry,) = self.json("profile", SMALL, *quick, "--set", f"dtype={dtype}")
            self.assertEqual(entry["memory"]["weight_bytes"], value_bytes * described["total_params"])
        (entry,) = self.json("profile", SMALL, *quick, "--set", "dtype=int8")
        self.assertLess(entry["memory"]["weight_bytes"], 4 * described["total_params"])
        self.json("profile", SMALL, *quick, "--set", "past_length=20", "--set", "new_tokens=3")

    def test_another_lts_as_the_device_takes_a_past_of_its_shape(self):
        self.write("agent.yaml", f"run: [{LTS}, profile, --agent]\nartifact: {{format: none}}\n"
                   "sequence_length: 4\npast_length: 9\n"
                   "stop: {relative_ci: 0, min_runs: 3, max_runs: 3}\n")
        (entry,) = self.json("profile", SMALL, "--hardware", "agent.yaml")
        self.assertEqual(entry["protocol"]["past_length"], 9)

    def test_refuses_an_onnx_file_and_makes_nothing(self):
        message = self.refusal("export", SMALL, "--format", "onnx", "-o", "deep/x.onnx")
        self.assertEqual(message, "family 'llama' has no ONNX graph; those with one: gpt2, gpt2_flex")
        self.assertFalse((self.folder / "deep").exists())

    def test_reads_what_transformers_saves(self):
        torch.manual_seed(5)
        config = transformers.LlamaConfig(hidden_size=48, intermediate_size=64, num_hidden_layers=3,
                                          num_attention_heads=4, num_key_value_heads=1, vocab_size=50257,
                                          max_position_embeddings=64, tie_word_embeddings=True)
        model = transformers.LlamaForCausalLM(config)
        model.save_pretrained(self.folder / "theirs")
        (entry,) = self.json("describe", "theirs")
        self.assertEqual(entry["total_params"], sum(p.numel() for p in model.parameters()))
        untied = json.loads((self.folder / "theirs" / "config.json").read_text())
        untied["tie_word_embeddings"] = False
        self.write("theirs/config.json", json.dumps(untied))
        self.assertIn("theirs/config.json: tie_word_embeddings is false; supported: true",
                      self.refusal("describe", "theirs"))


if __name__ == "__main__":
    unittest.main()
