"""matrix_multiply_rate.py THREADS float32|bfloat16 -> JSON: FLOP/s of torch's matrix product.

The best of many at 1024 x 576 x 2304, a linear of the larger model: the practical ceiling.
"""

import json
import sys
import time

import torch


def main():
    torch.set_num_threads(int(sys.argv[1]))
    dtype = getattr(torch, sys.argv[2])
    rows, width, outputs = 1024, 576, 2304
    inputs = torch.randn(rows, width, dtype=dtype)
    weight = torch.randn(outputs, width, dtype=dtype)
    best_s = float("inf")
    for _ in range(200):
        start = time.perf_counter()
        torch.nn.functional.linear(inputs, weight)
        best_s = min(best_s, time.perf_counter() - start)
    print(json.dumps({"flops_per_s": 2 * rows * width * outputs / best_s}))


main()
