#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests gradients where queries are the last tokens of their sequences: those of chunks add up to those of whole
sequences. Where PyTorch is not installed the test is skipped.

Usage: extend_torch_test.py <foveac>
"""

import sys
import unittest

import support

try:
    import torch
except ImportError:
    support.skip("PyTorch is not installed")
import fovea

torch.set_num_threads(1)
HQ, HKV, D = 4, 2, 16
LENGTHS, ROOM = (53, 0, 30, 3), 8  # tokens of each sequence, and rows of keys behind them
NSA = dict(block=8, stride=4, selected_block=8, top=4, initial=1, local=2, window=6)
# Of the largest: sums of some hundred products come in another order.
CLOSE = 32 * torch.finfo(torch.float32).eps


def ends_of(sizes):
    return torch.cat([torch.zeros(1), torch.tensor(sizes).cumsum(0)]).to(torch.int32)


def draw(*shape):
    return torch.randn(shape, requires_grad=True)


class ExtendTorchTest(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(0)
        torch._dynamo.reset()
        tokens = sum(LENGTHS)
        self.ends, self.ends_k = ends_of(LENGTHS), ends_of([length + ROOM for length in LENGTHS])
        self.q, self.gates, self.sinks = draw(tokens, HQ, D), draw(tokens, HQ, 3), draw(HQ)
        self.k, self.v = draw(tokens, HKV, D), draw(tokens, HKV, D)
        self.index = draw(tokens, HKV, D).detach(), draw(tokens, 1, D).detach()
        position = torch.cat([torch.arange(length) for length in LENGTHS])
        lists = torch.stack([torch.zeros_like(position), torch.where(position >= 8, position // 8, -1)], -1)
        self.lists = lists.to(torch.int32)[:, None].repeat(1, HKV, 1)
        self.rows = torch.cat([begin + torch.arange(length) for begin, length in zip(self.ends_k.tolist(), LENGTHS)])
        # Chunks of each sequence: ends[i] .. ends[i + 1] of all chunks number i.
        self.cuts = [[0] * len(LENGTHS), [length // 3 for length in LENGTHS], [length // 2 for length in LENGTHS],
                     list(LENGTHS)]

    def calls(self):
        q, k, v, gates, sinks = self.q, self.k, self.v, self.gates, self.sinks
        weights = [(torch.randn(HKV, 8) / 8).requires_grad_() for _ in "kv"]
        index_q, index_k = self.index
        yield "nsa", lambda of, keys, *a, **b: fovea.nsa(of(q), keys(k), keys(v), of(gates), *a, **NSA, **b), \
            (q, k, v, gates)
        yield "own", lambda of, keys, *a, **b: fovea.nsa(
            of(q), [keys(k), keys(2 * k), keys(-k)], [keys(v), keys(-v), keys(2 * v)], of(gates), *a, phi="weighted",
            parameters=dict(zip(("k_w", "v_w"), weights)), **NSA, **b), (q, k, v, gates, *weights)
        yield "msa", lambda of, keys, *a, **b: fovea.msa(
            of(q), keys(k), keys(v), of(index_q), keys(index_k), *a, block=8, top=3, **b), (q, k, v)
        yield "causal", lambda of, keys, *a, **b: fovea.causal(of(q), keys(k), keys(v), *a, sinks=sinks, **b), \
            (q, k, v, sinks)
        yield "window", lambda of, keys, *a, **b: fovea.window(of(q), keys(k), keys(v), *a, size=6, **b), (q, k, v)
        yield "compressed", lambda of, keys, *a, **b: fovea.compressed(
            of(q), keys(k), keys(v), *a, block=8, stride=4, **b), (q, k, v)
        yield "selected", lambda of, keys, *a, **b: fovea.selected(
            of(q), keys(k), keys(v), of(self.lists), *a, block=8, **b), (q, k, v)

    def cache(self, tokens):
        """Rows of keys, of which those that are no tokens are NaN."""
        rows = torch.full((int(self.ends_k[-1]), *tokens.shape[1:]), float("nan"))
        return rows.index_copy(0, self.rows, tokens)

    def chunks(self):
        """(the rows of its queries, its arrays that say where sequences are) of each chunk of all sequences."""
        for begins, ends in zip(self.cuts, self.cuts[1:]):
            rows = torch.cat([first + torch.arange(begin, end)
                              for first, begin, end in zip(self.ends.tolist(), begins, ends)])
            sizes = [end - begin for begin, end in zip(begins, ends)]
            yield rows, (ends_of(sizes),), dict(cu_seqlens_k=self.ends_k,
                                                seqused_k=torch.tensor(ends, dtype=torch.int32))

    def test_chunks_add_up(self):
        for name, call, inputs in self.calls():
            with self.subTest(name):
                whole = call(lambda x: x, lambda x: x, self.ends)
                grad_o = torch.randn_like(whole)
                expected = torch.autograd.grad(whole, inputs, grad_o)
                total = [torch.zeros_like(x) for x in inputs]
                for rows, where, more in self.chunks():
                    o = call(lambda x: x[rows], self.cache, *where, **more)
                    self.assertTrue(torch.equal(o, whole[rows]))
                    for one, gradient in zip(total, torch.autograd.grad(o, inputs, grad_o[rows])):
                        one += gradient
                for got, wanted in zip(total, expected):
                    self.assertGreater(wanted.abs().max(), 0)
                    self.assertLess((got - wanted).abs().max(), CLOSE * wanted.abs().max())

    def test_traces_whole_graphs(self):
        rows, where, more = list(self.chunks())[1]
        k, v = (self.cache(x).detach().requires_grad_() for x in (self.k, self.v))

        def call(q, k, v, gates, more):
            return fovea.nsa(q, k, v, gates, *where, **NSA, **more)
        for given in (more, dict(cu_seqlens_k=self.ends_k)):
            inputs = self.q[rows], k.nan_to_num(), v.nan_to_num(), self.gates[rows]
            o = call(*inputs, given)
            traced = torch.compile(call, fullgraph=True, backend="aot_eager")(*inputs, given)
            self.assertTrue(torch.equal(o, traced))
            wanted = (self.q, k, v, self.gates)
            for a, b in zip(*(torch.autograd.grad(x.square().sum(), wanted, retain_graph=True) for x in (o, traced))):
                self.assertTrue(a.abs().max() > 0 and torch.equal(a, b))

    def test_a_second_call_is_refused_as_the_first(self):
        """A plan that is kept serves no call that the first would not."""
        rows, where, more = list(self.chunks())[0]
        q, k, v = self.q[rows], self.cache(self.k), self.cache(self.v)
        for _ in range(2):
            fovea.causal(q, k, v, *where, **more)
        for text, call in (
                (r"argument 'seqused_k': expected int32, got int64",
                 lambda: fovea.causal(q, k, v, *where, **{**more, "seqused_k": more["seqused_k"].long()})),
                ("seqused_k: expected a tensor, got a list",
                 lambda: fovea.causal(q, k, v, *where, cu_seqlens_k=self.ends_k, seqused_k=[1, 2, 3, 4])),
                ("cu_seqlens_k: expected a tensor on cpu, where q is, got one on meta",
                 lambda: fovea.causal(q, k, v, *where, **{**more, "cu_seqlens_k": self.ends_k.to("meta")})),
                ("cu_seqlens: expected where rows of queries end beside cu_seqlens_k, got None",
                 lambda: fovea.causal(q, k, v, **more))):
            with self.subTest(text), self.assertRaisesRegex(fovea.FoveaError, text):
                call()


if __name__ == "__main__":
    support.main(sys.argv[1])
