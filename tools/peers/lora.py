"""LoRA as the peers with transformers train it."""
import torch
from torch import nn


class Lora(nn.Module):
    """A frozen matrix with factors beside it."""

    def __init__(self, base, rank):
        super().__init__()
        self.base = base
        self.a = nn.Parameter(torch.randn(base.in_features, rank) * 0.02)
        self.b = nn.Parameter(torch.zeros(rank, base.out_features))

    def forward(self, x):
        return self.base(x) + x @ self.a @ self.b
