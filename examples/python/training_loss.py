"""A short training as an objective: the loss on held-out bytes of a text after a few steps.

usage: training_loss.py TEXT [STEPS]"""

import pathlib
import sys

import torch

from decoder import LENGTH, Decoder
from objective import serve


def batch(data, size):
    begins = torch.randint(len(data) - LENGTH - 1, (size,))
    return torch.stack([data[begin:begin + LENGTH + 1] for begin in begins])


def loss_after(architecture, data, steps):
    torch.manual_seed(1)  # the same value whenever it is asked for
    cut = len(data) * 9 // 10
    held_out, model = batch(data[cut:], 32), Decoder(architecture["config"])
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    for _ in range(steps):
        optimizer.zero_grad()
        model.loss(batch(data[:cut], 16)).backward()
        optimizer.step()
    with torch.no_grad():
        return model.loss(held_out)


if __name__ == "__main__":
    torch.set_num_threads(1)
    text = torch.tensor(list(pathlib.Path(sys.argv[1]).read_bytes()))
    number = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    serve(lambda architecture: loss_after(architecture, text, number))
