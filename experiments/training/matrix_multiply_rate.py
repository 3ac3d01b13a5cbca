"""matrix_multiply_rate.py THREADS float32|bfloat16 cpu|cuda -> JSON: FLOP/s of torch's product.

The best of many, the practical ceiling: on the CPU at 1024 x 576 x 2304, a linear of the larger
model, on a GPU at 8192 x 8192 x 8192.
"""

import json
import sys
import time

import torch


def main():
    torch.set_num_threads(int(sys.argv[1]))
    torch.backends.cuda.matmul.allow_tf32 = True
    dtype, device = getattr(torch, sys.argv[2]), sys.argv[3]
    rows, width, outputs = (1024, 576, 2304) if device == "cpu" else (8192, 8192, 8192)
    inputs = torch.randn(rows, width, dtype=dtype, device=device)
    weight = torch.randn(outputs, width, dtype=dtype, device=device)
    best_s = float("inf")
    for _ in range(200 if device == "cpu" else 30):
        start = time.perf_counter()
        torch.nn.functional.linear(inputs, weight)
        if device == "cuda":
            torch.cuda.synchronize()
        best_s = min(best_s, time.perf_counter() - start)
    print(json.dumps({"flops_per_s": 2 * rows * width * outputs / best_s}))


main()
