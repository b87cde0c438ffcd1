#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a call of a bundle's first entry costs the host, from C and from Python: median microseconds, as JSON. On a GPU
a launch of Triton, with as many arrays, and SDPA of a few tokens stand beside it.

    host_cost.py --runtime build/runtime/libfovea_runtime.so --bundle nsa.fovea \\
        [--driver build/lib/libFoveaFakeCuda.so] [--json out.json]

With a driver that records nothing and runs nothing (the fake one of the tests, with
FAKE_CUDA_QUIET, which this sets) the numbers are the library's own share; tensors are bare
objects then, for PyTorch has no device."""
import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "runtime" / "python"))
from fovea import runtime  # noqa: E402

SEPARATE = 2  # FOVEA_CALL_SEPARATE
QUEUED_LAUNCHES = 400  # the device's queue has room for more


class BareTensor:
    def __init__(self, address, shape, dtype, nbytes=0):
        self.address, self.shape, self.dtype, self.nbytes = address, shape, dtype, nbytes

    def data_ptr(self):
        return self.address


def time_c(args, folder):
    program = pathlib.Path(folder) / "host_cost"
    library = args.runtime.resolve()
    subprocess.run(["cc", "-O2", "-I", ROOT / "runtime/include",
                    ROOT / "benchmarks/host_cost.c", library, f"-Wl,-rpath,{library.parent}",
                    "-o", program], check=True)
    times = {}
    for name, flags in (("c", 0), ("c, kernels one by one", SEPARATE)):
        command = [program, args.bundle, str(args.tokens), str(args.calls), str(flags)]
        if args.driver:
            command.append(args.driver.resolve())
        times[name] = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return times


def median(args, launches, call, synchronize):
    burst = QUEUED_LAUNCHES // (launches + 1)
    times = []
    for i in range(args.calls):
        if i % burst == 0:
            synchronize()
        begin = time.perf_counter_ns()
        call()
        times.append(time.perf_counter_ns() - begin)
    synchronize()
    return statistics.median(times) * 1e-3


def shape_of(argument, tokens):
    rows = tokens if argument.rows == "tokens" else 2
    return tuple(rows if size < 0 else size for size in argument.shape)


def bare_tensors(entry, args):
    return [BareTensor(0x1000000 * (i + 1), shape_of(a, args.tokens), f"torch.{a.dtype}")
            for i, a in enumerate(entry.arguments)]


def cuda_tensors(entry, args):
    import torch
    tensors = []
    for a in entry.arguments:
        tensor = torch.zeros(shape_of(a, args.tokens), dtype=getattr(torch, a.dtype),
                             device="cuda")
        if a.rows == "sequence_ends":
            tensor[-1] = args.tokens
        tensors.append(tensor)
    return tensors


def time_python(args):
    runtime.use_library(str(args.runtime))
    if args.driver:
        runtime.open_driver(str(args.driver))
    bundle = runtime.Bundle.load(args.bundle)
    entry = bundle.entry(bundle.entries[0])
    tensors = (bare_tensors if args.driver else cuda_tensors)(entry, args)
    count = entry.workspace_bytes(*tensors)
    launches = len(entry.launches)
    if args.driver:
        workspace = BareTensor(0x8000000000, (count,), "torch.uint8", count)
        bound = entry.bind(*tensors, workspace=workspace)
        return {"python, all given": median(
                    args, launches, lambda: entry(*tensors, workspace=workspace, stream=0), lambda: None),
                "python, bound": median(args, launches, lambda: bound(0), lambda: None)}
    import torch
    workspace = torch.empty(count, dtype=torch.uint8, device="cuda")
    inputs = [t for t, a in zip(tensors, entry.arguments) if not a.output]
    wait = torch.cuda.synchronize
    bound = entry.bind(*tensors, workspace=workspace)
    return {"python, all given": median(
                args, launches, lambda: entry(*tensors, workspace=workspace), wait),
            "python, bound": median(args, launches, bound, wait),
            "python, all given, kernels one by one": median(
                args, launches, lambda: entry(*tensors, workspace=workspace, separate=True), wait),
            "python, outputs and workspace allocated": median(
                args, launches, lambda: entry(*inputs), wait)}


def time_others(args):
    """Calls that others make: a kernel of six arrays that does nothing, and attention of one kernel."""
    import torch
    import triton
    import empty_kernel
    arrays = [torch.zeros(args.tokens, device="cuda") for _ in range(6)]
    q, k, v = (torch.zeros(1, 4, args.tokens, 64, dtype=torch.bfloat16, device="cuda") for _ in range(3))
    sdpa = torch.nn.functional.scaled_dot_product_attention
    wait = torch.cuda.synchronize
    return {f"triton {triton.__version__}": median(
                args, 1, lambda: empty_kernel.empty[(1,)](*arrays, args.tokens), wait),
            "torch, SDPA": median(args, 1, lambda: sdpa(q, k, v, is_causal=True), wait)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runtime", type=pathlib.Path, required=True)
    parser.add_argument("--bundle", type=pathlib.Path, required=True)
    parser.add_argument("--driver", type=pathlib.Path)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--commit", default="unknown", help="what the JSON says was measured")
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()
    if args.driver and "FAKE_CUDA_QUIET" not in os.environ:
        os.environ["FAKE_CUDA_QUIET"] = "1"
        os.execv(sys.executable, [sys.executable, *sys.argv])
    with tempfile.TemporaryDirectory() as folder:
        microseconds = time_c(args, folder)
    microseconds.update(time_python(args))
    if not args.driver:
        microseconds.update(time_others(args))
    text = json.dumps({"bundle": args.bundle.name, "date": datetime.date.today().isoformat(), "commit": args.commit,
                       "driver": str(args.driver or "libcuda"), "tokens": args.tokens,
                       "calls": args.calls,
                       "microseconds": {k: round(v, 2) for k, v in microseconds.items()}},
                      indent=1)
    print(text)
    if args.json:
        args.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
