#!/usr/bin/env python3
"""Latency and memory of the published models on an NVIDIA GPU: lts beside Hugging Face's GPT-2.

usage: measure.py [--lts build/release/lts] [--peer] [-o FOLDER]

For fp32 and bf16, prefill of 192 and of 1024 positions and one decoding step over 1023, `lts profile`
measures the 20 models; with --peer the same machine then runs transformers' GPT-2 (SDPA) by the same
protocol, eagerly and (prefill) replayed as a CUDA graph, timed by CUDA events, median of 30. FOLDER gets
models.csv (a row a model and protocol). Prints per protocol the medians and the geometric means of
our latency over the peer's. The peer needs torch for CUDA and transformers.
"""

import argparse
import math
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from common import LTS, json_of, published, write_rows  # noqa: E402

PROTOCOLS = [(dtype, *shape) for dtype in ("float32", "bfloat16")
             for shape in ((192, 0), (1024, 0), (1, 1023))]
RUNS = 30


def genes_of_models(lts):
    """[{archid, n_layer, d_model, d_inner, n_head, ...}]"""
    archids = [row["archid"] for row in published()]
    return [{"archid": archid, **entry["config"]}
            for archid, entry in zip(archids, json_of(lts, "describe", *archids, "--json"),
                                     strict=True)]


def ours(args, models, dtype, length, past):
    stop = f"{{relative_ci: 0.01, min_runs: {RUNS}, max_runs: 200, max_seconds: 1.5}}"
    settings = {"device": "cuda", "dtype": dtype, "sequence_length": length, "past_length": past,
                "stop": stop}
    words = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    return json_of(args.lts, "profile", *(row["archid"] for row in models), "--json", *words)


class Peer:
    """transformers' GPT-2: trunk over all positions, head and softmax on the last one."""

    def __init__(self, row, dtype, length, past):
        import torch
        import transformers
        self.torch = torch
        with torch.device("cuda"):
            self.model = transformers.GPT2LMHeadModel(transformers.GPT2Config(
                n_layer=row["n_layer"], n_embd=row["d_model"], n_inner=row["d_inner"],
                n_head=row["n_head"], n_positions=1024,
                vocab_size=50257, attn_implementation="sdpa"))
        self.model = self.model.to(getattr(torch, dtype)).eval()
        self.tokens = torch.zeros((1, length), dtype=torch.int64, device="cuda")
        self.past = past
        if past:
            self.cache = transformers.DynamicCache(config=self.model.config)
            with torch.inference_mode():
                self.model(torch.zeros((1, past), dtype=torch.int64, device="cuda"),
                           past_key_values=self.cache)

    def forward(self):
        more = {"use_cache": False}
        if self.past:
            self.cache.crop(self.past)
            more = {"past_key_values": self.cache, "use_cache": True}
        with self.torch.inference_mode():
            logits = self.model(self.tokens, logits_to_keep=1, **more).logits
            return logits[:, -1].softmax(-1)

    def graph(self):
        stream = self.torch.cuda.Stream()
        with self.torch.cuda.stream(stream):
            for _ in range(3):
                self.forward()
        self.torch.cuda.synchronize()
        graph = self.torch.cuda.CUDAGraph()
        with self.torch.cuda.graph(graph):
            self.forward()
        return graph.replay

    def median_s(self, run):
        events = [[self.torch.cuda.Event(enable_timing=True) for _ in range(2)]
                  for _ in range(RUNS)]
        for _ in range(5):
            run()
        for begin, end in events:
            begin.record()
            run()
            end.record()
            end.synchronize()
        return statistics.median(begin.elapsed_time(end) for begin, end in events) / 1e3


def peer_row(row, dtype, length, past):
    peer = Peer(row, dtype, length, past)
    found = {"hf_eager_s": peer.median_s(peer.forward)}
    if past:  # its cache grows by a step: nothing that could be replayed
        return found
    try:
        found["hf_graph_s"] = peer.median_s(peer.graph())
    except Exception as error:  # what cannot be recorded is left out
        print(f"  no graph of the peer: {str(error).splitlines()[0]}", file=sys.stderr)
        peer.torch.cuda.synchronize()
    return found


def summary(rows, dtype, length, past):
    of_ours = [row["latency_s"] for row in rows]
    line = (f"{dtype} sequence {length} past {past}: {1e3 * min(of_ours):.3f} to "
            f"{1e3 * max(of_ours):.3f} ms, median {1e3 * statistics.median(of_ours):.3f}")
    for name in ("hf_eager_s", "hf_graph_s"):
        ratios = [row["latency_s"] / row[name] for row in rows if row.get(name)]
        if ratios:
            mean = math.exp(statistics.fmean(map(math.log, ratios)))
            line += (f"; ours over {name[:-2]} {mean:.3f} ({min(ratios):.3f} to "
                     f"{max(ratios):.3f}, {len(ratios)} models)")
    print(line, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lts", default=LTS)
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("-o", "--output", type=pathlib.Path, default=pathlib.Path())
    args = parser.parse_args()
    models, table = genes_of_models(args.lts), []
    args.output.mkdir(parents=True, exist_ok=True)
    for dtype, length, past in PROTOCOLS:
        rows = []
        for row, entry in zip(models, ours(args, models, dtype, length, past), strict=True):
            latency, extras = entry["latency"], entry.get("extras", {})
            rows.append({"archid": row["archid"], "dtype": dtype, "sequence_length": length,
                         "past_length": past, "latency_s": latency["median_s"],
                         "ci95_low_s": latency["ci95_s"][0], "ci95_high_s": latency["ci95_s"][1],
                         "verdict": latency["verdict"],
                         "peak_bytes": entry["memory"]["peak_bytes"],
                         "cuda_graph": extras.get("cuda_graph"),
                         "gpu": (entry["hardware"].get("gpu") or {}).get("name")})
            if args.peer:
                rows[-1].update(peer_row(row, dtype, length, past))
        summary(rows, dtype, length, past)
        table += rows
        write_rows(args.output / "models.csv", table)


if __name__ == "__main__":
    main()
