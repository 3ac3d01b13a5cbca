#!/usr/bin/env python3
"""space/ beside transformers: parameters, configs both ways, ids, floating-point operations.

Random architectures of every family: every kind of parameter counted in the model
built from the config that we write; configs that transformers writes, with its aliases and n_inner
null, read by us; ids from Python's json and hashlib; operations as torch's own counter sees them.
"""

import hashlib
import json
import os
import pathlib
import random
import subprocess
import sys

PROBE = pathlib.Path(os.environ.get("LTS_BUILD_DIR", "build/release")) / "space_probe"
NUM_ARCHITECTURES = 60

try:
    import torch
    import transformers
    from torch.utils.flop_counter import FlopCounterMode
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True  # the code lies in the tree
sys.path.insert(0, str(ROOT / "space" / "gpt2_flex"))
from modeling_gpt2_flex import Gpt2FlexConfig, Gpt2FlexLMHeadModel  # noqa: E402


def ours(requests: list) -> list[dict]:
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run([PROBE], input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def some_genes(pick: random.Random) -> dict[str, int]:
    n_head = pick.choice([1, 2, 3, 4, 8])
    return {
        "n_layer": pick.randint(1, 5),
        "d_model": n_head * pick.randint(1, 24),
        "d_inner": pick.randint(1, 300),
        "n_head": n_head,
        "vocab_size": pick.choice([7, 300, 50257]),
        "max_sequence_length": pick.choice([4, 33, 1024]),
    }


def some_flex_genes(pick: random.Random) -> dict:
    n_layer, d_model = pick.randint(1, 5), 8 * pick.randint(1, 24)
    return {
        "n_layer": n_layer,
        "d_model": d_model,
        "vocab_size": pick.choice([7, 300, 50257]),
        "max_sequence_length": pick.choice([4, 33, 1024]),
        "d_inner": [pick.randint(1, 300) for _ in range(n_layer)],
        "n_head": [pick.choice([1, 2, 4, 8]) for _ in range(n_layer)],
    }


def some_llama_genes(pick: random.Random) -> dict[str, int]:
    n_kv_head = pick.choice([1, 2, 3])
    n_head = n_kv_head * pick.choice([1, 2, 4])
    return {
        "n_layer": pick.randint(1, 5),
        "d_model": 2 * n_head * pick.randint(1, 12),
        "d_inner": pick.randint(1, 300),
        "n_head": n_head,
        "n_kv_head": n_kv_head,
        "vocab_size": pick.choice([7, 300, 50257]),
        "max_sequence_length": pick.choice([4, 33, 1024]),
    }


def family_of(genes: dict) -> str:
    if "n_kv_head" in genes:
        return "llama"
    return "gpt2_flex" if isinstance(genes["d_inner"], list) else "gpt2"


def inline(genes: dict) -> str:
    family = family_of(genes)
    values = {k: "|".join(map(str, v)) if isinstance(v, list) else str(v) for k, v in genes.items()}
    return family + ":" + ",".join(f"{k}={v}" for k, v in values.items())


def model_of(config: dict) -> torch.nn.Module:
    if config["model_type"] == "gpt2_flex":
        config_class, model_class = Gpt2FlexConfig, Gpt2FlexLMHeadModel
    elif config["model_type"] == "llama":
        config_class, model_class = transformers.LlamaConfig, transformers.LlamaForCausalLM
    else:
        config_class, model_class = transformers.GPT2Config, transformers.GPT2LMHeadModel
    theirs = config_class.from_dict(config)
    theirs._attn_implementation = "eager"
    return model_class(theirs).eval()


def build(config: dict) -> torch.nn.Module:
    with torch.device("meta"):
        return model_of(config)


def parameters_of(model: torch.nn.Module) -> dict[str, int]:
    kinds = {".attn.": "attention", ".mlp.": "ffn", ".ln_": "norm", ".wte.": "embedding",
             ".wpe.": "embedding", ".self_attn.": "attention", "norm.weight": "norm",
             ".embed_tokens.": "embedding"}
    out = dict.fromkeys(kinds.values(), 0)
    for name, parameter in model.named_parameters():  # the tied head is not named twice
        (kind,) = {kinds[part] for part in kinds if part in name}
        out[kind] += parameter.numel()
    return out | {"total": sum(out.values())}


def check_counts_and_ids() -> None:
    pick = random.Random(4)
    genes = [kind(pick) for kind in (some_genes, some_llama_genes) for _ in range(NUM_ARCHITECTURES)]
    for gene, answer in zip(genes, ours([inline(g) for g in genes]), strict=True):
        expected = parameters_of(build(answer["config"]))
        assert {kind: answer[kind] for kind in expected} == expected, (gene, answer, expected)
        config, family = gene | {"dropatt": 0.0}, family_of(gene)
        text = json.dumps(config, sort_keys=True)
        assert answer["archid_sampled"] == f"{family}_" + hashlib.sha1(text.encode()).hexdigest()
        text = json.dumps(config | {"arch_type": family}, sort_keys=True)
        assert answer["archid"] == f"{family}_" + hashlib.sha1(text.encode()).hexdigest()
    print(f"parameters by kind and ids: {len(genes)} equal")


def check_flex_counts_and_ids() -> None:
    pick = random.Random(7)
    genes = [some_flex_genes(pick) for _ in range(NUM_ARCHITECTURES)]
    for gene, answer in zip(genes, ours([inline(g) for g in genes]), strict=True):
        expected = parameters_of(build(answer["config"]))
        assert {kind: answer[kind] for kind in expected} == expected, (gene, answer, expected)
        config = gene | {"dropatt": 0.0}
        text = json.dumps(config | {"arch_type": "gpt2_flex"}, sort_keys=True)
        assert answer["archid"] == "gpt2_flex_" + hashlib.sha1(text.encode()).hexdigest()
        if len(set(gene["n_head"])) == 1:  # the reference's one n_head
            config["n_head"] = gene["n_head"][0]
        text = json.dumps(config, sort_keys=True)
        assert answer["archid_sampled"] == "gpt2-flex_" + hashlib.sha1(text.encode()).hexdigest()
    print(f"layers that differ: parameters by kind and ids: {len(genes)} equal")


def check_configs() -> None:
    pick = random.Random(5)
    written, expected = [], []
    for _ in range(NUM_ARCHITECTURES):
        g = some_genes(pick)
        config = transformers.GPT2Config(
            n_layer=g["n_layer"], n_embd=g["d_model"], n_head=g["n_head"],
            n_inner=pick.choice([None, g["d_inner"]]), vocab_size=g["vocab_size"],
            n_positions=g["max_sequence_length"], attn_pdrop=pick.choice([0, 0.0, 0.1]),
        )
        text = config.to_json_string(use_diff=pick.random() < 0.5)
        fields = json.loads(text)
        if pick.random() < 0.3:  # transformers takes its common names too
            fields["hidden_size"] = fields.pop("n_embd")
            fields["num_hidden_layers"] = fields.pop("n_layer")
        written.append(fields)
        expected.append(config)
    for config, answer in zip(expected, ours(written), strict=True):
        back = transformers.GPT2Config.from_dict(answer["config"])
        for key in ["n_layer", "n_embd", "n_head", "vocab_size", "n_positions", "attn_pdrop"]:
            assert getattr(back, key) == getattr(config, key), (key, config, answer)
        assert back.n_inner == (config.n_inner or 4 * config.n_embd)
        assert back.activation_function == "gelu_new" and back.tie_word_embeddings
        if back.vocab_size == 50257:
            assert back.eos_token_id == back.bos_token_id == 50256
    print(f"configs: {len(written)} read as transformers reads them")


def check_llama_configs() -> None:
    pick = random.Random(8)
    written, expected = [], []
    for _ in range(NUM_ARCHITECTURES):
        g = some_llama_genes(pick)
        key_heads = pick.choice([None, g["n_kv_head"]])
        config = transformers.LlamaConfig(
            num_hidden_layers=g["n_layer"], hidden_size=g["d_model"], num_attention_heads=g["n_head"],
            num_key_value_heads=key_heads, intermediate_size=g["d_inner"], vocab_size=g["vocab_size"],
            max_position_embeddings=g["max_sequence_length"], attention_dropout=pick.choice([0, 0.0, 0.1]),
            tie_word_embeddings=True)
        fields = json.loads(config.to_json_string(use_diff=pick.random() < 0.5))
        if pick.random() < 0.3:  # as transformers 4 wrote the rotation
            fields.pop("rope_parameters", None)
            fields |= {"rope_theta": 10000.0, "rope_scaling": None}
        written.append(fields)
        expected.append(config)
    special = {"bos_token_id", "eos_token_id", "architectures", "dtype"}
    for config, answer in zip(expected, ours(written), strict=True):
        back = transformers.LlamaConfig.from_dict(answer["config"]).to_dict()
        theirs = config.to_dict()
        apart = {key for key in theirs if back.get(key) != theirs[key]} - special
        assert not apart, (apart, answer["config"], theirs)
    print(f"configs of Llama: {len(written)} read and written as transformers' own")


def check_flops() -> None:
    """Torch counts whole score matrices, so the causal half is ours to take off."""
    pick = random.Random(6)
    kinds = [some_genes, some_flex_genes, some_llama_genes] * 8
    genes = [kind(pick) | {"max_sequence_length": 16} for kind in kinds]
    for g, answer in zip(genes, ours([inline(g) for g in genes]), strict=True):
        model = model_of(answer["config"])
        length = g["max_sequence_length"]
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            model(torch.zeros(1, length, dtype=torch.long))
        scores = g["n_layer"] * 4 * g["d_model"] * length
        causal = g["n_layer"] * 2 * g["d_model"] * (length + 1)
        expected = counter.get_total_flops() / length - scores + causal
        assert answer["flops_per_token"] == expected, (g, answer["flops_per_token"], expected)
    print(f"operations per token: {len(genes)} equal")


def main() -> None:
    check_counts_and_ids()
    check_flex_counts_and_ids()
    check_configs()
    check_llama_configs()
    check_flops()


if __name__ == "__main__":
    main()
