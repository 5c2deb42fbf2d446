#!/usr/bin/env python3
"""Peer of `nola bench bert` with PyTorch and transformers: a training step, embedding and memory of a text encoder.

usage: transformers_bert.py [--method lora|head|full] [--rank 4] [--width 384] [--blocks 6] [--batch 16] [--tokens 128]
       [--seconds 5] [--threads N]

Random weights and tokens, the shape of all-MiniLM-L6-v2. lora trains A and B of the query and value matrices of every
block and a new head of 57 classes over the mean of the tokens with AdamW; head trains the head only; full all weights.
Then the encoder embeds one text and 32 texts.

Prints one line of JSON; peakBytes is the largest resident size of the process. Needs torch and transformers (5.18 was
used).
"""
import argparse

import torch
import torch.nn.functional as F
import transformers
from torch import nn

from lora import Lora
from measure import summary, timed

CLASSES = 57


class Classifier(nn.Module):
    """The mean of the encoder's tokens, and a linear layer."""

    def __init__(self, options):
        super().__init__()
        config = transformers.BertConfig(
            hidden_size=options.width,
            num_hidden_layers=options.blocks,
            num_attention_heads=options.width // 32,
            intermediate_size=4 * options.width,
            hidden_dropout_prob=0,
            attention_probs_dropout_prob=0,
        )
        self.encoder = transformers.BertModel(config, add_pooling_layer=False)
        self.head = nn.Linear(options.width, CLASSES)
        if options.method != "full":
            self.encoder.requires_grad_(False)
        if options.method == "lora":
            for block in self.encoder.encoder.layer:
                attention = block.attention.self
                attention.query = Lora(attention.query, options.rank)
                attention.value = Lora(attention.value, options.rank)

    def embed(self, tokens):
        return self.encoder(tokens, attention_mask=torch.ones_like(tokens)).last_hidden_state.mean(1)

    def forward(self, tokens):
        return self.head(self.embed(tokens))


def texts(options, count):
    return torch.randint(0, 30_000, (count, options.tokens))


def stepper(options, network):
    optimizer = torch.optim.AdamW([p for p in network.parameters() if p.requires_grad], 1e-3)
    tokens, labels = texts(options, options.batch), torch.arange(options.batch) % CLASSES

    def step():
        optimizer.zero_grad()
        F.cross_entropy(network(tokens), labels).backward()
        optimizer.step()

    return step


def embedding(options, network, count):
    tokens = texts(options, count)

    def embed():
        with torch.inference_mode():
            network.embed(tokens)

    times = timed(options.seconds, 3, embed)
    return round(times[len(times) // 2], 2)


def arguments():
    parser = argparse.ArgumentParser(description="time and memory of a text encoder in PyTorch and transformers")
    parser.add_argument("--method", choices=("lora", "head", "full"), default="lora")
    parser.add_argument("--rank", type=int, default=4)
    parser.add_argument("--width", type=int, default=384, help="a multiple of 32")
    parser.add_argument("--blocks", type=int, default=6)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--seconds", type=float, default=5, help="how long to measure each figure")
    parser.add_argument("--threads", type=int, help="otherwise OMP_NUM_THREADS")
    return parser.parse_args()


def main():
    options = arguments()
    torch.manual_seed(0)
    if options.threads:
        torch.set_num_threads(options.threads)
    network = Classifier(options).train()
    step = timed(options.seconds, 3, stepper(options, network))
    network.eval()
    one, many = (embedding(options, network, count) for count in (1, 32))
    summary(
        network,
        step,
        method=options.method,
        transformers=transformers.__version__,
        oneMillis=one,
        manyMillis=many,
    )


if __name__ == "__main__":
    main()
