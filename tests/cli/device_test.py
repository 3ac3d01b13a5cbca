"""lts profile on devices that are not its process: ONNX Runtime by the shipped files, beside ours."""

import json
import math
import sys
import unittest

from lts_program import SOURCE, LtsTestCase

SMALL = "gpt2:n_layer=2,d_model=32,d_inner=64,n_head=4,vocab_size=97,max_sequence_length=64"
LARGER = "gpt2:n_layer=3,d_model=64,d_inner=64,n_head=2,vocab_size=97,max_sequence_length=64"
HARDWARE = SOURCE / "configs" / "hardware"
RUNS = ["--set", "stop={relative_ci: 0, min_runs: 3, max_runs: 3, max_seconds: 60}"]


class Device(LtsTestCase):
    """The programs run by this Python, which has the packages that the shipped files want."""

    def measure(self, name, *more, architectures=(SMALL,)):
        program = json.dumps([sys.executable, "measure_onnxruntime.py"])
        return self.json("profile", *architectures, "--hardware", str(HARDWARE / name), "--set",
                         f"run={program}", "--set", "sequence_length=16", *RUNS, *more)

    def check(self, entry):
        self.assertEqual(entry["hardware"]["onnxruntime"].split(".")[0], "1")
        self.assertGreaterEqual(len(entry["latency"]["samples_s"]), 3)
        self.assertGreater(entry["latency"]["sentinel_reference_s"]["memory"], 0)
        self.assertTrue(math.isfinite(entry["latency"]["median_s"]))

    def test_onnx_runtime_agrees_with_our_logits_and_is_measured(self):
        small, larger = self.measure("onnxruntime-local.yaml", architectures=(SMALL, LARGER))
        self.check(small)
        self.check(larger)
        self.assertNotEqual(small["archid"], larger["archid"])

    def test_a_step_over_a_past_and_several_sequences(self):
        (entry,) = self.measure("onnxruntime-local.yaml", "--set", "past_length=20", "--set",
                                "batch_size=2")
        self.check(entry)
        self.assertEqual(entry["protocol"]["past_length"], 20)

    def test_symbolic_shapes_give_the_same_logits(self):
        (entry,) = self.measure("onnxruntime-local.yaml", "--set", "artifact.static_shapes=false")
        self.check(entry)

    def test_a_device_with_a_compile_step(self):
        prepare = json.dumps([sys.executable, "devices/compile_onnxruntime.py", "{artifact}",
                              "{prepared}"])
        (entry,) = self.measure("npu-with-compiler.yaml", "--set", f"prepare={prepare}", "--set",
                                "connection={kind: local}", "--set", "rest.seconds=0")
        self.check(entry)

    def test_several_identical_devices_measure_at_once(self):
        folder = self.folder / "boards"
        connection = json.dumps({"kind": "any", "hosts": ["first", "second"], "folder": str(folder),
                                 "copy": ["cp", "{from}", "{to}"],
                                 "execute": ["sh", "-c", "{command}"]})
        entries = self.measure("onnxruntime-local.yaml", "--set", f"connection={connection}",
                               architectures=(SMALL, LARGER))
        for entry in entries:
            self.check(entry)
        self.assertEqual(len({entry["archid"] for entry in entries}), 2)


if __name__ == "__main__":
    unittest.main()
