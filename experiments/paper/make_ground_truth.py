#!/usr/bin/env python3
"""The paper's trained models as two tables that `lts correlate` reads, from a checkout of its branch.

usage: make_ground_truth.py ARCHAI_CHECKOUT [-o FOLDER]

ARCHAI_CHECKOUT: github.com/microsoft/archai at its branch neurips-lts. Written: random.csv, the random
architectures that were trained, and pareto.csv, those of the searched fronts with latency and memory on
three devices. Needs PyYAML.

The logs, under archai/nlp/nas/saved_logs/SET: params_summary.yaml, ppl_summary.yaml and, of a front,
latency_summary.yaml (ms) and memory_summary.yaml (MB) map an architecture to its figures; config_X/jY/
model_config.yaml holds the genes of config_X_jY. An architecture without a perplexity is left out of
random.csv, and has an empty one in pareto.csv.
"""

import argparse
import csv
import pathlib
import re
import sys

import yaml

LOGS = pathlib.Path("archai", "nlp", "nas", "saved_logs")
RANDOM_SETS = ["random_GPT2_wt103", "random_GPT2_lm1b", "random_TransXL_wt103", "random_TransXL_lm1b",
               "random_TransXL_wt103_homogeneous"]
PARETO_SETS = [f"pareto_{model}_lm1b_{device}" for model in ("GPT2", "TransXL")
               for device in ("arm", "corei7", "titanxp")]
COUNTS = {"attn_params": "Attn", "ffn_params": "FFN", "nonembedding_params": "nonembedding",
          "embedding_params": "AdaEmb", "total_params": "total"}
RANDOM_COLUMNS = ["set", "arch", "n_layer", "d_model", "n_head", "d_inner", "d_embed", "div_val",
                  "attn_params", "ffn_params", "nonembedding_params", "embedding_params",
                  "total_params", "valid_ppl"]
PARETO_COLUMNS = ["set", "arch", "attn_params", "ffn_params", "nonembedding_params", "total_params",
                  "latency_ms", "memory_mb", "valid_ppl"]


def load(path):
    try:
        with open(path, encoding="utf-8") as file:
            content = yaml.safe_load(file)
    except (OSError, yaml.YAMLError) as error:
        sys.exit(f"{path}: cannot be read: {error}")
    if not isinstance(content, dict):
        sys.exit(f"{path}: is no map")
    return content


def figure(path, content, *keys):
    """The number under the keys."""
    for key in keys:
        if not isinstance(content, dict) or key not in content:
            sys.exit(f"{path}: {'.'.join(map(str, keys))} is missing")
        content = content[key]
    if isinstance(content, bool) or not isinstance(content, (int, float)):
        sys.exit(f"{path}: {'.'.join(map(str, keys))} is {content!r}, no number")
    return content


def per_layer(path, config, key):
    """"2|4|8": a value a layer, the first n_layer of a list or one for all."""
    n_layer, value = config["n_layer"], config.get(key)
    values = value[:n_layer] if isinstance(value, list) else [value] * n_layer
    if len(values) != n_layer or not all(isinstance(entry, int) for entry in values):
        sys.exit(f"{path}: {key} is {value!r}, not a number for each of {n_layer} layers")
    return "|".join(map(str, values))


def random_rows(folder):
    ppl_file, params_file = folder / "ppl_summary.yaml", folder / "params_summary.yaml"
    perplexities, params = load(ppl_file), load(params_file)
    for arch in sorted(perplexities):
        match = re.fullmatch(r"(config_\d+)_(j\d+)", arch)
        if not match:
            sys.exit(f"{ppl_file}: '{arch}' is no config_X_jY")
        path = folder.joinpath(*match.groups(), "model_config.yaml")
        if not path.exists() or arch not in params:
            continue
        config = load(path)
        row = {"set": folder.name, "arch": arch}
        for key in ("n_layer", "d_model", "d_embed", "div_val"):
            row[key] = figure(path, config, key)
        for key in ("n_head", "d_inner"):
            row[key] = per_layer(path, config, key)
        for column, key in COUNTS.items():
            row[column] = int(figure(params_file, params, arch, key))
        row["valid_ppl"] = f"{figure(ppl_file, perplexities, arch, 'valid_ppl'):.6f}"
        yield row


def pareto_rows(folder):
    files = {name: folder / f"{name}_summary.yaml" for name in ("params", "latency", "memory", "ppl")}
    tables = {name: load(path) for name, path in files.items()}
    for arch in sorted(tables["params"]):
        row = {"set": folder.name, "arch": arch}
        for column, key in COUNTS.items():
            if column in PARETO_COLUMNS:
                row[column] = figure(files["params"], tables["params"], arch, key)
        row["latency_ms"] = figure(files["latency"], tables["latency"], arch)
        row["memory_mb"] = figure(files["memory"], tables["memory"], arch)
        if arch in tables["ppl"]:
            row["valid_ppl"] = figure(files["ppl"], tables["ppl"], arch)
        yield row


def write(path, columns, rows):
    with open(path, "w", newline="", encoding="ascii") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(rows)
    sets = dict.fromkeys(row["set"] for row in rows)
    counted = ", ".join(f"{sum(row['set'] == name for row in rows)} {name}" for name in sets)
    print(f"{path}: {len(rows)} models: {counted}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkout", type=pathlib.Path)
    parser.add_argument("-o", "--output", type=pathlib.Path, default=pathlib.Path("."))
    args = parser.parse_args()
    logs = args.checkout / LOGS
    for name in RANDOM_SETS + PARETO_SETS:
        if not (logs / name).is_dir():
            sys.exit(f"{logs / name}: is not there; check out the branch neurips-lts of "
                     "github.com/microsoft/archai")
    random = [row for name in RANDOM_SETS for row in random_rows(logs / name)]
    pareto = [row for name in PARETO_SETS for row in pareto_rows(logs / name)]
    args.output.mkdir(parents=True, exist_ok=True)
    write(args.output / "random.csv", RANDOM_COLUMNS, random)
    write(args.output / "pareto.csv", PARETO_COLUMNS, pareto)


if __name__ == "__main__":
    main()
