# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How the CPU's benchmarks time Fovea and PyTorch, and what they say of the run."""
import argparse
import datetime
import json
import os
import platform
import re
import subprocess
import tempfile
import time

HEADS, DIM = 16, 128  # of examples/nsa.mlir, over one KV head


def make_parser(description):
    """What every one of these benchmarks is told."""
    parser = argparse.ArgumentParser(description=description,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fovea-run", required=True)
    parser.add_argument("--tokens", type=int, nargs="+", default=[4096, 8192, 16384])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--json", help="where to write the raw numbers")
    return parser


def time_fovea(run, spec, tokens, threads, repetitions, backward=False):
    """Median seconds of the forward and, where asked for, of the backward, as fovea-run measures."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        command = [run, spec, "--device=cpu", f"--tokens={tokens}", "--seed=1",
                   f"--threads={threads}", f"--time={repetitions}", f"--json={report.name}"]
        if backward:
            command.append("--backward")
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        found = json.load(open(report.name))
    entries = [found["forward"], found] if backward else [found]
    return [entry["time"]["median_seconds"] for entry in entries]


class Dense:
    """PyTorch's dense causal attention of the same heads."""

    def __init__(self, tokens, threads):
        import torch
        torch.set_num_threads(threads)
        torch.manual_seed(1)
        self.leaf = [torch.randn(1, heads, tokens, DIM, requires_grad=True)
                     for heads in (HEADS, 1, 1)]
        self.grad = torch.randn(1, HEADS, tokens, DIM)
        self.attend(512)  # warm up

    def attend(self, tokens=None):
        from torch.nn.functional import scaled_dot_product_attention
        q, k, v = (x[:, :, :tokens] for x in self.leaf)
        k, v = (x.expand(-1, HEADS, -1, -1) for x in (k, v))
        return scaled_dot_product_attention(q, k, v, is_causal=True)

    def time_forward(self):
        import torch
        begin = time.perf_counter()
        with torch.no_grad():
            self.attend()
        return time.perf_counter() - begin

    def time_backward(self):
        """Of the gradients of q, k and v, behind a forward that is not timed."""
        import torch
        out = self.attend()
        begin = time.perf_counter()
        torch.autograd.grad(out, self.leaf, self.grad)
        return time.perf_counter() - begin


def cpu_name():
    match = re.search(r"model name\s*:\s*(.*)", open("/proc/cpuinfo").read())
    return match.group(1) if match else platform.processor()


def commit():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    result = subprocess.run(["git", "-C", root, "rev-parse", "HEAD"], text=True,
                            capture_output=True)
    return result.stdout.strip()


def describe(threads):
    """What a result begins with."""
    import torch
    return {"date": datetime.date.today().isoformat(), "commit": commit(), "cpu": cpu_name(),
            "threads": threads, "torch": torch.__version__, "seed": 1,
            "shape": {"heads": HEADS, "kv_heads": 1, "dim": DIM, "type": "f32", "block": 32,
                      "stride": 16, "select": 64, "count": 16, "window": 512}}


def write(path, result):
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")
