#!/usr/bin/env python3
"""Peer of `nola bench gpt2` with PyTorch and transformers: a training step, cached generation and memory of a GPT-2.

usage: transformers_gpt2.py [--method lora|full] [--width 768] [--blocks 12] [--vocabulary 50257] [--batch 8] [--tokens 128]

Random weights and tokens. lora trains A and B of the q and v thirds of the joint matrix of every block with AdamW, all
else is frozen; full trains all weights. Loss: cross-entropy with label smoothing 0.1. Then greedy decoding and 10 beams
continue one prompt.

Prints one line of JSON; peakBytes is the largest resident size of the process. Needs torch and transformers (5.18 was
used).
"""
import argparse

import torch
import torch.nn.functional as F
import transformers
from torch import nn

from measure import summary, timed


class Joint(nn.Module):
    """The joint matrix of q, k and v with factors for q and v."""

    def __init__(self, base, width, rank):
        super().__init__()
        self.base, self.width = base, width
        self.a = nn.ParameterList(nn.Parameter(torch.randn(width, rank) * 0.02) for _ in range(2))
        self.b = nn.ParameterList(nn.Parameter(torch.zeros(rank, width)) for _ in range(2))

    def forward(self, x):
        q, k, v = self.base(x).split(self.width, -1)
        return torch.cat((q + x @ self.a[0] @ self.b[0], k, v + x @ self.a[1] @ self.b[1]), -1)


def model(options):
    config = transformers.GPT2Config(
        vocab_size=options.vocabulary,
        n_embd=options.width,
        n_layer=options.blocks,
        n_head=options.width // 64,
        resid_pdrop=0,
        embd_pdrop=0,
        attn_pdrop=0,
        bos_token_id=None,
        eos_token_id=None,
    )
    network = transformers.GPT2LMHeadModel(config)
    if options.method == "lora":
        network.requires_grad_(False)
        for block in network.transformer.h:
            block.attn.c_attn = Joint(block.attn.c_attn, options.width, options.rank)
    network.generation_config.eos_token_id = None
    network.generation_config.pad_token_id = 0
    return network


def stepper(options, network):
    optimizer = torch.optim.AdamW([p for p in network.parameters() if p.requires_grad], 1e-3)
    tokens, labels = (torch.randint(0, options.vocabulary, (options.batch, options.tokens)) for _ in range(2))

    def step():
        optimizer.zero_grad()
        logits = network(tokens).logits
        F.cross_entropy(logits.flatten(0, 1), labels.flatten(), label_smoothing=0.1).backward()
        optimizer.step()

    return step


def tokens_a_second(options, network, prompt, beams):
    def write():
        with torch.no_grad():
            network.generate(
                prompt,
                attention_mask=torch.ones_like(prompt),
                max_new_tokens=options.generated,
                num_beams=beams,
                do_sample=False,
            )

    times = timed(options.seconds, 3, write)
    return round(1e3 * options.generated / times[len(times) // 2], 1)


def arguments():
    parser = argparse.ArgumentParser(description="time and memory of a GPT-2 in PyTorch and transformers")
    parser.add_argument("--method", choices=("lora", "full"), default="lora")
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--width", type=int, default=768, help="a multiple of 64")
    parser.add_argument("--blocks", type=int, default=12)
    parser.add_argument("--vocabulary", type=int, default=50257)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--generated", type=int, default=32, help="tokens written, after a prompt of as many")
    parser.add_argument("--seconds", type=float, default=10, help="how long to measure each figure")
    parser.add_argument("--threads", type=int, help="otherwise OMP_NUM_THREADS")
    return parser.parse_args()


def main():
    options = arguments()
    torch.manual_seed(0)
    if options.threads:
        torch.set_num_threads(options.threads)
    network = model(options).train()
    step = timed(options.seconds, 3, stepper(options, network))
    network.eval()
    prompt = torch.randint(0, options.vocabulary, (1, options.generated))
    greedy, beams = (tokens_a_second(options, network, prompt, count) for count in (1, 10))
    summary(
        network,
        step,
        method=options.method,
        transformers=transformers.__version__,
        greedy=greedy,
        beams=beams,
    )


if __name__ == "__main__":
    main()
