#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests fovea.nsa and the others where queries are the last tokens of their sequences, with arrays of NumPy, against
the same functions of whole sequences, which attention_test.py has tested.

Usage: extend_test.py <foveac>
"""

import sys
import unittest

import support

try:
    import numpy
except ImportError:
    support.skip("NumPy is not installed")
import fovea

HQ, HKV, DK, DV = 4, 2, 16, 8
# Rows of keys of each sequence, how many of them are tokens, and how many of these are queries: a chunk behind a
# cache, a step of decoding, a prompt that is all queries, no queries, and an empty sequence.
ROWS, USED, QUERIES = (60, 40, 30, 20, 8), (53, 40, 30, 9, 0), (17, 1, 30, 0, 0)
NSA = dict(block=8, stride=4, selected_block=8, top=4, initial=1, local=2, window=6)


def ends_of(sizes):
    return numpy.concatenate([[0], numpy.cumsum(sizes)]).astype("i4")


def draw(*shapes, seed=0):
    generator = numpy.random.default_rng(seed)
    return [generator.standard_normal(shape).astype("f4") for shape in shapes]


class ExtendTest(unittest.TestCase):
    def setUp(self):
        used, rows = sum(USED), sum(ROWS)
        self.ends, self.ends_q, self.ends_k = ends_of(USED), ends_of(QUERIES), ends_of(ROWS)
        # Which tokens are queries, and which rows of keys are tokens.
        self.queries = numpy.concatenate([numpy.arange(end - count, end)
                                          for end, count in zip(self.ends[1:], QUERIES)])
        self.keys = numpy.concatenate([begin + numpy.arange(count) for begin, count in zip(self.ends_k, USED)])
        self.assertEqual((len(self.queries), len(self.keys)), (sum(QUERIES), used))
        self.batch = dict(cu_seqlens_k=self.ends_k, seqused_k=numpy.array(USED, "i4"))
        self.rows = rows
        self.q, self.gates, self.index_q = draw((used, HQ, DK), (used, HQ, 3), (used, HKV, 8))
        self.k, self.v, self.index_k = draw((used, HKV, DK), (used, HKV, DV), (used, 1, 8), seed=1)
        lists = numpy.full((used, HKV, 2), -1, "i4")
        position = numpy.arange(used) - numpy.repeat(self.ends[:-1], USED)
        lists[:, :, 0] = numpy.minimum(position // 8, 1)[:, None]
        lists[:, :, 1] = numpy.where(position >= 16, position // 8, -1)[:, None]
        self.lists = lists

    def cache(self, tokens):
        """Rows of keys, of which those that are no tokens are no numbers."""
        rows = numpy.full((self.rows, *tokens.shape[1:]), numpy.nan, "f4")
        rows[self.keys] = tokens
        return rows

    def calls(self):
        """Each function of (the queries of an array, the keys of one, and what says where sequences are)."""
        q, k, v, gates, index_q, index_k = self.q, self.k, self.v, self.gates, self.index_q, self.index_k
        sinks, weights = draw((HQ,), (HKV, 8), seed=2)
        own = [1, -1, 2]
        yield "nsa", lambda of, keys, ends, **more: fovea.nsa(of(q), keys(k), keys(v), of(gates), ends, **NSA, **more)
        yield "own", lambda of, keys, ends, **more: fovea.nsa(
            of(q), [keys(k * factor) for factor in own], [keys(v * factor) for factor in own], of(gates), ends,
            phi="weighted", parameters={"k_w": weights, "v_w": -weights}, **NSA, **more)
        yield "msa", lambda of, keys, ends, **more: fovea.msa(
            of(q), keys(k), keys(v), of(index_q), keys(index_k), ends, block=8, top=3, **more)
        yield "causal", lambda of, keys, ends, **more: fovea.causal(of(q), keys(k), keys(v), ends, sinks=sinks, **more)
        yield "window", lambda of, keys, ends, **more: fovea.window(of(q), keys(k), keys(v), ends, size=6, **more)
        yield "compressed", lambda of, keys, ends, **more: fovea.compressed(
            of(q), keys(k), keys(v), ends, block=8, stride=4, **more)
        yield "selected", lambda of, keys, ends, **more: fovea.selected(
            of(q), keys(k), keys(v), of(self.lists), ends, block=8, **more)

    def test_last_tokens_have_what_they_have_among_all(self):
        """The same bits: a query's keys come in the same order."""
        for name, call in self.calls():
            with self.subTest(name):
                whole = call(lambda x: x, lambda x: x, self.ends)
                o = call(lambda x: x[self.queries], self.cache, self.ends_q, **self.batch)
                self.assertGreater(numpy.abs(o).max(), 0.1)
                numpy.testing.assert_array_equal(o, whole[self.queries])

    def test_all_rows_are_tokens_where_nothing_says_how_many(self):
        for name, call in self.calls():
            with self.subTest(name):
                o = call(lambda x: x, lambda x: x, self.ends, cu_seqlens_k=self.ends)
                numpy.testing.assert_array_equal(o, call(lambda x: x, lambda x: x, self.ends))

    def test_refuses(self):
        q, k, v = self.q[self.queries], self.cache(self.k), self.cache(self.v)
        used, ends = self.batch["seqused_k"], self.ends_q
        for text, more in (
                ("cu_seqlens_k: expected where rows of keys end beside seqused_k, got None", dict(seqused_k=used)),
                ("cu_seqlens: expected where rows of queries end beside cu_seqlens_k, got None",
                 dict(self.batch, cu_seqlens=None)),
                ("cu_seqlens_k: expected an array that can be sliced and subtracted where seqused_k is None, got a list",
                 dict(cu_seqlens_k=[0, 1])),
                ("argument 'cu_seqlens_k': expected int32, got int64",
                 dict(self.batch, cu_seqlens_k=self.ends_k.astype("i8"))),
                ("argument 'seqused_k': expected int32, got float32", dict(self.batch, seqused_k=used.astype("f4"))),
                ("argument 'seqused_k': expected 5 sequences as 'cu_seqlens_q' has, got 4",
                 dict(self.batch, seqused_k=used[:4])),
                ("argument 'cu_seqlens_k': expected 6 key sequence ends as 'cu_seqlens_q' has, got 5",
                 dict(cu_seqlens_k=self.ends_k[:5])),
                ("argument 'seqused_k': expected the shape (sequences), got (5, 1)",
                 dict(self.batch, seqused_k=used[:, None]))):
            with self.subTest(text), self.assertRaises(fovea.FoveaError) as caught:
                fovea.causal(q, k, v, **{"cu_seqlens": ends, **more})
            self.assertIn(text, str(caught.exception))
        with self.assertRaisesRegex(fovea.FoveaError, "argument 'v': expected 158 key tokens as 'k' has, got 157"):
            fovea.causal(q, k, v[:-1], ends, **self.batch)
        with self.assertRaisesRegex(fovea.FoveaError, r"cu_seqlens: expected none beside q of \[batch, tokens"):
            fovea.causal(q[None], k, v, ends, **self.batch)

    def test_numbers_that_are_no_batch_are_refused(self):
        """More queries than tokens, more tokens than rows, and rows that end elsewhere."""
        q, k, v = self.q[self.queries], self.cache(self.k), self.cache(self.v)
        for sequence, number in ((0, 16), (0, 61), (3, -1)):
            used = self.batch["seqused_k"].copy()
            used[sequence] = number
            with self.subTest(used=number), self.assertRaises(fovea.FoveaError):
                fovea.causal(q, k, v, self.ends_q, cu_seqlens_k=self.ends_k, seqused_k=used)
        for ends in (self.ends_k - 1, self.ends_k[::-1].copy(), self.ends_k * 2):
            with self.subTest(ends=list(ends)), self.assertRaises(fovea.FoveaError):
                fovea.causal(q, k, v, self.ends_q, **dict(self.batch, cu_seqlens_k=ends))

    def test_ends_that_are_no_array_of_ends_are_refused(self):
        q, k, v = self.q[self.queries], self.cache(self.k), self.cache(self.v)
        with self.assertRaisesRegex(fovea.FoveaError, "cu_seqlens_k: expected an array that can be sliced"):
            fovea.causal(q, k, v, self.ends_q, cu_seqlens_k=numpy.array(5, "i4"))
        with self.assertRaisesRegex(fovea.FoveaError, "cu_seqlens: expected where rows of queries end"):
            fovea.causal(q[None], k[None], v[None], **self.batch)


COMPRESSED = """
!q = tensor<?x4x16xf32>
!k = tensor<?x2x16xf32>
!n = tensor<?xi32>
func.func @given(%k: !k {attn.name = "k"}, %q: !q {attn.name = "q"}, %cuq: !n {attn.name = "cu_seqlens_q"}, %cuk: !n {attn.name = "cu_seqlens_k"}, %used: !n {attn.name = "seqused_k"}) -> (!q {attn.name = "o"}) {
  %batch = attn.batch queries %cuq keys %cuk lengths %used : !n, !n, !n
  %o, %lse = attn.attend %q sees #attn.compressed<block = 8, stride = 4> in %k, %k, %batch : !q, !k, !k, !attn.batch -> !q, tensor<?x4xf32>
  return %o : !q
}
func.func @counted(%k: !k {attn.name = "k"}, %q: !q {attn.name = "q"}, %cu: !n {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.compressed<block = 8, stride = 4> in %k, %k, %cu : !q, !k, !k, !n -> !q, tensor<?x4xf32>
  return %o : !q
}
"""


class RowsTest(unittest.TestCase):
    """Rows that count several tokens each, where no array with a row for each token is before them, or anywhere."""

    def test_keys_that_are_compressed_ones_alone(self):
        kernels = fovea.compile(COMPRESSED)
        k, q = draw((10, HKV, DK), (5, HQ, DK))
        ends = [numpy.array(x, "i4") for x in ([0, 5], [0, 40], [40])]
        scores = numpy.einsum("tgid,sgd->tgis", q.reshape(5, HKV, 2, DK), k) * DK ** -0.5
        last = numpy.arange(10) * 4 + 7  # the position of a window's last token
        scores[..., :] += numpy.where(last > numpy.arange(35, 40)[:, None], -numpy.inf, 0)[:, None, None]
        p = numpy.exp(scores - scores.max(-1, keepdims=True))
        wanted = numpy.einsum("tgis,sgd->tgid", p / p.sum(-1, keepdims=True), k).reshape(q.shape)
        got = kernels.entry("given")(k, q, *ends)
        self.assertLess(abs(got - wanted).max(), 1e-5)
        for cuk, used in (([0, 44], 40), ([0, 39], 39), ([3, 40], 37), ([0, 40], 4), ([0, 40], 41), ([0, 40], -5)):
            with self.subTest(cuk=cuk, used=used), self.assertRaisesRegex(fovea.FoveaError, "to end at tokens"):
                kernels.entry("given")(k, q, ends[0], numpy.array(cuk, "i4"), numpy.array([used], "i4"))

    def test_rows_that_come_before_what_counts_them(self):
        kernels = fovea.compile(COMPRESSED)
        k, q = draw((1, HKV, DK), (40, HQ, DK))
        with self.assertRaisesRegex(fovea.FoveaError, "argument 'k': expected 10 rows as 'q' has 40 tokens"):
            kernels.entry("counted")(k, q, numpy.array([0, 40], "i4"))


if __name__ == "__main__":
    support.main(sys.argv[1])
