#!/usr/bin/env python3
"""core/ beside CPython (random, json, hashlib, csv) and numpy.

100,000 draws over every method and several seeds, the state saved and restored on the way; JSON of
generated documents; digests; rank statistics by their definitions.
"""

import csv
import hashlib
import io
import json
import math
import os
import pathlib
import random
import struct
import subprocess
import sys

PROBE = pathlib.Path(os.environ.get("LTS_BUILD_DIR", "build/release")) / "core_probe"
SEEDS = [0, 1, 2, 123, 2**31, 2**32 - 1, 2**32, 2**32 + 7, 2**63 + 11, 2**64 - 1]
NUM_DRAWS = 100_000
NUM_DOCUMENTS = 3_000

try:
    import numpy
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)


def ours(requests: list[dict]) -> list:
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run([PROBE], input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def some_call(pick: random.Random) -> list:
    size = pick.choice([1, 2, 3, 4, 5, 8, 14, 20, 21, 22, 30, 100, 343])
    count = pick.choice([0, 1, 2, 3, 5, 6, 7, 20])
    return pick.choice(
        [
            ["random"],
            ["getrandbits", pick.randint(1, 32)],
            ["randint", *sorted([pick.randint(-1000, 1000), pick.randint(-1000, 1000)])],
            ["randint", 0, pick.choice([0, 1, 2**31, 2**32 - 3])],
            ["choice", size],
            ["sample", max(size, count), count],
            ["shuffle", pick.randint(0, 12)],
        ]
    )


def peer_draw(rng: random.Random, call: list):
    name, *arguments = call
    if name == "reload":  # nothing happens; its state is compared
        _, words, _ = rng.getstate()
        return {"words": list(words[:-1]), "position": words[-1]}
    if name == "sample":
        return rng.sample(range(arguments[0]), arguments[1])
    if name == "choice":
        return rng.choice([3 * i for i in range(arguments[0])])
    if name == "shuffle":
        values = [3 * i for i in range(arguments[0])]
        rng.shuffle(values)
        return values
    return getattr(rng, name)(*arguments)


def check_random() -> None:
    pick = random.Random(2026)
    requests = []
    for seed in SEEDS:
        calls = [some_call(pick) for _ in range(NUM_DRAWS // len(SEEDS))]
        for at in range(500, len(calls), 2000):
            calls[at] = ["reload"]
        requests.append({"op": "random", "seed": seed, "calls": calls})
    for request, answers in zip(requests, ours(requests)):
        rng = random.Random(request["seed"])
        assert len(answers) == len(request["calls"])
        for at, (call, answer) in enumerate(zip(request["calls"], answers)):
            expected = peer_draw(rng, call)
            assert answer == expected, (request["seed"], at, call, answer, expected)
    names = sorted({call[0] for request in requests for call in request["calls"]})
    print(f"random: {NUM_DRAWS} draws equal, {len(SEEDS)} seeds, {', '.join(names)}")


def some_float(pick: random.Random) -> float:
    kind = pick.randrange(4)
    if kind == 0:
        return struct.unpack("<d", struct.pack("<Q", pick.getrandbits(64)))[0]
    if kind == 1:
        return pick.choice([0.0, -0.0, math.nan, math.inf, -math.inf, 5e-324, 1e16, 1e-5, 1e22])
    if kind == 2:
        return float(pick.randint(-(10**17), 10**17))
    return round(pick.uniform(-1000, 1000), pick.randint(0, 6))


def some_text(pick: random.Random) -> str:
    planes = [(0, 0x7F), (0x20, 0x7E), (0x80, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF)]
    return "".join(chr(pick.randint(*pick.choice(planes))) for _ in range(pick.randint(0, 12)))


def some_value(pick: random.Random, depth: int):
    kind = pick.randrange(7 if depth else 5)
    if kind == 0:
        return pick.choice([None, True, False])
    if kind == 1:
        return pick.choice([pick.randint(-100, 100), pick.randint(-(2**63), 2**64 - 1)])
    if kind in (2, 3):
        return some_float(pick)
    if kind == 4:
        return some_text(pick)
    if kind == 5:
        return [some_value(pick, depth - 1) for _ in range(pick.randint(0, 4))]
    return {some_text(pick): some_value(pick, depth - 1) for _ in range(pick.randint(0, 5))}


def tagged(value):
    """Floats as their bits: JSON holds no NaN, and its reader is not what is tested."""
    if isinstance(value, float):
        return {"bits": struct.pack(">d", value).hex()}
    if isinstance(value, list):
        return [tagged(item) for item in value]
    if isinstance(value, dict):
        return {key: tagged(item) for key, item in value.items()}
    return value


def check_json() -> None:
    pick = random.Random(7)
    values = [some_value(pick, 4) for _ in range(NUM_DOCUMENTS)]
    answers = ours([{"op": "json", "value": tagged(value)} for value in values])
    for value, answer in zip(values, answers, strict=True):
        expected = json.dumps(value, sort_keys=True)
        assert answer == expected, (answer, expected)
    print(f"json: {len(values)} documents equal")


def check_digests() -> None:
    pick = random.Random(8)
    texts = [pick.randbytes(pick.randint(0, 300)) for _ in range(300)] + [bytes(100_000)]
    answers = ours([{"op": "digest", "hex": text.hex()} for text in texts])
    for text, answer in zip(texts, answers, strict=True):
        assert answer == [hashlib.sha1(text).hexdigest(), hashlib.sha256(text).hexdigest()]
    print(f"digests: {len(texts)} equal")


def mean_ranks(values: list[float]) -> list[float]:
    """1 + how many are smaller + half of how many others are equal."""
    array = numpy.array(values)
    return [1 + float((array < v).sum() + ((array == v).sum() - 1) / 2) for v in values]


def kendall_tau_b(a: list[float], b: list[float]) -> float:
    """(concordant - discordant) / sqrt((pairs - tied in a) (pairs - tied in b))."""
    signs_a = numpy.sign(numpy.subtract.outer(a, a))
    signs_b = numpy.sign(numpy.subtract.outer(b, b))
    return (signs_a * signs_b).sum() / math.sqrt((signs_a**2).sum() * (signs_b**2).sum())


def check_statistics() -> None:
    pick = random.Random(9)
    requests = []
    for _ in range(200):
        size = pick.randint(3, 40)
        draw = pick.choice([lambda: float(pick.randint(0, 6)), pick.random])
        a, b = ([draw() for _ in range(size)] for _ in range(2))
        if len(set(a)) > 1 and len(set(b)) > 1:
            q = [0.0, 0.025, 0.5, 0.9, 0.975, 1.0, pick.random()]
            requests.append({"op": "statistics", "a": a, "b": b, "q": q})
    for request, answer in zip(requests, ours(requests), strict=True):
        a, b = request["a"], request["b"]
        numpy.testing.assert_allclose(answer["mean"], numpy.mean(a), rtol=1e-14)
        numpy.testing.assert_allclose(answer["median"], numpy.median(a), rtol=1e-14)
        numpy.testing.assert_allclose(
            answer["quantiles"], numpy.quantile(a, request["q"]), rtol=1e-12
        )
        assert answer["ranks"] == mean_ranks(a)
        spearman = numpy.corrcoef(mean_ranks(a), mean_ranks(b))[0, 1]
        numpy.testing.assert_allclose(answer["spearman"], spearman, rtol=0, atol=1e-12)
        numpy.testing.assert_allclose(answer["kendall"], kendall_tau_b(a, b), rtol=0, atol=1e-12)
    print(f"statistics: {len(requests)} pairs of samples equal")


def python_csv(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def check_csv() -> None:
    pick = random.Random(10)
    letters = ["a", "b", ",", '"', "\n", "\r\n", " ", "é", "|", "1"]
    tables = []
    for _ in range(300):
        width = pick.randint(2, 5)
        tables.append(
            [
                ["".join(pick.choices(letters, k=pick.randint(0, 4))) for _ in range(width)]
                for _ in range(pick.randint(1, 6))
            ]
        )
    requests = [{"op": "csv", "rows": rows, "python": python_csv(rows)} for rows in tables]
    for rows, request, answer in zip(tables, requests, ours(requests), strict=True):
        assert answer["text"] == request["python"], (answer, request)
        assert answer["rows"] == rows[1:], (answer, rows)
    print(f"csv: {len(tables)} tables equal")


def main() -> None:
    check_random()
    check_json()
    check_digests()
    check_statistics()
    check_csv()


if __name__ == "__main__":
    main()
