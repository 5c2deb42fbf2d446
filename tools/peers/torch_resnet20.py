#!/usr/bin/env python3
"""PyTorch peer of `nola bench step --model resnet20`: time and memory of a training step on random 32 x 32 images.

usage: torch_resnet20.py [--method dense|nola|pranc] [--stored] [--steps 10]; the others by --help

ResNet20 with option A's shortcuts, 10 classes and Adam. Without --stored the random matrices are generated again in
both passes, a chunk at a time. Prints one line of JSON; peakBytes is the largest resident size of the process. Needs
torch, 1.13 or newer.
"""
import torch.nn.functional as F
from torch import nn

from weights import Convolution, Linear, parser, time_training


class Block(nn.Module):
    """Two convolutions and option A's shortcut: every other pixel, and zeros for the channels that are new."""

    def __init__(self, options, inputs, outputs, stride):
        super().__init__()
        self.conv1 = Convolution(options, inputs, outputs, 3, stride)
        self.conv2 = Convolution(options, outputs, outputs, 3, 1)
        self.stride, self.padding = stride, (outputs - inputs) // 2

    def forward(self, x):
        y = self.conv2(F.relu(self.conv1(x)))
        if self.stride > 1:
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.padding, self.padding))
        return F.relu(y + x)


class ResNet20(nn.Module):
    def __init__(self, options):
        super().__init__()
        self.stem = Convolution(options, 3, 16, 3, 1)
        blocks, inputs = [], 16
        for outputs in (16, 32, 64):
            for index in range(3):
                blocks.append(Block(options, inputs, outputs, 2 if index == 0 and outputs > 16 else 1))
                inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.classifier = Linear(options, inputs, 10, 4 * options.k)

    def forward(self, images):
        return self.classifier(self.blocks(F.relu(self.stem(images))).mean((2, 3)))


if __name__ == "__main__":
    time_training(ResNet20, (3, 32, 32), 10, parser("a training step of ResNet20", batch=128, k=250, rank=8).parse_args())
