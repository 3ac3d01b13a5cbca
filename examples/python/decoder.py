"""A decoder over bytes with the searched widths, in plain PyTorch: small enough to be trained while a
search waits. Embeddings, positions and head are beside the point and stay small."""

import torch
from torch import nn

VOCABULARY, LENGTH = 256, 64


class Decoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        width = config["d_model"]
        self.embedding = nn.Embedding(VOCABULARY, width)
        self.position = nn.Parameter(0.02 * torch.randn(LENGTH, width))
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(width, config["n_head"], config["d_inner"], dropout=0.0,
                                       activation="gelu", batch_first=True, norm_first=True)
            for _ in range(config["n_layer"]))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, VOCABULARY)

    def loss(self, tokens):
        """Mean cross-entropy of the next byte; tokens [batch, LENGTH + 1]."""
        hidden = self.embedding(tokens[:, :-1]) + self.position
        mask = nn.Transformer.generate_square_subsequent_mask(LENGTH)
        for block in self.blocks:
            hidden = block(hidden, src_mask=mask, is_causal=True)
        logits = self.head(self.norm(hidden))
        return nn.functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
