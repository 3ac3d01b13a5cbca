"""Text to time tokenizers on: as a list of documents."""

import hashlib
import json
import pathlib
import random
import site
import subprocess
import sysconfig

SHARED = pathlib.Path(__file__).resolve().parents[3] / "shared" / "data" / "text"
# Sources and documentation that a machine with a compiler and Python has.
FOLDERS = [sysconfig.get_paths()["stdlib"], *site.getsitepackages(), "/usr/include", "/usr/share/doc",
           "/usr/share/perl", "/usr/lib/python3"]
ENDINGS = {".py", ".pyi", ".h", ".hpp", ".c", ".cpp", ".txt", ".md", ".rst", ".html", ".pm", ".pod",
           "", ".json", ".js", ".css"}


def four_texts():
    """The King James Bible, tiny Shakespeare, WikiText-2's test and validation text; without the
    shared folder Debian's `bible` alone."""
    if SHARED.is_dir():
        return [path.read_text(encoding="utf-8") for path in sorted(SHARED.rglob("*.txt"))]
    return [subprocess.run(["bible", "-f", "gen1:1-rev22:21"], capture_output=True, text=True,
                           check=True).stdout]


def machine_files():
    """Texts of this machine's files, in an order drawn with a fixed seed, each content once."""
    paths = sorted(path for folder in FOLDERS for path in pathlib.Path(folder).rglob("*")
                   if path.suffix in ENDINGS and path.is_file() and path.stat().st_size < 2_000_000)
    random.Random(1).shuffle(paths)
    seen = set()
    for path in paths:
        content = path.read_bytes()
        digest = hashlib.sha1(content).digest()
        if digest in seen or not content:
            continue
        seen.add(digest)
        try:
            yield content.decode("utf-8")
        except UnicodeDecodeError:
            continue


def distinct_texts(size_bytes):
    """Documents that do not repeat: the four texts, then files of this machine."""
    documents, held = four_texts(), 0
    held = sum(len(text.encode()) for text in documents)
    for text in machine_files():
        if held >= size_bytes:
            break
        documents.append(text)
        held += len(text.encode())
    return documents


def repeated_texts(size_bytes):
    """The four texts again and again, which flatters a cache."""
    texts = four_texts()
    times = max(1, round(size_bytes / sum(len(text.encode()) for text in texts)))
    return texts * times


def write_lines(documents, path, set_name="made"):
    """As The Pile's JSON Lines."""
    with open(path, "w", encoding="utf-8") as file:
        for text in documents:
            line = {"text": text, "meta": {"pile_set_name": set_name}}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
