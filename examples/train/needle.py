#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A small transformer that learns to find needles, once with NSA and once with dense attention: the same
data and seeds.

    foveac examples/train/needle.mlir --target=sm_90a --emit=bundle -o build/needle.fovea
    PYTHONPATH=runtime/python python3 examples/train/needle.py --bundle build/needle.fovea \\
        --runtime build/release/lib/libfovea_runtime.so --json needle.json

A needle is a key and its value, symbols that no text has, said COPIES times in a row. Needles lie in the
source of Python's standard library, anywhere; behind it stand the keys in another order, and what is
learned is to answer each with its value. Sequences are short at first, then longer. What is written: loss
and accuracy of each step, and at each length how many needles of new text are found, by the part of the
text that they lie in, from its begin to its end. Needs PyTorch and a Hopper GPU; without --bundle only
dense attention, also on a CPU."""
import argparse
import datetime
import json
import pathlib
import time

import torch
from torch.nn import functional as F

from model import DIM, Model, read_text, step

BYTES, KEYS, VALUES = 256, 128, 256
PAIRS, COPIES = 32, 8  # needles of a sequence, at most
NEEDLE = 2 * COPIES
WIDTH, LAYERS, ROTATED, RATE = 256, 2, DIM // 2, 2e-3
# Lengths and steps: 2 to 32 needles and hardly anything else, then more and more text around them.
STAGES = ("52:160 88:60 160:60 304:60 592:100 1024:100 2048:100 4096:100 8192:100 16384:80 "
          "32768:80").split()
DEPTHS = 8


def draw(text, batch, length, generator):
    """Sequences [batch, length] that end in questions and answers by turns; values [batch, pairs] and how
    deep the needle of each lies, from 0 to 1."""
    pairs = min(PAIRS, (length - NEEDLE) // (2 + NEEDLE))
    room = length - 2 * pairs

    def uniform(*sizes):
        return torch.rand(*sizes, device=text.device, generator=generator)

    begin = (uniform(batch, 1) * (len(text) - room)).long()
    sequence = text[begin + torch.arange(room, device=text.device)].long()
    slots = uniform(batch, room // NEEDLE - 1).topk(pairs).indices
    at = NEEDLE * slots + (NEEDLE * uniform(batch, 1)).long()
    keys = BYTES + uniform(batch, KEYS).topk(pairs).indices
    values = (uniform(batch, pairs) * VALUES).long()
    said = torch.stack([keys, BYTES + KEYS + values], -1)
    places = at[..., None] + torch.arange(NEEDLE, device=text.device)
    sequence.scatter_(1, places.flatten(1), said.repeat(1, 1, COPIES).flatten(1))
    return torch.cat([sequence, said.flatten(1)], 1), values, at / room


def answer(model, sequence, values):
    """Logits of the values [batch, pairs, VALUES] behind each question."""
    return model(sequence)[:, -2 * values.shape[1]::2, BYTES + KEYS:]


def train(nsa, text, stages, seed, tokens):
    """A model, and each step's length, loss and accuracy."""
    torch.manual_seed(seed)
    model = Model(nsa, BYTES + KEYS + VALUES, WIDTH, LAYERS, ROTATED).to(text.device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.95))
    generator = torch.Generator(text.device).manual_seed(seed)
    lengths = [length for length, steps in stages for _ in range(steps)]
    rows = []
    for i, length in enumerate(lengths):
        sequence, values, _ = draw(text, max(1, tokens // length), length, generator)
        logits = answer(model, sequence, values)
        loss = F.cross_entropy(logits.flatten(0, 1), values.flatten())
        # Up over 50 steps, down to 0 over the last third.
        rate = RATE * min(1, (i + 1) / 50, 3 * (1 - i / len(lengths)))
        found = (logits.argmax(-1) == values).float().mean()
        rows.append(torch.stack([step(model, optimizer, loss, rate), found]))
    loss, found = torch.stack(rows).T.tolist()
    return model, {"length": lengths, "loss": loss, "accuracy": found}


@torch.no_grad()
def evaluate(model, text, length, sequences, seed):
    """How many needles of `sequences` are found: of all, and of each of DEPTHS parts of the text."""
    generator = torch.Generator(text.device).manual_seed(seed)
    found, parts = [], []
    for _ in range(sequences):
        sequence, values, depth = draw(text, 1, length, generator)
        found.append((answer(model, sequence, values).argmax(-1) == values).float())
        parts.append((depth * DEPTHS).long())
    found, parts = torch.cat(found).flatten(), torch.cat(parts).flatten()
    return {"tokens": length, "needles": len(found), "accuracy": found.mean().item(),
            "by_depth": [found[parts == part].mean().item() for part in range(DEPTHS)]}


def load(args):
    """The attentions to train, by name."""
    if not args.bundle:
        return {"dense": None}
    from fovea.autograd import Differentiable
    from fovea.runtime import Bundle, use_library
    use_library(args.runtime)
    return {"nsa": Differentiable(Bundle.load(args.bundle), "nsa"), "dense": None}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle")
    parser.add_argument("--runtime", default="libfovea_runtime.so")
    parser.add_argument("--json", type=pathlib.Path, required=True)
    parser.add_argument("--commit", default="", help="what to say that this was built from")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--stages", nargs="+", metavar="LENGTH:STEPS", default=STAGES)
    parser.add_argument("--tokens", type=int, default=32768, help="of a step")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--lengths", type=int, nargs="+", default=[8192, 16384, 32768])
    parser.add_argument("--sequences", type=int, default=32, help="of each length that are looked at")
    return parser.parse_args()


def main():
    args = parse_arguments()
    stages = [tuple(map(int, stage.split(":"))) for stage in args.stages]
    text = read_text().to(args.device)
    seen, new = text.tensor_split([len(text) * 9 // 10])
    kinds = load(args)
    on = torch.cuda.get_device_name() if args.device == "cuda" else args.device
    result = {"date": datetime.date.today().isoformat(), "commit": args.commit, "device": on,
              "torch": torch.__version__, "tokens": args.tokens, "stages": stages,
              "pairs": PAIRS, "copies": COPIES, "runs": []}
    for seed in args.seeds:
        for kind, nsa in kinds.items():
            start = time.monotonic()
            model, steps = train(nsa, seen, stages, seed, args.tokens)
            seconds = time.monotonic() - start
            found = [evaluate(model, new, length, args.sequences, seed) for length in args.lengths]
            result["runs"].append({"attention": kind, "seed": seed, "seconds": seconds, **steps,
                                   "found": found})
            print(f"{kind}, seed {seed}, {seconds:.0f} s: " +
                  ", ".join(f"{each['accuracy']:.2%} of {each['needles']} at {each['tokens']} tokens"
                            for each in found), flush=True)
            args.json.write_text(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
