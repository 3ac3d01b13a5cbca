"""Losses of our training and of Hugging Face's model, from the same weights on the same batches, 4 x
1,024 tokens a step in fp32; says how far apart they are: where their gradients are clipped by a norm
summed in fp64, as ours are, and where by PyTorch's clip_grad_norm_. See README.md."""

import argparse
import json
import os
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "experiments"), str(ROOT / "tests" / "oracle")]

from common import BUILD, arch_of, json_of  # noqa: E402
from compare import CPU  # noqa: E402

RECIPE = {"learning_rate": 6e-4, "weight_decay": 0.1, "betas": [0.9, 0.95], "gradient_clip": 1.0,
          "warmup_steps": 10, "dtype": "float32"}


def largest(ours, theirs):
    return max(abs(a - b) for a, b in zip(ours, theirs, strict=True))


def compare(model, options, scratch):
    """Prints the losses at every tenth step; returns how far ours are at most from theirs where
    they clip by an exact norm."""
    from training_oracle import clip_by_exact_norm, their_steps

    config = RECIPE | {"steps": options.steps, "global_batch_size": options.batch,
                       "micro_batch_size": options.batch, "sequence_length": options.sequence,
                       "threads": options.threads}
    (scratch / "config.yaml").write_text(
        "".join(f"{key}: {json.dumps(value)}\n" for key, value in config.items()), encoding="ascii")
    out = scratch / model
    steps = json_of(options.build / "training_probe", "steps", scratch / "config.yaml",
                    arch_of(model), scratch / "data", out)["steps"]
    initial = out / "initial"
    runs = [steps, their_steps(initial, steps, config, "float32", clip_by_exact_norm)[0],
            their_steps(initial, steps, config, "float32")[0]]
    ours, exact, plain = ([step["loss"] for step in run] for run in runs)
    for done in sorted({1, *range(10, options.steps, 10), options.steps}):
        print(f"| {model} | {done} | {ours[done - 1]:.5f} "
              f"| {exact[done - 1]:.5f} | {largest(ours[:done], exact[:done]):.1e} "
              f"| {plain[done - 1]:.5f} | {largest(ours[:done], plain[:done]):.1e} |", flush=True)
    return largest(ours, exact)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=BUILD)
    parser.add_argument("--text", type=pathlib.Path, required=True, help="some megabytes of text")
    parser.add_argument("--models", nargs="+", default=CPU["models"], choices=CPU["models"])
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--sequence", type=int, default=1024)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    os.environ |= {"LTS_BUILD_DIR": str(options.build), "LTS_SOURCE_DIR": str(ROOT),
                   "OMP_NUM_THREADS": str(options.threads)}
    print("| model | step | ours | theirs | apart so far | theirs, clip_grad_norm_ | apart so far |")
    print("|---" * 7 + "|")
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        json_of(options.build / "training_probe", "prepare", options.text, scratch / "data")
        if max([compare(model, options, scratch) for model in options.models]) > 1e-3:
            sys.exit("more than 1e-3 apart")


if __name__ == "__main__":
    main()
