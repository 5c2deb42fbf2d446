#!/usr/bin/env python3
"""PyTorch peer of `nola bench step --model resnet18 --image-size 64`: time and memory of a training step on random images.

usage: torch_resnet18.py [--method dense|nola|pranc] [--image-size 64] [--batch 64] [--steps 10] [--channels-last]

torchvision's ResNet18 with 100 classes and Adam. The weights of every convolution and of the classifier are

  dense  trained
  nola   W = A B / rank, near-square; A and B are combinations of k seeded random matrices each
  pranc  one combination of 2 k seeded random kernels

The random matrices are generated again in both passes, a chunk at a time; stored ones would take 13 GB (nola) and
183 GB (pranc). Prints one line of JSON; peakBytes is the largest resident size of the process. Needs torch, 1.13 or
newer.
"""
import argparse
import math

import torch
import torch.nn.functional as F
from torch import nn

from measure import report

CHUNK = 1 << 24
"""Elements of a basis that exist at a time: 64 MiB."""


def chunks(count, length, seed):
    """(first row, rows) of a seeded basis, one after the other."""
    generator = torch.Generator().manual_seed(seed)
    rows = max(1, CHUNK // length)
    for first in range(0, count, rows):
        yield first, torch.rand((min(rows, count - first), length), generator=generator).mul_(2).sub_(1)


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
    seed = 0

    def __init__(self, k, length, scale):
        super().__init__()
        Mixture.seed += 1
        self.seed, self.length = Mixture.seed, length
        self.coefficients = nn.Parameter(torch.randn(k) * scale)

    def forward(self):
        return Generated.apply(self.coefficients, self.length, self.seed)


class Weight(nn.Module):
    """A weight [out, in] or [out, in, height, width] by the method."""

    def __init__(self, options, shape, k):
        super().__init__()
        self.method, self.shape, self.rank = options.method, shape, options.rank
        variance = 2 / math.prod(shape[1:])
        if self.method == "dense":
            self.values = nn.Parameter(torch.randn(shape) * variance**0.5)
        elif self.method == "pranc":
            self.kernel = Mixture(2 * k, math.prod(shape), (3 * variance / (2 * k)) ** 0.5)
        else:
            side = shape[2] if len(shape) > 2 else 1
            self.rows, self.columns = shape[0] * side, math.prod(shape[1:]) // side
            scale = (9 * self.rank * variance / k**2) ** 0.25
            self.a = Mixture(k, self.rows * self.rank, scale)
            self.b = Mixture(k, self.rank * self.columns, scale)

    def forward(self):
        if self.method == "dense":
            return self.values
        if self.method == "pranc":
            return self.kernel().view(self.shape)
        product = self.a().view(self.rows, self.rank) @ self.b().view(self.rank, self.columns) / self.rank
        return product.view(self.shape)


class Convolution(nn.Module):
    """A convolution and its batch norm."""

    def __init__(self, options, inputs, outputs, side, stride):
        super().__init__()
        self.stride, self.padding = stride, side // 2
        self.weight = Weight(options, (outputs, inputs, side, side), options.k)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return self.norm(F.conv2d(x, self.weight(), None, self.stride, self.padding))


class Block(nn.Module):
    def __init__(self, options, inputs, outputs, stride):
        super().__init__()
        self.conv1 = Convolution(options, inputs, outputs, 3, stride)
        self.conv2 = Convolution(options, outputs, outputs, 3, 1)
        self.shortcut = Convolution(options, inputs, outputs, 1, stride) if stride > 1 else nn.Identity()

    def forward(self, x):
        return F.relu(self.conv2(F.relu(self.conv1(x))) + self.shortcut(x))


class ResNet18(nn.Module):
    CLASSES = 100

    def __init__(self, options):
        super().__init__()
        self.stem = Convolution(options, 3, 64, 7, 2)
        blocks, inputs = [], 64
        for outputs in (64, 128, 256, 512):
            stride = 1 if outputs == 64 else 2
            blocks += [Block(options, inputs, outputs, stride), Block(options, outputs, outputs, 1)]
            inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.classifier = Weight(options, (self.CLASSES, inputs), 5 * options.k)
        self.bias = nn.Parameter(torch.zeros(self.CLASSES))

    def forward(self, images):
        x = F.max_pool2d(F.relu(self.stem(images)), 3, 2, 1)
        return F.linear(self.blocks(x).mean((2, 3)), self.classifier(), self.bias)


def arguments():
    parser = argparse.ArgumentParser(description="time and memory of a training step of ResNet18 in PyTorch")
    parser.add_argument("--method", choices=("dense", "nola", "pranc"), default="nola")
    parser.add_argument("--image-size", type=int, default=64)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rank", type=int, default=64)
    parser.add_argument("--k", type=int, default=2000, help="random matrices a factor")
    parser.add_argument("--channels-last", action="store_true", help="activations and kernels in NHWC")
    parser.add_argument("--steps", type=int, default=10, help="steps to time, after one to warm up")
    parser.add_argument("--threads", type=int, help="otherwise OMP_NUM_THREADS")
    return parser.parse_args()


def main():
    options = arguments()
    torch.manual_seed(0)
    if options.threads:
        torch.set_num_threads(options.threads)
    network = ResNet18(options)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    images = torch.randn(options.batch, 3, options.image_size, options.image_size)
    if options.channels_last:
        network, images = network.to(memory_format=torch.channels_last), images.to(memory_format=torch.channels_last)
    labels = torch.arange(options.batch) % ResNet18.CLASSES

    def step():
        optimizer.zero_grad()
        F.cross_entropy(network(images), labels).backward()
        optimizer.step()

    report(step, options.steps, network, method=options.method + (", channels last" if options.channels_last else ""))


if __name__ == "__main__":
    main()
