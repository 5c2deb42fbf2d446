#!/usr/bin/env python3
"""Makes the data set mnist-10k, which comes with nola-datasets, from the whole of MNIST.

    tools/make_mnist_10k.py MNIST_FOLDER OUT_FOLDER

It takes the first 1,000 training images and the first 200 test images of each class, in the order of
MNIST's files, and writes four gzipped IDX files. The test Mnist10kTest makes the same choice where
MNIST is there and compares. MNIST's files may be gzipped or plain.
"""

import gzip
import hashlib
import pathlib
import struct
import sys

CLASSES = 10
SPLITS = (("train", "train", 1000), ("t10k", "test", 200))


def contents(folder, name):
    for file in (folder / (name + ".gz"), folder / name):
        if file.exists():
            data = file.read_bytes()
            return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    sys.exit(f"error: there is no {name} or {name}.gz in {folder}")


def chosen(labels, per_class):
    """The places of the first images of each class."""
    left = [per_class] * CLASSES
    places = []
    for place, label in enumerate(labels):
        if left[label] > 0:
            left[label] -= 1
            places.append(place)
    return places


def write(folder, name, header, data):
    whole = header + data
    # No name and no time in it: the same input gives the same file.
    (folder / (name + ".gz")).write_bytes(gzip.compress(whole, compresslevel=9, mtime=0))
    print(hashlib.sha256(whole).hexdigest(), name)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    for prefix, split, per_class in SPLITS:
        images = contents(source, prefix + "-images-idx3-ubyte")
        labels = contents(source, prefix + "-labels-idx1-ubyte")[8:]
        rows, columns = struct.unpack(">II", images[8:16])
        size = rows * columns
        places = chosen(labels, per_class)
        pixels = b"".join(images[16 + place * size:16 + (place + 1) * size] for place in places)
        write(target, split + "-images", struct.pack(">IIII", 0x803, len(places), rows, columns), pixels)
        write(target, split + "-labels", struct.pack(">II", 0x801, len(places)), bytes(labels[place] for place in places))


if __name__ == "__main__":
    main()
