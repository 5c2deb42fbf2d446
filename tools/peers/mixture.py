"""Combinations of seeded random vectors in PyTorch, stored or generated again in both passes."""
import torch
from torch import nn

CHUNK = 1 << 24
"""Elements of a basis that exist at a time if it is not stored: 64 MiB."""


def bases(count, length, generator):
    return torch.rand((count, length), generator=generator).mul_(2).sub_(1)


def chunks(count, length, seed):
    """(first row, rows) of a seeded basis, one after the other."""
    generator = torch.Generator().manual_seed(seed)
    rows = max(1, CHUNK // length)
    for first in range(0, count, rows):
        yield first, bases(min(rows, count - first), length, generator)


class Generated(torch.autograd.Function):
    """sum_i c_i A_i, with bases that exist during a pass only."""

    @staticmethod
    def forward(ctx, coefficients, length, seed):
        ctx.basis = (len(coefficients), length, seed)
        return sum(coefficients[first : first + len(rows)] @ rows for first, rows in chunks(*ctx.basis))

    @staticmethod
    def backward(ctx, gradient):
        return torch.cat([rows @ gradient for _, rows in chunks(*ctx.basis)]), None, None


class Mixture(nn.Module):
    """A combination of k seeded random vectors, with normal coefficients of a scale."""

    seed = 0

    def __init__(self, k, length, scale, stored):
        super().__init__()
        Mixture.seed += 1
        self.seed, self.length, self.stored = Mixture.seed, length, stored
        self.coefficients = nn.Parameter(torch.randn(k) * scale)
        if stored:
            self.register_buffer("bases", bases(k, length, torch.Generator().manual_seed(self.seed)))

    def forward(self):
        if self.stored:
            return self.coefficients @ self.bases
        return Generated.apply(self.coefficients, self.length, self.seed)
