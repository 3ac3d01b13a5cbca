"""configs/hardware/devices/measure_onnxruntime.py, spoken to as lts does; its logits beside Hugging Face's."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from hugging_face import arch_text, check, run_probe
from onnx_oracle import model_with_the_weights_of

import onnxruntime

PROGRAM = Path(os.environ["LTS_SOURCE_DIR"], "configs/hardware/devices/measure_onnxruntime.py")
ARCHITECTURE = (2, 64, 96, 4, 1000, 128)


class Device:
    def __init__(self):
        self.process = subprocess.Popen([sys.executable, PROGRAM], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.hello = json.loads(self.process.stdout.readline())

    def ask(self, model, **changes):
        request = {"id": str(model) + "#7", "model": str(model), "config": {}, "batch_size": 1,
                   "sequence_length": 30, "past_length": 0, "threads": 1, "dtype": "float32", "runs": 2}
        self.process.stdin.write(json.dumps(request | changes) + "\n")
        self.process.stdin.flush()
        reply = json.loads(self.process.stdout.readline())
        check(reply.pop("id") == str(model) + "#7", f"{Path(model).name} {changes}: the answer has the id")
        return reply

    def close(self):
        self.process.stdin.close()
        return self.process.wait(timeout=60)


def write(folder, name, architecture=ARCHITECTURE, **form):
    path = folder / name
    run_probe("onnx_probe", arch_text(architecture, *architecture[4:]), json.dumps({"deviation": 0.15, **form}), path)
    return path


def check_logits(reply, model, length, what):
    with torch.no_grad():
        theirs = model(torch.zeros(1, length, dtype=torch.long)).logits[0, -1].log_softmax(-1)
    error = (torch.tensor(reply["logits_last"]) - theirs).abs().max().item()
    check(error <= 1e-4, f"{what}: logits_last differs by at most {error:.1e}")


def check_conversation(device, folder):
    sentinel, candidate = write(folder, "sentinel.onnx"), write(folder, "b.onnx", batch=1, sequence=30)
    model = model_with_the_weights_of(sentinel, ARCHITECTURE)
    first = device.ask(sentinel, sequence_length=17)
    check(len(first["samples_s"]) == 2 and min(first["samples_s"]) > 0, "as many samples as runs")
    check(first["load_s"] > 0, "the first answer says how long loading took")
    weights = sum(p.numel() for p in model.parameters()) * 4
    check(first["peak_bytes"] > weights, f"and what it took: {first['peak_bytes']} bytes, weights {weights}")
    check_logits(first, model, 17, "symbolic shapes")
    check_logits(device.ask(candidate), model, 30, "fixed shapes")
    for path in (sentinel, candidate) * 2:
        check(list(device.ask(path, runs=3)) == ["samples_s"], "models that alternate stay loaded")
    past = write(folder, "past.onnx", with_past=True)
    reply = device.ask(past, sequence_length=1, past_length=20)
    check(len(reply["samples_s"]) == 2, "a decoding step over a past")
    large = write(folder, "large.onnx", (6, 512, 1024, 8, 30000, 128))
    most = device.ask(large)["peak_bytes"]
    write(folder, "c.onnx")
    check(device.ask(folder / "c.onnx")["peak_bytes"] < most / 4, "a small model after a large one takes little")
    write(folder, "sentinel.onnx", batch=1)
    check("load_s" in device.ask(sentinel), "a file written anew is loaded anew")


def check_failures(device, folder):
    fixed, symbolic = write(folder, "fixed.onnx", sequence=30), write(folder, "symbolic.onnx")
    no_model = folder / "none.onnx"
    no_model.write_text("no model")
    for path, changes, kind, words in [
            (fixed, {"sequence_length": 31}, "candidate", "input_ids is (1, 30)"),
            (fixed, {"dtype": "bfloat16"}, "candidate", "dtype is bfloat16; accepted: float32"),
            (symbolic, {"sequence_length": 129}, "candidate", "129"),
            (no_model, {}, "candidate", "Protobuf parsing failed"),
            (folder / "missing.onnx", {}, "device", "No such file")]:
        reply = device.ask(path, **changes)
        check(reply["kind"] == kind and words in reply["error"], f"a failure of the {kind}: {words}")
    check("samples_s" in device.ask(fixed), "and it goes on")


def main():
    check(len(PROGRAM.read_text(encoding="utf-8").splitlines()) < 40, "the program has under 40 lines")
    device = Device()
    check(device.hello["lts"] == 1 and device.hello["device"]["onnxruntime"] == onnxruntime.__version__,
          "it says what it is")
    with tempfile.TemporaryDirectory() as name:
        check_conversation(device, Path(name))
        check_failures(device, Path(name))
    check(device.close() == 0, "it ends with its input")


if __name__ == "__main__":
    main()
