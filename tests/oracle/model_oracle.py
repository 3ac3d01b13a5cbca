"""The GPT-2 module beside Hugging Face's: logits, loss, every gradient, weights both ways."""

import tempfile
from pathlib import Path

import torch
from hugging_face import (ARCHITECTURES, MAX_LENGTH, VOCAB_SIZE, check, hugging_face_model, load_file,
                          run_probe, save_file)
from transformers import AutoModelForCausalLM, GPT2Model

LOGITS_TOLERANCE = 1e-4  # absolute, fp32
GRADIENT_TOLERANCE = 1e-4  # of the tensor's largest value, fp32


def probe_logits(model_folder, tokens, scratch):
    save_file({"tokens": tokens}, scratch / "tokens")
    run_probe("model_probe", "logits", model_folder, scratch / "tokens", scratch / "logits")
    return load_file(scratch / "logits")["logits"]


def check_logits(model, model_folder, tokens, scratch, what):
    with torch.no_grad():
        theirs = model(tokens).logits
    error = (probe_logits(model_folder, tokens, scratch) - theirs).abs().max().item()
    size = theirs.abs().max().item()
    check(error <= LOGITS_TOLERANCE, f"{what}: logits up to {size:.2f} differ by at most {error:.1e}")


def check_gradients(model, model_folder, tokens, scratch, what):
    save_file({"tokens": tokens}, scratch / "tokens")
    run_probe("model_probe", "gradients", model_folder, scratch / "tokens", scratch / "gradients")
    ours = load_file(scratch / "gradients")
    loss = model(tokens, labels=tokens).loss
    loss.backward()
    error = abs(ours.pop("loss").item() - loss.item())
    check(error <= 1e-4, f"{what}: loss {loss.item():.4f} differs by {error:.1e}")
    theirs = {name: parameter.grad for name, parameter in model.named_parameters()}
    check(ours.keys() == theirs.keys(), f"{what}: {len(theirs)} gradients, the same names")
    worst = max(((ours[name] - theirs[name]).abs().max() / theirs[name].abs().max()).item()
                for name in theirs)
    check(worst <= GRADIENT_TOLERANCE, f"{what}: every gradient within {worst:.1e} of its largest value")


def check_from_hugging_face(architecture, tokens, scratch):
    what = f"save_pretrained {architecture}"
    model = hugging_face_model(architecture, seed=1)
    model.save_pretrained(scratch / "theirs")
    check_logits(model, scratch / "theirs", tokens, scratch, what)
    check_gradients(model, scratch / "theirs", tokens, scratch, what)


def check_to_hugging_face(architecture, tokens, scratch):
    archid = "gpt2_" + "0" * 40
    genes = ",".join(map(str, (*architecture, VOCAB_SIZE, MAX_LENGTH)))
    run_probe("model_probe", "init", genes, 5, scratch / "ours" / archid)
    model, report = AutoModelForCausalLM.from_pretrained(scratch / "ours", subfolder=archid,
                                                         output_loading_info=True)
    check(not any(report.values()), f"from_pretrained(subfolder) {architecture}: every tensor fits")
    check(model.dtype == torch.float32 and model.config.n_inner == architecture[2],
          "its config says what was written")
    check_logits(model.eval(), scratch / "ours" / archid, tokens, scratch, "from_pretrained")


def check_half_precision(tokens, scratch):
    for dtype in (torch.bfloat16, torch.float16):
        folder = scratch / str(dtype)
        hugging_face_model(ARCHITECTURES[0], seed=2).to(dtype).save_pretrained(folder)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        check_logits(model.eval(), folder, tokens, scratch, f"a file in {dtype}")


def check_base_model_file(tokens, scratch):
    model = hugging_face_model(ARCHITECTURES[0], seed=3)
    base = GPT2Model(model.config)
    base.load_state_dict(model.transformer.state_dict())
    base.save_pretrained(scratch / "base")
    names = load_file(scratch / "base" / "model.safetensors").keys()
    check(not any(name.startswith("transformer.") for name in names), "GPT2Model's names have no prefix")
    check_logits(model, scratch / "base", tokens, scratch, "a GPT2Model folder")


def check_old_file(tokens, scratch):
    """As transformers before 4.30 wrote: a tied head and the causal masks among the weights."""
    model = hugging_face_model(ARCHITECTURES[0], seed=4)
    model.save_pretrained(scratch / "old")
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    for layer in range(ARCHITECTURES[0][0]):
        mask = torch.ones(MAX_LENGTH, MAX_LENGTH, dtype=torch.bool).tril()
        state[f"transformer.h.{layer}.attn.bias"] = mask.view(1, 1, MAX_LENGTH, MAX_LENGTH)
        state[f"transformer.h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    check("lm_head.weight" in state, "the old file holds the head")
    save_file(state, scratch / "old" / "model.safetensors", metadata={"format": "pt"})
    check_logits(model, scratch / "old", tokens, scratch, "a file with head and masks")


def main():
    torch.manual_seed(0)
    tokens = torch.randint(VOCAB_SIZE, (2, 96))
    for architecture in ARCHITECTURES:
        with tempfile.TemporaryDirectory() as name:
            check_from_hugging_face(architecture, tokens, Path(name))
            check_to_hugging_face(architecture, tokens, Path(name))
    with tempfile.TemporaryDirectory() as name:
        check_half_precision(tokens, Path(name))
        check_base_model_file(tokens, Path(name))
        check_old_file(tokens, Path(name))


if __name__ == "__main__":
    main()
