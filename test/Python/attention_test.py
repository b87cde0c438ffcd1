#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests fovea.nsa and the others with arrays of NumPy, against attention said plainly in double.

Usage: attention_test.py <foveac>
"""

import sys
import unittest

import support

try:
    import numpy
except ImportError:
    support.skip("NumPy is not installed")
import fovea

B, S, HQ, HKV, DK, DV = 2, 40, 4, 2, 16, 8
# Of f32 and few keys: a rounding of each product and sum, and of exp.
CLOSE = {"atol": 2e-6, "rtol": 0}


def draw(*shapes, seed=0):
    generator = numpy.random.default_rng(seed)
    return [generator.standard_normal(shape).astype("f4") for shape in shapes]


def each(function, *arrays):
    """A plain attention of each sequence of [B, S, ...]."""
    return numpy.stack([function(*(array[b] for array in arrays)) for b in range(B)])


def causal(tokens=S):
    t = numpy.arange(tokens)
    return t[:, None] >= t


def block_mask(indices, block):
    """[S, HQ, S]: whether a key's block is among `indices` [S, HKV, N], and the key not ahead."""
    listed = (indices[..., None] == numpy.arange(S) // block).any(2)
    return numpy.repeat(listed, HQ // HKV, axis=1) & causal()[:, None]


def choose(scores, block, top, initial, local):
    """The mask of the blocks that are chosen by scores [S, HKV, blocks]: docs/nsa.md, Select."""
    chosen = numpy.full((S, HKV, top), -1)
    for t in range(S):
        own = t // block
        forced = [j for j in range(own + 1) if j < initial or j > own - local]
        for h in range(HKV):
            others = sorted((j for j in range(own + 1) if j not in forced), key=lambda j: (-scores[t, h, j], j))
            blocks = sorted(forced + others[:top - len(forced)])
            chosen[t, h, :len(blocks)] = blocks
    return block_mask(chosen, block)


class AttentionTest(unittest.TestCase):
    def setUp(self):
        self.q, self.k, self.v, self.gates, self.sinks = draw(
            (B, S, HQ, DK), (B, S, HKV, DK), (B, S, HKV, DV), (B, S, HQ, 3), (HQ,))

    def refuse(self, text, call):
        with self.assertRaises(fovea.FoveaError) as caught:
            call()
        self.assertIn(text, str(caught.exception))

    def test_causal(self):
        o = fovea.causal(self.q, self.k, self.v, sinks=self.sinks, scale=0.1)
        numpy.testing.assert_allclose(o, each(
            lambda q, k, v: support.attend(q, k, v, causal()[:, None], 0.1, self.sinks),
            self.q, self.k, self.v), **CLOSE)

    def test_window_of_packed_sequences(self):
        ends = numpy.array([0, 7, 7, S], "i4")
        q, k, v = (array[0] for array in (self.q, self.k, self.v))
        o = fovea.window(q, k, v, ends, size=6)
        for begin, end in ((0, 7), (7, S)):
            t = numpy.arange(end - begin)
            sees = causal(end - begin) & (t[:, None] - t < 6)
            numpy.testing.assert_allclose(
                o[begin:end], support.attend(q[begin:end], k[begin:end], v[begin:end], sees[:, None]), **CLOSE)
        numpy.testing.assert_array_equal(fovea.window(q, k, v, size=6),
                                         fovea.window(q, k, v, numpy.array([0, S], "i4"), size=6))

    def test_selected(self):
        indices = numpy.full((B, S, HKV, 3), -1, "i4")
        own = numpy.broadcast_to((numpy.arange(S) // 8)[:, None], (S, HKV))
        indices[:, :, :, 0] = numpy.minimum(own, 1)
        indices[:, 16:, :, 1] = own[16:]
        o = fovea.selected(self.q, self.k, self.v, indices, block=8, scale=1e-1)
        numpy.testing.assert_allclose(o, each(
            lambda q, k, v, i: support.attend(q, k, v, block_mask(i, 8), 0.1),
            self.q, self.k, self.v, indices), **CLOSE)

    def compress(self, rows):
        """Means of windows of 8, every 4."""
        return numpy.stack([rows[i:i + 8].mean(0, dtype="f8") for i in range(0, S - 7, 4)])

    def seen_windows(self):
        return numpy.arange(S)[:, None] >= numpy.arange(0, S - 7, 4) + 7

    def test_compressed(self):
        o = fovea.compressed(self.q, self.k, self.v, block=8, stride=4)
        numpy.testing.assert_allclose(o, each(
            lambda q, k, v: support.attend(q, self.compress(k), self.compress(v), self.seen_windows()[:, None]),
            self.q, self.k, self.v), **CLOSE)

    def test_msa(self):
        index_q, index_k = draw((B, S, HKV, 8), (B, S, 1, 8), seed=1)
        o = fovea.msa(self.q, self.k, self.v, index_q, index_k, block=8, top=3, initial=1, local=1)

        def expect(q, k, v, iq, ik):
            scores = numpy.einsum("thd,ud->thu", iq.astype("f8"), ik[:, 0].astype("f8"))
            scores = numpy.where(causal()[:, None], scores, -numpy.inf)
            scores = scores.reshape(S, HKV, S // 8, 8).max(-1)
            return support.attend(q, k, v, choose(scores, 8, 3, 1, 1))
        numpy.testing.assert_allclose(o, each(expect, self.q, self.k, self.v, index_q, index_k), **CLOSE)

    def test_nsa(self):
        """Own keys and values for each branch, so that none of them can be taken for another."""
        ks, vs = ([array, array[..., ::-1].copy(), -array] for array in (self.k, self.v))
        sizes = dict(block=8, stride=4, selected_block=8, top=4, initial=1, local=2, window=6)
        o = fovea.nsa(self.q, ks, vs, self.gates, gate_logits=False, **sizes)

        def expect(q, gates, kc, k1, k2, vc, v1, v2):
            kc, vc = self.compress(kc), self.compress(vc)
            outs = [support.attend(q, kc, vc, self.seen_windows()[:, None])]
            rows = numpy.einsum("thd,uhd->thu", q.astype("f8"), numpy.repeat(kc, 2, 1)) * DK ** -0.5
            rows = numpy.where(self.seen_windows()[:, None], rows, -numpy.inf)
            p = numpy.exp(rows - rows.max(-1, keepdims=True, initial=-1e30))
            p /= numpy.maximum(p.sum(-1, keepdims=True), 1e-300)
            window, j = numpy.arange(kc.shape[0])[:, None] * 4, numpy.arange(S // 8) * 8
            overlap = numpy.maximum(0, numpy.minimum(window + 8, j + 8) - numpy.maximum(window, j)) / 4
            scores = (p @ overlap).reshape(S, HKV, HQ // HKV, -1).sum(2)
            outs.append(support.attend(q, k1, v1, choose(scores, 8, 4, 1, 2)))
            t = numpy.arange(S)
            outs.append(support.attend(q, k2, v2, (causal() & (t[:, None] - t < 6))[:, None]))
            return sum(gates[..., i:i + 1] * out for i, out in enumerate(outs))
        numpy.testing.assert_allclose(o, each(expect, self.q, self.gates, *ks, *vs), atol=1e-5, rtol=0)
        logits = fovea.nsa(self.q, ks, vs, self.gates, **sizes)
        weighed = fovea.nsa(self.q, ks, vs, 1 / (1 + numpy.exp(-self.gates)), gate_logits=False, **sizes)
        numpy.testing.assert_allclose(logits, weighed, atol=1e-5, rtol=0)

    def test_phi_takes_its_weights(self):
        """Weights of 1/8 for each row are the mean."""
        weights = {name: numpy.full((HKV, 8), 1 / 8, "f4") for name in ("k_w", "v_w")}
        o = fovea.compressed(self.q, self.k, self.v, block=8, stride=4, phi="weighted", parameters=weights)
        numpy.testing.assert_allclose(o, fovea.compressed(self.q, self.k, self.v, block=8, stride=4), **CLOSE)

    def test_float16(self):
        q, k, v = (array.astype("f2") for array in (self.q, self.k, self.v))
        o = fovea.causal(q, k, v)
        self.assertEqual(o.dtype, numpy.float16)
        # A rounding of the result, and of the weights: 2^-11 of numbers below 4.
        numpy.testing.assert_allclose(o, fovea.causal(*(x.astype("f4") for x in (q, k, v))), atol=4 * 2 ** -10)

    def test_refuses(self):
        q, k, v = self.q, self.k, self.v
        for text, call in (
                ("q: expected an array of NumPy, PyTorch or DLPack, got a list",
                 lambda: fovea.causal([1.0], k, v)),
                ("k: expected an array of NumPy, PyTorch or DLPack, got None", lambda: fovea.causal(q, None, v)),
                ("q: expected [tokens, heads, dim] or [batch, tokens, heads, dim], got the shape (4, 16)",
                 lambda: fovea.causal(q[0, 0], k, v)),
                ("q: expected one of float32, bfloat16, float16; got float64",
                 lambda: fovea.causal(q.astype("f8"), k, v)),
                ("k: expected [batch, tokens, heads, dim] with 2 x 40 tokens, as q has, got the shape (40, 2, 16)",
                 lambda: fovea.causal(q, k[0], v)),
                ("v: expected a contiguous array, got one with gaps", lambda: fovea.causal(q, k, v[..., ::-1])),
                ("cu_seqlens: expected none beside q of [batch, tokens, heads, dim], got a numpy.ndarray",
                 lambda: fovea.causal(q, k, v, numpy.array([0, S], "i4"))),
                ("argument 'v': expected the shape (tokens, 2, 8), got (80, 1, 8)",
                 lambda: fovea.causal(q, k, v[:, :, :1].copy())),
                ("k: expected an array, or one for each of compressed, selected, window; got 2",
                 lambda: fovea.nsa(q, [k, k], v, self.gates)),
                ("k: expected an array of NumPy, PyTorch or DLPack, got a list",
                 lambda: fovea.causal(q, [k], v)),
                ("phi: expected one of mean, weighted, gated, linear, mlp, mlp with its activation as in "
                 "'mlp gelu'; got 'mlp'", lambda: fovea.compressed(q, k, v, phi="mlp")),
                ("parameters: expected k_w, v_w for phi 'weighted', got k_w",
                 lambda: fovea.compressed(q, k, v, phi="weighted", parameters={"k_w": self.sinks})),
                ("index_q: expected [tokens, heads, dim] or [batch, tokens, heads, dim], got the shape (16,)",
                 lambda: fovea.msa(q, k, v, q[0, 0, 0], k)),
                ("index_k: expected an array of NumPy, PyTorch or DLPack, got None",
                 lambda: fovea.msa(q, k, v, q, None)),
                ("indices: expected an array of NumPy, PyTorch or DLPack, got a list",
                 lambda: fovea.selected(q, k, v, [[0]])),
                ("k_b1: expected [heads, hidden], got the shape (4,)", lambda: fovea.compressed(
                    q, k, v, phi="mlp relu", parameters={f"{of}_{name}": self.sinks for of in "kv"
                                                         for name in ("B1", "b1", "B2", "b2")})),
                ("parameters: expected arrays by name, got a list",
                 lambda: fovea.compressed(q, k, v, phi="weighted", parameters=["k_w", "v_w"])),
                ("got 'None'", lambda: fovea.compressed(q, k, v, phi=None)),
                ("size: expected an integer, got a float", lambda: fovea.window(q, k, v, size=5.0)),
                ("stride: expected an integer, got a str", lambda: fovea.compressed(q, k, v, stride="4> //")),
                ("top: expected an integer, got None", lambda: fovea.nsa(q, k, v, self.gates, top=None)),
                ("scale: expected a number, got a complex", lambda: fovea.causal(q, k, v, scale=1j)),
                ("scale: expected a finite number, got nan", lambda: fovea.causal(q, k, v, scale=float("nan"))),
                ("argument 'cu_seqlens': expected a 0 and where each sequence ends, got no number",
                 lambda: fovea.causal(q[0], k[0], v[0], numpy.zeros(0, "i4"))),
                ("expected kv heads to divide heads, got 2 and 3", lambda: fovea.causal(q[:, :, :3].copy(), k, v))):
            self.refuse(text, call)


if __name__ == "__main__":
    support.main(sys.argv[1])
