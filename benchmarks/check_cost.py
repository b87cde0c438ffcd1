#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a checked call costs on the GPU: microseconds of the check, as JSON.

    check_cost.py --runtime build/runtime/libfovea_runtime.so --bundle nsa.fovea [--json out.json]

For several numbers of sequences, medians of events in turns: the check by itself (a call of no
launches), two of it, whole forwards with and without it, and one whose kernels are launched one
by one. An event pair costs some microseconds itself; the second check's share (two less one) is
what a check adds to a stream."""
import argparse
import datetime
import json
import pathlib
import sys

import torch

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "runtime" / "python"))
sys.path.insert(0, str(ROOT / "benchmarks"))
import gpu_timing  # noqa: E402
from fovea import runtime  # noqa: E402


def tensors_of(entry, tokens, sequences):
    """Zeros, in sequences of equal lengths."""
    tensors = []
    for a in entry.arguments:
        rows = tokens if a.rows == "tokens" else sequences + 1
        shape = tuple(rows if size < 0 else size for size in a.shape)
        tensor = torch.zeros(shape, dtype=getattr(torch, a.dtype), device="cuda")
        if a.rows == "sequence_ends":
            tensor.copy_(torch.arange(sequences + 1) * (tokens // sequences))
        tensors.append(tensor)
    return tensors


def measure(entry, tokens, sequences, rounds):
    tensors = tensors_of(entry, tokens, sequences)
    workspace = torch.empty(entry.workspace_bytes(*tensors), dtype=torch.uint8, device="cuda")
    checks = sum(a.rows == "sequence_ends" for a in entry.arguments)
    report = torch.zeros(checks, dtype=torch.int32, device="cuda")
    call = lambda **how: entry(*tensors, workspace=workspace, **how)
    alone = lambda: call(report=report, launches=(0, 0))
    rows = gpu_timing.interleave([
        gpu_timing.Contestant("check", alone),
        gpu_timing.Contestant("two checks", lambda: (alone(), alone())),
        gpu_timing.Contestant("forward", call),
        gpu_timing.Contestant("forward, kernels one by one", lambda: call(separate=True)),
        gpu_timing.Contestant("checked forward", lambda: call(report=report))], rounds)
    if report.tolist() != [-1] * checks:
        raise SystemExit(f"expected well-formed offsets, the check reports {report.tolist()}")
    return {row["name"]: round(row["ms"] * 1e3, 2) for row in rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runtime", type=pathlib.Path, required=True)
    parser.add_argument("--bundle", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--commit", default="unknown", help="what the JSON says was measured")
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()
    runtime.use_library(str(args.runtime))
    bundle = runtime.Bundle.load(args.bundle)
    entry = bundle.entry(bundle.entries[0])
    table = []
    for sequences, tokens in ((1, 1024), (64, 4096), (4096, 65536)):
        us = measure(entry, tokens, sequences, args.rounds)
        table.append({"sequences": sequences, "tokens": tokens, "microseconds": us,
                      "check_adds_us": round(us["two checks"] - us["check"], 2),
                      "forward_grows_us": round(us["checked forward"] - us["forward"], 2)})
        print(table[-1], flush=True)
    if args.json:
        args.json.write_text(json.dumps({
            "date": datetime.date.today().isoformat(), "commit": args.commit,
            "device": torch.cuda.get_device_name(), "rounds": args.rounds,
            "bundle": args.bundle.name, "checks": table}, indent=1) + "\n")


if __name__ == "__main__":
    main()
