#!/usr/bin/env python3
"""`lts generate` beside Hugging Face's generate, one text at a time, in one run; prints a Markdown table. See README.md."""

import argparse
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from common import LTS, MODELS, arch_of, json_of, output_of  # noqa: E402

PUBLISHED = ["a9e31479", "0e1b5a3c", "6c6e6311"]
PROMPT = "In the beginning God created the heaven and the earth. And the earth was without"  # 16 tokens
DTYPES = ("float32", "bfloat16")


def seeded(name, scratch, options):
    """A folder of the architecture with seeded weights."""
    output_of(options.lts, "export", arch_of(name), "--format", "hf", "-o", scratch / name, quiet=True)
    return scratch / name


def without_an_end(folder, scratch):
    """The same folder, where no token ends a generation: both sides make as many."""
    endless = scratch / (folder.name + "-endless")
    endless.mkdir()
    for file in folder.resolve().iterdir():
        if file.is_file() and file.name != "generation_config.json":
            (endless / file.name).symlink_to(file)
    (endless / "generation_config.json").write_text(json.dumps({"eos_token_id": None}))
    return endless


def ours(folder, dtype, options):
    """New ids and tokens a second of one call of the program; its start and the reading of the model do not count."""
    answer = json_of(options.lts, "generate", folder, options.prompt, "--greedy", "--max-new-tokens", options.tokens,
                     "--dtype", dtype, "--json", quiet=True)
    return answer["ids"][:-options.tokens], answer["ids"][-options.tokens:], answer["tokens_per_s"]


@contextlib.contextmanager
def hugging_face(folder, prompt, options):
    """A function that generates once; the model is loaded and warm."""
    command = [sys.executable, HERE / "hugging_face_speed.py", folder, options.tokens, ",".join(map(str, prompt))]
    with subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                          env=os.environ | {"HF_HUB_OFFLINE": "1"}) as peer:
        def answer():
            line = peer.stdout.readline()
            return json.loads(line) if line else sys.exit("Hugging Face's side ended")

        def generate():
            peer.stdin.write("\n")
            peer.stdin.flush()
            return answer()

        if answer()["threads"] != options.threads:
            sys.exit("Hugging Face's side has another number of threads")
        yield generate
        peer.stdin.close()


def agreeing(ids, others):
    return f"{sum(a == b for a, b in zip(ids, others, strict=True))}/{len(others)}"


def compare(name, folder, options):
    """Rounds of all sides in turn, so that all see the same moods of the machine; the best of each counts."""
    warm = {dtype: ours(folder, dtype, options) for dtype in options.dtypes}
    best = dict.fromkeys(options.dtypes, 0.0)
    theirs = 0.0
    with hugging_face(folder, warm[options.dtypes[0]][0], options) as generate:
        for _ in range(options.rounds):
            for dtype in options.dtypes:
                best[dtype] = max(best[dtype], ours(folder, dtype, options)[2])
            answer = generate()
            theirs = max(theirs, answer["tokens_per_s"])
    cells = [f"{best[dtype]:.1f} | {best[dtype] / theirs:.2f} | {agreeing(warm[dtype][1], answer['new_ids'])}"
             for dtype in options.dtypes]
    print("|", " | ".join([name, f"{theirs:.1f}", *cells, str(len(set(answer["new_ids"])))]), "|", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lts", type=pathlib.Path, default=LTS)
    parser.add_argument("--models", nargs="*", default=PUBLISHED, choices=list(MODELS), help="seeded weights")
    parser.add_argument("--model-dir", type=pathlib.Path, nargs="*", default=[], help="trained folders, instead of --models")
    parser.add_argument("--dtypes", nargs="+", default=DTYPES, choices=DTYPES)
    parser.add_argument("--prompt", default=PROMPT)
    parser.add_argument("--tokens", type=int, default=120)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)  # both sides'
    columns = [f"ours, {dtype} | ratio | same ids" for dtype in options.dtypes]
    print("| model | Hugging Face, tokens/s |", " | ".join(columns), "| different ids |")
    print("|---|---|" + "---|" * (3 * len(options.dtypes) + 1))
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        folders = options.model_dir or [seeded(model, scratch, options) for model in options.models]
        for folder in folders:
            compare(folder.name, without_an_end(folder, scratch), options)


if __name__ == "__main__":
    main()
