"""A Hugging Face GPT-2 folder, and one laid out as OpenAI's own gpt2 is: eval, profile, generate, describe, export."""

import json
import os
import pathlib
import shutil
import unittest

import torch
import transformers
from lts_program import LtsTestCase
from safetensors.torch import load_file, save_file

GPT2 = pathlib.Path(os.environ["LTS_TOKENIZER_DIR"])
N_LAYER, N_POSITIONS = 3, 64
QUICK = ["--set", "sequence_length=16",
         "--set", "stop={relative_ci: 0, min_runs: 2, max_runs: 2, max_seconds: 60}"]
TEXT = "In the beginning the earth was without form, and void; and darkness was upon the deep.\n" * 8

# The keys of https://huggingface.co/openai-community/gpt2, at another size.
OPENAI_CONFIG = {
    "activation_function": "gelu_new", "architectures": ["GPT2LMHeadModel"], "attn_pdrop": 0.1,
    "bos_token_id": 50256, "embd_pdrop": 0.1, "eos_token_id": 50256, "initializer_range": 0.02,
    "layer_norm_epsilon": 1e-05, "model_type": "gpt2", "n_ctx": N_POSITIONS, "n_embd": 48, "n_head": 4,
    "n_layer": N_LAYER, "n_positions": N_POSITIONS, "resid_pdrop": 0.1, "summary_activation": None,
    "summary_first_dropout": 0.1, "summary_proj_to_labels": True, "summary_type": "cls_index",
    "summary_use_proj": True, "task_specific_params": {"text-generation": {"do_sample": True, "max_length": 50}},
    "vocab_size": 50257}


def saved_model(folder):
    """Transformers' model, saved as it saves, with weights wide enough that every part shows."""
    torch.manual_seed(1)
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(
        n_layer=N_LAYER, n_embd=48, n_head=4, n_positions=N_POSITIONS)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += torch.randn_like(parameter) * 0.1
    model.save_pretrained(folder)
    return model


def as_openai(theirs, folder, dtype=torch.float32):
    """Its weights as OpenAI's gpt2 has them: no prefix, no head, a mask a layer; vocab.json and merges.txt."""
    folder.mkdir()
    weights = {name.removeprefix("transformer."): tensor.to(dtype)
               for name, tensor in load_file(theirs / "model.safetensors").items() if name != "lm_head.weight"}
    mask = torch.ones(N_POSITIONS, N_POSITIONS).tril().view(1, 1, N_POSITIONS, N_POSITIONS)
    weights |= {f"h.{i}.attn.bias": mask.clone() for i in range(N_LAYER)}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(OPENAI_CONFIG))
    add_tokenizer(folder)


def add_tokenizer(folder):
    shutil.copy(GPT2 / "encoder.json", folder / "vocab.json")
    shutil.copy(GPT2 / "vocab.bpe", folder / "merges.txt")


class Gpt2Folder(LtsTestCase):
    def setUp(self):
        super().setUp()
        self.model = saved_model(self.folder / "theirs")
        add_tokenizer(self.folder / "theirs")
        as_openai(self.folder / "theirs", self.folder / "openai")
        self.assertFalse((self.folder / "openai" / "tokenizer.json").exists())
        self.write("text.txt", TEXT)
        self.write("held-out.txt", TEXT)
        self.ids = self.json("tokenize", "text.txt")["ids"]

    def loss(self, model, ids):
        with torch.no_grad():
            return model(torch.tensor([ids]), labels=torch.tensor([ids])).loss.item()

    def test_transformers_reads_what_the_test_made(self):
        model = transformers.AutoModelForCausalLM.from_pretrained(self.folder / "openai").eval()
        self.assertEqual(self.loss(model, self.ids[:50]), self.loss(self.model, self.ids[:50]))

    def test_eval(self):
        self.lts("prepare", "text.txt", "--validation", "held-out.txt", "-o", "data")
        scored = {name: self.json("eval", name, "--data", "data", "--sequence-length", "40")
                  for name in ("theirs", "openai")}
        self.assertEqual(scored["theirs"], scored["openai"])
        ids = [*self.ids, 50256]
        windows = [ids[begin:begin + 41] for begin in range(0, len(ids) - 1, 40)]
        total = sum(self.loss(self.model, window) * (len(window) - 1) for window in windows)
        self.assertEqual(scored["openai"]["tokens"], len(ids) - 1)
        self.assertAlmostEqual(scored["openai"]["loss"], total / (len(ids) - 1), delta=2e-5)

    def test_generate(self):
        prompt = self.ids[:7]
        theirs = self.model.generate(torch.tensor([prompt]), attention_mask=torch.ones(1, 7), do_sample=False,
                                     max_new_tokens=30, pad_token_id=50256)[0].tolist()
        for name in ("theirs", "openai"):
            ours = self.json("generate", name, "In the beginning the earth was without", "--greedy",
                             "--max-new-tokens", "30")
            self.assertEqual(ours["ids"], theirs)

    def test_profile_and_describe(self):
        profiled = {name: self.json("profile", name, *QUICK)[0] for name in ("theirs", "openai")}
        described = {name: self.json("describe", name)[0] for name in ("theirs", "openai")}
        self.assertEqual(described["theirs"], described["openai"])
        parameters = sum(parameter.numel() for parameter in self.model.parameters())
        for name, entry in profiled.items():
            self.assertEqual(entry["archid"], described[name]["archid"])
            self.assertEqual(described[name]["total_params"], parameters)
            self.assertEqual(entry["memory"]["weight_bytes"], 4 * parameters)
            self.assertGreater(entry["latency"]["median_s"], 0)

    def test_half_precision_keeps_its_values(self):
        self.lts("prepare", "text.txt", "--validation", "held-out.txt", "-o", "data")
        for dtype in (torch.bfloat16, torch.float16):
            name = str(dtype).removeprefix("torch.")
            as_openai(self.folder / "theirs", self.folder / name, dtype)
            model = saved_model(self.folder / "again").to(dtype).float()
            ours = self.json("eval", name, "--data", "data", "--batches", "1", "--batch-size", "1",
                             "--sequence-length", "40")
            self.assertAlmostEqual(ours["loss"], self.loss(model, self.ids[:41]), delta=2e-5)

    def test_what_export_makes_of_it_loads_again(self):
        self.lts("export", "openai", "--format", "hf", "-o", "ours")
        model = transformers.AutoModelForCausalLM.from_pretrained(self.folder / "ours").eval()
        self.assertEqual(self.loss(model, self.ids[:50]), self.loss(self.model, self.ids[:50]))
        tokenizer = transformers.AutoTokenizer.from_pretrained(self.folder / "ours")
        self.assertEqual(tokenizer(TEXT)["input_ids"], self.ids)

    def test_messages(self):
        (self.folder / "openai" / "merges.txt").unlink()
        self.assertIn("merges.txt", self.refusal("generate", "openai", "In"))
        (self.folder / "openai" / "vocab.json").unlink()
        self.assertEqual(self.refusal("generate", "openai", "In"),
                         "openai: has no tokenizer: neither tokenizer.json nor vocab.json with merges.txt")


if __name__ == "__main__":
    unittest.main()
