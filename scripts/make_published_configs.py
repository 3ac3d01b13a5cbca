#!/usr/bin/env python3
"""Writes configs/models from tests/data/published_models.csv: <archid>.yaml for each published
model, and published.csv, their published figures, which `lts reproduce` reads.

The form is that of space::architecture_json; tests/space/arch_argument_test.cpp compares the two
and checks that each file's architecture hashes to its name. Needs only Python's standard library.
"""

import csv
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent

TEMPLATE = """\
# Published in microsoft/archai (MIT licence), tasks/text_generation.
family: gpt2
n_layer: {n_layer}
d_model: {d_model}
d_inner: {d_inner}
n_head: {n_head}
vocab_size: 50257
max_sequence_length: 1024
dropatt: 0.0
"""

FIGURES = ["archid", "non_embedding_params_millions", "latency_s", "memory_mib"]


def main():
    folder = ROOT / "configs" / "models"
    folder.mkdir(parents=True, exist_ok=True)
    with open(ROOT / "tests" / "data" / "published_models.csv", newline="") as table:
        rows = list(csv.DictReader(table))
    for row in rows:
        (folder / f"{row['archid']}.yaml").write_text(TEMPLATE.format(**row))
    with open(folder / "published.csv", "w", newline="") as table:
        writer = csv.DictWriter(table, FIGURES, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
