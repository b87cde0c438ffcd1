#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Native Sparse Attention on the CPU beside PyTorch's dense attention, in one run.

    python3 benchmarks/cpu_nsa.py --fovea-run build/release/bin/fovea-run \\
        --json benchmarks/results/cpu_nsa.json

Times, with the same number of threads and interleaved:
  * `examples/nsa.mlir` (f32, 16 heads over 1, D = 128, blocks 32/16/64, n = 16, w = 512)
    compiled by Fovea, at 4k, 8k and 16k tokens;
  * torch.nn.functional.scaled_dot_product_attention, causal and dense, at 16k tokens.
It also times parts of the spec, for the split by branch, and fits the exponent of time
against tokens. PyTorch is needed for this script only.
"""
import math
import os
import statistics
import sys
import tempfile

from cpu_timing import Dense, describe, make_parser, time_fovea, write

HEAD = "attn.spec @nsa heads 16 over 1 dims 128 x 128 of f32 {gates}{{\n{branches}}}\n"
COMPRESSED = ("  attn.branch @compressed sees #attn.compressed<block = 32, stride = 16>"
              " by #attn.phi<mean>\n")
SELECTED = ("  attn.branch @selected sees #attn.selected<block = 64> top 16 initial 1 local 2"
            " ranked by @compressed\n")
WINDOW = "  attn.branch @window sees #attn.window<512>\n"
# What each timed spec holds; the whole one is examples/nsa.mlir.
PARTS = {
    "whole": [COMPRESSED, SELECTED, WINDOW],
    "compressed": [COMPRESSED],
    "compressed + selected": [COMPRESSED, SELECTED],
    "window": [WINDOW],
}


def write_spec(folder, name):
    branches = PARTS[name]
    path = os.path.join(folder, name.replace(" ", "_") + ".mlir")
    with open(path, "w") as file:
        gates = "gates logits " if len(branches) > 1 else ""
        file.write(HEAD.format(gates=gates, branches="".join(branches)))
    return path


def fit_exponent(times):
    """Least-squares slope of log(seconds) over log(tokens)."""
    points = [(math.log(tokens), math.log(seconds)) for tokens, seconds in times.items()]
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    return (sum((x - mean_x) * (y - mean_y) for x, y in points)
            / sum((x - mean_x) ** 2 for x, _ in points))


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--repetitions", type=int, default=5)
    args = parser.parse_args()

    parts = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in PARTS:
            spec = write_spec(folder, name)
            parts[name] = {tokens: time_fovea(args.fovea_run, spec, tokens, args.threads,
                                              args.repetitions)[0] for tokens in args.tokens}
    longest = max(args.tokens)
    attention = Dense(longest, args.threads)
    dense = statistics.median(attention.time_forward()
                              for _ in range(max(1, args.repetitions // 2)))

    result = describe(args.threads) | {
        "seconds": {name: {str(t): s for t, s in times.items()}
                    for name, times in parts.items()},
        "dense_seconds": {str(longest): dense},
        "exponent": {name: fit_exponent(times) for name, times in parts.items()},
        "speedup_over_dense": dense / parts["whole"][longest],
    }
    for name, times in parts.items():
        row = "  ".join(f"{tokens}: {seconds:8.3f} s" for tokens, seconds in times.items())
        print(f"{name:24} {row}  exponent {result['exponent'][name]:.2f}")
    print(f"{'dense SDPA (PyTorch)':24} {longest}: {dense:8.3f} s")
    print(f"whole spec over dense at {longest} tokens: {result['speedup_over_dense']:.2f}x faster")
    if args.json:
        write(args.json, result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
