"""Our training beside Hugging Face's in the same run; prints Markdown tables. See README.md."""

import argparse
import os
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from common import BUILD, MODELS, arch_of, json_of  # noqa: E402

OURS = "lts"
# What is compared on a device by default: models, sequences a step, dtypes; by dtype the peers.
CPU = {"models": ["a9e31479", "0e1b5a3c"], "batch": 4, "steps": 7,
       "dtypes": ["float32", "bfloat16"],
       "peers": {"float32": ["eager"], "bfloat16": ["eager", "compile"]}}
CUDA = {"models": ["0e1b5a3c", "6c6e6311", "gpt2-124m"], "batch": 64, "steps": 12,
        "dtypes": ["bfloat16"],
        "peers": {"float32": ["eager", "compile"], "bfloat16": ["eager", "compile"]}}


def ours(model, dtype, options, scratch):
    config = scratch / "speed.yaml"
    config.write_text(f"steps: {options.steps}\nmicro_batch_size: {options.batch}\n"
                      f"global_batch_size: {options.batch}\n"
                      f"sequence_length: {options.sequence}\ndtype: {dtype}\n"
                      f"threads: {options.threads}\ndevice: {options.device}\n", encoding="ascii")
    return json_of(options.build / "training_probe", "speed", config, arch_of(model),
                   scratch / "data", quiet=True)


def theirs(model, dtype, how, options):
    return json_of(sys.executable, HERE / "hugging_face_speed.py",
                   ",".join(map(str, MODELS[model])), options.batch, options.sequence,
                   options.steps, options.threads, dtype, how, options.device, quiet=True)


def one_round(model, dtype, options, scratch):
    """Each side once, one after the other, so that all see the same moods of the machine."""
    sides = {OURS: ours(model, dtype, options, scratch)}
    for how in options.peers[dtype]:
        sides[how] = theirs(model, dtype, how, options)
    rate = json_of(sys.executable, HERE / "matrix_multiply_rate.py", options.threads, dtype,
                   options.device)
    return sides, rate["flops_per_s"]


def compare(model, dtype, options, scratch):
    rounds = [one_round(model, dtype, options, scratch) for _ in range(options.rounds)]
    peak_rate = max(rate for _, rate in rounds)
    flops_per_token = rounds[0][0][OURS]["flops_per_token"]
    best = {side: max(sides[side]["tokens_per_s"] for sides, _ in rounds) for side in rounds[0][0]}
    for side, tokens_per_s in best.items():
        rates = [sides[side]["tokens_per_s"] for sides, _ in rounds]
        peak_gb = max(sides[side]["peak_memory_bytes"] for sides, _ in rounds) / 1e9
        fraction = tokens_per_s * flops_per_token / peak_rate
        print(f"| {model} | {dtype} | {side} | {min(rates):.0f}-{max(rates):.0f} | "
              f"{best[OURS] / tokens_per_s:.2f} | {peak_gb:.2f} | {100 * fraction:.0f} % |",
              flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=BUILD)
    parser.add_argument("--text", type=pathlib.Path, required=True, help="some megabytes of text")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--models", nargs="+", choices=list(MODELS))
    parser.add_argument("--dtypes", nargs="+", choices=["float32", "bfloat16"])
    parser.add_argument("--batch", type=int)
    parser.add_argument("--sequence", type=int, default=1024)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    for name, value in (CPU if options.device == "cpu" else CUDA).items():
        if getattr(options, name, None) is None:
            setattr(options, name, value)
    os.environ["HF_HUB_OFFLINE"] = "1"
    print("| model | dtype | side | tokens/s | ours / this, best | peak GB | of matrix multiply |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        json_of(options.build / "training_probe", "prepare", options.text, scratch / "data")
        for model in options.models:
            for dtype in options.dtypes:
                compare(model, dtype, options, scratch)


if __name__ == "__main__":
    main()
