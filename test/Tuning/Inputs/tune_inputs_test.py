"""Tests the inputs that tune.py runs kernels on. Needs NumPy."""
import pathlib
import struct
import sys
import types
import unittest

import numpy

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "benchmarks"), str(ROOT / "test" / "Reference")]
import nsa_numpy  # noqa: E402
from tuning import inputs, table, walks  # noqa: E402

BATCH = {"tokens": 300, "sequences": 2, "data": "uncorrelated"}
RELATED = {**BATCH, "data": "correlated"}
REAL = {**BATCH, "data": "realistic"}


def argument(name, dtype, rows, shape):
    return types.SimpleNamespace(name=name, dtype=dtype, rows=rows, shape=shape, output=False)


class FakeArray:
    """Memory that is Python's."""

    def __init__(self, shape, dtype):
        self.shape, self.dtype = shape, dtype
        self.nbytes = int(numpy.prod(shape)) * {"bfloat16": 2, "float16": 2}.get(dtype, 4)
        self.data = bytearray(self.nbytes)

    def write(self, data, offset=0):
        view = memoryview(data).cast("B")
        self.data[offset:offset + view.nbytes] = view


def fill(name, dtype, rows, shape, workload, block=None, others=()):
    what = argument(name, dtype, rows, shape)
    array = FakeArray(inputs.shape_of(what, workload), dtype)
    inputs.fill(array, what, inputs.Source((what, *others), workload, 1, block))
    return inputs.to_numbers(bytes(array.data), dtype).reshape(array.shape)


class InputsTest(unittest.TestCase):
    def test_shapes(self):
        shape = lambda rows, *sizes: inputs.shape_of(argument("x", "float32", rows, sizes), BATCH)
        self.assertEqual(shape("tokens", -1, 4, 64), (300, 4, 64))
        self.assertEqual(shape("tokens / 16", -1, 4, 64), (18, 4, 64))
        self.assertEqual(shape("sequence_ends", -1), (3,))
        self.assertEqual(shape("static", 64), (64,))

    def test_ends(self):
        ends = fill("cu_seqlens", "int32", "sequence_ends", (-1,), {**BATCH, "tokens": 301})
        self.assertEqual(ends.tolist(), [0, 151, 301])

    def test_bfloat16_is_rounded_to_the_nearest(self):
        values = numpy.array([1.0, 1.00390625, 1.01171875, -3.0e38, 0.0], numpy.float32)
        bits = inputs.to_bfloat16(values).tolist()
        self.assertEqual(bits[:3], [0x3F80, 0x3F80, 0x3F82])  # ties to even
        back = inputs.to_numbers(inputs.to_bfloat16(values).tobytes(), "bfloat16")
        self.assertTrue(numpy.allclose(back, values, rtol=2 ** -8))
        self.assertEqual(struct.unpack("<H", inputs.to_bytes(values[:1], "bfloat16").tobytes()),
                         (0x3F80,))

    def test_queries_are_normal_or_alike_from_token_to_token(self):
        for workload, least, most in ((BATCH, -0.05, 0.05), (RELATED, 0.92, 0.98)):
            q = fill("q", "bfloat16", "tokens", (-1, 8, 64), workload)
            self.assertAlmostEqual(float(q.std()), 1, delta=0.05)
            inside = numpy.mean(q[1:150] * q[:149])
            self.assertTrue(least < inside < most, inside)
            self.assertLess(abs(numpy.mean(q[150] * q[149])), 0.2)  # another sequence
        k = fill("k", "bfloat16", "tokens", (-1, 8, 64), RELATED)
        self.assertLess(abs(numpy.mean(k[1:] * k[:-1])), 0.05)

    def test_chunks_make_one_walk(self):
        whole = fill("q", "float32", "tokens", (-1, 2, 8), RELATED)
        old, inputs.CHUNK_ELEMENTS = inputs.CHUNK_ELEMENTS, 16 * 7
        self.addCleanup(setattr, inputs, "CHUNK_ELEMENTS", old)
        self.assertTrue(numpy.array_equal(
            whole, fill("q", "float32", "tokens", (-1, 2, 8), RELATED)))

    def test_lists(self):
        for workload in (BATCH, RELATED):
            lists = fill("indices", "int32", "tokens", (-1, 2, 4), workload, block=16)
            for token in range(300):
                there = token % 150 // 16 + 1
                for chosen in lists[token]:
                    used = chosen[chosen >= 0].tolist()
                    self.assertEqual(len(used), min(there, 4))
                    self.assertEqual(used, sorted(set(used)))
                    self.assertLess(used[-1], there)
        self.assertTrue((lists[128] == lists[129]).all())
        with self.assertRaisesRegex(table.TuningError, "expected lists of blocks in argument 'i'"):
            fill("i", "int32", "tokens", (-1, 2, 4), BATCH)

    def queries_and_keys(self, workload, heads=4, key_heads=2, dim=64, kind=""):
        """q and k of one entry."""
        rows = lambda name, count: argument(kind + name, "float32", "tokens", (-1, count, dim))
        both = rows("q", heads), rows("k", key_heads)
        return [fill(a.name, a.dtype, a.rows, a.shape, workload, others=both) for a in both]

    def share(self, data):
        """u_8: of the blocks that 8 neighbours list, the part that differ."""
        tokens, count = 2048, 8
        q, k = self.queries_and_keys({"tokens": tokens, "sequences": 1, "data": data})
        options = nsa_numpy.Options(32, 16, 64, count, 1, 2, 512, "mean", "gelu", "logits")
        scores = nsa_numpy.score_blocks_one(q.astype(float), nsa_numpy.compress_one(k, options),
                                            options, 64 ** -0.5)
        lists = nsa_numpy.select_topk_one(scores, options)[tokens // 2:].reshape(-1, 8, 2, count)
        return numpy.mean([len(set(tile[:, head].flat)) / tile[:, head].size
                           for tile in lists for head in range(2)])

    def test_realistic_queries_choose_alike(self):
        self.assertLess(self.share("realistic"), 0.22)
        self.assertGreater(self.share("uncorrelated"), 0.3)

    def test_realistic_queries_meet_their_keys(self):
        """A score is `amplitude` on the mean, at the same place."""
        one = {"tokens": 4096, "sequences": 1, "data": "realistic"}
        for kind, least, most in (("", 0.8, 1.1), ("index_", 0.8, 1.1)):
            q, k = self.queries_and_keys(one, heads=2, key_heads=2, kind=kind)
            scores = (q * k).sum(-1).mean() / 64 ** 0.5 / walks.Realistic().amplitude
            self.assertTrue(least < scores < most, scores)
        q, other = self.queries_and_keys(one, 2, 2)[0], self.queries_and_keys(one, 2, 2,
                                                                              kind="index_")[1]
        self.assertLess(abs((q * other).sum(-1).mean() / 64 ** 0.5), 8)

    def test_realistic_rows_begin_again_with_each_sequence(self):
        """Where the walks are still, what is left is the mean, turned by the place."""
        heads = walks.Heads("k", "attention", 2, 16, 2)
        rows = walks.RealisticRows(1, heads, [0, 150, 300], False)
        rows.walks = [(0, walk) for _, walk in rows.walks]
        whole = rows.make(0, 300)
        self.assertTrue(numpy.allclose(whole[:150], whole[150:], atol=1e-5))
        self.assertFalse(numpy.allclose(whole[0], whole[1], atol=0.1))
        # Neighbouring elements turn together, the last pair by theta^-(7/8) a token.
        last = whole[:3].reshape(3, 2, 8, 2)[:, 0, 7]
        angle = numpy.arctan2(last[:, 1], last[:, 0])
        self.assertAlmostEqual(float(angle[2] - angle[0]), 2 * 5e4 ** -0.875, delta=1e-5)

    def test_realistic_chunks_make_one_walk(self):
        whole = self.queries_and_keys(REAL)
        old, inputs.CHUNK_ELEMENTS = inputs.CHUNK_ELEMENTS, 256 * 7
        self.addCleanup(setattr, inputs, "CHUNK_ELEMENTS", old)
        for one, other in zip(whole, self.queries_and_keys(REAL)):
            self.assertTrue(numpy.array_equal(one, other))

    def test_what_realistic_data_do_not_say(self):
        with self.assertRaisesRegex(table.TuningError, "expected a kernel that chooses blocks"):
            fill("indices", "int32", "tokens", (-1, 2, 4), REAL, block=16)
        with self.assertRaisesRegex(table.TuningError, "expected a key of each token"):
            fill("k", "float32", "tokens / 16", (-1, 2, 16), REAL)

    def test_weights_keep_the_size(self):
        weights = fill("w", "float32", "static", (4, 32, 16, 16), BATCH)
        self.assertAlmostEqual(float(weights.std()), (32 * 16) ** -0.5, delta=1e-3)
        self.assertAlmostEqual(float(fill("sinks", "float32", "static", (4096,), BATCH).std()), 1,
                               delta=0.05)


if __name__ == "__main__":
    unittest.main()
