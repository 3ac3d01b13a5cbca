#!/usr/bin/env python3
"""Writes configs/models/<archid>.yaml for the published models of tests/data/published_models.csv.

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


def main():
    folder = ROOT / "configs" / "models"
    folder.mkdir(parents=True, exist_ok=True)
    with open(ROOT / "tests" / "data" / "published_models.csv", newline="") as table:
        for row in csv.DictReader(table):
            (folder / f"{row['archid']}.yaml").write_text(TEMPLATE.format(**row))


if __name__ == "__main__":
    main()
