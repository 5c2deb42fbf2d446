"""Quantized vectors of adapter files (docs/adapter-v1.md, section 4) with numpy."""

import math

import numpy as np


def shapes(method, m, n):
    """The shapes of a method's trained vectors by name, in the order of the file."""
    kind, rank = method["method"], method.get("rank")
    if kind == "nola":
        return {"alpha": (1, method["k"]), "beta": (1, method["l"])}
    if kind == "lora":
        return {"A": (m, rank), "B": (rank, n)}
    if kind == "pranc":
        return {"alpha": (1, method["k"])}
    return {"w": (1, method["buckets"])} if kind == "hashednet" else {"W": (m, n)}


def unpack(packed, bits, count, largest):
    """The values of packed codes."""
    ones = np.unpackbits(np.frombuffer(packed, np.uint8), bitorder="little")[: bits * count]
    codes = ones.reshape(count, bits) @ (1 << np.arange(bits))
    codes -= codes >> bits - 1 << bits  # two's complement
    return (codes / (2 ** (bits - 1) - 1) * float(np.float32(largest))).astype(np.float32)


def vectors(recipe, packed):
    """All quantized vectors of a file by tensor name, from the bytes of `coefficients`."""
    result, begin = {}, 0
    for layer in recipe["layers"]:
        weights = layer.get("weights", {})
        for weight, (m, n, _, method, _, *quantized) in weights.items():
            prefix = layer["name"] + "." + (weight + "." if len(weights) > 1 else "")
            own = shapes(recipe["methods"][method], m, n)
            for (name, shape), largest in zip(own.items(), quantized[1:]):
                bits, count = quantized[0], math.prod(shape)
                end = begin + (bits * count + 7) // 8
                values = unpack(packed[begin:end], bits, count, largest)
                result[prefix + name], begin = values.reshape(shape), end
    return result
