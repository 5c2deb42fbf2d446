#!/usr/bin/env python3
"""PyTorch peer of `nola bench step --model resnet18 --image-size 64`: time and memory of a training step on random images.

usage: torch_resnet18.py [--method dense|nola|pranc] [--image-size 64] [--channels-last] [--steps 10]; the others by --help

torchvision's ResNet18 with 100 classes and Adam. The random matrices are generated again in both passes, a chunk at a
time; stored ones would take 13 GB (nola) and 183 GB (pranc). Prints one line of JSON; peakBytes is the largest resident
size of the process. Needs torch, 1.13 or newer.
"""
import torch
import torch.nn.functional as F
from torch import nn

from weights import Convolution, Linear, parser, time_training


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
        self.classifier = Linear(options, inputs, self.CLASSES, 5 * options.k)

    def forward(self, images):
        return self.classifier(self.blocks(F.max_pool2d(F.relu(self.stem(images)), 3, 2, 1)).mean((2, 3)))


def main():
    command = parser("a training step of ResNet18", batch=64, k=2000, rank=64)
    command.add_argument("--image-size", type=int, default=64, help="width and height")
    command.add_argument("--channels-last", action="store_true", help="activations and kernels in NHWC")
    options = command.parse_args()
    shape = (3, options.image_size, options.image_size)
    layout = torch.channels_last if options.channels_last else torch.contiguous_format
    time_training(ResNet18, shape, ResNet18.CLASSES, options, layout, channelsLast=options.channels_last)


if __name__ == "__main__":
    main()
