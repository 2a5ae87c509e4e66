"""The classifier: a small convolutional network over spectrograms."""

import torch
from torch import nn


class Encoder(nn.Module):
    """An encoder in the manner of a transformer, over time."""

    def __init__(self, width: int = 192, heads: int = 4) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(width, heads, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, num_layers=4)
        self.species = nn.Linear(width, 412)

    def forward(self, embedding: torch.Tensor) -> torch.Tensor:
        return self.species(self.layers(embedding).mean(dim=1))


def generate_background(seconds: float, rate: int = 32_000) -> torch.Tensor:
    """Return noise to mix under recordings while training."""
    return torch.randn(int(seconds * rate)) * 0.01
