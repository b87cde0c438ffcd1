#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a call with tensors of PyTorch costs the host on the CPU: microseconds, as JSON.

    FOVEA_FOVEAC=build/release/bin/foveac torch_cost.py [--json out.json] [--python]

The kernels of NSA are replaced by functions that do nothing, so all that is measured is the way to them: checks,
allocation, recording. It takes the installed package where there is one, with its library of operations; --python
does without that library. A number is the median of means over 25 calls, as other processes disturb them; `lowest`
has the lowest of these means."""
import argparse
import ctypes
import datetime
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import torch

if not sys.flags.safe_path:
    sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "runtime" / "python"))
import fovea  # noqa: E402
from fovea import _operations  # noqa: E402

BURSTS, CALLS = 60, 25
SIZES = dict(block=8, stride=4, selected_block=8, top=3, initial=1, local=1, window=8)


def read_interface(library):
    size = ctypes.c_uint64.in_dll(library, "fovea_cpu_interface_bytes").value
    return (ctypes.c_char * size).in_dll(library, "fovea_cpu_interface").raw


def make_stub(library, folder):
    """A library of the same interface whose functions do nothing."""
    text = read_interface(library._library)
    functions = "".join(f"int32_t fovea_cpu_{name}(const void *fields) {{ return fields == 0; }}\n"
                        for name in library.entries)
    path = pathlib.Path(folder) / f"stub{len(text)}-{library.tag}.so"
    source = f"""#include <stdint.h>
const char fovea_cpu_interface[] = {{{', '.join(map(str, text))}}};
const uint64_t fovea_cpu_interface_bytes = {len(text)};
{functions}"""
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-x", "c", "-", "-o", path], input=source, text=True, check=True)
    return fovea.load(path)


def measure(call):
    """(the median, the lowest) of the microseconds of a call."""
    means = []
    for i in range(BURSTS + 2):
        begin = time.perf_counter_ns()
        for _ in range(CALLS):
            call()
        means.append((time.perf_counter_ns() - begin) / CALLS * 1e-3)
    means = sorted(means[2:])
    return means[len(means) // 2], means[0]


def make_calls(autograd, folder):
    """{name: a call}, of one sequence of one token."""
    q, k, v, gates = (torch.randn(1, 1, *shape) for shape in ((4, 16), (2, 16), (2, 16), (4, 3)))
    leaf = q.clone().requires_grad_()
    for queries in (q, leaf):
        fovea.nsa(queries, k, v, gates, **SIZES)
    known = {}
    for kernel in list(autograd._known):
        spec = kernel.partition("\n")[2]
        known["backward" in spec] = autograd.Differentiable(make_stub(fovea.compile(spec), folder), "nsa", kernel)
    inputs = [x.flatten(0, 1) for x in (q, k, v, gates)] + [torch.tensor([0, 1], dtype=torch.int32)]
    entry, kernel = known[False].forward, known[False].kernel
    out, grad = entry(*inputs), torch.ones_like(q)
    run = getattr(torch.ops.fovea, "run", torch.ops.fovea.forward)

    def train():
        leaf.grad = None
        fovea.nsa(leaf, k, v, gates, **SIZES).backward(grad)
    heads = [x.transpose(1, 2) for x in (q, k, v)]
    sdpa = torch.nn.functional.scaled_dot_product_attention
    return {"entry, all given": lambda: entry(*inputs, out),
            "entry": lambda: entry(*inputs),
            "torch.ops.fovea.run": lambda: run(inputs, kernel),
            "torch.ops.fovea.forward": lambda: torch.ops.fovea.forward(inputs, kernel),
            "fovea.nsa": lambda: fovea.nsa(q, k, v, gates, **SIZES),
            "fovea.nsa, recorded": lambda: fovea.nsa(leaf, k, v, gates, **SIZES),
            "fovea.nsa and its gradient": train,
            "PyTorch's SDPA, of the same arrays": lambda: sdpa(*heads, is_causal=True, enable_gqa=True)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="store_true", help="without the library of operations")
    parser.add_argument("--commit", default="unknown", help="what the JSON says was measured")
    parser.add_argument("--machine", default="unknown", help="what it says of the machine")
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.python:
        _operations.find_packaged = lambda name: None
    from fovea import autograd
    with tempfile.TemporaryDirectory() as folder:
        times = {name: measure(call) for name, call in make_calls(autograd, folder).items()}
    text = json.dumps({"date": datetime.date.today().isoformat(), "commit": args.commit, "machine": args.machine,
                       "torch": torch.__version__, "operations": autograd.describe_operations().split(",")[0].split(":")[0],
                       "microseconds": {name: round(median, 1) for name, (median, _) in times.items()},
                       "lowest": {name: round(lowest, 1) for name, (_, lowest) in times.items()}}, indent=1)
    print(text)
    if args.json:
        args.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
