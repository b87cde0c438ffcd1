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
import argparse
import datetime
import json
import math
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile

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


def time_fovea(run, spec, tokens, threads, repetitions):
    """Median seconds of one forward, as fovea-run measures it."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        command = [run, spec, "--device=cpu", f"--tokens={tokens}", "--seed=1",
                   f"--threads={threads}", f"--time={repetitions}", f"--json={report.name}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return json.load(open(report.name))["time"]["median_seconds"]


def time_dense(tokens, threads, repetitions):
    """Median seconds of PyTorch's dense causal attention of the same heads."""
    import time

    import torch
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    q = torch.randn(1, 16, tokens, 128)
    k, v = (torch.randn(1, 1, tokens, 128).expand(1, 16, tokens, 128) for _ in range(2))
    attend = torch.nn.functional.scaled_dot_product_attention
    attend(q[:, :, :512], k[:, :, :512], v[:, :, :512], is_causal=True)  # warm up
    times = []
    for _ in range(repetitions):
        begin = time.perf_counter()
        attend(q, k, v, is_causal=True)
        times.append(time.perf_counter() - begin)
    return statistics.median(times), torch.__version__


def fit_exponent(times):
    """Least-squares slope of log(seconds) over log(tokens)."""
    points = [(math.log(tokens), math.log(seconds)) for tokens, seconds in times.items()]
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    return (sum((x - mean_x) * (y - mean_y) for x, y in points)
            / sum((x - mean_x) ** 2 for x, _ in points))


def cpu_name():
    match = re.search(r"model name\s*:\s*(.*)", open("/proc/cpuinfo").read())
    return match.group(1) if match else platform.processor()


def commit():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    result = subprocess.run(["git", "-C", root, "rev-parse", "HEAD"], text=True,
                            capture_output=True)
    return result.stdout.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fovea-run", required=True)
    parser.add_argument("--tokens", type=int, nargs="+", default=[4096, 8192, 16384])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--json", help="where to write the raw numbers")
    args = parser.parse_args()

    parts = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in PARTS:
            spec = write_spec(folder, name)
            parts[name] = {tokens: time_fovea(args.fovea_run, spec, tokens, args.threads,
                                              args.repetitions) for tokens in args.tokens}
    longest = max(args.tokens)
    dense, torch_version = time_dense(longest, args.threads, max(1, args.repetitions // 2))

    result = {
        "date": datetime.date.today().isoformat(), "commit": commit(), "cpu": cpu_name(),
        "threads": args.threads, "torch": torch_version, "seed": 1,
        "shape": {"heads": 16, "kv_heads": 1, "dim": 128, "type": "f32", "block": 32,
                  "stride": 16, "select": 64, "count": 16, "window": 512},
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
        os.makedirs(os.path.dirname(os.path.abspath(args.json)), exist_ok=True)
        with open(args.json, "w") as file:
            json.dump(result, file, indent=1)
            file.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
