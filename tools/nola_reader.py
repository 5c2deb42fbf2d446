"""Rebuilds the weights in an adapter file (docs/adapter-v1.md) with numpy alone, bit for bit.

python3 tools/nola_reader.py FILE [W0_FILE ...] lists the file's tensors and weights. A W0_FILE holds a
pretrained weight, which adapters name by SHA-256, as raw little-endian float32, row-major.
"""

import hashlib
import json
import sys
import zlib

import nola_quantization
import numpy as np
from nola_basis import chosen, derive, mix, vector, words

TYPES = {"F32": "<f4", "F16": "<f2"}
W0, FIRST, SECOND, ANCHOR = range(4)  # parts of a weight that have seeds of their own


def read(path):
    """The recipe, and the tensors by name as float32 arrays."""
    raw = np.fromfile(path, np.uint8).tobytes()
    end = 8 + int.from_bytes(raw[:8], "little")
    header, data = json.loads(raw[8:end]), raw[end:]
    meta = header.pop("__metadata__", {})
    if meta.get("nola-adapter") not in ("1", "2", "3"):
        raise ValueError(f"{path}: expected a nola-adapter of version 1 to 3, but found {meta}")
    digest = meta["digest"]
    if hashlib.sha256(raw.replace(digest.encode(), b"0" * 32, 1)).hexdigest()[:32] != digest:
        raise ValueError(f"{path}: damaged, its digest is not {digest}")
    if meta["nola-adapter"] == "3":
        compact = [name for name in ("digests", "recipe") if name in header]
        part = {name: data[slice(*header.pop(name)["data_offsets"])] for name in compact}
        inner = json.loads(zlib.decompress(part["recipe"]))
        header, recipe, tensors = named(header, inner["tensors"]), inner["recipe"], {}
        for i, w0 in enumerate(w0 for w0 in recipe["w0"] if w0["kind"] == "given"):
            w0["sha256"] = part["digests"][32 * i :][:32].hex()
    else:
        recipe, tensors = json.loads(meta["recipe"]), {}
    if recipe.get("basis", 2) != 2:
        raise ValueError(f"{path}: expected basis version 2, but found {recipe['basis']}")
    for name, entry in header.items():
        part = data[slice(*entry["data_offsets"])]
        if name == "coefficients":
            tensors.update(nola_quantization.vectors(recipe, part))
        else:
            flat = np.frombuffer(part, TYPES[entry["dtype"]])
            tensors[name] = flat.reshape(entry["shape"]).astype(np.float32)
    return recipe, tensors


def named(header, shapes):
    """The header with an entry for each part of the one tensor of numbers that version 3 has."""
    numbers = header.pop("numbers", {"dtype": "F32", "data_offsets": [0, 0]})
    dtype, (end, _) = numbers["dtype"], numbers["data_offsets"]
    parts = {}
    for name, shape in shapes.items():
        begin, end = end, end + int(np.prod(shape)) * np.dtype(TYPES[dtype]).itemsize
        parts[name] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}
    return {**parts, **header}


def combination(method, seed, c, length, fan_in):
    scales = {"UNIT": 1, "KAIMING": 1 / np.sqrt(fan_in), "COUNT": 1 / np.sqrt(c.size)}
    return mix(seed, method["law"], c.ravel(), length, scales[method["basisScale"]])


def trained_part(method, m, n, fan_in, seed, vectors):
    """W - W0, flat, from the trained vectors by name."""
    kind, first, rank = method["method"], derive(seed, FIRST), method.get("rank")
    if kind == "dense":
        return vectors["W"].ravel()
    if kind == "frozen":
        return np.float32(-0.0)  # which leaves every W0 as it is, also where that is -0
    if kind == "pranc":
        return combination(method, first, vectors["alpha"], m * n, fan_in)
    if kind == "hashednet":
        x, w = words(first, 0, m * n), vectors["w"].ravel()
        if method["balanced"]:
            return w[np.argsort(np.argsort(x)) % w.size]
        return chosen(x, w)
    a, b = vectors.get("A"), vectors.get("B")  # of lora
    if kind == "nola":
        a = combination(method, first, vectors["alpha"], m * rank, m * rank)
        b = combination(method, derive(seed, SECOND), vectors["beta"], rank * n, rank * n)
        if method["anchor"]:
            a = vector(derive(seed, ANCHOR), "UNIFORM", 0, m * rank, 1 / np.sqrt(m)) + a
    a, b, product = a.reshape(m, rank), b.reshape(rank, n), np.zeros((m, n), np.float32)
    for q in range(rank):  # the order of the sum is part of the format
        product += a[:, q, None] * b[q]
    return product.ravel() * np.float32(method["c"] / rank)


def load(path, w0_files=()):
    """{layer: {weight: W [rows, columns]}} of all reparameterized weights."""
    given = {hashlib.sha256(w).hexdigest(): w for w in (np.fromfile(f, "<f4") for f in w0_files)}
    (recipe, tensors), result = read(path), {}
    for layer, weights in ((at, at.get("weights", {})) for at in recipe["layers"]):
        owner = layer.get("coefficientsOf", layer["name"]) + "."
        for name, (m, n, fan_in, method, w0, *_) in weights.items():
            prefix = owner + name + "." if len(weights) > 1 else owner
            vectors = {t[len(prefix) :]: v for t, v in tensors.items() if t.startswith(prefix)}
            seed, w0 = derive(layer["seed"], name), recipe["w0"][w0]
            w = trained_part(recipe["methods"][method], m, n, fan_in, seed, vectors)
            if w0["kind"] == "seeded":
                w = vector(derive(seed, W0), "UNIFORM", 0, m * n, w0["gain"] / np.sqrt(fan_in)) + w
            elif w0["kind"] == "given":
                w = given[w0["sha256"]] + w
            result.setdefault(layer["name"], {})[name] = w.reshape(m, n)
    return result


if __name__ == "__main__":
    for name, tensor in read(sys.argv[1])[1].items():
        print(f"tensor {name} {list(tensor.shape)}: {tensor.size} numbers")
    for layer, weights in load(sys.argv[1], sys.argv[2:]).items():
        for name, w in weights.items():
            print(f"weight {layer} {name} {list(w.shape)}: sha256 {hashlib.sha256(w).hexdigest()}")
