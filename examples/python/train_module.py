#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A small transformer of PyTorch with the attention of fovea.nn, which learns bytes of Python.

    python3 examples/python/train_module.py --steps 200
    python3 examples/python/train_module.py --steps 200 --dense      # PyTorch's, to compare with

On a GPU under autocast to bfloat16 where there is one, else on the CPU."""
import argparse
import pathlib

import torch
from torch import nn

import fovea.nn

WIDTH, LAYERS, TOKENS, BYTES = 128, 2, 256, 256
HEADS = dict(heads=8, kv_heads=1, key_dim=64)


def make_rotation(tokens, device):
    """RoPE: what gives rows [B, tokens, heads, dim] their positions."""
    half = HEADS["key_dim"] // 2
    angle = torch.arange(tokens)[:, None, None] * 1e4 ** -(torch.arange(half) / half)
    cos, sin = angle.cos().to(device), angle.sin().to(device)

    def rotate(rows):
        a, b = rows.chunk(2, -1)
        return torch.cat([a * cos - b * sin, a * sin + b * cos], -1).to(rows.dtype)
    return rotate


class Block(nn.Module):
    def __init__(self, dense):
        super().__init__()
        self.attention = fovea.nn.DenseAttention(WIDTH, **HEADS) if dense else \
            fovea.nn.NativeSparseAttention(WIDTH, **HEADS, top=4, window=64)
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(2))
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))

    def forward(self, x, rotate):
        x = x + self.attention(self.norms[0](x), rotate)
        return x + self.mlp(self.norms[1](x))


class Model(nn.Module):
    def __init__(self, dense):
        super().__init__()
        self.embedding = nn.Embedding(BYTES, WIDTH)
        self.blocks = nn.ModuleList(Block(dense) for _ in range(LAYERS))
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, BYTES)

    def forward(self, text):
        x = self.embedding(text[:, :-1])
        rotate = make_rotation(x.shape[1], x.device)
        for block in self.blocks:
            x = block(x, rotate)
        return nn.functional.cross_entropy(self.head(self.norm(x)).flatten(0, 1), text[:, 1:].flatten())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--dense", action="store_true")
    args = parser.parse_args()
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    text = torch.tensor(list(pathlib.Path(argparse.__file__).read_bytes()))
    model = Model(args.dense).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for step in range(args.steps):
        starts = torch.randint(len(text) - TOKENS - 1, (8,))
        batch = torch.stack([text[start:start + TOKENS + 1] for start in starts.tolist()]).to(device)
        with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
            loss = model(batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(f"step {step}: loss {loss.item():.3f}", flush=True)


if __name__ == "__main__":
    main()
