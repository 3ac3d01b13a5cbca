"""Training beside Hugging Face's model with torch.optim.AdamW, and schedules beside transformers'."""

import json
import tempfile
from pathlib import Path

import torch
import transformers
from hugging_face import check, load_file, run_probe
from transformers import AutoModelForCausalLM

RECIPE = {"learning_rate": 6e-4, "weight_decay": 0.1, "betas": [0.9, 0.95], "gradient_clip": 1.0}
TEXT = "In the beginning God created the heaven and the earth. And the earth was without form, {}; "


def write_config(path, **keys):
    path.write_text("\n".join(f"{key}: {json.dumps(value)}" for key, value in keys.items()) + "\n")
    return path


def decay_groups(model):
    """The groups of transformers.Trainer: no decay of biases and norms."""
    def is_plain(name):
        return name.endswith("bias") or "ln_" in name or "norm" in name

    plain = [p for n, p in model.named_parameters() if is_plain(n)]
    matrices = [p for n, p in model.named_parameters() if not is_plain(n)]
    return [{"params": matrices, "weight_decay": RECIPE["weight_decay"]},
            {"params": plain, "weight_decay": 0.0}]


def clip_by_exact_norm(parameters, max_norm):
    """clip_grad_norm_, which on a CPU sums a tensor's squares in fp32, with sums in fp64."""
    parameters = list(parameters)
    norm = torch.linalg.vector_norm(torch.stack(
        [torch.linalg.vector_norm(p.grad, dtype=torch.float64) for p in parameters]))
    torch.nn.utils.clip_grads_with_norm_(parameters, max_norm, norm)
    return norm


def their_steps(folder, steps, config, dtype, clip=torch.nn.utils.clip_grad_norm_):
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="sdpa",
                                                 trust_remote_code=True).train()
    for module in model.modules():  # the published config says 0.1, which is for its own training
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    optimizer = torch.optim.AdamW(decay_groups(model), lr=config["learning_rate"],
                                  betas=config["betas"], eps=1e-8)
    scheduler = transformers.get_cosine_schedule_with_warmup(
        optimizer, config["warmup_steps"], config["steps"])
    out = []
    for step in steps:
        inputs = torch.tensor(step["batch"]["inputs"]).view(-1, config["sequence_length"])
        targets = torch.tensor(step["batch"]["targets"])
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype == "bfloat16"):
            logits = model(inputs).logits
        loss = torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), targets)
        loss.backward()
        norm = clip(model.parameters(), config["gradient_clip"])
        rate = scheduler.get_last_lr()[0]
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
        out.append({"loss": loss.item(), "grad_norm": norm.item(), "learning_rate": rate})
    return out, model


def worst(ours, theirs, key):
    return max(abs(a[key] - b[key]) for a, b in zip(ours, theirs))


def check_steps(scratch, data, architecture, dtype, tolerance):
    config = RECIPE | {"steps": 10, "warmup_steps": 3, "global_batch_size": 6, "micro_batch_size": 4,
                       "sequence_length": 64, "dtype": dtype, "seed": 3, "threads": 2}
    name = f"{architecture} {dtype}"
    out = scratch / name.replace(":", "-").replace(" ", "-")
    path = write_config(scratch / "steps.yaml", **config)
    ours = json.loads(run_probe("training_probe", "steps", path, architecture, data, out))["steps"]
    theirs, model = their_steps(out / "initial", ours, config, dtype)
    check(worst(ours, theirs, "learning_rate") < 1e-12, f"{name}: the same learning rates")
    norm = worst(ours, theirs, "grad_norm")
    check(norm < 20 * tolerance, f"{name}: gradient norms within {20 * tolerance} ({norm:.1e})")
    loss = worst(ours, theirs, "loss")
    check(loss < tolerance, f"{name}: ten losses within {tolerance} of transformers' ({loss:.1e})")
    check(ours[-1]["loss"] < ours[0]["loss"] - 0.3, f"{name}: the loss falls")
    if dtype == "float32":
        final = load_file(out / "final" / "model.safetensors")
        state = model.state_dict()
        apart = max((final[n] - state[n]).abs().max().item() for n in final)
        check(apart < 1e-4, f"{name}: the weights after ten steps within 1e-4 ({apart:.1e})")


def check_schedule(scratch, name, make, **keys):
    path = write_config(scratch / "schedule.yaml", schedule=name, learning_rate=0.5, **keys)
    ours = json.loads(run_probe("training_probe", "schedule", path))
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
    scheduler = make(optimizer)
    theirs = []
    for _ in ours:
        theirs.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    apart = max(abs(a - b) for a, b in zip(ours, theirs))
    check(apart < 1e-9, f"schedule {name} {keys}: equal to transformers' at every step")


def check_schedules(scratch):
    cosine, linear = transformers.get_cosine_schedule_with_warmup, transformers.get_linear_schedule_with_warmup
    constant = transformers.get_constant_schedule_with_warmup
    minimum = transformers.get_cosine_with_min_lr_schedule_with_warmup
    for steps, warmup in [(10, 0), (10, 3), (200, 150), (20, 20)]:
        keys = {"steps": steps, "warmup_steps": warmup}
        check_schedule(scratch, "cosine", lambda o: cosine(o, warmup, steps), **keys)
        check_schedule(scratch, "linear", lambda o: linear(o, warmup, steps), **keys)
        check_schedule(scratch, "constant", lambda o: constant(o, warmup), **keys)
    check_schedule(scratch, "cosine", lambda o: minimum(o, 5, 50, min_lr=0.05), steps=50, warmup_steps=5,
                   min_learning_rate=0.05)
    wsd = transformers.get_wsd_schedule
    check_schedule(scratch, "wsd", lambda o: wsd(o, num_warmup_steps=10, num_decay_steps=20, num_training_steps=100),
                   steps=100, warmup_steps=10)


def main():
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        (scratch / "text.txt").write_text("".join(TEXT.format(i * i) for i in range(900)))
        run_probe("training_probe", "prepare", scratch / "text.txt", scratch / "data")
        check_schedules(scratch)
        for architecture in ["gpt2:n_layer=2,d_model=64,d_inner=160,n_head=4",
                             "gpt2:n_layer=4,d_model=128,d_inner=768,n_head=8",
                             "gpt2_flex:n_layer=3,d_model=64,d_inner=160|32|96,n_head=4|2|8",
                             "llama:n_layer=3,d_model=64,d_inner=96,n_head=4,n_kv_head=2"]:
            check_steps(scratch, scratch / "data", architecture, "float32", 1e-3)
        if "avx512_bf16" in Path("/proc/cpuinfo").read_text():
            check_steps(scratch, scratch / "data", "gpt2:n_layer=2,d_model=64,d_inner=160,n_head=4",
                        "bfloat16", 3e-2)


if __name__ == "__main__":
    main()
