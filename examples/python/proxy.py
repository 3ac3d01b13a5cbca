"""A zero-cost proxy in PyTorch as an objective: SNIP (Lee, Ajanthan and Torr 2019), the sum over the
decoder's weights of |weight x gradient| of one batch of random bytes, at initialisation."""

import torch

from decoder import LENGTH, VOCABULARY, Decoder
from objective import serve


def snip(architecture):
    torch.manual_seed(1)  # the same value whenever it is asked for
    model = Decoder(architecture["config"])
    model.loss(torch.randint(VOCABULARY, (8, LENGTH + 1))).backward()
    return sum((p * p.grad).abs().sum().item() for p in model.blocks.parameters())


if __name__ == "__main__":
    torch.set_num_threads(1)
    serve(snip)
