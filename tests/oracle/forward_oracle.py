"""The inference forms beside Hugging Face's models in the same run: log-probabilities of the last position
on weights whose logits spread widely, in every dtype, on one thread and several."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import torch
import transformers

PROBE = pathlib.Path(os.environ["LTS_BUILD_DIR"]) / "forward_probe"
# n_layer, d_model, d_inner, n_head; with n_kv_head a Llama.
SHAPES = [(4, 128, 768, 4), (3, 72, 200, 2), (2, 320, 576, 8), (3, 128, 352, 8, 2), (2, 72, 100, 2, 1)]
# A rounding of 2^-9 (bf16) or of a 254th of the largest (int8) a product, over a few layers.
TOLERANCES = {"float32": 1e-4, "bfloat16": 0.3, "int8": 0.3}
# What SwiGLU makes is the product of two that were rounded so.
LLAMA_TOLERANCES = {**TOLERANCES, "int8": 0.6}


def new_model(n_layer, d_model, d_inner, n_head, n_kv_head=None):
    if n_kv_head is None:
        return transformers.GPT2LMHeadModel(transformers.GPT2Config(
            n_layer=n_layer, n_embd=d_model, n_inner=d_inner, n_head=n_head, n_positions=256,
            vocab_size=2000))
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(
        num_hidden_layers=n_layer, hidden_size=d_model, intermediate_size=d_inner,
        num_attention_heads=n_head, num_key_value_heads=n_kv_head, max_position_embeddings=256,
        vocab_size=2000, tie_word_embeddings=True))


def wide_model(shape):
    torch.manual_seed(1)
    model = new_model(*shape)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            gain = ("ln_" in name or "norm" in name) and name.endswith("weight")
            parameter.normal_(1.0 if gain else 0.0, 0.1)
    return model.eval()


class ForwardOracle(unittest.TestCase):
    def test_log_probabilities_are_hugging_faces(self):
        for shape in SHAPES:
            model = wide_model(shape)
            tokens = torch.randint(2000, (1, 200), generator=torch.Generator().manual_seed(2))
            with torch.no_grad():
                expected = model(tokens).logits[0, -1].log_softmax(-1)
            self.assertGreater(float(expected.max() - expected.min()), 5.0)
            with tempfile.TemporaryDirectory() as folder:
                model.save_pretrained(folder)
                self.compare(folder, tokens[0].tolist(), expected,
                             TOLERANCES if len(shape) == 4 else LLAMA_TOLERANCES)

    def compare(self, folder, tokens, expected, tolerances):
        requests = [{"model": folder, "tokens": tokens, "dtype": dtype, "threads": threads}
                    for dtype in TOLERANCES for threads in (1, 2)]
        done = subprocess.run([PROBE], input="\n".join(map(json.dumps, requests)),
                              capture_output=True, text=True, check=True)
        for request, line in zip(requests, done.stdout.splitlines(), strict=True):
            answer = json.loads(line)
            self.assertNotIn("error", answer)
            got = torch.tensor(answer["log_probabilities"])
            difference = float((got - expected).abs().max())
            self.assertLess(difference, tolerances[request["dtype"]], request["dtype"])


if __name__ == "__main__":
    unittest.main()
