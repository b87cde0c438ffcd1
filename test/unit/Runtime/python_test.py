#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests fovea.runtime without a GPU and without PyTorch, over the fake libcuda.

Usage: python_test.py <libfovea_runtime.so> <libFoveaFakeCuda.so>
"""

import concurrent.futures
import contextlib
import copy
import ctypes
import hashlib
import importlib.util
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
from fovea.device import Device  # noqa: E402

CUBIN = b"\x7fELF of a fake"
MANIFEST = {
    "format": 2, "producer": "python", "target": "sm_90a",
    "cubins": [{"sha256": hashlib.sha256(CUBIN).hexdigest(), "offset": 0,
                "bytes": len(CUBIN)}],
    "kernels": [{"name": "double", "symbol": "double_kernel", "cubin": 0, "threads": 128,
                 "shared_bytes": 0, "registers": 32,
                 "params": [{"kind": "pointer", "argument": i} for i in range(3)]},
                {"name": "check", "symbol": "check_kernel", "cubin": 0, "threads": 128,
                 "shared_bytes": 0, "registers": 16,
                 "params": [{"kind": "pointer", "argument": i} for i in (0, 2)]}],
    "entries": [{
        "name": "double",
        "arguments": [
            {"name": "x", "type": "f32", "rows": "tokens", "shape": [-1, 8], "output": False},
            {"name": "y", "type": "f32", "rows": "tokens", "shape": [-1, 8], "output": True}],
        "values": [["dim", 0, 0]],
        "workspace": [{"type": "f32", "shape": [{"value": 0}, 8], "first": 0, "last": 0}],
        "launches": [{"kernel": 0, "grid": [{"value": 0}],
                      "arguments": [{"argument": 0}, {"argument": 1}, {"workspace": 0}]}]},
        {"name": "check",
         "arguments": [
             {"name": "x", "type": "f32", "rows": "tokens", "shape": [-1, 8], "output": False},
             {"name": "cu", "type": "i32", "rows": "sequence_ends", "shape": [-1],
              "output": False}],
         "values": [["dim", 0, 0]], "workspace": [], "launches": [],
         "checks": [{"kernel": 1, "grid": [1],
                     "arguments": [{"argument": 1}, {"value": 0}, {"report": 0}]}]}],
}


class BareTensor:
    """What a tensor must have, and nothing beside it."""

    def __init__(self, address, shape, dtype):
        self.shape, self.dtype, self.data_ptr = shape, dtype, lambda: address


class FakeTensor:
    """A tensor that says how large it is."""

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

    current = None  # set below

    def __init__(self, number):
        self.cuda_stream = number

    def __enter__(self):
        self.previous, FakeStream.current = FakeStream.current, self

    def __exit__(self, *_):
        FakeStream.current = self.previous


FakeStream.current = FakeStream(5)


def make_fake_torch(allocated):
    """The part of PyTorch that the wrapper calls. Each allocation is noted with the
    stream that was current."""

    class Tensor(FakeTensor):
        is_cuda, device, requires_grad = True, "cuda:1", False

        def get_device(self):
            return 1

        def is_contiguous(self):
            return True

    def empty(shape, dtype, device):
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        allocated.append((shape, dtype, device, FakeStream.current.cuda_stream))
        return Tensor(0x10000 * len(allocated), shape, dtype)

    cuda = types.SimpleNamespace(
        device=lambda device: contextlib.nullcontext(), stream=lambda stream: stream,
        current_stream=lambda device: FakeStream.current,
        default_stream=lambda device: FakeStream(0), current_device=lambda: 0,
        ExternalStream=lambda number, device: FakeStream(number))
    return types.SimpleNamespace(Tensor=Tensor, empty=empty, cuda=cuda,
                                 float32="torch.float32", uint8="torch.uint8")


def make_file(manifest):
    """A bundle of this manifest, bytes, and one cubin."""
    header = (b"FOVEAB02" + struct.pack("<Q", len(manifest)) +
              hashlib.sha256(manifest).digest() + manifest)
    return header + bytes(-len(header) % 16) + CUBIN


class RuntimeTest(unittest.TestCase):
    def setUp(self):
        manifest = json.dumps(MANIFEST).encode()
        self.file = make_file(manifest)
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
        self.assertEqual(self.bundle.entries, ("double", "check"))
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

    def test_launches_kernels_as_a_graph_or_one_by_one(self):
        manifest = copy.deepcopy(MANIFEST)
        manifest["entries"][0]["launches"] *= 2
        manifest["entries"][0]["workspace"][0]["last"] = 1
        entry = self.load(make_file(json.dumps(manifest).encode())).entry("double")
        calls = (b"cuGraphLaunch", b"cuLaunchKernel")
        count = lambda: [fake.fakeCudaCountCalls(name) for name in calls]
        for separate, more in ((False, [1, 0]), (True, [0, 2])):
            before = count()
            entry(self.x, self.y, workspace=self.workspace, stream=7, separate=separate)
            self.assertEqual([a - b for a, b in zip(count(), before)], more)

    def test_a_bound_call_launches_what_it_was_bound_to(self):
        launches = lambda: fake.fakeCudaCountCalls(b"cuGraphLaunch")
        before = launches()
        bound = self.entry.bind(self.x, y=self.y, workspace=self.workspace)
        self.assertEqual(launches(), before)
        for stream in (7, None, FakeStream(9)):
            self.assertIsNone(bound(stream))
        self.assertEqual(launches(), before + 3)
        self.assert_refused("stream", bound, "seven")
        self.assert_refused("expected all 2 arguments to bind, outputs included, got 1", self.entry.bind, self.x)
        self.assert_refused("expected f32, got i32", self.entry.bind, FakeTensor(0x1000, (100, 8), "torch.int32"), self.y,
                            workspace=self.workspace)
        self.bundle.close()
        self.assert_refused("expected an open bundle", bound)

    def test_a_bound_call_takes_the_current_stream_and_keeps_its_workspace(self):
        allocated = []
        torch = make_fake_torch(allocated)
        with mock.patch.dict(sys.modules, torch=torch):
            bound = self.entry.bind(*[torch.Tensor(place, (100, 8)) for place in (0x1000, 0x2000)])
            bound()
            bound()
        self.assertEqual(bound._prepared.call.stream, 5)
        self.assertEqual([size for size, *_ in allocated], [(3328,)])

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
        entry = self.load(make_file(manifest)).entry("double")
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

    def test_a_closed_bundle_is_refused(self):
        self.bundle.close()
        self.bundle.close()
        for call in (lambda: self.entry(self.x, self.y, workspace=self.workspace),
                     lambda: self.entry.workspace_bytes(self.x, self.y), self.bundle.prepare,
                     lambda: self.bundle.entry("double"),
                     lambda: Device().time_launches(self.entry, [], None)):
            self.assert_refused("expected an open bundle, got one that was closed", call)

    def test_a_tag_says_which_code_it_is(self):
        self.assertEqual(self.load(self.file).tag, self.bundle.tag)
        other = json.dumps({**MANIFEST, "producer": "another"}).encode()
        self.assertNotEqual(self.load(make_file(other)).tag, self.bundle.tag)

    def test_refuses(self):
        self.assert_refused("expected one of the entries double, check", self.bundle.entry, "half")
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
        for launches in ((0, 2), (-1, 1), (1, 0), (0, -1), (0, 1, 1), 1, (0, None), "ab"):
            self.assert_refused("double, launches: expected (first, last) with 0 <= first <= "
                                "last <= 1, got", self.entry, self.x, self.y,
                                workspace=self.workspace, launches=launches)
        for stream in (-1, "0", 1.5, True):
            self.assert_refused("double, stream: expected a CUstream's number", self.entry,
                                self.x, self.y, workspace=self.workspace, stream=stream)

    def test_refuses_what_is_no_tensor(self):
        class Unreadable(FakeTensor):
            def data_ptr(self):
                raise RuntimeError("no storage")

        for bad, text in (
                (None, "got None"), ([1.0], "got a list"), (1.0, "got a float"),
                (memoryview(b"abc"), "got a memoryview"),
                (types.SimpleNamespace(shape=(100, 8), dtype="float32"),
                 "got a types.SimpleNamespace"),
                (BareTensor(0x1000, None, "float32"), "BareTensor"),
                (BareTensor(0x1000, (100, "8"), "float32"), "BareTensor"),
                (BareTensor(None, (100, 8), "float32"), "data_ptr() gave None"),
                (BareTensor(0x1000, (100, 8), None), "got None"),
                (BareTensor(0x1000, (2 ** 70, 8), "float32"), "double, argument 'x'"),
                (Unreadable(0x1000, (100, 8)), "no storage")):
            self.assert_refused(text, self.entry, bad, self.y, workspace=self.workspace)
            self.assert_refused("double, argument 'x': ", self.entry, bad, self.y,
                                workspace=self.workspace)
            if bad is not None:
                self.assert_refused("double, workspace: ", self.entry, self.x, self.y,
                                    workspace=bad)
            if not hasattr(bad, "data_ptr") or bad.shape != (100, 8):
                self.assert_refused(text, self.entry.workspace_bytes, bad, self.y)

    def test_bare_tensors(self):
        for shape in ((100, 8), [100, 8]):
            x, y = (BareTensor(i, shape, "float32") for i in (0x1000, 0x2000))
            self.assertIs(self.entry(x, y, workspace=self.workspace), y)

    def test_arguments_by_name(self):
        self.assertIs(self.entry(x=self.x, y=self.y, workspace=self.workspace), self.y)
        self.assertIs(self.entry(self.x, y=self.y, workspace=self.workspace), self.y)
        self.assert_refused("double: expected one of the arguments x, y; got 'z'", self.entry,
                            self.x, z=self.y)
        self.assert_refused("double: expected argument 'x' once", self.entry, self.x,
                            x=self.x, y=self.y)
        self.assert_refused("argument 'x': expected a tensor, got none", self.entry, y=self.y)

    def test_gradients_are_refused(self):
        self.x.requires_grad = True
        self.assert_refused("argument 'x': expected a tensor without requires_grad, got one "
                            "with it: a call records no gradients", self.entry, self.x, self.y,
                            workspace=self.workspace)
        torch = make_fake_torch([])
        torch.is_grad_enabled = lambda: False
        with mock.patch.dict(sys.modules, torch=torch):
            self.entry(self.x, self.y, workspace=self.workspace)

    def test_the_workspace_is_checked(self):
        def refuse(text, **properties):
            workspace = FakeTensor(0x4000, (3328,), "torch.uint8")
            vars(workspace).update(properties)
            self.assert_refused(f"double, workspace: {text}", self.entry, self.x, self.y,
                                workspace=workspace)
        refuse("expected a contiguous tensor, got strides (2,)",
               is_contiguous=lambda: False, stride=lambda: (2,))
        refuse("expected a CUDA tensor, got one on cpu", is_cuda=False, device="cpu")
        refuse("expected at least 3328 bytes, got 13", nbytes=13)
        refuse("expected a tensor with nbytes, or numel() and element_size()", numel=None)
        torch = make_fake_torch([])
        x, y = (torch.Tensor(i, (100, 8)) for i in (0x1000, 0x2000))
        other = torch.Tensor(0x4000, (3328,), "torch.uint8")
        other.get_device = lambda: 0
        with mock.patch.dict(sys.modules, torch=torch):
            self.assert_refused("double, workspace: expected a tensor on device 1, where the "
                                "first is, got one on device 0", self.entry, x, y,
                                workspace=other)
            y.get_device = lambda: 0
            self.assert_refused("argument 'y': expected a tensor on device 1", self.entry, x,
                                y, workspace=other)

    def test_memory_of_the_host_is_refused(self):
        fake.fakeCudaSetMemory(0x770000, 0x10000, 0, 0)
        self.assert_refused("argument 'x': expected memory of device 0, got 0x770000, which "
                            "is the host's, or nobody's", self.entry,
                            FakeTensor(0x770000, (100, 8)), self.y, workspace=self.workspace)
        self.assert_refused("double, workspace: expected memory of device 0", self.entry,
                            self.x, self.y, workspace=FakeTensor(0x770000, (3328,),
                                                                 "torch.uint8"))

    def test_checked_calls(self):
        entry = self.bundle.entry("check")
        self.assertTrue(entry.checkable)
        self.assertFalse(self.entry.checkable)
        self.assert_refused("double: expected an entry that can check its arguments",
                            self.entry, self.x, self.y, workspace=self.workspace, checked=True)
        cu = FakeTensor(0x3000, (4,), "torch.int32")
        result = (ctypes.c_int32 * 1)(77)  # memory of the fake device is the host's
        report = FakeTensor(ctypes.addressof(result), (1,), "torch.int32")
        fake.fakeCudaSetParamBytes(b"check_kernel", 2, 8)
        for value, text in ((-1, None), (0, "got a first offset other than 0"),
                            (3, "check, argument 'cu': expected offsets that ascend from 0 to "
                                "at most 100 tokens, got a malformed sequence 2")):
            fake.fakeCudaSetReport(b"check_kernel", value)
            for options in ({}, {"report": report}):
                if text:
                    self.assert_refused(text, entry, self.x, cu, checked=True, **options)
                else:
                    self.assertEqual(entry(self.x, cu, checked=True, **options), ())
            result[0] = 77
            entry(self.x, cu, report=report)  # does not wait, so raises nothing
            self.assertEqual(result[0], value)
        report.dtype = "torch.int64"
        self.assert_refused("check, report: expected int32, got int64", entry, self.x, cu,
                            report=report)
        empty = FakeTensor(ctypes.addressof(result), (0,), "torch.int32")
        self.assert_refused("check, report: expected at least 1 elements, got 0", entry,
                            self.x, cu, report=empty)

    def test_a_captured_graph_keeps_its_kernels(self):
        for captured, kept in ((0, 0), (7, 1)):
            bundle = self.load(self.file)
            entry = bundle.entry("double")
            before = fake.fakeCudaCountModules()
            fake.fakeCudaSetCaptured(captured or None)
            entry(self.x, self.y, workspace=self.workspace, stream=7)
            fake.fakeCudaSetCaptured(None)
            del bundle, entry
            self.assertEqual(fake.fakeCudaCountModules(), before + kept)

    def test_calls_in_many_threads(self):
        def call(address):
            for _ in range(200):
                y = FakeTensor(address, (100, 8))
                if self.entry(self.x, y, workspace=self.workspace) is not y:
                    raise AssertionError("another call's output")

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(call, range(0x10000, 0x90000, 0x10000)))

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


class DeviceTest(unittest.TestCase):
    """fovea.device: memory of the fake device is the host's."""

    setUp, load = RuntimeTest.setUp, RuntimeTest.load

    def test_arrays_keep_what_is_written(self):
        array = Device().array([2, 3], "int32")
        self.assertEqual((array.shape, array.dtype, array.nbytes), ((2, 3), "int32", 24))
        array.write(struct.pack("6i", *range(6)))
        array.write(bytearray(struct.pack("i", 9)), offset=8)
        self.assertEqual(struct.unpack("6i", array.read()), (0, 1, 9, 3, 4, 5))
        self.assertEqual(struct.unpack("2i", array.read(12, 8)), (3, 4))
        self.assertEqual(Device().array([0, 3], "bfloat16").data_ptr(), 0)
        for arguments in ((b"12345678", 20), (b"", -1)):
            with self.assertRaisesRegex(runtime.FoveaError, "expected bytes of an array of 24"):
                array.write(*arguments)
        with self.assertRaisesRegex(runtime.FoveaError, "expected one of .*; got float64"):
            Device().array([1], "float64")

    def test_describes_the_device(self):
        device = Device()
        self.assertEqual((device.name, device.capability), ("Fake device", (9, 0)))

    def test_times_each_launch(self):
        device, entry = Device(), self.bundle.entry("double")
        arrays = [device.array([4, 8], "float32") for _ in range(2)]
        workspace = device.array([entry.workspace_bytes(*arrays)], "uint8")
        before = fake.fakeCudaCountLaunches()
        seconds = device.time_launches(entry, arrays, workspace)
        self.assertEqual([round(each, 6) for each in seconds], [1.5e-3])
        self.assertEqual(fake.fakeCudaCountLaunches(), before + 2)
        with self.assertRaisesRegex(runtime.FoveaError, "expected 2 arrays, got 1"):
            device.time_launches(entry, arrays[:1], workspace)
        with self.assertRaisesRegex(runtime.FoveaError, "workspace"):
            device.time_launches(entry, arrays, device.array([1], "uint8"))


class StubEntry:
    """An entry that a function computes, outside of PyTorch's records."""

    def __init__(self, name, inputs, outputs, compute):
        self.name, self.compute = name, compute
        self.arguments = [runtime.Argument(argument, "float32", "tokens", argument in outputs, (-1,))
                          for argument in (*inputs, *outputs)]

    def __call__(self, *tensors):
        assert not sys.modules["torch"].is_grad_enabled()
        return self.compute(*tensors)


class StubBundle:
    tag = "stub"

    def __init__(self, *entries):
        self.entries = [entry.name for entry in entries]
        self.entry = {entry.name: entry for entry in entries}.__getitem__


@unittest.skipUnless(importlib.util.find_spec("torch"), "PyTorch is not installed")
class TorchTest(unittest.TestCase):
    """With PyTorch itself, whose tensors on the CPU stand for the device's."""

    setUp, load = RuntimeTest.setUp, RuntimeTest.load

    def test_a_call_breaks_the_graph_of_torch_compile(self):
        import torch
        ones = torch.ones(100, 8)
        workspace = torch.empty(3328 + 256, dtype=torch.uint8)
        workspace = workspace[-workspace.data_ptr() % 256:][:3328]

        def model(x):
            y = torch.zeros_like(x)
            return self.entry(x * 2, y, workspace=workspace, stream=0) + x

        with mock.patch.object(runtime._tensors, "get_address",
                               lambda place, tensor, device=None: tensor.data_ptr()):
            before = fake.fakeCudaCountLaunches()
            traced = torch.compile(model, backend="eager")
            for _ in range(3):
                torch.testing.assert_close(traced(ones), ones)
            self.assertEqual(fake.fakeCudaCountLaunches(), before + 3)

    def test_gradients(self):
        import torch
        from fovea.autograd import Differentiable

        bundle = StubBundle(
            StubEntry("f_forward", ("x", "y", "ends"), ("o", "saved"),
                      lambda x, y, ends: (x * y, x.clone())),
            StubEntry("f_backward", ("y", "ends", "saved", "grad_o"), ("grad_x", "grad_y"),
                      lambda y, ends, saved, grad: (grad * y, grad * saved)),
            StubEntry("g_forward", ("x",), ("o",), lambda x: 2 * x),
            StubEntry("g_backward", ("grad_o",), ("grad_x",), lambda grad: 2 * grad),
            StubEntry("h_forward", ("x",), ("o",), None),
            StubEntry("h_backward", ("lse", "grad_o"), ("grad_x",), None))
        x, y = (torch.randn(4, requires_grad=True) for _ in "xy")
        ends, function = torch.tensor([0, 4]), Differentiable(bundle, "f")
        function(x, ends=ends, y=y).backward(torch.arange(4.0))
        torch.testing.assert_close(x.grad, torch.arange(4.0) * y.detach())
        torch.testing.assert_close(y.grad, torch.arange(4.0) * x.detach())
        x.grad = None
        Differentiable(bundle, "g")(x).sum().backward()
        torch.testing.assert_close(x.grad, torch.full((4,), 2.0))
        for arguments, named, text in (
                ((x, y), {}, "f_forward: expected x, y, ends, each once; got 2 tensors"),
                ((x, y, ends, x), {}, "f_forward: expected x, y, ends, each once; got 4 tensors"),
                ((x, y, ends), {"x": x}, "f_forward: expected argument 'x' once"),
                ((x, y), {"other": ends}, "f_forward: expected one of the arguments x, y, ends")):
            with self.assertRaisesRegex(runtime.FoveaError, text):
                function(*arguments, **named)
        with self.assertRaisesRegex(runtime.FoveaError, "h_backward: expected arguments that h_forward has, "
                                    "and grad_o; got lse, grad_o"):
            Differentiable(bundle, "h")


if __name__ == "__main__":
    library, driver = sys.argv[1:]
    runtime.use_library(library)
    runtime.open_driver(driver)
    fake = ctypes.CDLL(driver)
    fake.fakeCudaSetMemory.argtypes = [ctypes.c_size_t, ctypes.c_size_t, ctypes.c_uint,
                                       ctypes.c_int]
    fake.fakeCudaSetParamBytes.argtypes = [ctypes.c_char_p, ctypes.c_uint, ctypes.c_size_t]
    fake.fakeCudaSetCaptured.argtypes = [ctypes.c_void_p]
    unittest.main(argv=sys.argv[:1], verbosity=2)
