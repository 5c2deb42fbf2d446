"""Golden values of PyTorch's antialiased bicubic interpolation, the core of timm's resample_abs_pos_embed.

usage: bicubic_antialias.py > bicubic_antialias.txt
A line: old height and width, new height and width, channels, then the result [height, width, channels].
Input element i, row-major [height, width, channels], is ((31 i i + 17 i) mod 97 - 48) / 16. PyTorch 2.13.
"""
import torch

SIZES = [((4, 4), (7, 7), 2), ((7, 7), (4, 4), 2), ((3, 5), (6, 4), 1), ((14, 14), (5, 9), 1), ((2, 2), (3, 3), 1)]
for (h, w), size, d in SIZES:
    i = torch.arange(h * w * d)
    grid = (((i * i * 31 + i * 17) % 97).float().sub(48) / 16).reshape(1, h, w, d).permute(0, 3, 1, 2)
    out = torch.nn.functional.interpolate(grid, size=size, mode="bicubic", antialias=True)
    print(h, w, *size, d, *out.permute(0, 2, 3, 1).reshape(-1).tolist())
