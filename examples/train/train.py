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
import time

import torch
from torch.nn import functional as F

from fovea.autograd import Differentiable
from fovea.runtime import Bundle, use_library
from model import Model, read_text, step

WIDTH, LAYERS, BYTES, RATE = 512, 4, 256, 6e-4


def make(nsa, seed):
    torch.manual_seed(seed)
    model = Model(nsa, BYTES, WIDTH, LAYERS).cuda()
    return model, torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.95))


def loss_of(model, text):
    return F.cross_entropy(model(text[:, :-1]).flatten(0, 1), text[:, 1:].flatten())


def train(nsa, text, seed, args):
    """The loss of each step, on text that no step before has seen."""
    model, optimizer = make(nsa, seed)
    draw = torch.Generator().manual_seed(seed)
    starts = torch.randperm((len(text) - 1) // args.tokens, generator=draw) * args.tokens
    losses = []
    for i in range(args.steps):
        chosen = starts[torch.arange(i * args.batch, (i + 1) * args.batch) % len(starts)]
        batch = torch.stack([text[s:s + args.tokens + 1] for s in chosen.tolist()])
        loss = loss_of(model, batch.cuda().long())
        losses.append(step(model, optimizer, loss, RATE * min(1, (i + 1) / 50)))
    return torch.stack(losses).tolist()


def measure(nsa, text, tokens, seed, steps=5):
    """Tokens a second of a step on one sequence, and the peak of memory in bytes."""
    model, optimizer = make(nsa, seed)
    batch = text[:tokens + 1][None].cuda().long()
    step(model, optimizer, loss_of(model, batch), RATE)
    torch.cuda.reset_peak_memory_stats()
    torch.cuda.synchronize()
    begin = time.monotonic()
    for _ in range(steps):
        step(model, optimizer, loss_of(model, batch), RATE)
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
