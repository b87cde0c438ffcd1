#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests fovea.runtime without a GPU and without PyTorch, over the fake libcuda.

Usage: python_test.py <libfovea_runtime.so> <libFoveaFakeCuda.so>
"""

import hashlib
import json
import pathlib
import struct
import sys
import tempfile
import types
import unittest
from unittest import mock

root = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(root / "runtime" / "python"))
from fovea import runtime  # noqa: E402

CUBIN = b"a cubin of a fake"
MANIFEST = {
    "format": 1, "producer": "python", "target": "sm_90a",
    "cubins": [{"sha256": hashlib.sha256(CUBIN).hexdigest(), "offset": 0,
                "bytes": len(CUBIN)}],
    "kernels": [{"name": "double", "symbol": "double_kernel", "cubin": 0, "threads": 128,
                 "shared_bytes": 0, "registers": 32,
                 "params": [{"kind": "pointer", "argument": i} for i in range(3)]}],
    "entries": [{
        "name": "double",
        "arguments": [
            {"name": "x", "type": "f32", "rows": "tokens", "shape": [-1, 8], "output": False},
            {"name": "y", "type": "f32", "rows": "tokens", "shape": [-1, 8], "output": True}],
        "values": [["dim", 0, 0]],
        "workspace": [{"type": "f32", "shape": [{"value": 0}, 8], "first": 0, "last": 0}],
        "launches": [{"kernel": 0, "grid": [{"value": 0}],
                      "arguments": [{"argument": 0}, {"argument": 1}, {"workspace": 0}]}]}],
}


class FakeTensor:
    """What a tensor must have."""

    def __init__(self, address, shape, dtype="torch.float32"):
        self.address, self.shape, self.dtype = address, shape, dtype

    def data_ptr(self):
        return self.address

    def numel(self):
        count = 1
        for size in self.shape:
            count *= size
        return count

    def element_size(self):
        return 1 if self.dtype == "torch.uint8" else 4


class FakeStream:
    """A context manager that says when it is current, as torch.cuda.stream(...) is."""

    current = None

    def __init__(self, number):
        self.cuda_stream = number

    def __enter__(self):
        FakeStream.current = self

    def __exit__(self, *_):
        FakeStream.current = None


def make_fake_torch(allocated):
    """The part of PyTorch that the wrapper calls. Each allocation is noted with the
    stream that was current."""

    class Tensor(FakeTensor):
        is_cuda, device = True, "cuda:1"

    def empty(shape, dtype, device):
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        allocated.append((shape, dtype, device, FakeStream.current.cuda_stream))
        return Tensor(0x10000 * len(allocated), shape, dtype)

    cuda = types.SimpleNamespace(
        device=lambda device: FakeStream(0), stream=lambda stream: stream,
        current_stream=lambda device: FakeStream(5),
        default_stream=lambda device: FakeStream(0),
        ExternalStream=lambda number, device: FakeStream(number))
    return types.SimpleNamespace(Tensor=Tensor, empty=empty, cuda=cuda,
                                 float32="torch.float32", uint8="torch.uint8")


class RuntimeTest(unittest.TestCase):
    def setUp(self):
        manifest = json.dumps(MANIFEST).encode()
        header = b"FOVEAB01" + struct.pack("<Q", len(manifest)) + manifest
        self.file = header + bytes(-len(header) % 16) + CUBIN
        self.bundle = self.load(self.file)
        self.entry = self.bundle.entry("double")
        self.x = FakeTensor(0x1000, (100, 8))
        self.y = FakeTensor(0x2000, (100, 8))
        self.workspace = FakeTensor(0x4000, (3328,), "torch.uint8")

    def load(self, data):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "test.fovea"
            path.write_bytes(data)
            return runtime.Bundle.load(path)

    def assert_refused(self, text, call, *arguments, **options):
        with self.assertRaises(runtime.FoveaError) as caught:
            call(*arguments, **options)
        self.assertIn(text, str(caught.exception))

    def test_describes(self):
        self.assertEqual(self.bundle.entries, ("double",))
        self.assertEqual(self.bundle.target, "sm_90a")
        self.assertEqual(self.bundle.kernels[0],
                         runtime.Kernel("double", "double_kernel", 128, 0, 32))
        self.assertEqual(self.entry.arguments[1],
                         runtime.Argument("y", "float32", "tokens", True, (-1, 8)))
        self.assertEqual([kernel.name for kernel in self.entry.launches], ["double"])

    def test_launches(self):
        self.bundle.prepare()
        self.assertEqual(self.entry.workspace_bytes(self.x, self.y), 3328)
        out = self.entry(self.x, self.y, workspace=self.workspace, stream=7)
        self.assertIs(out, self.y)
        self.entry(self.x, self.y, workspace=self.workspace, launches=(0, 0))

    def test_allocates_on_the_stream_that_it_launches_on(self):
        for stream, number in ((None, 5), (9, 9), (0, 0), (FakeStream(11), 11)):
            allocated = []
            torch = make_fake_torch(allocated)
            with mock.patch.dict(sys.modules, torch=torch):
                out = self.entry(torch.Tensor(0x1000, (100, 8)), stream=stream)
            self.assertEqual(out.shape, (100, 8))
            self.assertEqual(allocated, [
                ((100, 8), "torch.float32", "cuda:1", number),
                ((3328,), "torch.uint8", "cuda:1", number)])

    def test_compressed_rows(self):
        text = json.dumps(MANIFEST).replace(
            '"y", "type": "f32", "rows": "tokens"', '"y", "type": "f32", "rows": "tokens / 16"')
        manifest = text.encode()
        header = b"FOVEAB01" + struct.pack("<Q", len(manifest)) + manifest
        entry = self.load(header + bytes(-len(header) % 16) + CUBIN).entry("double")
        self.assertEqual(entry.arguments[1].rows, "tokens / 16")
        self.assert_refused("expected 6 rows as 'x' has 100 tokens, of which a row counts 16, "
                            "got 100", entry, self.x, self.y, workspace=self.workspace)
        torch = make_fake_torch([])
        with mock.patch.dict(sys.modules, torch=torch):
            out = entry(torch.Tensor(0x1000, (100, 8)))
        self.assertEqual(out.shape, (6, 8))

    def test_without_pytorch_nothing_is_allocated(self):
        with mock.patch.dict(sys.modules, torch=None):
            self.assert_refused("expected PyTorch", self.entry, self.x)

    def test_an_entry_keeps_its_bundle(self):
        del self.bundle
        self.entry(self.x, self.y, workspace=self.workspace)

    def test_refuses(self):
        self.assert_refused("expected one of the entries double", self.bundle.entry, "half")
        small = FakeTensor(0x4000, (256,), "torch.uint8")
        self.assert_refused("workspace: expected at least 3328 bytes, got 256", self.entry,
                            self.x, self.y, workspace=small)
        self.assert_refused("expected 100 tokens as 'x' has, got 99", self.entry, self.x,
                            FakeTensor(0x2000, (99, 8)), workspace=self.workspace)
        self.assert_refused("argument 'y': expected one of bfloat16", self.entry, self.x,
                            FakeTensor(0x2000, (100, 8), "torch.float64"))
        self.assert_refused("expected 1 inputs or all 2 arguments, got 0", self.entry)
        self.assert_refused("argument 'y': expected f32, got bf16", self.entry, self.x,
                            FakeTensor(0x2000, (100, 8), "torch.bfloat16"),
                            workspace=self.workspace)
        self.assert_refused("expected a range of 1 launches", self.entry, self.x, self.y,
                            workspace=self.workspace, launches=(0, 2))

    def test_refuses_what_is_on_the_host_or_not_contiguous(self):
        self.y.is_cuda, self.y.device = False, "cpu"
        self.assert_refused("argument 'y': expected a CUDA tensor, got one on cpu",
                            self.entry, self.x, self.y)
        self.y.is_cuda = True
        self.y.is_contiguous, self.y.stride = lambda: False, lambda: (1, 100)
        self.assert_refused("expected a contiguous tensor, got strides (1, 100)",
                            self.entry, self.x, self.y)

    def test_refuses_files(self):
        self.assert_refused("truncated", self.load, self.file[:-1])
        self.assert_refused("corrupted", self.load, self.file[:-1] + b"?")
        self.assert_refused("No such file", runtime.Bundle.load, "/nonexistent")


if __name__ == "__main__":
    library, fake = sys.argv[1:]
    runtime.use_library(library)
    runtime.open_driver(fake)
    unittest.main(argv=sys.argv[:1])
