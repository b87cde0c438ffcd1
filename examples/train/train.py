#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A small transformer, trained once with NSA and once with dense attention: the same data and seed.

    foveac examples/train/nsa.mlir --target=sm_90a --emit=bundle -o build/train.fovea
    PYTHONPATH=runtime/python python3 examples/train/train.py --bundle build/train.fovea \\
        --runtime build/release/lib/libfovea_runtime.so --json curves.json

The text is the source of Python's standard library, byte by byte. Needs PyTorch and a Hopper GPU.
What is written: the loss of each step on text that was not seen before, and for longer sequences
how many tokens a second a step takes in, and the peak of memory."""
import argparse
import datetime
import json
import pathlib
import sysconfig
import time

import torch
from torch import nn
from torch.nn import functional as F

from fovea.autograd import Differentiable
from fovea.runtime import Bundle, use_library

HEADS, KV_HEADS, DIM = 16, 2, 64  # of nsa.mlir
WIDTH, LAYERS, BYTES = 512, 4, 256


def read_text():
    """Every module of the standard library, in one order."""
    root = pathlib.Path(sysconfig.get_paths()["stdlib"])
    files = sorted(path for path in root.rglob("*.py") if "site-packages" not in path.parts)
    return torch.frombuffer(bytearray(b"".join(path.read_bytes() for path in files)), dtype=torch.uint8)


def rotate(x, positions):
    """RoPE of rows [B, T, H, D]: halves are pairs."""
    half = x.shape[-1] // 2
    angle = positions[:, None] * 1e4 ** (-torch.arange(half, device=x.device) / half)
    cos, sin = angle.cos()[:, None].to(x.dtype), angle.sin()[:, None].to(x.dtype)
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)


class Attention(nn.Module):
    """NSA where a differentiable function is given, else dense causal attention."""

    def __init__(self, nsa):
        super().__init__()
        self.nsa = nsa
        self.q, self.o = (nn.Linear(*sizes, bias=False) for sizes in
                          ((WIDTH, HEADS * DIM), (HEADS * DIM, WIDTH)))
        self.kv = nn.Linear(WIDTH, 2 * KV_HEADS * DIM, bias=False)
        self.gates = nn.Linear(WIDTH, HEADS * 3)  # dense attention leaves it out

    def forward(self, x):
        batch, tokens, _ = x.shape
        positions = torch.arange(tokens, device=x.device)
        q = rotate(self.q(x).view(batch, tokens, HEADS, DIM), positions)
        k, v = self.kv(x).view(batch, tokens, 2 * KV_HEADS, DIM).chunk(2, 2)
        k = rotate(k, positions)
        if self.nsa:
            ends = torch.arange(batch + 1, device=x.device, dtype=torch.int32) * tokens
            packed = [t.reshape(batch * tokens, -1, size).contiguous() for t, size in
                      ((q, DIM), (k, DIM), (v, DIM), (self.gates(x), 3))]
            out = self.nsa(*packed, ends)
        else:
            q, k, v = (t.transpose(1, 2) for t in (q, k, v))
            out = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
            out = out.transpose(1, 2)
        return self.o(out.reshape(batch, tokens, HEADS * DIM))


class Block(nn.Module):
    def __init__(self, nsa):
        super().__init__()
        self.attention = Attention(nsa)
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(2))
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))

    def forward(self, x):
        x = x + self.attention(self.norms[0](x))
        return x + self.mlp(self.norms[1](x))


class Model(nn.Module):
    def __init__(self, nsa):
        super().__init__()
        self.embedding = nn.Embedding(BYTES, WIDTH)
        self.blocks = nn.Sequential(*(Block(nsa) for _ in range(LAYERS)))
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, BYTES)

    def forward(self, text):
        with torch.autocast("cuda", torch.bfloat16):
            logits = self.head(self.norm(self.blocks(self.embedding(text[:, :-1]))))
        return F.cross_entropy(logits.float().flatten(0, 1), text[:, 1:].flatten())


def make(nsa, seed):
    torch.manual_seed(seed)
    model = Model(nsa).cuda()
    return model, torch.optim.AdamW(model.parameters(), lr=6e-4, betas=(0.9, 0.95))


def step(model, optimizer, text):
    optimizer.zero_grad(set_to_none=True)
    loss = model(text)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.detach()


def train(nsa, text, seed, args):
    """The loss of each step, on text that no step before has seen."""
    model, optimizer = make(nsa, seed)
    draw = torch.Generator().manual_seed(seed)
    starts = torch.randperm((len(text) - 1) // args.tokens, generator=draw) * args.tokens
    losses = []
    for i in range(args.steps):
        for group in optimizer.param_groups:
            group["lr"] = 6e-4 * min(1, (i + 1) / 50)
        chosen = starts[torch.arange(i * args.batch, (i + 1) * args.batch) % len(starts)]
        batch = torch.stack([text[s:s + args.tokens + 1] for s in chosen.tolist()])
        losses.append(step(model, optimizer, batch.cuda().long()))
    return torch.stack(losses).tolist()


def measure(nsa, text, tokens, seed, steps=5):
    """Tokens a second of a step on one sequence, and the peak of memory in bytes."""
    model, optimizer = make(nsa, seed)
    batch = text[:tokens + 1][None].cuda().long()
    step(model, optimizer, batch)
    torch.cuda.reset_peak_memory_stats()
    torch.cuda.synchronize()
    begin = time.monotonic()
    for _ in range(steps):
        step(model, optimizer, batch)
    torch.cuda.synchronize()
    return {"tokens_per_s": tokens * steps / (time.monotonic() - begin),
            "peak_bytes": torch.cuda.max_memory_allocated()}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", required=True)
    parser.add_argument("--runtime", default="libfovea_runtime.so")
    parser.add_argument("--json", type=pathlib.Path, required=True)
    parser.add_argument("--commit", default="", help="what to say that this was built from")
    parser.add_argument("--tokens", type=int, default=4096)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--lengths", type=int, nargs="+", default=[8192, 16384, 32768])
    args = parser.parse_args()
    use_library(args.runtime)
    kinds = {"nsa": Differentiable(Bundle.load(args.bundle), "nsa"), "dense": None}
    text = read_text()
    result = {"date": datetime.date.today().isoformat(), "commit": args.commit,
              "device": torch.cuda.get_device_name(), "torch": torch.__version__, "bytes": len(text),
              "tokens": args.tokens, "batch": args.batch, "losses": [], "speed": []}
    for kind, nsa in kinds.items():
        for length in args.lengths:
            row = measure(nsa, text, length, args.seeds[0])
            result["speed"].append({"attention": kind, "tokens": length, **row})
            print(f"{kind} {length} tokens: {row['tokens_per_s']:.0f} a second, "
                  f"{row['peak_bytes'] / 1e9:.2f} GB", flush=True)
    for seed in args.seeds:
        for kind, nsa in kinds.items():
            losses = train(nsa, text, seed, args)
            result["losses"].append({"attention": kind, "seed": seed, "loss": losses})
            last = sum(losses[-20:]) / len(losses[-20:])
            print(f"{kind}, seed {seed}: loss {losses[0]:.3f} to {last:.3f}", flush=True)
            args.json.write_text(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
