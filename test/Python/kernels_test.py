#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests fovea.compile, fovea.load and the CPU's kernels, called with arrays of NumPy.

Usage: kernels_test.py <foveac> <libfovea_runtime.so>
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import support

try:
    import numpy
except ImportError:
    support.skip("NumPy is not installed")
import fovea
from fovea import _machine, kernels, runtime


def draw(tokens=12):
    """q, k, v and cu_seqlens of NEAR."""
    draw = numpy.random.default_rng(0).standard_normal
    arrays = [draw((tokens, heads, dim)).astype("f4") for heads, dim in ((4, 8), (2, 8), (2, 4))]
    return (*arrays, numpy.array([0, 5, tokens], "i4"))


def expect(q, k, v, ends):
    """What NEAR's forward entry is to give."""
    parts = []
    for begin, end in zip(ends, ends[1:]):
        t = numpy.arange(end - begin)
        sees = (t[:, None] >= t) & (t[:, None] - t < 5)
        parts.append(support.attend(q[begin:end], k[begin:end], v[begin:end], sees[:, None]))
    return numpy.concatenate(parts)


class Dlpack:
    """An array that says nothing of itself but by DLPack."""

    def __init__(self, array, device=(1, 0)):
        self.array, self.device = array, device

    def __dlpack__(self):
        return self.array.__dlpack__()

    def __dlpack_device__(self):
        return self.device


class KernelsTest(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.place = pathlib.Path(place.name)
        self.near = fovea.compile(support.NEAR)
        self.forward = self.near.entry("near_forward")
        self.arrays = draw()

    def refuse(self, text, call, *arguments, **named):
        with self.assertRaises(fovea.FoveaError) as caught:
            call(*arguments, **named)
        self.assertIn(text, str(caught.exception))

    def test_computes(self):
        o = self.forward(*self.arrays)[0]
        # Three roundings to f32 of numbers near 1, and few keys: 2^-24 each, with room for exp.
        numpy.testing.assert_allclose(o, expect(*self.arrays), atol=1e-6)

    def test_describes(self):
        self.assertEqual((self.near.target, self.near.entries), ("cpu", ("near_forward", "near_backward")))
        self.assertEqual(self.forward.arguments[0],
                         runtime.Argument("q", "float32", "tokens", False, (-1, 4, 8)))
        self.assertEqual([a.rows for a in self.forward.arguments][3], "sequence_ends")

    def test_outputs_may_be_given_and_arguments_named(self):
        q, k, v, ends = self.arrays
        expected = self.forward(*self.arrays)
        given = tuple(numpy.zeros_like(output) for output in expected)
        self.assertIs(self.forward(q, k, v, ends, *given)[0], given[0])
        numpy.testing.assert_array_equal(given[0], expected[0])
        numpy.testing.assert_array_equal(self.forward(q, cu_seqlens=ends, v=v, k=k)[0], expected[0])

    def test_takes_dlpack(self):
        o = self.forward(*map(Dlpack, self.arrays))[0]
        numpy.testing.assert_array_equal(o, self.forward(*self.arrays)[0])
        q = self.arrays[0]
        self.refuse("argument 'q': expected a contiguous array, got strides (32, 8, -1) in elements",
                    self.forward, Dlpack(q[:, :, ::-1]), *self.arrays[1:])
        self.refuse("argument 'q': expected an array on the CPU, got one on DLPack's device 2", self.forward,
                    Dlpack(q, (2, 0)), *self.arrays[1:])
        self.refuse("argument 'q': expected float32, got float64", self.forward,
                    Dlpack(q.astype("f8")), *self.arrays[1:])

    def test_computes_gradients(self):
        """Along a drawn direction, against differences; those of f32 leave about 3 digits."""
        q, k, v, ends = self.arrays
        backward = self.near.entry("near_backward")
        direction = numpy.random.default_rng(1).standard_normal(q.shape)
        weights = numpy.random.default_rng(2).standard_normal((len(q), 4, 4)).astype("f4")
        saved = dict(zip(["o", *[a.name for a in self.forward.arguments if a.output][1:]],
                         self.forward(*self.arrays)))
        named = {"q": q, "k": k, "v": v, "cu_seqlens": ends, "grad_o": weights, **saved}
        wanted = [a.name for a in backward.arguments if not a.output]
        grad_q = backward(**{name: named[name] for name in wanted})[0]
        step = 1e-4
        difference = sum(sign * (weights * expect(q + sign * step * direction, k, v, ends)).sum()
                         for sign in (1, -1)) / (2 * step)
        self.assertAlmostEqual(float((grad_q * direction).sum()), difference, delta=1e-3 * abs(difference))

    def test_refuses_arrays(self):
        q, k, v, ends = self.arrays
        place = "near_forward, argument 'q': "
        misaligned = numpy.zeros(q.nbytes + 1, "u1")[1:].view("f4").reshape(q.shape)

        class Null:
            dtype, __array_interface__ = q.dtype, {**q.__array_interface__, "data": (0, False)}

        for bad, text in (
                (q.astype("f8"), "expected float32, got float64"),
                (q.astype(">f4"), "expected the machine's byte order, got >f4"),
                (q[:, :3].copy(), "expected the shape (tokens, 4, 8), got (12, 3, 8)"),
                (q[0], "expected the shape (tokens, 4, 8), got (4, 8)"),
                (q[::2], "expected a contiguous array, got strides (256, 32, 4) in bytes"),
                (misaligned, "expected an address that 4 divides, got 0x"),
                (Null(), "expected an array with an address, got null"),
                (None, "expected an array of NumPy, PyTorch or DLPack, got None"),
                (q.tolist(), "expected an array of NumPy, PyTorch or DLPack, got a list")):
            self.refuse(place + text, self.forward, bad, k, v, ends)
        self.refuse("argument 'k': expected 12 tokens as 'q' has, got 11", self.forward, q, k[:-1], v, ends)
        self.refuse("expected 4 inputs or all 6 arguments, got 3 arrays", self.forward, q, k, v)
        self.refuse("expected one of the arguments q, k", self.forward, q, k, v, x=ends)
        constant = numpy.zeros((12, 4, 4), "f4")
        constant.flags.writeable = False
        self.refuse("argument 'o': expected an array that can be written, got one that is read-only",
                    self.forward, q, k, v, ends, constant, numpy.zeros((12, 4), "f4"))
        self.refuse("near_forward: expected cu_seqlens to start at 0, not to decrease, and to end at tokens",
                    self.forward, q, k, v, numpy.array([0, 13], "i4"))
        self.refuse("expected one of the entries near_forward, near_backward; got 'far'",
                    self.near.entry, "far")

    def test_no_tokens(self):
        empty = [numpy.zeros((0, *array.shape[1:]), "f4") for array in self.arrays[:3]]
        self.assertEqual(self.forward(*empty, numpy.array([0], "i4"))[0].shape, (0, 4, 4))

    def test_code_for_other_machines_is_refused(self):
        cache = fovea.KernelCache(self.place / "cache")
        v3 = fovea.compile(support.NEAR, cpu="x86-64-v3", cache=cache)
        self.assertEqual(v3.cpu, "x86-64-v3")
        [path] = cache.folder.glob("*/*.so")
        with mock.patch.object(_machine.platform, "machine", lambda: "riscv64"):
            self.refuse("expected code for riscv64, which this machine is, got some for", fovea.load, path)
        with mock.patch.object(_machine, "read_flags", lambda: frozenset(["avx", "fma"])):
            self.refuse("expected code whose instructions this processor has, got some that adds avx2, bmi",
                        fovea.load, path)

    def test_refuses_files(self):
        text = self.place / "text"
        text.write_text("none")
        self.refuse("expected a file of kernels, got", fovea.load, self.place / "absent")
        self.refuse("expected a header of 48 bytes, got a file of 4", fovea.load, text)
        self.refuse("expected a shared library of foveac --emit=shared, got", fovea.load, library)
        text.write_bytes(b"\x7fELF and no more")
        self.refuse("expected a shared library of foveac --emit=shared, got", fovea.load, text)

    def test_refuses_specs(self):
        self.refuse("<spec>:1:1: error: 'attn.spec' op expected at least one branch, got none",
                    fovea.compile, "attn.spec @none heads 1 over 1 dims 16 x 16 of f32 {}")
        self.refuse("expected a spec's text or file, got", fovea.compile, self.place / "absent.mlir")
        self.refuse("expected a target, cpu, sm_80 or sm_90a, got abacus", fovea.compile, support.NEAR,
                    target="abacus")
        self.refuse("spec: expected a path, got None", fovea.compile, None)
        self.refuse("path: expected a path, got a int", fovea.load, 0)
        self.refuse("the path that was given: expected a path, got a int", fovea.compile, support.NEAR, foveac=1)
        self.refuse("expected options entry, save", fovea.compile, support.NEAR, colour="red")
        self.refuse("expected foveac, Fovea's compiler, in the path that was given, got /absent",
                    fovea.compile, support.NEAR, foveac="/absent")

    def test_refuses_compilers(self):
        """Whatever a program that is not foveac does."""
        for text, script in (
                ("got exit status 1:\n\ufffd bad", "printf '\\377 bad' >&2; exit 1"),
                ("got exit status -9:", "kill -KILL $$"),
                ("to write a file, got none and no error", "exit 0"),
                ("to write a file, got none and no error", 'while [ "$1" != -o ]; do shift; done; mkdir $2'),
                ("expected a shared library of foveac --emit=shared, got",
                 'while [ "$1" != -o ]; do shift; done; printf "\\177ELF" > $2')):
            path = self.place / "foveac"
            path.write_text(f"#!/bin/sh\n{script}\n")
            path.chmod(0o700)
            self.refuse(text, fovea.compile, support.NEAR, foveac=path)

    def test_no_driver(self):
        self.refuse("/absent", runtime.open_driver, "/absent/libcuda.so.1")

    def test_a_file_of_a_spec_is_its_text(self):
        path = self.place / "near.mlir"
        path.write_text(support.NEAR)
        self.assertEqual(fovea.compile(path).tag, self.near.tag)
        self.assertEqual(fovea.compile(str(path)).tag, self.near.tag)

    def test_what_is_kept_is_damaged_or_not(self):
        cache = fovea.KernelCache(self.place / "cache")
        compiler, log = support.logged_compiler(self.place)
        for runs, damage in ((1, None), (1, b"short"), (2, None), (2, b""), (3, None)):
            near = fovea.compile(support.NEAR, foveac=compiler, cache=cache)
            self.assertEqual(near.tag, self.near.tag)
            self.assertEqual(log.read_text().count("ran"), runs)
            [path] = (self.place / "cache").glob("*/*.so")
            if damage is not None:
                path.unlink()  # which what is loaded does not mind
                path.write_bytes(damage)

    def test_a_key_is_of_all_that_the_code_depends_on(self):
        table = self.place / "table.json"
        table.write_text("{}")
        other = self.place / "foveac"
        other.write_text("#!/bin/sh\n")

        def key(text=support.NEAR, target="cpu", compiler=os.environ["FOVEA_FOVEAC"], **options):
            return kernels._make_key(text, target, compiler, kernels.Options(**options))
        keys = [key(), key(support.NEAR + "\n"), key(target="sm_80"), key(target="sm_90a"),
                key(compiler=str(other)), key(save=["lse"]), key(save=[]), key(fuse=False),
                key(entry="near_forward"), key(aux_outputs=True), key(cpu="x86-64-v3"),
                key(target="sm_90a", built_in_table=False), key(target="sm_90a", schedule_table=table)]
        table.write_text("{} ")
        keys.append(key(target="sm_90a", schedule_table=table))
        with mock.patch.object(_machine, "read_flags", lambda: frozenset(["avx"])):
            keys.append(key())
        self.assertEqual(len(set(keys)), len(keys))
        self.assertEqual(key(), keys[0])

    def test_sixteen_processes_compile_once(self):
        compiler, log = support.logged_compiler(self.place)

        def run(start):
            start.wait()
            near = fovea.compile(support.NEAR, foveac=compiler, cache=fovea.KernelCache(self.place / "cache"))
            os._exit(0 if near.tag == self.near.tag else 1)

        self.assertEqual(support.run_together(run, 16), [0] * 16)
        self.assertEqual(log.read_text(), "ran\n")
        self.assertEqual(len(list((self.place / "cache").glob("*/*"))), 1)

    def test_a_new_process_runs_no_compiler(self):
        compiler, log = support.logged_compiler(self.place)
        for _ in range(2):
            subprocess.run([sys.executable, "-c", "import fovea; fovea.compile("
                            f"{support.NEAR!r}, foveac={compiler!r})"], check=True)
        self.assertEqual(log.read_text(), "ran\n")


if __name__ == "__main__":
    library = sys.argv[2]
    runtime.use_library(library)
    support.main(sys.argv[1])
