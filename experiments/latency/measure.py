#!/usr/bin/env python3
"""Latency of the published models: lts beside PyTorch eager, both in one run, interleaved.

usage: measure.py [--lts build/release/lts] [--passes 5] [--threads 1] [--sequence 192] [-o CSV]

Each pass visits every model and measures it on both sides, one right after the other, which one
first changing from pass to pass: a machine that is slow for a while is slow for both. Of each model
and side the least median over the passes counts. Needs numpy, torch and transformers.
"""

import argparse
import csv
import math
import pathlib
import statistics
import sys
import time

import numpy
import torch
import transformers

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from common import LTS, json_of, published  # noqa: E402


class Peer:
    """Hugging Face's GPT-2 by the published protocol: scaled_dot_product_attention, the trunk over
    all positions, head and softmax on the last one."""

    def __init__(self, sequence):
        self.tokens = torch.zeros((1, sequence), dtype=torch.int64)
        self.weights = torch.empty(0)

    def build(self, config):
        with torch.device("meta"):
            model = transformers.GPT2LMHeadModel(transformers.GPT2Config(
                n_layer=config["n_layer"], n_embd=config["d_model"], n_inner=config["d_inner"],
                n_head=config["n_head"], n_positions=config["max_sequence_length"],
                vocab_size=config["vocab_size"], attn_pdrop=config["dropatt"], use_cache=False,
                attn_implementation="sdpa"))
        self.lend(model)
        return model.eval()

    def lend(self, model):
        """Random weights from one buffer, as lts does: untouched memory would be too fast."""
        needed = sum(parameter.numel() for parameter in model.parameters())
        if needed > self.weights.numel():
            self.weights = torch.empty(needed).normal_(0.0, 0.02)
        begin = 0
        for name, parameter in list(model.named_parameters()):
            module, _, leaf = name.rpartition(".")
            part = self.weights[begin:begin + parameter.numel()].view(parameter.shape)
            begin += parameter.numel()
            setattr(model.get_submodule(module), leaf,
                    torch.nn.Parameter(part, requires_grad=False))
        model.tie_weights()

    def run(self, model):
        hidden = model.transformer(self.tokens).last_hidden_state
        return torch.softmax(model.lm_head(hidden[:, -1]), -1)

    def median_s(self, config, seconds):
        model = self.build(config)
        with torch.inference_mode():
            for _ in range(3):
                self.run(model)
            samples, begun = [], time.perf_counter()
            while len(samples) < 5 or time.perf_counter() - begun < seconds:
                start = time.perf_counter()
                self.run(model)
                samples.append(time.perf_counter() - start)
        return statistics.median(samples)


def ours_median_s(args, archid):
    settings = {"threads": args.threads, "sequence_length": args.sequence, "stop.relative_ci": 0,
                "stop.max_runs": 10000, "stop.max_seconds": args.seconds}
    words = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    (found,) = json_of(args.lts, "profile", archid, "--json", *words, quiet=True)
    return found["latency"]["median_s"]


def ranks(values):
    order = numpy.asarray(values)
    return [(numpy.sum(order < v) + numpy.sum(order <= v) + 1) / 2 for v in order]


def spearman(a, b):
    return float(numpy.corrcoef(ranks(a), ranks(b))[0, 1])


def measure(args, archids, configs):
    """{archid: {"lts": [median of each pass], "peer": [...]}}"""
    peer = Peer(args.sequence)
    found = {archid: {"lts": [], "peer": []} for archid in archids}
    for number in range(args.passes):
        for archid, config in zip(archids, configs):
            sides = [("lts", lambda: ours_median_s(args, archid)),
                     ("peer", lambda: peer.median_s(config, args.seconds))]
            for side, median_s in sides if number % 2 == 0 else reversed(sides):
                found[archid][side].append(median_s())
        print(f"pass {number + 1}/{args.passes}", file=sys.stderr)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lts", default=LTS)
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--sequence", type=int, default=192)
    parser.add_argument("--seconds", type=float, default=1.5, help="a measurement, about")
    parser.add_argument("-o", "--output", help="CSV with a row a model")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    theirs = {row["archid"]: float(row["latency_s"]) for row in published()}
    archids = list(theirs)
    described = json_of(args.lts, "describe", *archids, "--json")
    found = measure(args, archids, [entry["config"] for entry in described])
    rows = [(archid, theirs[archid], min(found[archid]["lts"]), min(found[archid]["peer"]))
            for archid in archids]
    report(rows, args.output)


def report(rows, output):
    columns = ["archid", "published_s", "lts_s", "peer_s", "lts_over_peer"]
    lines = [[archid, theirs, f"{ours:.5f}", f"{peer:.5f}", f"{ours / peer:.3f}"]
             for archid, theirs, ours, peer in rows]
    if output:
        with open(output, "w", newline="", encoding="ascii") as file:
            csv.writer(file, lineterminator="\n").writerows([columns, *lines])
    for line in [columns, *lines]:
        print("  ".join(str(cell)[:13].rjust(13) for cell in line))
    ratios = [ours / peer for _, _, ours, peer in rows]
    column = [[row[i] for row in rows] for i in range(4)]
    print(f"lts over peer: geometric mean {math.exp(statistics.fmean(map(math.log, ratios))):.3f}, "
          f"{min(ratios):.3f} to {max(ratios):.3f}")
    print(f"Spearman with the published column: lts {spearman(column[2], column[1]):.4f}, "
          f"peer {spearman(column[3], column[1]):.4f}")
    print(f"torch {torch.__version__}, transformers {transformers.__version__}")


if __name__ == "__main__":
    main()
