#!/usr/bin/env python3
"""Writes train/tokenizer/unicode_ranges.inc: letters, numbers and white space of GPT-2's pattern.

The classes come from tiktoken itself (0.14: Unicode 16.0): an Encoding of the 256 bytes whose
pattern is one class keeps exactly the characters of that class.

    python scripts/make_unicode_table.py > train/tokenizer/unicode_ranges.inc
"""

import tiktoken

CLASSES = (("kLetter", r"\p{L}"), ("kNumber", r"\p{N}"), ("kSpace", r"\s"))


def members(pattern: str) -> list[int]:
    """The code points that `pattern` matches, ascending."""
    encoding = tiktoken.Encoding(
        "class",
        pat_str=pattern,
        mergeable_ranks={bytes([b]): b for b in range(256)},
        special_tokens={},
    )
    found = []
    for start in range(0, 0x110000, 0x1000):
        if 0xD800 <= start < 0xE000:
            continue
        text = "".join(map(chr, range(start, start + 0x1000)))
        found += map(ord, bytes(encoding.encode_ordinary(text)).decode())
    return found


def ranges(points: list[int]) -> list[tuple[int, int]]:
    """Consecutive code points as (first, last)."""
    out: list[tuple[int, int]] = []
    for point in points:
        if out and out[-1][1] == point - 1:
            out[-1] = (out[-1][0], point)
        else:
            out.append((point, point))
    return out


def main() -> None:
    entries = [
        f"{{0x{first:X}, 0x{last:X}, {name}}},"
        for name, pattern in CLASSES
        for first, last in ranges(members(pattern))
    ]
    print(
        "// Made by scripts/make_unicode_table.py "
        f"with tiktoken {tiktoken.__version__}. Not by hand."
    )
    line = ""
    for entry in entries:
        if len(line) + len(entry) + 1 > 100:
            print(line)
            line = ""
        line = f"{line} {entry}" if line else entry
    print(line)


if __name__ == "__main__":
    main()
