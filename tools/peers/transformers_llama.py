#!/usr/bin/env python3
"""Peer of `nola bench llama` with PyTorch and transformers: time and memory of a training step of a LLaMA.

usage: transformers_llama.py [--width 768] [--blocks 12] [--heads 12] [--mlp 2048] [--vocabulary 32000] [--tokens 256] [--rank 16] [--steps 5]
                             [--dtype float32]

Random weights and tokens; the defaults are the shape of `--model 100m --method lora`, and `--width 4096 --blocks 32 --heads 32 --mlp 11008` is
that of `--model 7b`. Trains A and B of all seven matrices of every block (LoRA) with AdamW, all else is frozen. With `--dtype bfloat16`
everything is. A step is one sequence; one step before the measured ones is not.

Prints one line of JSON; peakBytes is the largest resident size of the process. Needs torch and transformers (5.18 was
used).
"""
import argparse
import json
import resource
import sys
import time

import torch
import torch.nn.functional as F
import transformers

from lora import Lora

ADAPTED = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def model(options):
    config = transformers.LlamaConfig(
        vocab_size=options.vocabulary,
        hidden_size=options.width,
        intermediate_size=options.mlp,
        num_hidden_layers=options.blocks,
        num_attention_heads=options.heads,
        num_key_value_heads=options.heads,
        tie_word_embeddings=False,
        dtype=options.dtype,
    )
    network = transformers.LlamaForCausalLM(config).requires_grad_(False)
    for block in network.model.layers:
        for part in (block.self_attn, block.mlp):
            for name, base in list(part.named_children()):
                if name in ADAPTED:
                    setattr(part, name, Lora(base, options.rank))
    return network.train()


def stepper(options, network):
    optimizer = torch.optim.AdamW([p for p in network.parameters() if p.requires_grad], 1e-3)
    tokens, labels = (torch.randint(0, options.vocabulary, (1, options.tokens)) for _ in range(2))

    def step():
        optimizer.zero_grad()
        logits = network(tokens, use_cache=False).logits
        F.cross_entropy(logits.flatten(0, 1), labels.flatten()).backward()
        optimizer.step()

    return step


def arguments():
    parser = argparse.ArgumentParser(description="time and memory of a LLaMA's step in PyTorch and transformers")
    parser.add_argument("--width", type=int, default=768)
    parser.add_argument("--blocks", type=int, default=12)
    parser.add_argument("--heads", type=int, default=12)
    parser.add_argument("--mlp", type=int, default=2048)
    parser.add_argument("--vocabulary", type=int, default=32000)
    parser.add_argument("--tokens", type=int, default=256)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--threads", type=int, help="otherwise OMP_NUM_THREADS")
    return parser.parse_args()


def main():
    options = arguments()
    torch.manual_seed(0)
    torch.set_default_dtype(getattr(torch, options.dtype))  # so that no weight is ever larger
    if options.threads:
        torch.set_num_threads(options.threads)
    network = model(options)
    step = stepper(options, network)
    print("weights made", file=sys.stderr, flush=True)
    step()
    times = []
    for _ in range(options.steps):
        begin = time.perf_counter()
        step()
        times.append(time.perf_counter() - begin)
    print(
        json.dumps(
            {
                "torch": torch.__version__,
                "transformers": transformers.__version__,
                "dtype": options.dtype,
                "threads": torch.get_num_threads(),
                "trained": sum(p.numel() for p in network.parameters() if p.requires_grad),
                "secondsAStep": round(sum(times) / len(times), 3),
                "leastSeconds": round(min(times), 3),
                "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
