"""A model trained by `lts train` and the same one by Hugging Face's Trainer: from the same initial
weights, on the same batches in the same order, without dropout. Prints both perplexities of the
validation split, measured alike, and how far apart the losses of the steps were. See README.md.

The Trainer needs PyPI's accelerate beside transformers."""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "experiments"), str(ROOT / "tests" / "oracle")]

from common import BUILD, LTS, json_of, output_of  # noqa: E402

RECIPE = {"learning_rate": 3e-3, "schedule": "cosine", "warmup_steps": 40, "weight_decay": 0.1,
          "betas": [0.9, 0.95], "gradient_clip": 1.0, "dropout": 0.0, "seed": 1, "log_every": 1,
          "dtype": "float32"}


def write_recipe(path, options):
    size = {"steps": options.steps, "global_batch_size": options.batch,
            "micro_batch_size": options.batch, "sequence_length": options.sequence,
            "threads": options.threads}
    never = {"validate": {"every": 0, "batches": 0}, "checkpoint": {"every": 0, "keep": 1}}
    path.write_text("".join(f"{key}: {json.dumps(value)}\n"
                            for key, value in (RECIPE | size | never).items()))


def ours(scratch, options):
    """Folder and losses of `lts train`."""
    output_of(options.lts, "train", scratch / "recipe.yaml", "--model", options.model, "--data",
              scratch / "data", "-o", scratch / "ours", quiet=True)
    lines = (scratch / "ours" / "log.jsonl").read_text().splitlines()
    return [line["loss"] for line in map(json.loads, lines) if "loss" in line]


def theirs(scratch, options):
    """Losses of transformers.Trainer, which leaves the folder `theirs`."""
    import numpy
    import torch
    import transformers

    torch.set_num_threads(options.threads)
    if options.exact_norm:
        os.environ |= {"LTS_BUILD_DIR": str(BUILD), "LTS_SOURCE_DIR": str(ROOT)}
        from training_oracle import clip_by_exact_norm

        torch.nn.utils.clip_grad_norm_ = lambda of, limit, **_: clip_by_exact_norm(of, limit)
    tokens = torch.from_numpy(numpy.fromfile(scratch / "batches.bin", dtype=numpy.int32))
    sequences = tokens.view(-1, options.sequence + 1).long()
    losses = []

    class InOrder(transformers.Trainer):
        def _get_train_sampler(self, *_):
            return torch.utils.data.SequentialSampler(sequences)

        def compute_loss(self, *args, **kwargs):
            loss = super().compute_loss(*args, **kwargs)
            losses.append(loss.item())
            return loss

    # The model shifts the labels itself: of one token more than a sequence it predicts a sequence.
    # The first label, which nothing predicts, must not count in the mean.
    def collate(rows):
        batch = torch.stack(rows)
        labels = batch.clone()
        labels[:, 0] = -100
        return {"input_ids": batch, "labels": labels}

    model = transformers.AutoModelForCausalLM.from_pretrained(
        scratch / "initial", resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0)
    arguments = transformers.TrainingArguments(
        output_dir=str(scratch / "trainer"), max_steps=options.steps, use_cpu=True,
        per_device_train_batch_size=options.batch, learning_rate=RECIPE["learning_rate"],
        lr_scheduler_type=RECIPE["schedule"], warmup_steps=RECIPE["warmup_steps"],
        weight_decay=RECIPE["weight_decay"], adam_beta1=RECIPE["betas"][0],
        adam_beta2=RECIPE["betas"][1], max_grad_norm=RECIPE["gradient_clip"], optim="adamw_torch",
        logging_strategy="no", save_strategy="no", report_to="none", disable_tqdm=True)
    InOrder(model=model, args=arguments, train_dataset=list(sequences),
            data_collator=collate).train()
    model.save_pretrained(scratch / "theirs")
    shutil.copy(scratch / "ours" / "tokenizer.json", scratch / "theirs")
    return losses


def score(folder, scratch, options):
    return json_of(options.lts, "eval", folder, "--data", scratch / "data", "--sequence-length",
                   options.sequence, "--json", quiet=True)


def write_text(path, options):
    if options.text:
        path.write_bytes(b"".join(text.read_bytes() for text in options.text))
    else:
        path.write_bytes(subprocess.run(["bible", "-f", "gen1:1-rev22:21"], capture_output=True,
                                        check=True).stdout)


def compare(scratch, options):
    write_text(scratch / "text.txt", options)
    output_of(options.lts, "prepare", scratch / "text.txt", "-o", scratch / "data", quiet=True)
    write_recipe(scratch / "recipe.yaml", options)
    output_of(options.probe, "batches", scratch / "recipe.yaml", options.model, scratch / "data",
              scratch, quiet=True)
    untrained = score_initial(scratch, options)
    losses = ours(scratch, options), theirs(scratch, options)
    scores = [score(scratch / side, scratch, options) for side in ("ours", "theirs")]
    apart = [abs(a - b) for a, b in zip(*losses, strict=True)]
    ratio = scores[0]["perplexity"] / scores[1]["perplexity"]
    print(f"{options.model}, {options.steps} steps of {options.batch} x {options.sequence} tokens; "
          f"untrained: perplexity {untrained['perplexity']:.0f}")
    print("| | last step's loss | validation loss | perplexity |\n|---|---|---|---|")
    for side, steps, scored in zip(("lts train", "Hugging Face's Trainer"), losses, scores):
        print(f"| {side} | {steps[-1]:.5f} | {scored['loss']:.5f} | {scored['perplexity']:.3f} |")
    print(f"perplexity, ratio: {ratio:.5f}; losses of the steps: at most {max(apart):.1e} apart, "
          f"{max(apart[:50]):.1e} in the first 50")
    if abs(ratio - 1) > 0.01:
        sys.exit("more than 1 % apart")


def score_initial(scratch, options):
    """The initial weights have no tokenizer beside them yet."""
    shutil.copy(options.tokenizer / "vocab.bpe", scratch / "initial" / "merges.txt")
    shutil.copy(options.tokenizer / "encoder.json", scratch / "initial" / "vocab.json")
    return score(scratch / "initial", scratch, options)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lts", type=pathlib.Path, default=LTS)
    parser.add_argument("--probe", type=pathlib.Path, default=BUILD / "training_probe")
    parser.add_argument("--tokenizer", type=pathlib.Path,
                        default=BUILD.parent / "gpt2-tokenizer", help="vocab.bpe and encoder.json")
    parser.add_argument("--text", type=pathlib.Path, nargs="*", help="default: Debian's bible-kjv")
    parser.add_argument("--model", default="gpt2:n_layer=4,d_model=128,d_inner=768,n_head=4")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--sequence", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--exact-norm", action="store_true",
                        help="the Trainer clips gradients by a norm summed in fp64, not in fp32")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        compare(pathlib.Path(scratch), options)


if __name__ == "__main__":
    main()
