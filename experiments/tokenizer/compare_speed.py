#!/usr/bin/env python3
"""Tokenizing on one thread: ours beside tiktoken, in turns within one run.

    python experiments/tokenizer/compare_speed.py --build build/release --tokenizer DIR FILE...

Files are UTF-8 text, joined; without any, Debian's `bible` prints one. Prints each round and the
ratio of the best times.
"""

import argparse
import os
import pathlib
import subprocess
import tempfile
import time

import tiktoken
from tiktoken.load import data_gym_to_mergeable_bpe_ranks
from tiktoken_ext.openai_public import r50k_pat_str

ROUNDS = 7


def load_peer(folder: pathlib.Path) -> tiktoken.Encoding:
    os.environ["TIKTOKEN_CACHE_DIR"] = ""
    ranks = data_gym_to_mergeable_bpe_ranks(str(folder / "vocab.bpe"), str(folder / "encoder.json"))
    return tiktoken.Encoding(
        "gpt2", pat_str=r50k_pat_str, mergeable_ranks=ranks, special_tokens={"<|endoftext|>": 50256}
    )


def read_text(files: list[pathlib.Path]) -> str:
    if files:
        return "".join(path.read_text(encoding="utf-8") for path in files)
    return subprocess.run(
        ["bible", "-f", "gen1:1-rev22:21"], capture_output=True, text=True, check=True
    ).stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/release"))
    parser.add_argument(
        "--tokenizer", type=pathlib.Path, default=pathlib.Path("build/gpt2-tokenizer")
    )
    parser.add_argument("files", type=pathlib.Path, nargs="*")
    options = parser.parse_args()
    peer, text = load_peer(options.tokenizer), read_text(options.files)
    megabytes = len(text.encode()) / 1e6
    ours_s, peer_s = [], []
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        for _ in range(ROUNDS):
            start = time.perf_counter()
            peer.encode_ordinary(text)
            peer_s.append(time.perf_counter() - start)
            command = [
                options.build / "tokenizer_probe",
                options.tokenizer,
                "speed",
                file.name,
                "1",
            ]
            ours_s.append(float(subprocess.run(command, capture_output=True, check=True).stdout))
            print(
                f"tiktoken {megabytes / peer_s[-1]:6.1f} MB/s   "
                f"ours {megabytes / ours_s[-1]:6.1f} MB/s"
            )
    print(
        f"{megabytes:.1f} MB, best of {ROUNDS}: tiktoken {megabytes / min(peer_s):.1f} MB/s, "
        f"ours {megabytes / min(ours_s):.1f} MB/s, ratio {min(peer_s) / min(ours_s):.1f}"
    )


if __name__ == "__main__":
    main()
