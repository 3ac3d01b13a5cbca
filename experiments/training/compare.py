"""Our training beside Hugging Face's in the same run; prints Markdown tables. See README.md."""

import argparse
import os
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from common import BUILD, LTS, MODELS, arch_of, json_of  # noqa: E402

TRAINED = ("a9e31479", "0e1b5a3c")
OURS = "lts"
PEERS = {"float32": ["eager"], "bfloat16": ["eager", "compile"]}


def ours(model, dtype, options, scratch):
    config = scratch / "speed.yaml"
    config.write_text(f"steps: {options.steps}\nmicro_batch_size: {options.batch}\n"
                      f"sequence_length: {options.sequence}\ndtype: {dtype}\n"
                      f"threads: {options.threads}\n", encoding="ascii")
    return json_of(options.build / "training_probe", "speed", config, arch_of(model),
                   scratch / "data", quiet=True)


def theirs(model, dtype, how, options):
    return json_of(sys.executable, HERE / "hugging_face_speed.py",
                   ",".join(map(str, MODELS[model])), options.batch, options.sequence,
                   options.steps, options.threads, dtype, how, quiet=True)


def flops_per_token(model):
    """Of a training step: three forward passes, mean over the positions of a sequence of 1,024."""
    return 3 * json_of(LTS, "describe", arch_of(model), "--json")[0]["flops_per_token"]


def one_round(model, dtype, options, scratch):
    """Each side once, one after the other, so that all see the same moods of the machine."""
    sides = {OURS: ours(model, dtype, options, scratch)}
    for how in PEERS[dtype]:
        sides[how] = theirs(model, dtype, how, options)
    rate = json_of(sys.executable, HERE / "matrix_multiply_rate.py", options.threads, dtype)
    return sides, rate["flops_per_s"]


def compare(model, dtype, options, scratch):
    rounds = [one_round(model, dtype, options, scratch) for _ in range(options.rounds)]
    peak_rate = max(rate for _, rate in rounds)
    best = {side: max(sides[side]["tokens_per_s"] for sides, _ in rounds) for side in rounds[0][0]}
    for side, tokens_per_s in best.items():
        rates = [sides[side]["tokens_per_s"] for sides, _ in rounds]
        peak_gb = max(sides[side]["peak_memory_bytes"] for sides, _ in rounds) / 1e9
        fraction = tokens_per_s * flops_per_token(model) / peak_rate
        print(f"| {model} | {dtype} | {side} | {min(rates):.0f}-{max(rates):.0f} | "
              f"{best[OURS] / tokens_per_s:.2f} | {peak_gb:.2f} | {100 * fraction:.0f} % |",
              flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=BUILD)
    parser.add_argument("--text", type=pathlib.Path, required=True, help="some megabytes of text")
    parser.add_argument("--models", nargs="+", default=TRAINED, choices=TRAINED)
    parser.add_argument("--dtypes", nargs="+", default=list(PEERS), choices=list(PEERS))
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--sequence", type=int, default=1024)
    parser.add_argument("--steps", type=int, default=7)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
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
