#!/usr/bin/env python3
"""How fast `lts prepare` reads a file like The Pile's, and in how much memory (README.md beside this
file).

usage: prepare_speed.py [--lts build/release/lts] [--gigabytes 1] [--threads 0] [-o FOLDER]

Makes a `.jsonl.zst` that holds so much text in documents of some kilobytes, pieces of this machine's
files in a drawn order (with -o it is kept and used again), and prepares it once.
"""

import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from common import LTS  # noqa: E402
from corpus import distinct_texts  # noqa: E402

PIECE_CHARS = 6000  # The Pile's documents have 5.9 KiB in the mean (arXiv 2101.00027, table 1)
SOURCES_BYTES = 200e6


def documents(size_bytes):
    """Pieces of texts, each drawn; where the texts are used up they are cut at other places."""
    rng, held = random.Random(2), 0
    texts = distinct_texts(min(size_bytes, SOURCES_BYTES))
    while held < size_bytes:
        text = rng.choice(texts)
        begin = rng.randrange(max(1, len(text) - PIECE_CHARS))
        piece = text[begin:begin + PIECE_CHARS]
        held += len(piece.encode())
        yield piece


def make(path, size_bytes):
    half = path.with_suffix(".half")
    with open(half, "wb") as out, \
            subprocess.Popen(["zstd", "-q", "-3"], stdin=subprocess.PIPE, stdout=out) as packing:
        for text in documents(size_bytes):
            line = json.dumps({"text": text, "meta": {"pile_set_name": "Made"}})
            packing.stdin.write(line.encode() + b"\n")
        packing.stdin.close()
        if packing.wait():
            sys.exit("zstd failed")
    half.rename(path)


def prepared(args, file, output):
    """Result, seconds and peak memory in bytes of one `lts prepare`."""
    start = time.perf_counter()
    with subprocess.Popen([args.lts, "prepare", file, "-o", output, "--threads", str(args.threads),
                           "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        told = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"lts prepare ended with {process.returncode}")
    return json.loads(told), time.perf_counter() - start, 1024 * usage.ru_maxrss


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lts", type=pathlib.Path, default=LTS)
    parser.add_argument("--gigabytes", type=float, default=1)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("-o", "--output", type=pathlib.Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.output or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"made-{args.gigabytes:g}.jsonl.zst"
        if not file.exists():
            make(file, 1e9 * args.gigabytes)
        packed_mb = file.stat().st_size / 1e6
        result, elapsed_s, peak_bytes = prepared(args, file, pathlib.Path(temporary, "prepared"))
    text_mb = result["bytes"] / 1e6
    print(f"{text_mb:.0f} MB of text in {result['documents']} documents, {packed_mb:.0f} MB packed: "
          f"{result['tokens']} tokens in {elapsed_s:.1f} s, {text_mb / elapsed_s:.1f} MB/s of text, "
          f"peak memory {peak_bytes / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
