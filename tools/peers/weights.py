"""What the peers that train from scratch share: weights by dense, nola or pranc, and the step that is timed."""
import argparse
import math

import torch
import torch.nn.functional as F
from torch import nn

from measure import report, training_step
from mixture import Mixture


class Weight(nn.Module):
    """A weight [out, in] or [out, in, height, width] by the method, with Kaiming's variance.

    dense is trained; nola is A B / rank, near-square, where A and B are combinations of k matrices each; pranc is one
    combination of 2 k.
    """

    def __init__(self, options, shape, k):
        super().__init__()
        self.method, self.shape, self.rank = options.method, shape, options.rank
        variance = 2 / math.prod(shape[1:])
        if self.method == "dense":
            self.values = nn.Parameter(torch.randn(shape) * variance**0.5)
        elif self.method == "pranc":
            self.kernel = Mixture(2 * k, math.prod(shape), (3 * variance / (2 * k)) ** 0.5, options.stored)
        else:
            side = shape[2] if len(shape) > 2 else 1
            self.rows, self.columns = shape[0] * side, math.prod(shape[1:]) // side
            scale = (9 * self.rank * variance / k**2) ** 0.25
            self.a = Mixture(k, self.rows * self.rank, scale, options.stored)
            self.b = Mixture(k, self.rank * self.columns, scale, options.stored)

    def forward(self):
        if self.method == "dense":
            return self.values
        if self.method == "pranc":
            return self.kernel().view(self.shape)
        product = self.a().view(self.rows, self.rank) @ self.b().view(self.rank, self.columns) / self.rank
        return product.view(self.shape)


class Linear(nn.Module):
    """A fully connected layer with a bias of its own."""

    def __init__(self, options, inputs, outputs, k):
        super().__init__()
        self.weight = Weight(options, (outputs, inputs), k)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x):
        return F.linear(x, self.weight(), self.bias)


class Convolution(nn.Module):
    """A convolution and its batch norm."""

    def __init__(self, options, inputs, outputs, side, stride):
        super().__init__()
        self.stride, self.padding = stride, side // 2
        self.weight = Weight(options, (outputs, inputs, side, side), options.k)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return self.norm(F.conv2d(x, self.weight(), None, self.stride, self.padding))


def parser(description, batch, k, rank):
    """The options of every peer, with the defaults of `nola bench step`."""
    options = argparse.ArgumentParser(description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    options.add_argument("--method", choices=("dense", "nola", "pranc"), default="nola", help="how weights are made")
    options.add_argument("--batch", type=int, default=batch, help="images a step")
    options.add_argument("--k", type=int, default=k, help="random matrices a factor; pranc has twice as many a weight")
    options.add_argument("--rank", type=int, default=rank, help="of nola's factors")
    options.add_argument("--stored", action="store_true", help="keep the random matrices instead of generating them again")
    options.add_argument("--steps", type=int, default=10, help="steps to time, after one to warm up")
    options.add_argument("--threads", type=int, help="instead of OMP_NUM_THREADS")
    return options


def time_training(build, image_shape, classes, options, memory_format=torch.contiguous_format, **labels):
    """Times training steps of `build(options)` with Adam on random images."""
    torch.manual_seed(0)
    if options.threads:
        torch.set_num_threads(options.threads)
    network = build(options).to(memory_format=memory_format)
    images = torch.randn(options.batch, *image_shape)
    if images.dim() == 4:
        images = images.to(memory_format=memory_format)
    step = training_step(network, images, torch.arange(options.batch) % classes)
    report(step, options.steps, network, method=options.method, stored=options.stored, **labels)
