#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""benchmarks/beside on the CPU: Fovea, FlexAttention and Triton's interpreter against float64; nvcc compiles the CUDA.

Usage: beside_test.py <foveac>
"""

import ctypes
import dataclasses
import importlib.util
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import unittest.mock
import warnings

import support

for module in ("numpy", "torch"):
    if not importlib.util.find_spec(module):
        support.skip(f"{module} is not installed")
os.environ["TRITON_INTERPRET"] = "1"  # before Triton is there

FOLDER = support.root / "benchmarks" / "beside"
sys.path.insert(0, str(FOLDER))

import torch  # noqa: E402

import problem  # noqa: E402

TOKENS = 384  # six blocks, of which a query lists at most four
CLOSE = 1e-5  # of float32


def draw():
    """A small problem, with a token that lists nothing and some that do not list their own block."""
    shape = problem.specs.Nsa(dk=32, dv=32, kv_heads=2, count=4)
    drawn = problem.draw(shape, TOKENS, "uncorrelated", 1, torch.device("cpu"), torch.float32)
    drawn.lists[100, 1] = -1
    drawn.lists[200:230] = torch.tensor([0, 2, -1, -1], dtype=torch.int32)
    return drawn


def see(lists):
    """Whether a token's list names a block, [T, HKV, blocks]."""
    return (lists[..., None] == torch.arange(TOKENS // 64)).any(2)


class BesideTest(unittest.TestCase):
    def check(self, attend):
        drawn = draw()
        [exact, *_] = problem.differentiate_exactly(drawn)
        self.assertEqual(exact[100, 16:].abs().max(), 0)
        self.assertLess(problem.errors([attend(*drawn.arguments())], [exact])[0], CLOSE)

    def test_fovea(self):
        import with_fovea
        self.check(with_fovea.attend)
        drawn = draw()
        got, exact = problem.differentiate(with_fovea.attend, drawn), problem.differentiate_exactly(drawn)
        self.assertLess(max(problem.errors(got, exact)), CLOSE)

    def test_flex(self):
        """Its mask by position, of which alone it makes use without a compiler."""
        import with_flex
        with unittest.mock.patch.object(with_flex, "attend_rows", with_flex.flex_attention), \
                warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is slow so
            self.check(with_flex.attend)

    def test_flex_blocks(self):
        """What it visits with a mask and what without: together what some query of a tile lists, and without what all
        list and see whole."""
        import with_flex
        lists = draw().lists

        def visited(counts, order):
            dense = torch.zeros(order.shape, dtype=torch.bool)
            return dense.scatter_(-1, order.long(), torch.arange(order.shape[-1]) < counts[..., None])[0]
        for rows, keys in ((128, 64), (64, 64), (128, 128)):
            mask = with_flex.make_mask(lists, 16, rows, keys)
            part = visited(mask.kv_num_blocks, mask.kv_indices)
            whole = visited(mask.full_kv_num_blocks, mask.full_kv_indices)
            self.assertFalse((part & whole).any())
            # Each key of a token, then by tiles: [HKV, tiles, tokens of one, blocks, keys of one].
            listed = see(lists).transpose(0, 1).repeat_interleave(64, -1).unflatten(2, (-1, keys))
            tiles = listed.unflatten(1, (-1, rows // 16))
            first = torch.arange(0, TOKENS, rows // 16)[:, None]
            ended = torch.arange(keys - 1, TOKENS, keys) < first
            self.assertTrue((part | whole).equal(tiles.any(4).any(2)))
            self.assertTrue(whole.equal(tiles.all(4).all(2) & ended))

    @unittest.skipUnless(importlib.util.find_spec("triton"), "Triton is not installed")
    def test_triton(self):
        import with_triton
        self.check(lambda *arrays: with_triton.attend(*arrays, kernel=with_triton.attend_token))

    @unittest.skipUnless(shutil.which("nvcc"), "nvcc is not installed")
    def test_cuda(self):
        import with_cuda
        with tempfile.TemporaryDirectory() as folder:
            library = pathlib.Path(folder) / "libbeside.so"
            with_cuda.build(library, "sm_90")
            self.assertTrue(ctypes.CDLL(str(library)).attend)

    def test_lists(self):
        """Ascending, -1 last, none ahead of its token; the first block and the last two always, and four where there
        are as many."""
        shape = draw().shape
        lists = problem.draw(shape, TOKENS, "realistic", 1, torch.device("cpu"), torch.float32).lists
        own = torch.arange(TOKENS)[:, None] // 64
        in_order = torch.where(lists < 0, 100 + torch.arange(4), lists)
        self.assertTrue((in_order.diff(dim=-1) > 0).all())
        self.assertTrue((lists <= own[..., None]).all())
        self.assertTrue(((lists >= 0).sum(-1) == (own + 1).clamp(max=4)).all())
        for forced in (0 * own, own, (own - 1).clamp(0)):
            self.assertTrue((lists == forced[..., None]).any(-1).all())

    def test_ranking(self):
        """Of the three blocks that are not forced, the one whose keys are like the queries."""
        shape = draw().shape
        for block in (1, 2, 3):
            q, k = torch.ones(TOKENS, shape.heads, shape.dk), torch.zeros(TOKENS, shape.kv_heads, shape.dk)
            k[64 * block:64 * block + 64] = 1
            self.assertEqual(problem.choose_lists(shape, q, k)[-1].tolist(), shape.kv_heads * [[0, block, 4, 5]])

    def test_sampled_rows(self):
        """Rows that are right pass, rows that are not fail."""
        import with_fovea
        drawn = draw()
        drawn = dataclasses.replace(drawn, **{name: getattr(drawn, name).bfloat16() for name in ("q", "k", "v")})
        o = with_fovea.attend(*drawn.arguments())
        self.assertTrue(problem.compare_sampled(drawn, o)["passed"])
        o[-1, 3] *= 1.1
        self.assertFalse(problem.compare_sampled(drawn, o)["passed"])

    def test_process(self):
        """What `measure` starts for each of them."""
        done = subprocess.run([sys.executable, FOLDER / "beside.py", "check", "--only", "fovea", "--device", "cpu",
                               "--check-tokens", "128", "--folder", "unused"], text=True, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(re.search(r"^RESULT (.*)$", done.stdout, re.M)[1])
        self.assertTrue(found["same_bits"] and found["same_gradient_bits"])
        self.assertLess(max(found["errors"]["o"], *found["gradient_errors"].values()), 2 ** -6)


if __name__ == "__main__":
    support.main(sys.argv[1])
