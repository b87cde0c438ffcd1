#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests fovea.nn on the CPU, against the same modules in double. Where PyTorch is not installed the test is skipped.

Usage: nn_test.py <foveac>
"""

import copy
import io
import sys
import unittest

import support

try:
    import torch
except ImportError:
    support.skip("PyTorch is not installed")
import fovea
import fovea.nn
import plain_torch

torch.set_num_threads(1)
WIDTH, HEADS, KV_HEADS, DK, DV = 24, 4, 2, 16, 8
S = 40
SIZES = dict(block=8, stride=4, selected_block=8, top=3, initial=1, local=1, window=12)
PHIS = ("mean", "weighted", "gated", "linear", "mlp relu", "mlp gelu", "mlp silu")


def rotate(rows):
    """RoPE of halves, of [..., tokens, heads, dim]."""
    half = rows.shape[-1] // 2
    angle = torch.arange(rows.shape[-3])[:, None, None] * 10 ** -(torch.arange(half) / half)
    cos, sin = angle.cos().to(rows.dtype), angle.sin().to(rows.dtype)
    a, b = rows[..., :half], rows[..., half:]
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)


def make(seed=0, dense=False, **options):
    torch.manual_seed(seed)
    if dense:
        return fovea.nn.DenseAttention(WIDTH, HEADS, KV_HEADS, DK, DV, **options)
    module = fovea.nn.NativeSparseAttention(WIDTH, HEADS, KV_HEADS, DK, DV, **{**SIZES, **options})
    with torch.no_grad():  # what begins as 0 or as a mean has a say too
        for parameter in module.phi.values():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return module


def draw(*shape):
    return 2 * torch.randn(shape)


class ModuleTest(unittest.TestCase):
    def setUp(self):
        torch._dynamo.reset()

    def differentiate(self, module, x, *rest):
        """(y, the gradients of x and of all parameters)."""
        x = x.detach().requires_grad_()
        y = module(x, *rest)
        return y.detach(), torch.autograd.grad(y.square().sum(), [x, *module.parameters()])

    def differentiate_plainly(self, module, x, turn):
        """As differentiate, of [B, S, WIDTH] in double. Rounding must not change what is chosen."""
        named = {name: p.detach().double().requires_grad_() for name, p in module.named_parameters()}
        x = x.detach().double().requires_grad_()
        y, leads = zip(*(plain_torch.module(module, named, rows, turn) for rows in x))
        self.assertGreater(min(lead.min() for lead in leads), 1e-4)
        y = torch.stack(y)
        return y.detach(), torch.autograd.grad(y.square().sum(), [x, *named.values()])

    def test_against_double(self):
        """Of f32: sums of some tens of products, through three layers. 1e-5 is 80 roundings of the largest."""
        for options in ({}, dict(own_kv=False, bias=True), dict(scale=0.4, positions=False),
                        *({"phi": phi, "hidden": 5} for phi in PHIS)):
            with self.subTest(options):
                module, x = make(**options), draw(2, S, WIDTH)
                y, gradients = self.differentiate(module, x, rotate)
                exact, exact_gradients = self.differentiate_plainly(module, x, rotate)
                self.assertLess(max(plain_torch.errors((y, *gradients), (exact, *exact_gradients))), 1e-5)

    def test_blocks_are_chosen(self):
        """Else the comparison above would say nothing of it."""
        module, x = make(), draw(1, S, WIDTH)
        everything = copy.deepcopy(module)
        everything.sizes["top"] = S // SIZES["selected_block"]
        self.assertGreater((module(x) - everything(x)).abs().max(), 1e-3)

    def test_what_training_begins_with(self):
        """Phis but an mlp's are a mean then."""
        x = draw(1, S, WIDTH)
        results = []
        for phi in ("mean", "weighted", "gated", "linear"):
            torch.manual_seed(0)
            results.append(fovea.nn.NativeSparseAttention(WIDTH, HEADS, KV_HEADS, DK, **SIZES, phi=phi,
                                                          positions=False)(x))
        for result in results[1:]:
            torch.testing.assert_close(result, results[0])

    def test_packed_sequences(self):
        lengths, x = (13, 0, S - 13), draw(S, WIDTH)
        ends = torch.tensor([0, 13, 13, S], dtype=torch.int32)
        for dense in (False, True):
            module = make(dense=dense)
            alone = torch.cat([module(rows) for rows in x.split(lengths) if len(rows)])
            self.assertTrue(torch.equal(module(x, None, ends), alone))
            torch.testing.assert_close(module(x[None])[0], module(x))

    def test_dense_twin(self):
        """A window of all tokens, and no weight on the other branches, is dense attention."""
        module, x = make(own_kv=False, window=S), draw(2, S, WIDTH)
        with torch.no_grad():
            module.gates.weight.zero_()
            module.gates.bias.copy_(torch.tensor([-100.0, -100.0, 100.0]).repeat(HEADS))
        dense = make(seed=1, dense=True)
        self.assertEqual(dense.load_state_dict(module.state_dict(), strict=False).missing_keys, [])
        self.assertLess(max(plain_torch.errors([module(x, rotate)], [dense(x, rotate)])), 1e-5)

    def test_state_dict_round_trips(self):
        for options in (dict(), dict(own_kv=False, phi="gated", bias=True)):
            module, other, x = make(**options), make(seed=1, **options), draw(1, S, WIDTH)
            self.assertFalse(torch.equal(module(x), other(x)))
            file = io.BytesIO()
            torch.save(module.state_dict(), file)
            file.seek(0)
            other.load_state_dict(torch.load(file, weights_only=True))
            self.assertTrue(torch.equal(module(x), other(x)))

    def test_same_bits_in_every_run(self):
        """Also where PyTorch is told to refuse what is not deterministic."""
        module, x = make(), draw(2, S, WIDTH)
        torch.use_deterministic_algorithms(True)
        self.addCleanup(torch.use_deterministic_algorithms, False)
        (y, gradients), (again, again_gradients) = (self.differentiate(module, x, rotate) for _ in range(2))
        for a, b in zip((y, *gradients), (again, *again_gradients)):
            self.assertTrue(torch.equal(a, b))

    def test_traced_whole(self):
        module, x = make(), draw(2, S, WIDTH)
        y, gradients = self.differentiate(module, x, rotate)
        traced = torch.compile(module, fullgraph=True, backend="aot_eager")
        self.assertLess(max(plain_torch.errors(self.differentiate(traced, x, rotate)[1], gradients)), 1e-6)

    def test_narrow_types(self):
        """As the module's own type, and under autocast of one in f32, to which gradients belong then."""
        module, x = make(), draw(2, S, WIDTH)
        exact, _ = self.differentiate_plainly(module, x, rotate)
        narrow = copy.deepcopy(module).bfloat16()
        self.assertEqual(narrow(x.bfloat16(), rotate).dtype, torch.bfloat16)
        with torch.autocast("cpu", torch.bfloat16):
            y, gradients = self.differentiate(module, x, rotate)
        self.assertEqual({g.dtype for g in gradients}, {torch.float32})
        # Another block may be chosen for few queries, whose outputs are then others: not the largest error.
        for got in (y, narrow(x.bfloat16(), rotate)):
            error = (got.double() - exact).square().mean().sqrt() / exact.square().mean().sqrt()
            self.assertTrue(0 < error < 0.05, error)

    def test_refuses(self):
        for text, call in (
                ("heads: expected a multiple of kv_heads, 3; got 4",
                 lambda: fovea.nn.NativeSparseAttention(WIDTH, 4, 3, 8)),
                ("phi: expected one of mean, weighted, gated, linear, mlp, mlp with its activation as in "
                 "'mlp gelu'; got 'sum'", lambda: make(phi="sum")),
                ("q: expected one of float32, bfloat16, float16; got float64",
                 lambda: make().double()(draw(1, S, WIDTH).double())),
                ("expected stride to divide the selection block, got stride = 4 and block = 6",
                 lambda: make(selected_block=6)(draw(1, S, WIDTH)))):
            with self.assertRaisesRegex(fovea.FoveaError, text):
                call()


if __name__ == "__main__":
    support.main(sys.argv[1])
