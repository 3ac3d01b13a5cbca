#!/usr/bin/env python3
"""How fast the tokenizer is beside tiktoken, in turns within one run (README.md beside this file).

usage: compare_speed.py [--build DIR] [--tokenizer DIR] [--megabytes 100] [--rounds 3]

On text that does not repeat and on four texts repeated, of so many MB each: one thread; two threads
against one; whether the ids are the same.
"""

import argparse
import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import tiktoken
from tiktoken.load import data_gym_to_mergeable_bpe_ranks
from tiktoken_ext.openai_public import r50k_pat_str

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from common import BUILD, ROOT, output_of  # noqa: E402
from corpus import distinct_texts, repeated_texts, write_lines  # noqa: E402


def load_peer(folder):
    os.environ["TIKTOKEN_CACHE_DIR"] = ""
    ranks = data_gym_to_mergeable_bpe_ranks(str(folder / "vocab.bpe"), str(folder / "encoder.json"))
    return tiktoken.Encoding("gpt2", pat_str=r50k_pat_str, mergeable_ranks=ranks,
                             special_tokens={"<|endoftext|>": 50256})


def seconds_of(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


class Side:
    """Times of one side, the best of which counts."""

    def __init__(self, name, work):
        self.name, self.work, self.times_s = name, work, []

    def turn(self):
        told = self.work()
        self.times_s.append(told)

    def best_s(self):
        return min(self.times_s)


def sides_of(args, peer, documents, folder):
    """tiktoken and ours, on one thread and on two; each returns its seconds."""
    whole, lines = folder / "whole.txt", folder / "lines.jsonl"
    text = "".join(documents)
    whole.write_text(text, encoding="utf-8", newline="")
    write_lines(documents, lines)

    def probe():
        return float(output_of(args.build / "tokenizer_probe", args.tokenizer, "speed", whole, "1"))

    def prepare(threads):
        with tempfile.TemporaryDirectory() as out:
            return seconds_of(lambda: output_of(args.build / "lts", "prepare", lines, "-o",
                                                pathlib.Path(out, "d"), "--threads", str(threads),
                                                "--json", quiet=True))

    def batch(threads):
        return seconds_of(lambda: peer.encode_ordinary_batch(documents, num_threads=threads))

    return [Side("tiktoken encode_ordinary, 1 thread", lambda: seconds_of(
                lambda: peer.encode_ordinary(text))),
            Side("ours, 1 thread", probe),
            Side("tiktoken encode_ordinary_batch, 1 thread", lambda: batch(1)),
            Side("tiktoken encode_ordinary_batch, 2 threads", lambda: batch(2)),
            Side("lts prepare, 1 thread (reads JSON, writes shards)", lambda: prepare(1)),
            Side("lts prepare, 2 threads", lambda: prepare(2))]


def same_ids(args, peer, documents, folder):
    """How many documents both sides give the same ids."""
    asked = folder / "asked.jsonl"
    with open(asked, "w", encoding="utf-8") as file:
        for text in documents:
            file.write(json.dumps(text) + "\n")
    command = [args.build / "tokenizer_probe", args.tokenizer, "ids"]
    same = 0
    with open(asked, encoding="utf-8") as file, \
            subprocess.Popen(command, stdin=file, stdout=subprocess.PIPE, text=True) as probe:
        for text, line in itertools.zip_longest(documents, probe.stdout):
            same += json.loads(line)["ids"] == peer.encode_ordinary(text)
    return same


def compare(args, peer, title, documents):
    size_mb = sum(len(text.encode()) for text in documents) / 1e6
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        sides = sides_of(args, peer, documents, folder)
        for _ in range(args.rounds):
            for side in sides:
                side.turn()
        print(f"{title}: {size_mb:.1f} MB, {len(documents)} documents, best of {args.rounds}")
        for side in sides:
            print(f"  {side.name:50} {size_mb / side.best_s():7.1f} MB/s")
        peer_s, ours_s, _, _, one_s, two_s = (side.best_s() for side in sides)
        print(f"  ours over tiktoken, one thread: {peer_s / ours_s:.2f}; ours, two threads over one: "
              f"{one_s / two_s:.2f}")
        if args.ids:
            print(f"  the same ids: {same_ids(args, peer, documents, folder)} of {len(documents)} "
                  "documents")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=BUILD)
    parser.add_argument("--tokenizer", type=pathlib.Path, default=ROOT / "build" / "gpt2-tokenizer")
    parser.add_argument("--megabytes", type=float, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-ids", dest="ids", action="store_false", help="do not compare ids")
    args = parser.parse_args()
    peer = load_peer(args.tokenizer)
    compare(args, peer, "text that does not repeat", distinct_texts(1e6 * args.megabytes))
    compare(args, peer, "four texts repeated", repeated_texts(1e6 * args.megabytes))


if __name__ == "__main__":
    main()
