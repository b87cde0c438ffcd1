#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The gradient of Native Sparse Attention on the CPU beside that of PyTorch's dense attention.

    python3 benchmarks/cpu_backward.py --fovea-run build/release/bin/fovea-run \\
        --json docs/benchmarks/DATE-cpu-backward.json

Times `examples/nsa.mlir` with `entries backward` (f32, 16 heads over 1, D = 128) and
torch.nn.functional.scaled_dot_product_attention, causal and dense, of the same heads: both forward
and backward, with the same number of threads, in turns. Backward means the gradients of q, k, v
(and NSA's gates) from what the forward saved. PyTorch is needed for this script only."""
import pathlib
import statistics
import sys
import tempfile

from cpu_timing import Dense, describe, make_parser, time_fovea, write

SPEC = pathlib.Path(__file__).resolve().parents[1] / "examples" / "nsa.mlir"


def measure(run, spec, tokens, threads, rounds):
    """Seconds of each, by name, a sample a round."""
    dense = Dense(tokens, threads)
    samples = {name: [] for name in ("NSA forward", "NSA backward", "dense forward", "dense backward")}
    for _ in range(rounds):
        seconds = time_fovea(run, spec, tokens, threads, 1, backward=True)
        seconds += [dense.time_forward(), dense.time_backward()]
        for name, each in zip(samples, seconds, strict=True):
            samples[name].append(each)
    return samples


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    result = describe(args.threads) | {"rounds": args.rounds, "times": []}
    with tempfile.NamedTemporaryFile("w", suffix=".mlir") as spec:
        spec.write(SPEC.read_text().replace(" {\n", " entries backward {\n", 1))
        spec.flush()
        for tokens in args.tokens:
            samples = measure(args.fovea_run, spec.name, tokens, args.threads, args.rounds)
            row = {"tokens": tokens, "samples": samples}
            for key, of in (("median", statistics.median), ("least", min)):
                row[key] = {name: of(each) for name, each in samples.items()}
                ratio = row[key]["dense backward"] / row[key]["NSA backward"]
                print(f"{tokens}, {key}: {', '.join(f'{name} {s:.3f} s' for name, s in row[key].items())}; "
                      f"dense backward / NSA backward {ratio:.2f}", flush=True)
            result["times"].append(row)
    if args.json:
        write(args.json, result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
