"""Losses of our training and of Hugging Face's model, from the same weights on the same batches, at
the size of must-show 1; says how far apart they are. See README.md."""

import argparse
import json
import os
import pathlib
import sys
import tempfile

from compare import BUILD, MODELS, genes_of, json_of

RECIPE = {"learning_rate": 6e-4, "weight_decay": 0.1, "betas": [0.9, 0.95], "gradient_clip": 1.0,
          "warmup_steps": 10, "dtype": "float32"}


def theirs(folder, steps, options):
    import torch
    import transformers

    torch.set_num_threads(options.threads)
    model = transformers.GPT2LMHeadModel.from_pretrained(
        folder, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0).train()
    groups = [{"params": [p for p in model.parameters() if p.dim() >= 2],
               "weight_decay": RECIPE["weight_decay"]},
              {"params": [p for p in model.parameters() if p.dim() < 2], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, betas=RECIPE["betas"], fused=True)
    losses = []
    for step in steps:
        tokens = torch.tensor(step["batch"]["inputs"]).view(-1, options.sequence)
        logits = model(tokens).logits.flatten(0, 1)
        loss = torch.nn.functional.cross_entropy(logits, torch.tensor(step["batch"]["targets"]))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), RECIPE["gradient_clip"])
        for group in optimizer.param_groups:
            group["lr"] = step["learning_rate"]
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


def compare(model, options, scratch):
    config = RECIPE | {"steps": options.steps, "global_batch_size": options.batch,
                       "micro_batch_size": options.batch, "sequence_length": options.sequence,
                       "threads": options.threads}
    (scratch / "config.yaml").write_text(
        "".join(f"{key}: {json.dumps(value)}\n" for key, value in config.items()), encoding="ascii")
    out = scratch / model
    steps = json_of(options.build / "training_probe", "steps", scratch / "config.yaml",
                    genes_of(model), scratch / "data", out)["steps"]
    losses = [step["loss"] for step in steps], theirs(out / "initial", steps, options)
    apart = max(abs(a - b) for a, b in zip(*losses, strict=True))
    print(f"| {model} | {losses[0][0]:.5f}, {losses[1][0]:.5f} | "
          f"{losses[0][-1]:.5f}, {losses[1][-1]:.5f} | {apart:.1e} |", flush=True)
    return apart


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=BUILD)
    parser.add_argument("--text", type=pathlib.Path, required=True, help="some megabytes of text")
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--sequence", type=int, default=1024)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    print(f"| model | first loss, ours and theirs | loss {options.steps} | largest difference |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        json_of(options.build / "training_probe", "prepare", options.text, scratch / "data")
        if max(compare(model, options, scratch) for model in options.models) > 1e-3:
            sys.exit("more than 1e-3 apart")


if __name__ == "__main__":
    main()
