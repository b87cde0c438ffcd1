#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Context parallelism over GPUs of one host against one of them: outputs and gradients, of long sequences.

    context_checks.py prepare --out build/gpu-context --foveac build/release/bin/foveac \\
        --runtime build/release/lib/libfovea_runtime.so                # no GPU; PyTorch with CUDA
    context_checks.py run --out build/gpu-context --runtime build/runtime/libfovea_runtime.so --json out.json
    context_checks.py run --device cpu --foveac build/release/bin/foveac --tokens 700 --heads 4 1 --dim 16   # over Gloo

A line per array: the share of rows that have the bits that one device gives, and the errors, of the largest and of
the root of the mean square. Exits with 1 where one is too large, or a second run gives other bits."""
import argparse
import json
import sys

import torch
import torch.distributed

import context_cases
from fovea.distributed import Zigzag

# A result is rounded to bfloat16, 2^-9, and so is what goes into gradients, some times. Where roundings choose another
# block a row differs by more: of outputs few may.
CLOSE = {"cuda": 2 ** -6, "cpu": 1e-5}
MOST_FAR = 1e-3  # of the rows


def compare(name, what, got, wanted, close):
    """A row of the result."""
    got, wanted = got.flatten(1), wanted.flatten(1)
    equal, far, square, total, largest, error = 0, 0, 0.0, 0.0, wanted.abs().max().item(), 0.0
    for a, b in zip(got.split(65536), wanted.split(65536)):  # in double at a time
        difference = (a.double() - b.double()).abs()
        equal += (a == b).all(1).sum().item()
        far += (difference.amax(1) > close * largest).sum().item()
        error = max(error, difference.max().item())
        square += difference.square().sum().item()
        total += b.double().square().sum().item()
    row = {"call": name, "array": what, "rows": len(got), "equal": equal / len(got), "far": far / len(got),
           "max": error / largest, "rms": (square / total) ** 0.5}
    row["ok"] = row["far"] <= MOST_FAR and row["rms"] <= close
    return row


def check(args, tokens, name, device):
    call, rows = context_cases.make_call(name, args, tokens, device)
    grad_o = torch.randn(rows[0].shape, generator=torch.Generator(device).manual_seed(1), device=device)
    grad_o = grad_o.to(rows[0].dtype)
    shards = Zigzag([0, tokens], device=device)
    parts, part_grad_o = context_cases.spread(shards, rows), shards.shard(grad_o)
    found = context_cases.differentiate(call, parts, shards, part_grad_o)
    again = context_cases.differentiate(call, parts, shards, part_grad_o)
    same = torch.tensor([all(torch.equal(a, b) for a, b in zip(found, again))], dtype=torch.int32, device=device)
    torch.distributed.all_reduce(same, torch.distributed.ReduceOp.MIN)
    del again
    is_first = torch.distributed.get_rank() == 0
    one = context_cases.differentiate(call, rows, context_cases.one_sequence(tokens, device), grad_o) \
        if is_first else None
    results = []
    for i, (what, part) in enumerate(zip(("o", "grad_q", "grad_k", "grad_v", "grad_gates"), found)):
        whole = shards.unshard(part)
        if is_first:
            results.append({"tokens": tokens, **compare(name, what, whole, one[i], CLOSE[args.device])})
            print(json.dumps(results[-1]), flush=True)
    if is_first:
        results.append({"tokens": tokens, "call": name, "array": "a second run", "ok": bool(same.item())})
        print(json.dumps(results[-1]), flush=True)
    return results


def work(args, device):
    results = []
    for tokens in args.tokens:
        for name in args.calls:
            if name != "causal" or tokens <= context_cases.DENSE_TOKENS:
                results += check(args, tokens, name, device)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    context_cases.add_options(parser)
    parser.add_argument("--tokens", type=int, nargs="+", default=(65536, 2 ** 18, 2 ** 20))
    args = parser.parse_args()
    if args.what == "prepare":
        context_cases.prepare(args)
        return
    results = context_cases.start(work, args)
    if args.json:
        where = torch.cuda.get_device_name() if args.device == "cuda" else "cpu"
        args.json.write_text(json.dumps({"device": where, "processes": args.processes, "heads": args.heads,
                                         "dim": args.dim, "torch": torch.__version__, "rows": results}, indent=1) + "\n")
    failed = [row for row in results if not row["ok"]]
    print(f"{len(results) - len(failed)} of {len(results)} as expected")
    sys.exit(1 if failed or not results else 0)


if __name__ == "__main__":
    main()
