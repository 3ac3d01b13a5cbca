"""Our training beside Hugging Face's in the same run; prints a Markdown table. See README.md."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MODELS = {"a9e31479": (4, 128, 768, 4), "0e1b5a3c": (7, 576, 832, 8)}


def answer(command, **environment):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          env=os.environ | environment)
    if done.returncode != 0:
        sys.exit(f"{command}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def ours(probe, genes, data, arguments, dtype, scratch):
    config = scratch / "speed.yaml"
    config.write_text(f"steps: {arguments.steps}\nmicro_batch_size: {arguments.batch}\n"
                      f"sequence_length: {arguments.sequence}\ndtype: {dtype}\n"
                      f"threads: {arguments.threads}\n")
    names = ("n_layer", "d_model", "d_inner", "n_head")
    model = "gpt2:" + ",".join(f"{name}={gene}" for name, gene in zip(names, genes))
    return answer([probe, "speed", config, model, data])


def theirs(genes, arguments, dtype):
    return answer([sys.executable, HERE / "hugging_face_speed.py", ",".join(map(str, genes)),
                   arguments.batch, arguments.sequence, arguments.steps, arguments.threads, dtype],
                  HF_HUB_OFFLINE="1")


def compare(name, dtype, arguments, probe, data, scratch):
    """Alternates the two sides, so that both see the same moods of the machine."""
    rounds = [(ours(probe, MODELS[name], data, arguments, dtype, scratch),
               theirs(MODELS[name], arguments, dtype)) for _ in range(arguments.rounds)]
    rates = [[side["tokens_per_s"] for side in sides] for sides in zip(*rounds)]
    peaks = [max(side["peak_memory_bytes"] for side in sides) / 1e9 for sides in zip(*rounds)]
    ratio = statistics.median(a / b for a, b in zip(*rates))
    print(f"| {name} | {dtype} | {min(rates[0]):.0f}-{max(rates[0]):.0f} | "
          f"{min(rates[1]):.0f}-{max(rates[1]):.0f} | {ratio:.2f} | {peaks[0]:.2f} | {peaks[1]:.2f} |",
          flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release")
    parser.add_argument("--text", type=Path, required=True, help="some megabytes of text")
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--dtypes", nargs="+", default=["float32"], choices=["float32", "bfloat16"])
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--sequence", type=int, default=1024)
    parser.add_argument("--steps", type=int, default=7)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    probe = arguments.build / "training_probe"
    print("| model | dtype | ours, tokens/s | Hugging Face, tokens/s | ratio | ours, peak GB | theirs, peak GB |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        answer([probe, "prepare", arguments.text, scratch / "data"])
        for model in arguments.models:
            for dtype in arguments.dtypes:
                compare(model, dtype, arguments, probe, scratch / "data", scratch)


main()
