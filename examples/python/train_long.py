#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A layer that learns on one sequence whose tokens are spread over processes, and the same in one process.

    torchrun --nproc-per-node=2 examples/python/train_long.py --tokens 4096
    python3 examples/python/train_long.py --tokens 4096                       # one process, to compare with

The layer repeats what stood some tokens before: its attention has to find it. Over NCCL, in bfloat16, with a GPU for
each process where there are GPUs, else over Gloo on the CPU."""
import argparse
import os

import torch
import torch.distributed
from torch import nn

import fovea.nn
from fovea.distributed import Zigzag

WIDTH, WORDS, BACK = 64, 32, 48


def make_rotation(positions):
    """RoPE: what gives rows [tokens, heads, dim] their positions."""
    angle = positions[:, None, None] * 1e4 ** -(torch.arange(32, device=positions.device) / 32)
    cos, sin = angle.cos(), angle.sin()

    def rotate(rows):
        a, b = rows.float().chunk(2, -1)
        return torch.cat([a * cos - b * sin, a * sin + b * cos], -1).to(rows.dtype)
    return rotate


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.head = nn.Embedding(WORDS, WIDTH), nn.Linear(WIDTH, WORDS)
        self.attention = fovea.nn.NativeSparseAttention(WIDTH, heads=4, kv_heads=1, key_dim=64, top=4, window=64)

    def forward(self, words, positions, shards):
        x = self.embedding(words)
        return self.head(x + self.attention(x, make_rotation(positions), cu_seqlens=shards))


def train(model, words, shards, steps):
    """Each process has the loss of its tokens, and weights' gradients of these: both are added up."""
    inputs, targets = words[:-1], torch.cat([words[:BACK], words])[:len(words) - 1]
    inputs, targets, positions = shards.shard(inputs), shards.shard(targets), shards.positions
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for step in range(steps):
        with torch.autocast(words.device.type, torch.bfloat16, enabled=words.is_cuda):
            loss = nn.functional.cross_entropy(model(inputs, positions, shards), targets, reduction="sum")
        loss = loss / shards.tokens
        optimizer.zero_grad()
        loss.backward()
        loss = loss.detach()
        for total in (loss, *(weights.grad for weights in model.parameters())):
            torch.distributed.all_reduce(total)
        optimizer.step()
        if torch.distributed.get_rank() == 0:
            print(f"step {step}: loss {loss.item():.3f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--tokens", type=int, default=4096)
    args = parser.parse_args()
    device = torch.device("cpu")
    if torch.cuda.is_available():
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
        torch.cuda.set_device(device)
    backend = "nccl" if device.type == "cuda" else "gloo"
    if "RANK" in os.environ:
        torch.distributed.init_process_group(backend)
    else:
        torch.distributed.init_process_group(backend, store=torch.distributed.HashStore(), rank=0, world_size=1)
    torch.manual_seed(0)  # the same weights and words in every process
    model, words = Model().to(device), torch.randint(WORDS, (args.tokens + 1,), device="cpu").to(device)
    train(model, words, Zigzag([0, args.tokens], device=device), args.steps)
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
