"""What the experiments share: where things are, how a program is run, how rows are kept."""

import csv
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "release"
LTS = BUILD / "lts"
# Models that peers are timed on, three of them published: n_layer, d_model, d_inner, n_head.
MODELS = {"a9e31479": (4, 128, 768, 4), "0e1b5a3c": (7, 576, 832, 8), "6c6e6311": (9, 960, 960, 2),
          "gpt2-124m": (12, 768, 3072, 12)}


def arch_of(model):
    """The inline ARCH of one of MODELS."""
    names = ("n_layer", "d_model", "d_inner", "n_head")
    return "gpt2:" + ",".join(f"{name}={gene}" for name, gene in zip(names, MODELS[model]))


def output_of(*words, quiet=False):
    """What a command prints. Where it fails the script ends; `quiet`: only then its standard error
    is shown."""
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE if quiet else None, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words))} ended with {done.returncode}\n{done.stderr or ''}")
    return done.stdout


def json_of(*words, quiet=False):
    return json.loads(output_of(*words, quiet=quiet))


def published():
    """Rows of the table of the 20 published models."""
    with open(ROOT / "configs" / "models" / "published.csv", newline="", encoding="ascii") as table:
        return list(csv.DictReader(table))


def write_rows(path, rows):
    """Dictionaries as a CSV file; a key that a row lacks is left empty."""
    columns = dict.fromkeys(key for row in rows for key in row)
    with open(path, "w", newline="", encoding="ascii") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
