"""lts eval beside the loop of Hugging Face's page "Perplexity of fixed-length models", and the words
and bytes it divides by beside Python's re.split, as lm-evaluation-harness counts them."""

import csv
import json
import math
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import torch
from hugging_face import BUILD, check, hugging_face_model
from tokenizers import ByteLevelBPETokenizer

GPT2 = Path(os.environ["LTS_TOKENIZER_DIR"])
END_OF_TEXT = 50256
BLANKS = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2003\u200a\u2028\u2029\u202f\u205f\u3000"
DOCUMENTS = [
    "The earth was without form,\n\nand void; and darkness was upon the face of the deep. " * 6,
    " begins and ends with blanks \n",
    "One",
    "".join(f"word{blank}" for blank in BLANKS) + "\u200bno blank\u2060 \u3053\u3093\u306b\u3061\u306f \U0001f600",
    "<|endoftext|> is text here",
]
MODEL, DATA = "model", "data"


class Scratch:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.model = hugging_face_model((2, 64, 96, 4), seed=4, max_length=64)
        self.model.save_pretrained(self.folder / MODEL)
        shutil.copy(GPT2 / "encoder.json", self.folder / MODEL / "vocab.json")
        shutil.copy(GPT2 / "vocab.bpe", self.folder / MODEL / "merges.txt")
        self.tokenizer = ByteLevelBPETokenizer(str(GPT2 / "encoder.json"), str(GPT2 / "vocab.bpe"))
        self.ids = self.prepare(DATA, DOCUMENTS)

    def prepare(self, name, documents):
        """Token shards whose validation split is `documents`; returns what it holds."""
        for file, texts in (("train.jsonl", ["Some text."]), ("validation.jsonl", documents)):
            (self.folder / file).write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
        self.lts("prepare", "train.jsonl", "--validation", "validation.jsonl", "-o", name)
        return [id for text in documents for id in [*self.tokenizer.encode(text).ids, END_OF_TEXT]]

    def lts(self, *words, status=0):
        done = subprocess.run([BUILD / "lts", *map(str, words)], capture_output=True, text=True, cwd=self.folder)
        if done.returncode != status:
            raise RuntimeError(f"lts {words[0]} ended with {done.returncode}: {done.stderr}")
        return done

    def eval(self, *words, data=DATA):
        return json.loads(self.lts("eval", MODEL, "--data", data, *words, "--json").stdout)


def sliding_window(model, ids, max_length, stride):
    """The page's loop, which weighs a window by one label fewer than it has; here by those it has."""
    ids = torch.tensor([ids])
    nll_sum, n_tokens, prev_end = 0.0, 0, 0
    for begin in range(0, ids.size(1), stride):
        end = min(begin + max_length, ids.size(1))
        target_len = end - prev_end
        input_ids = ids[:, begin:end]
        target_ids = input_ids.clone()
        target_ids[:, :-target_len] = -100
        with torch.no_grad():
            loss = model(input_ids, labels=target_ids).loss
        num_labels = (target_ids[:, 1:] != -100).sum().item()
        nll_sum += loss.item() * num_labels
        n_tokens += num_labels
        prev_end = end
        if end == ids.size(1):
            break
    return nll_sum, n_tokens


def count_words(text):
    return len(re.split(r"\s+", text)) if text else 0


def check_window(scratch, length, stride, *more, ids=None):
    """One run beside the loop, whose windows hold the last target too; its other figures beside their definitions."""
    ids = ids or scratch.ids
    ours = scratch.eval("--sequence-length", length, "--stride", stride, *more)
    nll_sum, n_tokens = sliding_window(scratch.model, ids, length + 1, stride)
    what = f"windows of {length}, stride {stride}"
    check(ours["tokens"] == n_tokens == len(ids) - 1, f"{what}: each of {n_tokens} tokens but the first, once")
    error = abs(ours["loss"] - nll_sum / n_tokens)
    check(error < 2e-5, f"{what}: the loss within {error:.0e} of {nll_sum / n_tokens:.4f}")
    check((ours["sequence_length"], ours["stride"]) == (length, stride), f"{what}: stated")
    total = ours["loss"] * ours["tokens"]
    check(math.isclose(ours["word_perplexity"], math.exp(total / ours["words"]), rel_tol=1e-9)
          and math.isclose(ours["bits_per_byte"], total / math.log(2) / ours["bytes"], rel_tol=1e-9),
          f"{what}: the same loss by words and by bytes")
    return ours


def check_strides(scratch):
    runs = [check_window(scratch, length, stride)
            for length, stride in [(32, 32), (32, 16), (32, 1), (50, 7), (63, 62), (5, 3)]]
    check(scratch.eval("--sequence-length", 32) == runs[0], "the default stride is the window")
    check(scratch.eval()["sequence_length"] == 64, "the default window is the model's")
    check(runs[2]["loss"] != runs[0]["loss"], "more context is another loss")


def check_denominators(scratch):
    first = scratch.tokenizer.decode(scratch.ids[:1])
    scored = [DOCUMENTS[0].removeprefix(first), *DOCUMENTS[1:]]
    words, size = sum(map(count_words, scored)), sum(len(text.encode()) for text in scored)
    ours = scratch.eval()
    check((ours["words"], ours["bytes"]) == (words, size), f"{words} words and {size} bytes, as Python has them")
    part = scratch.ids[:32 + 5 * 10 + 1]
    ours = check_window(scratch, 32, 10, "--batch-size", 3, "--batches", 2, ids=part)
    text = scratch.tokenizer.decode(part[1:])
    check((ours["words"], ours["bytes"]) == (count_words(text), len(text)), "of the scored part where --batches ends it")
    nothing = scratch.prepare("nothing", ["One"])
    ours = scratch.eval(data="nothing")
    check(len(nothing) == 2 and ours["tokens"] == 1 and (ours["words"], ours["bytes"]) == (0, 0)
          and ours["word_perplexity"] is None and ours["bits_per_byte"] is None,
          "nothing is divided by no words")


def check_table(scratch):
    document = scratch.eval("--stride", 32)
    table = scratch.lts("eval", MODEL, "--data", DATA, "--stride", 32, "--baselines", "--format", "csv").stdout
    rows = list(csv.DictReader(table.splitlines()))
    check(list(rows[0]) == ["model", *document], "the table states all of it")
    check(all(math.isclose(float(rows[0][name]), value, rel_tol=1e-4) for name, value in document.items()),
          "in the same figures")
    check([row["model"] for row in rows] == [MODEL, "bigram", "unigram"] and rows[1]["stride"] == "",
          "baselines have no windows")


def check_refusals(scratch):
    for words, message in [(("--sequence-length", 32, "--stride", 33), "stride 33 is above the window of 32 tokens"),
                           (("--stride", 0), "stride is '0'; accepted")]:
        done = scratch.lts("eval", MODEL, "--data", DATA, *words, status=2)
        check(message in done.stderr and done.stdout == "", f"refused: {message}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        scratch = Scratch(folder)
        check_strides(scratch)
        check_denominators(scratch)
        check_table(scratch)
        check_refusals(scratch)


if __name__ == "__main__":
    main()
