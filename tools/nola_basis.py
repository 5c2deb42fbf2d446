"""The random bases of docs/basis-v1.md and basis-v2.md in numpy: the same bits as the Java kernels."""

import numpy as np
from numpy import uint32 as u

MASK = (1 << 64) - 1
UNIT = {
    "UNIFORM": np.float32(2**-31),
    "SIGN": np.float32(1),
    "HADAMARD": np.float32(float.fromhex("0x1.279a74p-1")),
}
INNER_SIGNS, OUTER_SIGNS, ONE_HOT = (2**32 + i for i in range(3))  # streams of basis-v2


def mix64(z):
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
    return z ^ z >> 31


def key(seed, index):
    """The 64-bit key of stream `index`; seeds count modulo 2^64."""
    return mix64(mix64(seed & MASK) + (index + 1) * 0x9E3779B97F4A7C15 & MASK)


def derive(seed, part):
    """The seed of a part of something, which has a number or a name."""
    if isinstance(part, int):
        return mix64(mix64((seed ^ 0x6E6F6C61346A3176) & MASK) + part & MASK)
    units = np.frombuffer(part.encode("utf-16-le"), "<u2").tolist()
    for number in [len(units), *units]:
        seed = derive(seed, number)
    return seed


def words(seed, index, count):
    """The first `count` words of stream `index`."""
    k, x = key(seed, index), np.arange(count, dtype=u)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x = (x ^ x >> u(shift)) * u(factor)
    x = (x ^ x >> u(16) ^ u(k & 0xFFFFFFFF)) * u(0x9E3779B1)
    x = (x ^ x >> u(15)) * u(k >> 32 | 1)
    return x ^ x >> u(16)


def unscaled(seed, law, index, length):
    """All vectors of stream `index`: one of 2^31 times uniform elements, or 27 of signs."""
    if law == "SIGN":
        w = words(seed, index, length)
        return [np.float32(1) - 2 * (w >> u(b) & u(1)).astype(np.float32) for b in range(27)]
    odd = words(seed, index, -(-length // 32) * 16).reshape(-1, 1, 16) | u(0x00010001)
    halves = np.concatenate([odd << u(16), odd & u(0xFFFF0000)], axis=1)
    return [halves.ravel()[:length].view(np.int32).astype(np.float32)]


def negative(seed, stream, count):
    """Whether each position, bit p % 32 of word p / 32 of a stream, is negative."""
    bits = words(seed, stream, -(-count // 32))[:, None] >> np.arange(32, dtype=u)
    return (bits & u(1)).ravel()[:count] == 1


def chosen(x, values):
    """The value that each word of x names, with its sign."""
    bucket = (x >> u(1)).astype(np.uint64) * np.uint64(values.size) >> np.uint64(31)
    return np.where(x & u(1), -values[bucket], values[bucket])


def hadamard(seed, c, length):
    """D H S c block by block: the Walsh-Hadamard matrix H between random signs."""
    size = 1 << (c.size - 1).bit_length()
    x = np.resize(np.pad(c, (0, size - c.size)), -(-length // size) * size)
    x = np.where(negative(seed, INNER_SIGNS, x.size), -x, x)
    h = size // 2
    while h:
        a, b = x.reshape(-1, 2, h).swapaxes(0, 1)
        x, h = np.stack([a + b, a - b], axis=1).ravel(), h // 2
    return np.where(negative(seed, OUTER_SIGNS, length), -x[:length], x[:length])


def vector(seed, law, index, length, scale=1, count=None):
    """Basis vector `index`, as Java's Basis.vector gives it; structured laws need the count."""
    if law in ("HADAMARD", "ONE_HOT"):
        return mix(seed, law, np.eye(1, count, index)[0], length, scale)
    stream, bit = divmod(index, 27 if law == "SIGN" else 1)
    return unscaled(seed, law, stream, length)[bit] * UNIT[law] * np.float32(scale)


def mix(seed, law, coefficients, length, scale=1):
    """sum_i coefficients[i] * vector(i), added in the order of the specification."""
    c = np.asarray(coefficients, np.float32) * np.float32(scale)
    c = c * (np.float32(np.sqrt(c.size / 3)) if law == "ONE_HOT" else UNIT[law])
    if law == "HADAMARD":
        return hadamard(seed, c, length)
    if law == "ONE_HOT":
        return chosen(words(seed, ONE_HOT, length), c)
    total = np.zeros(length, np.float32)
    if law == "UNIFORM":
        for i, factor in enumerate(c):
            total += unscaled(seed, law, i, length)[0] * factor
        return total
    for i, c27 in enumerate(np.pad(c, (0, -len(c) % 27)).reshape(-1, 27)):
        t = [s * factor for s, factor in zip(unscaled(seed, law, i, length), c27)]
        for _ in range(2):  # triples, then groups of nine: (a + b) + c each time
            t = [(t[j] + t[j + 1]) + t[j + 2] for j in range(0, len(t), 3)]
        total = ((total + t[0]) + t[1]) + t[2]
    return total
