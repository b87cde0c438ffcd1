#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests the library of operations (runtime/torch), which it compiles: all that torch_test.py says of them, and
that calls are the library's. Where there is no PyTorch that is new enough, or no compiler, the test is skipped.

Usage: operations_test.py <foveac> [<libfovea_runtime.so> <libFoveaFakeCuda.so>]
"""

import copy
import ctypes
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
from unittest import mock

import support

try:
    import torch
except ImportError:
    support.skip("PyTorch is not installed")
import fovea
from fovea import _operations

if tuple(int(part) for part in torch.__version__.split(".")[:2]) < _operations.OLDEST_TORCH:
    support.skip(f"PyTorch {torch.__version__} is older than 2.10")
compiler = shutil.which(os.environ.get("CXX", "c++"))
if compiler is None:
    support.skip("there is no C++ compiler")


def build(folder):
    """The library, in a folder that becomes one of the package's."""
    source, place = support.root / "runtime" / "torch", pathlib.Path(torch.__file__).parent
    (folder / "lib").mkdir()
    library = folder / "lib" / "libfovea_torch.so"
    subprocess.run([compiler, "-std=c++17", "-O1", "-shared", "-fPIC", "-fvisibility=hidden",
                    "-DTORCH_TARGET_VERSION=0x020a000000000000", "-I", source.parent / "include", "-isystem",
                    place / "include", *sorted(source.glob("*.cpp")), place / "lib" / "libtorch_cpu.so", "-ldl",
                    "-o", library], check=True)
    return library


folder = tempfile.TemporaryDirectory()
library = build(pathlib.Path(folder.name))
fovea.__path__.append(folder.name)
import extend_torch_test  # noqa: E402
import torch_test  # noqa: E402
from fovea import _attend_torch, autograd, runtime  # noqa: E402
from torch_test import B, HKV, D, S  # noqa: E402


def without_library(text):
    """What Python prints that has no library of operations, or none that serves."""
    return subprocess.run([sys.executable, "-c", "import torch, fovea\n" + text], check=True, text=True,
                          capture_output=True).stdout.strip()


class OperationsTest(torch_test.TorchTest):
    """Everything of torch_test.py is true of the library, too."""

    def forward_kernel(self, call):
        """The string of the kernel of a call, without gradients."""
        autograd._known.clear()
        _attend_torch._plans.clear()
        with torch.no_grad():
            call()
        [kernel] = autograd._known
        return kernel

    def packed(self, *tensors):
        return [x.detach().flatten(0, 1) for x in tensors]

    def test_says_which_code_calls(self):
        self.assertEqual(autograd.describe_operations(), f"C++, {library}")
        self.assertEqual(without_library("from fovea import autograd\nprint(autograd.describe_operations())"),
                         "Python: expected lib/libfovea_torch.so in the package, found none: its build saw no PyTorch "
                         "2.10 or later; pip shows it none without --no-build-isolation")

    def test_a_library_that_does_not_serve_is_left_alone(self):
        with tempfile.TemporaryDirectory() as place:
            damaged = pathlib.Path(place) / "lib" / "libfovea_torch.so"
            damaged.parent.mkdir()
            text = (f"fovea.__path__.insert(0, {place!r})\nfrom fovea import autograd\n"
                    "x = torch.ones(1, 8, 2, 16)\nassert fovea.causal(x, x, x).isfinite().all()\n"
                    "print(autograd.describe_operations())")
            damaged.write_bytes(b"no library")
            self.assertRegex(without_library(text), "^Python: expected Fovea's library of operations, got: .*file too short")
            subprocess.run([compiler, "-shared", "-fPIC", "-x", "c", "-", "-o", damaged], check=True, text=True,
                           input="unsigned fovea_torch_abi(void) { return 7; }")
            self.assertEqual(without_library(text), f"Python: {damaged}: expected interface version 1, got 7")
            old = text.replace("from fovea", "torch.__version__ = '2.9.1'\nfrom fovea")
            self.assertEqual(without_library(old), f"Python: {damaged}: expected PyTorch 2.10 or later, got 2.9.1")

    def test_calls_are_the_librarys(self):
        """Forward and backward, with plans and without, in a trace too."""
        for name, call, inputs in self.calls():
            traced = torch.compile(call, fullgraph=True, backend="aot_eager")
            for kind, function in (("first", call), ("later", call), ("traced", traced)):
                with self.subTest(name, kind=kind):
                    made, left = autograd.operations.count()
                    self.differentiate(function, inputs)
                    self.assertEqual(autograd.operations.count(), (made + 2, left))

    def test_gives_what_python_gives(self):
        for name, call, _ in self.calls():
            kernel = self.forward_kernel(call)
            entry = autograd.find(kernel).forward
            shapes = {"tokens": B * S, "sequence_ends": B + 1}
            torch.manual_seed(1)
            inputs = [torch.randn([shapes[a.rows] if size == -1 else size for size in a.shape])
                      for a in entry.arguments if not a.output]
            inputs[[a.name for a in entry.arguments].index("cu_seqlens")] = self.ends
            if name == "selected":
                inputs[3] = self.indices.flatten(0, 1)
            with self.subTest(name):
                results = torch.ops.fovea.run(inputs, kernel), autograd._run(entry, inputs)
                self.assertTrue(results[0] and len(results[0]) == len(results[1]))
                for ours, pythons in zip(*results):
                    self.assertTrue(ours.isfinite().all() and torch.equal(ours, pythons))

    def test_sequences_as_a_dimension(self):
        """The same numbers, in the shape that the inputs have, forward and backward."""
        kernel = self.forward_kernel(lambda: fovea.causal(self.q, self.k, self.v))
        joined = [x.detach() for x in (self.q, self.k, self.v)]
        [o] = torch.ops.fovea.run([*joined, self.ends], kernel)
        [packed] = torch.ops.fovea.run([*self.packed(*joined), self.ends], kernel)
        self.assertEqual(o.shape, self.q.shape)
        self.assertTrue(torch.equal(o.flatten(0, 1), packed))
        for bad, text in (([joined[0], *self.packed(*joined[1:])],
                           r"argument 'k': expected \[2, 24, ...\] as 'q' has, got the shape \(48, 2, 16\)"),
                          ([joined[0], joined[1].view(4, 12, HKV, D), joined[2]],
                           r"argument 'k': expected \[2, 24, ...\] as 'q' has, got the shape \(4, 12, 2, 16\)")):
            with self.assertRaisesRegex(RuntimeError, text):
                torch.ops.fovea.run([*bad, self.ends], kernel)

    def test_what_does_not_fit_is_said_by_python(self):
        """A FoveaError, or where the caller is no code of the package a RuntimeError of the same text."""
        kernel = self.forward_kernel(lambda: fovea.causal(self.q, self.k, self.v))
        q, k, v = self.packed(self.q, self.k, self.v)
        odd = torch.frombuffer(bytearray(k.numel() * 4 + 1), dtype=torch.float32, offset=1).view(k.shape)
        wide = torch.empty(len(k), HKV, 2 * D)[..., ::2]
        for text, inputs in (
                (r"argument 'k': expected the shape \(tokens, 2, 16\), got \(48, 2, 8\)", [q, k[..., :8].contiguous(), v]),
                ("argument 'v': expected float32, got float16", [q, k, v.half()]),
                ("argument 'k': expected 48 tokens as 'q' has, got 47", [q, k[1:], v]),
                ("argument 'k': expected a contiguous tensor, got strides", [q, wide, v]),
                ("argument 'k': expected an address that 4 divides, got 0x", [q, odd, v])):
            with self.subTest(text):
                for operation, kind in ((torch.ops.fovea.run, RuntimeError), (torch.ops.fovea.forward, fovea.FoveaError)):
                    made, left = autograd.operations.count()
                    with self.assertRaisesRegex(kind, text):
                        operation([*inputs, self.ends], kernel)
                    self.assertEqual(autograd.operations.count(), (made, left + 1))
        fovea.causal(self.q, self.k, self.v)
        [kernel] = [kernel for kernel in autograd._known if "backward" in kernel]
        names = [a.name for a in autograd.find(kernel).backward.arguments if not a.output]
        given = dict(q=q, k=k, v=v, cu_seqlens=self.ends, o=q, grad_o=q[1:])
        taken = [given.get(name, q[..., 0].contiguous()) for name in names]
        with self.assertRaisesRegex(RuntimeError, "causal_backward, argument 'grad_o': expected 48 tokens as 'q' has, got 47"):
            torch.ops.fovea.backward(taken, kernel)
        ends = torch.tensor([0, 60, 48], dtype=torch.int32)
        with self.assertRaisesRegex(fovea.FoveaError, "causal_forward: expected cu_seqlens to start at 0"):
            fovea.causal(q, k, v, ends)
        fovea.causal(q, k, v, self.ends)
        with self.assertRaisesRegex(fovea.FoveaError, "causal_forward: expected cu_seqlens to start at 0"):
            fovea.causal(q, k, v, ends)  # with a plan

    def test_a_kernel_that_it_does_not_know_is_found(self):
        kernel = self.forward_kernel(lambda: fovea.causal(self.q, self.k, self.v))
        inputs = [*self.packed(self.q, self.k, self.v), self.ends]
        expected = torch.ops.fovea.run(inputs, kernel)
        autograd._known.pop(kernel)
        autograd.operations.remove(kernel, None)
        for more in ((0, 1), (1, 0)):
            before = autograd.operations.count()
            self.assertTrue(torch.equal(torch.ops.fovea.run(inputs, kernel)[0], expected[0]))
            self.assertEqual(autograd.operations.count(), (before[0] + more[0], before[1] + more[1]))
        with self.assertRaisesRegex(RuntimeError, "expected a bundle that was loaded, got the tag and name 0123 near"):
            torch.ops.fovea.run(inputs, "0123 near")

    def test_errors_that_are_no_fovea_error_are_themselves(self):
        """Such as a compilation that a user interrupts, in the way of which the library is."""
        kernel = self.forward_kernel(lambda: fovea.causal(self.q, self.k, self.v))
        inputs = [*self.packed(self.q, self.k, self.v), self.ends]
        autograd.operations.remove(kernel, None)
        with mock.patch.object(autograd, "find", side_effect=KeyboardInterrupt), self.assertRaises(KeyboardInterrupt):
            torch.ops.fovea.forward(inputs, kernel)

    def test_threads(self):
        inputs = [*self.packed(self.q, self.k, self.v), self.ends]
        kernel = self.forward_kernel(lambda: fovea.causal(self.q, self.k, self.v))
        [expected] = torch.ops.fovea.run(inputs, kernel)
        wrong = []

        def work():
            for i in range(200):
                [o] = torch.ops.fovea.run(inputs, kernel)
                if not torch.equal(o, expected):
                    wrong.append(i)
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])


class ExtendOperationsTest(extend_torch_test.ExtendTorchTest):
    """And all that extend_torch_test.py says, of queries apart from keys."""

    def test_calls_are_the_librarys(self):
        rows, where, more = list(self.chunks())[1]
        for name, call, inputs in self.calls():
            for kind in ("first", "later"):
                with self.subTest(name, kind=kind):
                    made, left = autograd.operations.count()
                    o = call(lambda x: x[rows], self.cache, *where, **more)
                    torch.autograd.grad(o.sum(), inputs)
                    self.assertEqual(autograd.operations.count(), (made + 2, left))


@unittest.skipUnless(len(sys.argv) > 3, "no runtime and no fake driver were named")
class LaunchTest(unittest.TestCase):
    """Entries of a bundle, over the tests' own driver, which takes any memory for a device's: here the CPU's, of which
    a workspace is not aligned as it must be unless it is given. That it is allocated, and that the stream is
    PyTorch's current one, needs a GPU (test/gpu/package_checks.py)."""

    def setUp(self):
        path = support.root / "test" / "unit" / "Runtime" / "python_test.py"
        spec = importlib.util.spec_from_file_location("python_test", path)
        bundles = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(bundles)
        runtime.use_library(runtime_path)
        runtime.open_driver(driver_path)
        self.driver = ctypes.CDLL(driver_path)
        manifest = copy.deepcopy(bundles.MANIFEST)
        double = copy.deepcopy(manifest["entries"][0])
        double.update(name="double_forward", workspace=[])
        double["launches"][0]["arguments"][2] = {"argument": 1}
        manifest["entries"].append(double)
        with tempfile.TemporaryDirectory() as place:
            path = pathlib.Path(place) / "double.fovea"
            path.write_bytes(bundles.make_file(json.dumps(manifest).encode()))
            self.bundle = runtime.Bundle.load(path)
        on_cpu = mock.patch.object(runtime.Entry, "on_cuda", False)
        on_cpu.start()
        self.addCleanup(on_cpu.stop)
        self.kernel = autograd.Differentiable(self.bundle, "double_forward").kernel

    def launches(self):
        return self.driver.fakeCudaCountCalls(b"cuGraphLaunch")

    def test_launches(self):
        for tokens in (100, 100, 7):
            before, (made, left) = self.launches(), autograd.operations.count()
            [y] = torch.ops.fovea.run([torch.zeros(tokens, 8)], self.kernel)
            self.assertEqual((y.shape, y.dtype), ((tokens, 8), torch.float32))
            self.assertEqual((self.launches(), autograd.operations.count()), (before + 1, (made + 1, left)))

    def test_an_entry_is_launched(self):
        """As fovea.runtime calls it, with outputs and with a workspace, given or not."""
        x, y = torch.zeros(100, 8), torch.empty(100, 8)
        workspace = torch.empty(3328 + 256, dtype=torch.uint8)
        workspace = workspace[-workspace.data_ptr() % 256:][:3328]
        plain, entry = self.bundle.entry("double_forward"), self.bundle.entry("double")
        for call, made in ((lambda: plain(x), None), (lambda: plain(x, y), y), (lambda: plain(x=x, y=y), y),
                           (lambda: entry(x, y, workspace=workspace), y), (lambda: entry(x, workspace=workspace), None)):
            before, count = self.launches(), autograd.operations.count()[0]
            out = call()
            self.assertEqual((out.shape, out.dtype), (x.shape, x.dtype))
            self.assertTrue(made is None or out is made)
            self.assertEqual((self.launches(), autograd.operations.count()[0]), (before + 1, count + 1))

    def test_an_entry_that_cannot_be_launched_says_why(self):
        x, y = torch.zeros(100, 8), torch.empty(100, 8)
        entry = self.bundle.entry("double")
        before = self.launches(), autograd.operations.count()[0]
        short = torch.empty(100, dtype=torch.uint8)
        # Where the library leaves a call to Python, that finds a tensor of the CPU here.
        for call in (lambda: entry(x, y, workspace=short), lambda: entry(x[:, ::2], y), lambda: entry(x.double()),
                     lambda: entry(x.view(2, 50, 8)), lambda: entry(x, y[1:])):
            with self.assertRaises(fovea.FoveaError):
                call()
        with self.assertRaisesRegex(fovea.FoveaError, "expected a tensor without requires_grad|expected a CUDA tensor"):
            entry(x.requires_grad_(), y)
        self.assertEqual((self.launches(), autograd.operations.count()[0]), before)

    def test_a_closed_bundle(self):
        x = torch.zeros(3, 8)
        torch.ops.fovea.run([x], self.kernel)
        self.bundle.close()
        with self.assertRaisesRegex(RuntimeError, "expected an open bundle, got one that was closed"):
            torch.ops.fovea.run([x], self.kernel)
        with self.assertRaisesRegex(RuntimeError, "expected an entry that was added, got one that was not"):
            torch.ops.fovea.launch([x], None, 0)

    def test_closing_a_bundle_leaves_a_later_one_of_the_same_code(self):
        before = self.bundle
        self.setUp()
        before.close()
        made, left = autograd.operations.count()
        torch.ops.fovea.run([torch.zeros(3, 8)], self.kernel)
        self.assertEqual(autograd.operations.count(), (made + 1, left))


if __name__ == "__main__":
    runtime_path, driver_path = sys.argv[2:4] if len(sys.argv) > 3 else (None, None)
    support.main(sys.argv[1])
