"""lts export --format onnx: what it computes beside Hugging Face, what it prints, messages."""

import json
import unittest

import onnx
import onnxruntime
import torch
import transformers
from lts_program import LtsTestCase

SMALL = "gpt2:n_layer=2,d_model=64,d_inner=192,n_head=4,vocab_size=50257,max_sequence_length=64"
TOLERANCE = 1e-4


class Export(LtsTestCase):
    def export(self, source, *words):
        return self.json("export", source, "--format", "onnx", "-o", "x.onnx", *words)

    def log_probs(self, tokens):
        session = onnxruntime.InferenceSession(self.folder / "x.onnx")
        return torch.from_numpy(session.run(["probs"], {"input_ids": tokens.numpy()})[0]).log()

    def assert_agrees(self, model, tokens):
        with torch.no_grad():
            logits = model.eval()(tokens).logits[:, -1]
        error = (self.log_probs(tokens) - logits.log_softmax(-1)).abs().max().item()
        self.assertLessEqual(error, TOLERANCE)
        return (logits.max() - logits.min()).item()

    def hugging_face_model(self, dtype):
        torch.manual_seed(1)
        config = transformers.GPT2Config(n_layer=3, n_embd=96, n_inner=160, n_head=6, vocab_size=1000,
                                         n_positions=80, bos_token_id=0, eos_token_id=0,
                                         initializer_range=0.2)
        model = transformers.GPT2LMHeadModel(config).to(dtype)
        with torch.no_grad():
            for parameter in model.parameters():  # biases too
                parameter += torch.randn_like(parameter) * 0.1
        model.save_pretrained(self.folder / "model")
        return model.float()

    def test_a_model_folder_of_any_dtype_keeps_its_weights(self):
        for dtype in (torch.float32, torch.bfloat16, torch.float16):
            model = self.hugging_face_model(dtype)
            result = self.export("model")
            self.assertEqual(result["path"], "x.onnx")
            self.assertEqual(result["bytes"], (self.folder / "x.onnx").stat().st_size)
            spread = self.assert_agrees(model, torch.randint(1000, (3, 41)))
            self.assertGreaterEqual(spread, 5)

    def test_an_architecture_gets_the_weights_that_format_hf_gives_it(self):
        self.lts("export", SMALL, "--format", "hf", "-o", "model", "--seed", "7")
        self.export(SMALL, "--seed", "7")
        model = transformers.AutoModelForCausalLM.from_pretrained(self.folder / "model")
        self.assert_agrees(model, torch.randint(50257, (2, 30)))
        first = (self.folder / "x.onnx").read_bytes()
        self.export("model")
        self.assertEqual((self.folder / "x.onnx").read_bytes(), first)
        self.export(SMALL, "--seed", "8")
        self.assertNotEqual((self.folder / "x.onnx").read_bytes(), first)

    def test_options_fix_the_shapes_and_the_operator_set(self):
        self.export(SMALL, "--batch", "2", "--sequence", "3", "--past", "5", "--opset", "15")
        model = onnx.load(self.folder / "x.onnx")
        self.assertEqual(model.opset_import[0].version, 15)
        shapes = [[dim.dim_value for dim in value.type.tensor_type.shape.dim] for value in model.graph.input]
        self.assertEqual(shapes, [[2, 3], [2, 2, 4, 5, 16], [2, 2, 4, 5, 16]])
        self.export(SMALL, "--with-past")
        past = onnx.load(self.folder / "x.onnx").graph.input[1].type.tensor_type.shape.dim
        self.assertEqual([dim.dim_param or dim.dim_value for dim in past], [2, "batch_size", 4, "past_seq_len", 16])

    def test_prints_the_file_and_makes_its_folder(self):
        done = self.lts("export", SMALL, "--format", "onnx", "-o", "deep/x.onnx")
        self.assertRegex(done.stdout, r"^deep/x\.onnx \([0-9.]+ MiB\)\n$")
        self.assertEqual([path.name for path in (self.folder / "deep").iterdir()], ["x.onnx"])
        self.assertIn("onnx", self.lts("export", "--help").stdout)

    def test_messages(self):
        def message(*words):
            return self.refusal("export", SMALL, "-o", "x.onnx", *words)

        onnx_format = ("--format", "onnx")
        self.assertEqual(message(*onnx_format, "--opset", "12"),
                         "--opset: opset is '12'; accepted: an integer from 13 to 20")
        self.assertEqual(message(*onnx_format, "--past", "0"),
                         "--past: past is '0'; accepted: an integer from 1 to 1000000")
        self.assertIn("batch is 'two'; accepted", message(*onnx_format, "--batch", "two"))
        self.assertIn("sequence of 65 tokens; the model's max_sequence_length is 64",
                      message(*onnx_format, "--sequence", "65"))
        self.assertIn("sequence of 5 tokens after 60; the model's max_sequence_length is 64",
                      message(*onnx_format, "--sequence", "5", "--past", "60"))
        self.assertIn("--opset is for --format onnx, not hf", message("--format", "hf", "--opset", "17"))
        self.assertIn("--with-past is for --format onnx, not config",
                      message("--format", "config", "--with-past"))
        self.assertIn("--format is 'onyx'; accepted: hf, config, onnx", message("--format", "onyx"))
        self.assertIn("missing --output", self.refusal("export", SMALL, *onnx_format))
        self.assertIn("missing --format", self.refusal("export", SMALL, "-o", "x.onnx"))
        (self.folder / "folder").mkdir()
        self.assertIn("folder: a folder; format 'onnx' writes one file: name it, e.g. model.onnx",
                      self.refusal("export", SMALL, *onnx_format, "-o", "folder"))
        self.assertEqual([path.name for path in self.folder.iterdir()], ["folder"])


if __name__ == "__main__":
    unittest.main()
