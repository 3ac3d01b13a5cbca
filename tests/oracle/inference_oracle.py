"""Generation beside Hugging Face's: greedy ids in fp32 and with bf16 weights, what may be sampled, the model card's
snippet."""

import copy
import json
import tempfile
from pathlib import Path

import torch
from hugging_face import ARCHITECTURES, arch_text, check, hugging_face_model, run_probe, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.generation import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

PROMPTS = [[15496, 11, 995], [464], list(range(1000, 1070))]


def continue_ids(folder, max_new_tokens, prompt, dtype="float32"):
    return json.loads(run_probe("inference_probe", "continue", folder, dtype, max_new_tokens, *prompt))


def with_bfloat16_weights(model):
    """The model in fp32 with the values that its weights have in bf16."""
    model = copy.deepcopy(model)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.bfloat16())
    return model


def log_probabilities(model, prompt):
    with torch.no_grad():
        return model(torch.tensor([prompt])).logits[0, -1].float().log_softmax(-1)


def their_ids(model, prompt, **limits):
    ids = model.generate(torch.tensor([prompt]), do_sample=False, attention_mask=torch.ones(1, len(prompt)),
                         pad_token_id=model.config.eos_token_id, **limits)
    return ids[0, len(prompt):].tolist()


def check_greedy(architecture, scratch):
    model = hugging_face_model(architecture, seed=1)
    folder = scratch / "-".join(map(str, architecture))
    model.save_pretrained(folder)
    for prompt in PROMPTS:
        ours = continue_ids(folder, 60, prompt)
        theirs = their_ids(model, prompt, max_new_tokens=60)
        check(ours["new_ids"] == theirs,
              f"greedy {architecture}: the same {len(theirs)} ids after {len(prompt)}")
    check_bfloat16(architecture, model, folder)


def check_bfloat16(architecture, model, folder):
    rounded = with_bfloat16_weights(model)
    for prompt in PROMPTS:
        ours = continue_ids(folder, 60, prompt, "bfloat16")
        theirs = their_ids(rounded, prompt, max_new_tokens=60)
        check(ours["new_ids"] == theirs,
              f"greedy {architecture}, bf16: the same {len(theirs)} ids after {len(prompt)}")
    prompt = PROMPTS[-1]
    ours = torch.tensor(json.loads(run_probe("inference_probe", "log_probabilities", folder, "bfloat16", *prompt)))
    error = (ours - log_probabilities(rounded, prompt)).abs().max().item()
    rounding = (ours - log_probabilities(model, prompt)).abs().max().item()
    inexact = (ours - log_probabilities(copy.deepcopy(model).bfloat16(), prompt)).abs().max().item()
    check(error < 1e-3 and error < rounding / 5 and inexact < 1.0,
          f"log-probabilities with bf16 weights: within {error:.0e} of transformers' in fp32 with these weights, "
          f"{rounding:.0e} of those with fp32 weights, {inexact:.0e} of transformers' in bf16")


def check_full_context(scratch):
    model = hugging_face_model((2, 64, 96, 4), seed=2, vocab_size=300, max_length=48)
    model.generation_config.eos_token_id = None
    model.save_pretrained(scratch / "short")
    ours = continue_ids(scratch / "short", 1000, [7, 8, 9])
    theirs = their_ids(model, [7, 8, 9], max_length=48)
    check(ours["stop"] == "context_full" and ours["new_ids"] == theirs and len(theirs) == 45,
          "a full context ends generation where max_length=n_positions does")


def check_end_of_text(scratch):
    model = hugging_face_model((2, 64, 96, 4), seed=3, vocab_size=300, max_length=64)
    free = their_ids(model, [7, 8, 9], max_new_tokens=20)
    late = next(i for i, token in enumerate(free) if i >= 5 and token not in free[:i])
    model.generation_config.eos_token_id = free[late]
    model.save_pretrained(scratch / "ends")
    theirs = their_ids(model, [7, 8, 9], max_new_tokens=20)
    ours = continue_ids(scratch / "ends", 20, [7, 8, 9])
    check(len(theirs) == late + 1 and ours["new_ids"] == theirs and ours["stop"] == "end_of_text",
          f"eos_token_id ends generation after {len(theirs)} tokens, and is kept")


def their_choices(logits, temperature, top_k, top_p):
    scores = TemperatureLogitsWarper(temperature)(None, logits[None])
    if top_k > 0:
        scores = TopKLogitsWarper(top_k)(None, scores)
    if top_p < 1:
        scores = TopPLogitsWarper(top_p)(None, scores)
    probabilities = scores[0].double().softmax(-1)
    return {i: p for i, p in enumerate(probabilities.tolist()) if p > 0}


def check_choices(scratch):
    torch.manual_seed(5)
    logits = torch.randn(50257) * 3
    save_file({"logits": logits}, scratch / "logits")
    for temperature, top_k, top_p in [(0.8, 0, 0.95), (1.0, 50, 1.0), (0.7, 40, 0.5), (1.5, 0, 0.3),
                                      (0.05, 0, 0.95), (1.0, 1, 0.9), (1.0, 0, 1.0)]:
        ours = json.loads(run_probe("inference_probe", "choices", scratch / "logits", temperature, top_k, top_p))
        theirs = their_choices(logits, temperature, top_k, top_p)
        same = set(ours["ids"]) == theirs.keys()
        error = max(abs(p - theirs.get(i, 0)) for i, p in zip(ours["ids"], ours["probabilities"]))
        check(same and error < 1e-6, f"temperature {temperature}, top_k {top_k}, top_p {top_p}: "
                                     f"the same {len(theirs)} tokens, probabilities within {error:.0e}")


def check_model_card_snippet(scratch):
    archid = "gpt2_" + "0" * 40
    run_probe("inference_probe", "export", arch_text((3, 128, 192, 4)), 9, scratch / "hub" / archid)
    tokenizer = AutoTokenizer.from_pretrained(scratch / "hub" / archid)
    model = AutoModelForCausalLM.from_pretrained(scratch / "hub", subfolder=archid).eval()
    inputs = tokenizer("# Halo Infinite Review", return_tensors="pt")
    ids = model.generate(**inputs, max_length=128, do_sample=False)[0].tolist()
    prompt = inputs["input_ids"][0].tolist()
    ours = continue_ids(scratch / "hub" / archid, 128 - len(prompt), prompt)
    check(prompt + ours["new_ids"] == ids, f"the model card's snippet: the same {len(ids)} ids")


def main():
    with tempfile.TemporaryDirectory() as name:
        for architecture in ARCHITECTURES:
            check_greedy(architecture, Path(name))
        check_full_context(Path(name))
        check_end_of_text(Path(name))
        check_choices(Path(name))
        check_model_card_snippet(Path(name))


if __name__ == "__main__":
    main()
