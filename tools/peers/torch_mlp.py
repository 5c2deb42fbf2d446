#!/usr/bin/env python3
"""PyTorch peer of `nola bench step`: time and memory of a training step of a 784-256-10 perceptron on random images.

usage: torch_mlp.py [--method dense|nola|pranc] [--stored] [--steps 10]; the others by --help

The perceptron of the NOLA paper's appendix A.2, with biases of its own and Adam. Without --stored the random matrices
are generated again in both passes. Prints one line of JSON; peakBytes is the largest resident size of the process.
Needs torch, 1.13 or newer.
"""
from torch import nn

from weights import Linear, parser, time_training


def perceptron(options):
    return nn.Sequential(Linear(options, 784, 256, options.k), nn.ReLU(), Linear(options, 256, 10, options.k))


if __name__ == "__main__":
    time_training(perceptron, (784,), 10, parser("a training step of a perceptron", batch=512, k=16, rank=4).parse_args())
