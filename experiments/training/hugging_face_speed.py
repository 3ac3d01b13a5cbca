"""Tokens a second of Hugging Face's GPT2LMHeadModel, one training step after another.

hugging_face_speed.py L,D,F,H BATCH SEQUENCE STEPS THREADS float32|bfloat16 eager|compile cpu|cuda
Dropout 0, torch.optim.AdamW(fused=True), clip 1.0; bfloat16 is autocast; compile: torch.compile of
the model. Prints JSON.
"""

import json
import statistics
import sys
import time

import torch
import transformers


def make_model(genes):
    n_layer, d_model, d_inner, n_head = genes
    torch.manual_seed(1)
    return transformers.GPT2LMHeadModel(transformers.GPT2Config(
        n_layer=n_layer, n_embd=d_model, n_inner=d_inner, n_head=n_head, n_positions=1024,
        vocab_size=50257, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0)).train()


def step(model, optimizer, tokens, dtype):
    with torch.autocast(tokens.device.type, torch.bfloat16, enabled=dtype == "bfloat16"):
        loss = model(tokens, labels=tokens).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()


def peak_memory_bytes(device):
    if device == "cuda":
        return torch.cuda.max_memory_reserved()
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def main():
    genes = [int(gene) for gene in sys.argv[1].split(",")]
    batch, sequence, steps, threads = map(int, sys.argv[2:6])
    dtype, how, device = sys.argv[6:9]
    torch.set_num_threads(threads)
    torch.backends.cuda.matmul.allow_tf32 = True  # as ours
    model = make_model(genes).to(device)
    if how == "compile":
        model = torch.compile(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=6e-4, betas=(0.9, 0.95), fused=True)
    times = []
    for _ in range(steps):
        tokens = torch.randint(0, 50257, (batch, sequence), device=device)
        start = time.perf_counter()
        step(model, optimizer, tokens, dtype)
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    print(json.dumps({"tokens_per_s": batch * sequence / statistics.median(times[2:]),
                      "peak_memory_bytes": peak_memory_bytes(device)}))


main()
