"""Losses of our training and of Hugging Face's model, from the same weights on the same batches, 4 x
1,024 tokens a step in fp32; says how far apart they are. See README.md."""

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


def compare(model, options, scratch):
    from training_oracle import their_steps

    config = RECIPE | {"steps": options.steps, "global_batch_size": options.batch,
                       "micro_batch_size": options.batch, "sequence_length": options.sequence,
                       "threads": options.threads}
    (scratch / "config.yaml").write_text(
        "".join(f"{key}: {json.dumps(value)}\n" for key, value in config.items()), encoding="ascii")
    out = scratch / model
    ours = json_of(options.build / "training_probe", "steps", scratch / "config.yaml",
                   arch_of(model), scratch / "data", out)["steps"]
    theirs, _ = their_steps(out / "initial", ours, config, "float32")
    losses = [[step["loss"] for step in steps] for steps in (ours, theirs)]
    apart = max(abs(a - b) for a, b in zip(*losses, strict=True))
    print(f"| {model} | {losses[0][0]:.5f}, {losses[1][0]:.5f} | "
          f"{losses[0][-1]:.5f}, {losses[1][-1]:.5f} | {apart:.1e} |", flush=True)
    return apart


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
    print(f"| model | first loss, ours and theirs | loss {options.steps} | largest difference |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        json_of(options.build / "training_probe", "prepare", options.text, scratch / "data")
        if max([compare(model, options, scratch) for model in options.models]) > 1e-3:
            sys.exit("more than 1e-3 apart")


if __name__ == "__main__":
    main()
