"""A reader of layer_cost files as docs/latency-model.md describes them, with nothing of lts in it: the
other side of a comparison. gpt2 alone, whose genes are the same in every layer."""

import math


def member(n_layer, d_model, d_inner, n_head, vocab_size=50257, max_sequence_length=1024):
    """Genes and counts of a member by name."""
    attention = n_layer * (4 * d_model**2 + 4 * d_model)
    ffn = n_layer * (2 * d_model * d_inner + d_inner + d_model)
    norm = n_layer * 4 * d_model + 2 * d_model
    return {"n_layer": n_layer, "d_model": d_model, "d_inner": d_inner, "n_head": n_head,
            "vocab_size": vocab_size, "max_sequence_length": max_sequence_length,
            "attention_params": attention, "ffn_params": ffn,
            "decoder_params": attention + ffn + norm,
            "embedding_params": (vocab_size + max_sequence_length) * d_model}


def term(key, entry, values):
    point = [values[name.strip()] for name in key.split("*")]
    if not isinstance(entry, dict):
        return entry * math.prod(point)
    table = {tuple(int(v) for v in str(k).split("*")): float(v) for k, v in entry.items()}
    if tuple(point) in table:
        return table[tuple(point)]
    (value,) = point
    low = max(k for (k,) in table if k < value)
    high = min(k for (k,) in table if k > value)
    return table[low,] + (table[high,] - table[low,]) * (value - low) / (high - low)


def cost(model, values):
    layer = sum(term(k, v, values) for k, v in (model.get("per_layer") or {}).items())
    whole = sum(term(k, v, values) for k, v in (model.get("per_model") or {}).items())
    return model.get("constant", 0.0) + whole + values["n_layer"] * layer


def interval_error(model):
    """Half the width of the 90 % interval over the value."""
    return {float(level): error for level, error in model["error_quantiles"].items()}[0.9]
