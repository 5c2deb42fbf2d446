#!/usr/bin/env python3
"""PyTorch peer of `nola bench vit`: time and memory of one step of a vision transformer on random images.

usage: torch_vit.py [--method lora|lora-qv|nola|linear|merged] [--model base] [--image-size 224] [--batch 8] [--steps 5]

The network is timm's (pre-norm, one matrix for q, k and v, exact GELU, class token) with random frozen weights; the
head, of 10 classes, is trained with Adam, and with it

  lora     A and B of fc1 and fc2 of every block: a plain LoRA step, W = W0 + A B, as (x A) B
  lora-qv  A and B of the q and v thirds of the joint matrix
  nola     the coefficients of A = sum alpha_i A_i and B = sum beta_j B_j of fc1 and fc2, k = l = 1,024 each; the bases
           are generated again in both passes, or stored with --stored
  linear   nothing else
  merged   nothing at all: inference with the plain network

Prints one line of JSON; peakBytes is the largest resident size of the process. Needs torch, 1.13 or newer.
"""
import argparse

import torch
import torch.nn.functional as F
from torch import nn

from measure import report, training_step
from mixture import Mixture

SIZES = {"tiny": (192, 12, 3), "small": (384, 12, 6), "base": (768, 12, 12), "large": (1024, 24, 16)}
PATCH, CLASSES = 16, 10


class Factor(nn.Module):
    """A matrix that is trained, or a combination of seeded random ones."""

    def __init__(self, options, rows, columns, start):
        super().__init__()
        self.shape, self.mixture = (rows, columns), None
        if options.method == "nola":
            self.mixture = Mixture(options.k, rows * columns, (rows * columns * options.k) ** -0.5, options.stored)
        else:
            self.values = nn.Parameter(torch.rand(rows, columns).mul_(2).sub_(1) * start)

    def forward(self):
        return self.values if self.mixture is None else self.mixture().view(self.shape)


class Adapter(nn.Module):
    """x A B."""

    def __init__(self, options, inputs, outputs):
        super().__init__()
        self.a = Factor(options, inputs, options.rank, inputs**-0.5)
        self.b = Factor(options, options.rank, outputs, 0)

    def forward(self, x):
        return x @ self.a() @ self.b()


def adapter(options, methods, inputs, outputs):
    return Adapter(options, inputs, outputs) if options.method in methods else None


class Linear(nn.Linear):
    """A frozen layer, with an adapter or without."""

    def __init__(self, options, methods, inputs, outputs):
        super().__init__(inputs, outputs)
        self.requires_grad_(False)
        self.adapter = adapter(options, methods, inputs, outputs)

    def forward(self, x):
        y = super().forward(x)
        return y if self.adapter is None else y + self.adapter(x)


class Attention(nn.Module):
    def __init__(self, options, width, heads):
        super().__init__()
        self.heads, self.scale = heads, (width // heads) ** -0.5
        self.qkv, self.proj = Linear(options, (), width, 3 * width), Linear(options, (), width, width)
        self.q = adapter(options, ("lora-qv",), width, width)
        self.v = adapter(options, ("lora-qv",), width, width)

    def forward(self, x):
        batch, tokens, width = x.shape
        qkv = self.qkv(x)
        if self.q is not None:
            nothing = torch.zeros_like(x)
            qkv = qkv + torch.cat((self.q(x), nothing, self.v(x)), -1)
        q, k, v = qkv.reshape(batch, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        weights = ((q @ k.transpose(-2, -1)) * self.scale).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(batch, tokens, width))


class Block(nn.Module):
    def __init__(self, options, width, heads):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(width, eps=1e-6).requires_grad_(False) for _ in range(2))
        self.attention = Attention(options, width, heads)
        self.fc1 = Linear(options, ("lora", "nola"), width, 4 * width)
        self.fc2 = Linear(options, ("lora", "nola"), 4 * width, width)

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class VisionTransformer(nn.Module):
    def __init__(self, options):
        super().__init__()
        width, depth, heads = SIZES[options.model]
        patches = (options.image_size // PATCH) ** 2
        self.patches = nn.Conv2d(3, width, PATCH, PATCH).requires_grad_(False)
        self.register_buffer("token", torch.zeros(1, 1, width))
        self.register_buffer("positions", torch.randn(1, patches + 1, width) * 0.02)
        self.blocks = nn.Sequential(*(Block(options, width, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(width, eps=1e-6).requires_grad_(False)
        self.head = nn.Linear(width, CLASSES)

    def forward(self, images):
        x = self.patches(images).flatten(2).transpose(1, 2)
        x = torch.cat((self.token.expand(len(x), -1, -1), x), 1) + self.positions
        return self.head(self.norm(self.blocks(x))[:, 0])


def arguments():
    parser = argparse.ArgumentParser(description="time and memory of a step of a vision transformer in PyTorch")
    parser.add_argument("--method", choices=("lora", "lora-qv", "nola", "linear", "merged"), default="lora")
    parser.add_argument("--model", choices=SIZES, default="base")
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rank", type=int, default=4)
    parser.add_argument("--k", type=int, default=1024, help="random matrices a factor")
    parser.add_argument("--stored", action="store_true", help="keep bases instead of generating them again")
    parser.add_argument("--steps", type=int, default=5, help="steps to time, after one to warm up")
    parser.add_argument("--threads", type=int, help="otherwise OMP_NUM_THREADS")
    return parser.parse_args()


def stepper(options, network):
    images = torch.rand(options.batch, 3, options.image_size, options.image_size)
    labels = torch.arange(options.batch) % CLASSES
    if options.method == "merged":
        network.eval().requires_grad_(False)
        return lambda: network(images)
    return training_step(network, images, labels)


def main():
    options = arguments()
    torch.manual_seed(0)
    if options.threads:
        torch.set_num_threads(options.threads)
    network = VisionTransformer(options)
    step = stepper(options, network)
    report(step, options.steps, network, model=options.model, method=options.method, stored=options.stored)


if __name__ == "__main__":
    main()
