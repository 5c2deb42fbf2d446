#!/usr/bin/env python3
"""Makes small.model, a vocabulary of 500 pieces of LLaMA's kind from this repository's docs, and the tokens of some texts.

usage: make_small_model.py ../../../../../docs/*.md   (in this folder; sentencepiece 0.2.2 was used)
"""
import os
import sys

import sentencepiece

TEXTS = ["", "Hello world", " two  spaces\nand a line", "é ü 漢字 🙂", "The 123 answers: 4.5%", "a network of few coefficients and a seed"]

with open("docs.txt", "w") as file:
    for name in sorted(sys.argv[1:]):
        file.write(open(name).read())
sentencepiece.SentencePieceTrainer.train(
    input="docs.txt",
    model_prefix="small",
    vocab_size=500,
    model_type="bpe",
    byte_fallback=True,
    normalization_rule_name="identity",
    remove_extra_whitespaces=False,
    split_digits=True,
    allow_whitespace_only_pieces=True,
    shuffle_input_sentence=False,
    minloglevel=2,
)
os.remove("docs.txt")
os.remove("small.vocab")
small = sentencepiece.SentencePieceProcessor(model_file="small.model")
with open("small.tokens.txt", "w") as file:
    for text in TEXTS:
        print(*[1] + small.encode(text), file=file)
