#!/usr/bin/env python3
"""Our token ids beside those of tiktoken and of Hugging Face's tokenizers and transformers.

On Debian's King James Bible, on every text of $LTS_TEXT_DIR if that is set, on every token of the
vocabulary and on 20,000 random Unicode strings over all planes; decode(encode(text)) == text. Then
the files we write for Hugging Face, and folders that transformers wrote, in both of their forms.
"""

import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

NUM_RANDOM = 20_000
GPT2_DIR = os.environ.get("LTS_TOKENIZER_DIR", "")
PROBE = pathlib.Path(os.environ.get("LTS_BUILD_DIR", "build/release")) / "tokenizer_probe"
END_OF_TEXT = "<|endoftext|>"

try:
    import tiktoken
    import tokenizers
    import transformers
    from tiktoken.load import data_gym_to_mergeable_bpe_ranks
    from tiktoken_ext.openai_public import r50k_pat_str
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)


def gpt2_file(name: str) -> str:
    return str(pathlib.Path(GPT2_DIR) / name)


def tiktoken_gpt2() -> tiktoken.Encoding:
    os.environ["TIKTOKEN_CACHE_DIR"] = ""
    ranks = data_gym_to_mergeable_bpe_ranks(gpt2_file("vocab.bpe"), gpt2_file("encoder.json"))
    return tiktoken.Encoding(
        "gpt2", pat_str=r50k_pat_str, mergeable_ranks=ranks, special_tokens={END_OF_TEXT: 50256}
    )


def tokenizers_gpt2() -> tokenizers.Tokenizer:
    """From OpenAI's files, not from ours."""
    return tokenizers.ByteLevelBPETokenizer(gpt2_file("encoder.json"), gpt2_file("vocab.bpe"))


def ours(texts: list[str], *arguments: str) -> list[list[int]]:
    """Our ids; checks on the way that decoding gives the text back."""
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    done = subprocess.run(
        [PROBE, GPT2_DIR, *arguments], input=lines, capture_output=True, text=True, check=True
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(texts), (len(answers), len(texts))
    for text, answer in zip(texts, answers):
        assert answer["same"], f"decode(encode(text)) differs for {text[:80]!r}"
    return [answer["ids"] for answer in answers]


def random_texts(vocabulary: tiktoken.Encoding) -> list[str]:
    """Strings of uniform code points, of the pattern's stumbling blocks, and of whole tokens."""
    rng = random.Random(20261123)
    spaces = " \t\n\r\u00a0\u1680\u2003\u2028\u3000\u0085"
    marks = "'\u2019.,!?-0123456789\u00bd\u2167\u0663aZ\u00df\u00ff\u00f1"
    marks += "\u043f\u0440\u4e2d\u3042\U0001f642\u0301"
    blocks = list(spaces + marks)
    blocks += [
        "'s",
        "'ll",
        "'VE",
        "'re",
        "'t",
        "  ",
        " '",
        "''",
        "don't",
        " \n ",
        "e\u0301",
        "\U0001f1e9",
    ]

    def code_point() -> str:
        while True:
            plane = rng.choice([0, 0, 0, 1, 1, 2, 3] + list(range(17)))
            point = plane << 16 | rng.randrange(0x10000)
            if not 0xD800 <= point < 0xE000:
                return chr(point)

    def token() -> str:
        return vocabulary.decode([rng.randrange(50256)], errors="replace")

    makers = [code_point, lambda: rng.choice(blocks), token, lambda: chr(rng.randrange(0x250))]
    texts = []
    for i in range(NUM_RANDOM):
        chosen = makers[i % 4 : i % 4 + 1] if i % 8 < 4 else makers
        texts.append("".join(rng.choice(chosen)() for _ in range(rng.randrange(1, 60))))
    return [text for text in texts if END_OF_TEXT not in text]


def real_texts() -> dict[str, str]:
    texts = {}
    if shutil.which("bible"):
        done = subprocess.run(["bible", "-f", "gen1:1-rev22:21"], capture_output=True, check=True)
        texts["bible-kjv"] = done.stdout.decode()
    if os.environ.get("LTS_TEXT_DIR"):
        for path in sorted(pathlib.Path(os.environ["LTS_TEXT_DIR"]).rglob("*.txt")):
            texts[path.name] = path.read_text(encoding="utf-8")
    return texts


def check_equal(
    name: str, texts: list[str], got: list[list[int]], expected: list[list[int]]
) -> None:
    for text, ours_ids, peer_ids in zip(texts, got, expected, strict=True):
        assert (
            ours_ids == peer_ids
        ), f"{name}: {text[:200]!r}\n ours {ours_ids[:40]}\n peer {peer_ids[:40]}"
    print(f"{name}: {len(texts)} texts, {sum(map(len, got))} tokens equal", flush=True)


def check_peers(
    texts: list[str], what: str, peer: tiktoken.Encoding, hugging: tokenizers.Tokenizer
) -> None:
    got = ours(texts, "ids")
    check_equal(f"tiktoken, {what}", texts, got, [peer.encode_ordinary(text) for text in texts])
    check_equal(f"tokenizers, {what}", texts, got, [e.ids for e in hugging.encode_batch(texts)])


def check_folders(texts: list[str], folder: pathlib.Path) -> None:
    """Ours read by AutoTokenizer; what transformers saves read by ours; the older pair of files."""
    subprocess.run([PROBE, GPT2_DIR, "write", folder / "ours"], check=True)
    auto = transformers.AutoTokenizer.from_pretrained(folder / "ours")
    assert auto.eos_token_id == auto.bos_token_id == 50256 and len(auto) == 50257
    assert auto.model_max_length == 1024, auto.model_max_length
    expected = [auto(text)["input_ids"] for text in texts]
    check_equal("AutoTokenizer on our files", texts, ours(texts, "ids"), expected)
    assert auto(END_OF_TEXT)["input_ids"] == [50256]
    ids = ours([END_OF_TEXT], "ids")[0]
    assert 50256 not in ids, "special text must stay ordinary"
    assert ids == tiktoken_gpt2().encode_ordinary(END_OF_TEXT)

    auto.save_pretrained(folder / "saved")
    check_equal(
        "ours on their folder", texts, ours(texts, "folder", str(folder / "saved")), expected
    )
    (folder / "pair").mkdir()
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(folder / "ours" / name, folder / "pair" / name)
    check_equal("ours on the pair", texts, ours(texts, "folder", str(folder / "pair")), expected)
    pair = transformers.GPT2Tokenizer.from_pretrained(folder / "pair")
    check_equal("theirs on the pair", texts, [pair(t)["input_ids"] for t in texts], expected)


def check_classes() -> None:
    """The table in the tree is what its script makes with this tiktoken."""
    root = pathlib.Path(os.environ.get("LTS_SOURCE_DIR", "."))
    made = subprocess.run(
        [sys.executable, root / "scripts/make_unicode_table.py"],
        capture_output=True,
        text=True,
        check=True,
    )
    table = (root / "train/tokenizer/unicode_ranges.inc").read_text()
    assert (
        made.stdout.splitlines()[1:] == table.splitlines()[1:]
    ), "unicode_ranges.inc is not up to date"
    print(f"character classes: {len(table.splitlines()) - 1} lines equal", flush=True)


def main() -> None:
    check_classes()
    peer, hugging = tiktoken_gpt2(), tokenizers_gpt2()
    for name, text in real_texts().items():
        check_peers([text], name, peer, hugging)
        check_peers(text.splitlines(keepends=True)[:20_000], name + " by lines", peer, hugging)
    tokens = [peer.decode([id]) for id in range(50256)]
    whole = [text for text in tokens if "\ufffd" not in text]
    check_peers(whole, "every token that is text", peer, hugging)
    texts = random_texts(peer)
    check_peers(texts, "random Unicode", peer, hugging)
    long_runs = [c * 100_000 for c in ("a", " ", "\u00e9", "ab", "0", "!", "\n", "'")]
    check_peers(long_runs[:1] + [t[:20_000] for t in long_runs[1:]], "long runs", peer, hugging)
    with tempfile.TemporaryDirectory() as folder:
        check_folders(texts[:2000], pathlib.Path(folder))


if __name__ == "__main__":
    main()
