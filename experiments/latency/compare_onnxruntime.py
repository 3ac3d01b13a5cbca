#!/usr/bin/env python3
"""Our forward pass beside ONNX Runtime's at its best, interleaved in one run.

usage: compare_onnxruntime.py [--sequence 192] [--threads 1] [--seconds 8] [--models ID,...] [-o CSV]

Each model gets weights wide enough that its logits spread by 5 or more, as a Hugging Face folder.
`lts export --format onnx` writes its graph; the graph as it is (raw), the same after
onnxruntime.transformers.optimizer (model_type="gpt2": optimised), and after the same with
opt_level=0, which makes one operator of each attention (fused), are loaded with ORT_ENABLE_ALL, and
the fastest of the three counts. Log-probabilities of the last position are compared. Then blocks of
runs of all take turns until `seconds` are over; of each the least time counts. A matrix product of
the model's own widths takes its turn too: our share of that rate is the last column. Needs numpy,
torch, transformers, onnx and onnxruntime.
"""

import argparse
import json
import math
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
import onnxruntime
import torch
import transformers
from onnxruntime.transformers import optimizer

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from common import BUILD, json_of, output_of, published, write_rows  # noqa: E402

REST_S = 0.02  # between blocks: the threads of the side before stop spinning


class Ours:
    """The program that runs our forward pass, a JSON request a line; it stays up."""

    def __init__(self, probe):
        self.process = subprocess.Popen([probe], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            sys.exit(answer["error"])
        return answer


def wide_model(genes, folder):
    """A Hugging Face folder; matrices wider than at initialisation, biases and gains not trivial."""
    torch.manual_seed(1)
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(
        n_layer=genes["n_layer"], n_embd=genes["d_model"], n_inner=genes["d_inner"],
        n_head=genes["n_head"], n_positions=genes["max_sequence_length"],
        vocab_size=genes["vocab_size"]))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(1.0 if "ln_" in name and name.endswith("weight") else 0.0, 0.06)
    model.save_pretrained(folder)


def session(path, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def sessions(args, genes, folder):
    raw = folder / "raw.onnx"
    output_of(args.lts, "export", folder, "--format", "onnx", "-o", raw, "--batch", 1,
              "--sequence", args.sequence, quiet=True)
    peers = {"raw": session(raw, args.threads)}
    for name, level in {"optimised": None, "fused": 0}.items():
        model = optimizer.optimize_model(str(raw), model_type="gpt2", num_heads=genes["n_head"],
                                         hidden_size=genes["d_model"], opt_level=level)
        model.save_model_to_file(str(folder / f"{name}.onnx"))
        peers[name] = session(folder / f"{name}.onnx", args.threads)
    return peers


def check_outputs(args, genes, folder, ours, peers):
    """Largest difference of the last position's log-probabilities, and their spread."""
    tokens = numpy.random.default_rng(1).integers(0, genes["vocab_size"], args.sequence)
    answer = ours.ask(model=str(folder), threads=args.threads, tokens=tokens.tolist())
    mine = numpy.array(answer["log_probabilities"])
    difference = max(numpy.abs(numpy.log(peer.run(None, {"input_ids": tokens[None]})[0][0]) - mine).max()
                     for peer in peers.values())
    return difference, mine.max() - mine.min()


def timed(peer, inputs, runs):
    samples_s = []
    for _ in range(runs):
        start = time.perf_counter()
        peer.run(None, inputs)
        samples_s.append(time.perf_counter() - start)
    return samples_s


def take_turns(args, name, genes, ours, peers):
    """{side: every time in seconds}"""
    zeros = {"input_ids": numpy.zeros((1, args.sequence), numpy.int64)}
    rows, width = args.sequence, genes["d_model"]
    sides = {side: lambda runs, peer=peer: timed(peer, zeros, runs) for side, peer in peers.items()}
    sides["ours"] = lambda runs: ours.ask(
        architecture=name, threads=args.threads, sequence_length=args.sequence,
        runs=runs)["samples_s"]
    sides["product"] = lambda runs: ours.ask(
        product=[rows, width, 3 * width], threads=args.threads, runs=runs)["samples_s"]
    found = {side: [] for side in sides}
    runs = {side: 1 for side in sides}
    begun, turn = time.perf_counter(), 0
    while turn < 4 or time.perf_counter() - begun < args.seconds:
        for side in sorted(sides, reverse=turn % 2 == 1):
            time.sleep(REST_S)
            found[side] += sides[side](runs[side])
            runs[side] = max(2, min(50, int(0.15 / min(found[side]))))
        turn += 1
    return found


def flops(genes, length):
    """Of the matrix products: linears, the half of the attention that the mask leaves, the head."""
    width, inner = genes["d_model"], genes["d_inner"]
    linears = 2 * length * (4 * width * width + 2 * width * inner)
    attention = 2 * length * (length + 1) * width
    return genes["n_layer"] * (linears + attention) + 2 * width * genes["vocab_size"]


def measure(args, genes, ours):
    name = "gpt2:" + ",".join(f"{gene}={genes[gene]}"
                              for gene in ("n_layer", "d_model", "d_inner", "n_head"))
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        wide_model(genes, folder)
        peers = sessions(args, genes, folder)
        difference, spread = check_outputs(args, genes, folder, ours, peers)
        found = take_turns(args, name, genes, ours, peers)
    best = {side: min(samples_s) for side, samples_s in found.items()}
    theirs = min(best[side] for side in peers)
    rate = flops(genes, args.sequence) / best["ours"]
    ceiling = 2 * args.sequence * genes["d_model"] * 3 * genes["d_model"] / best["product"]
    sides = ["ours", *peers]
    return {f"{side}_s": best[side] for side in sides} | {
        "ratio": best["ours"] / theirs, "log_difference": difference, "spread": spread,
        "gflops": rate / 1e9, "product_gflops": ceiling / 1e9, "share": rate / ceiling,
    } | {f"{side}_median_s": statistics.median(found[side]) for side in sides}


def cell(value):
    return f"{value:.2e}" if 0 < abs(value) < 1e-3 else f"{value:.4f}" if value < 5 else f"{value:.1f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=BUILD)
    parser.add_argument("--sequence", type=int, default=192)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=8.0, help="of a model's turns")
    parser.add_argument("--models", help="archids or prefixes, by commas; default: all published")
    parser.add_argument("-o", "--output", help="CSV with a row a model")
    args = parser.parse_args()
    args.lts = args.build / "lts"
    torch.set_num_threads(args.threads)
    names = args.models.split(",") if args.models else [row["archid"] for row in published()]
    configs = [entry["config"] for entry in json_of(args.lts, "describe", *names, "--json")]
    ours = Ours(args.build / "forward_probe")
    rows = []
    for name, genes in zip(names, configs):
        rows.append({"archid": name} | measure(args, genes, ours))
        if len(rows) == 1:
            print("  ".join(f"{key:>14}" for key in rows[0]))
        print("  ".join(f"{str(value)[:14] if isinstance(value, str) else cell(value):>14}"
                        for value in rows[-1].values()), flush=True)
    report(args, rows)


def report(args, rows):
    if args.output:
        write_rows(args.output, rows)
    ratios = [row["ratio"] for row in rows]
    print(f"ours over ONNX Runtime at its best, sequence {args.sequence}, {args.threads} threads, "
          f"{len(rows)} models: geometric mean {math.exp(statistics.fmean(map(math.log, ratios))):.3f}, "
          f"{min(ratios):.3f} to {max(ratios):.3f}")
    print(f"log-probabilities differ by at most {max(row['log_difference'] for row in rows):.1e}, "
          f"spread at least {min(row['spread'] for row in rows):.1f}")
    print(f"our rate over the matrix product's: {min(row['share'] for row in rows):.2f} to "
          f"{max(row['share'] for row in rows):.2f}; onnxruntime {onnxruntime.__version__}, "
          f"torch {torch.__version__}")


if __name__ == "__main__":
    main()
