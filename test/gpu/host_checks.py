#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a call refuses and keeps, on the real driver: what test/unit/Runtime shows with a fake one.

    host_checks.py --runtime build/runtime/libfovea_runtime.so nsa.fovea

`nsa.fovea` is examples/nsa-gpu.mlir's bundle. A line per check; exits with 1 if one failed."""
import argparse
import gc
import pathlib
import sys
import traceback

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "runtime" / "python"))
from fovea.runtime import Bundle, FoveaError, use_library  # noqa: E402

TOKENS = 256
ENDS = (0, 100, 100, 230)


class Skip(Exception):
    pass


class Forward:
    """The bundle's entry with tensors by name."""

    def __init__(self, path):
        bundle = Bundle.load(path)
        bundle.prepare()
        self.entry = bundle.entry(bundle.entries[0])
        torch.manual_seed(0)
        self.tensors = {}
        for a in self.entry.arguments:
            rows = TOKENS if a.rows == "tokens" else len(ENDS)
            shape = [rows if size < 0 else size for size in a.shape]
            dtype = getattr(torch, a.dtype)
            self.tensors[a.name] = torch.tensor(ENDS, dtype=dtype, device="cuda") \
                if a.rows == "sequence_ends" else \
                torch.randn(shape, device="cuda").to(dtype)
        self.inputs = {a.name: self.tensors[a.name] for a in self.entry.arguments
                       if not a.output}
        self.bytes = self.entry.workspace_bytes(*self.tensors.values())
        self.workspace = torch.empty(self.bytes, dtype=torch.uint8, device="cuda")

    def __call__(self, **changes):
        options = {"workspace": self.workspace, **changes}
        return self.entry(**{**self.tensors, **options})

    def refuse(self, text, **changes):
        try:
            self(**changes)
        except FoveaError as error:
            assert text in str(error), f"expected {text!r}, got {error}"
        else:
            raise AssertionError(f"expected a refusal: {text!r}")
        torch.cuda.synchronize()  # the context still lives


class At:
    """An object with data_ptr, shape and dtype only, somewhere else than `tensor`."""

    def __init__(self, tensor, address):
        self.shape, self.dtype, self.data_ptr = tensor.shape, tensor.dtype, lambda: address


def host_pointers(forward, path):
    q = forward.tensors["q"]
    forward.refuse("expected a CUDA tensor, got one on cpu", q=q.cpu())
    host = q.cpu()
    forward.refuse("the host's, or nobody's", q=At(q, host.data_ptr() // 16 * 16))
    pinned = q.cpu().pin_memory()
    forward.refuse("pinned memory of the host", q=At(q, pinned.data_ptr()))
    forward.refuse("expected a device address, got null", q=At(q, 0))


def workspaces(forward, path):
    wide = torch.empty((forward.bytes, 2), dtype=torch.uint8, device="cuda")
    forward.refuse("expected a contiguous tensor", workspace=wide[:, 0])
    forward.refuse("expected a CUDA tensor", workspace=forward.workspace.cpu())
    forward.refuse("expected at least", workspace=forward.workspace[:256])
    forward.refuse("aligned to 256", workspace=torch.empty(
        forward.bytes + 256, dtype=torch.uint8, device="cuda")[16:16 + forward.bytes])
    if torch.cuda.device_count() < 2:
        raise Skip("one device: nothing is on another")
    other = torch.empty(forward.bytes, dtype=torch.uint8, device="cuda:1")
    forward.refuse("where the first is, got one on device 1", workspace=other)


def graphs(forward, path):
    expected = [t.clone() for t in _several(forward())]
    other = Forward(path)  # whose bundle goes while its graph lives
    other.tensors = forward.tensors
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        results = _several(other())
    workspace = other.workspace
    del other
    gc.collect()
    for result in results:
        result.zero_()
    graph.replay()
    torch.cuda.synchronize()
    assert all(map(torch.equal, results, expected)), "the graph's results differ"
    del workspace


def _several(results):
    return results if isinstance(results, tuple) else (results,)


def no_tensors(forward, path):
    q = forward.tensors["q"]
    for bad in (None, [1.0], q.float().cpu().numpy(), "q", q.shape):
        forward.refuse("argument 'q': expected a tensor", q=bad)
    forward.refuse("argument 'q': expected one of", q=q.double())
    forward.refuse("argument 'q': expected bf16", q=q.half())


def named(forward, path):
    expected = [t.clone() for t in _several(forward())]
    assert all(map(torch.equal, _several(forward.entry(**forward.inputs)), expected))
    assert all(map(torch.equal, _several(forward.entry(*forward.inputs.values())), expected))
    forward.refuse("expected one of the arguments", query=forward.tensors["q"])


def gradients(forward, path):
    q = forward.tensors["q"].clone().requires_grad_()
    forward.refuse("a call records no gradients", q=q)
    with torch.no_grad():
        forward(q=q)


def ranges(forward, path):
    for launches in ((-1, 2), (2, 1), (0, 100)):
        forward.refuse("expected (first, last)", launches=launches)


def compiled(forward, path):
    def model(q):
        inputs = {**forward.inputs, "q": q * 2}
        return _several(forward.entry(**inputs))[0] + 1
    eager = model(forward.tensors["q"])
    traced = torch.compile(model, fullgraph=False)
    for _ in range(3):
        torch.testing.assert_close(traced(forward.tensors["q"]), eager)


def checked(forward, path):
    if not forward.entry.checkable:
        raise Skip("the bundle has no checks: its compiler was older")
    forward(checked=True)
    for ends, sequence in (((0, 150, 100, 230), 1), ((0, 100, 200, TOKENS + 1), 2),
                           ((0, -1, 100, 230), 0), ((16, 100, 200, 230), None)):
        bad = torch.tensor(ends, dtype=torch.int32, device="cuda")
        forward.refuse("a first offset other than 0" if sequence is None else
                       f"got a malformed sequence {sequence}", cu_seqlens=bad, checked=True)
        report = torch.full((1,), 77, dtype=torch.int32, device="cuda")
        forward(cu_seqlens=bad, report=report)
        assert report.item() == (0 if sequence is None else sequence + 1), report


CHECKS = [host_pointers, workspaces, graphs, no_tensors, named, gradients, ranges, compiled,
          checked]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runtime", type=pathlib.Path, required=True)
    parser.add_argument("bundle", type=pathlib.Path)
    args = parser.parse_args()
    use_library(str(args.runtime))
    forward, failed = Forward(args.bundle), 0
    for check in CHECKS:
        try:
            check(forward, args.bundle)
            print(f"passed {check.__name__}")
        except Skip as reason:
            print(f"SKIPPED {check.__name__}: {reason}")
        except Exception:
            failed += 1
            print(f"FAILED {check.__name__}")
            traceback.print_exc()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
