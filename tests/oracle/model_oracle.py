"""The families' modules beside Hugging Face's: logits, loss, every gradient, weights both ways."""

import shutil
import tempfile
from pathlib import Path

import torch
from hugging_face import (ARCHITECTURES, MAX_LENGTH, VOCAB_SIZE, arch_text, check, family_of,
                          hugging_face_model, is_flex, is_llama, load_file, run_probe, save_file)
from transformers import AutoConfig, AutoModelForCausalLM, GPT2Model, LlamaModel

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


def widths_of(config, architecture):
    if is_llama(architecture):
        return config.intermediate_size
    return config.n_inner_per_layer if is_flex(architecture) else config.n_inner


def check_to_hugging_face(architecture, tokens, scratch):
    archid = family_of(architecture) + "_" + "0" * 40
    folder = scratch / "ours" / archid
    run_probe("model_probe", "init", arch_text(architecture), 5, folder)
    for code in folder.glob("*.py"):  # as `lts train --winners` leaves it, for subfolder=
        shutil.copy(code, scratch / "ours")
    check(len(list(folder.glob("*.py"))) == is_flex(architecture), "code lies beside what needs it")
    model, report = AutoModelForCausalLM.from_pretrained(
        scratch / "ours", subfolder=archid, trust_remote_code=is_flex(architecture),
        output_loading_info=True)
    check(not any(report.values()), f"from_pretrained(subfolder) {architecture}: every tensor fits")
    check(model.dtype == torch.float32 and widths_of(model.config, architecture) == architecture[2],
          "its config says what was written")
    check_logits(model.eval(), folder, tokens, scratch, "from_pretrained")


def check_flex_code(architecture, tokens, scratch):
    """The folder alone: config by itself, generation over the cache, written again and read by us."""
    run_probe("model_probe", "init", arch_text(architecture), 6, scratch / "flex")
    config = AutoConfig.from_pretrained(scratch / "flex", trust_remote_code=True)
    fresh = AutoModelForCausalLM.from_config(config, trust_remote_code=True)
    deviation = fresh.transformer.h[1].mlp.c_proj.weight.std().item()
    expected = 0.02 / (2 * architecture[0]) ** 0.5
    check(abs(deviation - expected) < 0.1 * expected, "from_config initialises every layer as GPT-2")
    model = AutoModelForCausalLM.from_pretrained(scratch / "flex", trust_remote_code=True).eval()
    heads = [layer.attn.num_heads for layer in model.transformer.h]
    check(heads == architecture[3], f"its layers have {heads} heads")
    prompt = tokens[:1, :5]
    ids = model.generate(prompt, max_new_tokens=12, do_sample=False, pad_token_id=0)
    with torch.no_grad():
        best = model(ids[:, :-1], use_cache=False).logits.argmax(-1)
    check(torch.equal(best[:, 4:], ids[:, 5:]), "generate over its cache is greedy over whole passes")
    model.save_pretrained(scratch / "again")
    check_logits(model, scratch / "again", tokens, scratch, "save_pretrained of the loaded model")


def check_half_precision(tokens, scratch):
    for dtype in (torch.bfloat16, torch.float16):
        folder = scratch / str(dtype)
        hugging_face_model(ARCHITECTURES[0], seed=2).to(dtype).save_pretrained(folder)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        check_logits(model.eval(), folder, tokens, scratch, f"a file in {dtype}")


def check_base_model_file(architecture, base_class, tokens, scratch):
    model = hugging_face_model(architecture, seed=3)
    base = base_class(model.config)
    base.load_state_dict(model.base_model.state_dict())
    base.save_pretrained(scratch / base_class.__name__)
    names = load_file(scratch / base_class.__name__ / "model.safetensors").keys()
    prefix = model.base_model_prefix + "."
    check(not any(name.startswith(prefix) for name in names), f"{base_class.__name__}'s names have no prefix")
    check_logits(model, scratch / base_class.__name__, tokens, scratch, f"a {base_class.__name__} folder")


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
        check_base_model_file(ARCHITECTURES[0], GPT2Model, tokens, Path(name))
        check_base_model_file(ARCHITECTURES[4], LlamaModel, tokens, Path(name))
        check_old_file(tokens, Path(name))
        check_flex_code(ARCHITECTURES[3], tokens, Path(name))


if __name__ == "__main__":
    main()
