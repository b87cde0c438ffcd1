"""Tests the inputs that tune.py runs kernels on. Needs NumPy."""
import pathlib
import struct
import sys
import types
import unittest

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "benchmarks"))
from tuning import inputs, table  # noqa: E402

BATCH = {"tokens": 300, "sequences": 2, "data": "uncorrelated"}
RELATED = {**BATCH, "data": "correlated"}


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


def fill(name, dtype, rows, shape, workload, block=None):
    what = argument(name, dtype, rows, shape)
    array = FakeArray(inputs.shape_of(what, workload), dtype)
    inputs.fill(array, what, workload, 1, block)
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

    def test_weights_keep_the_size(self):
        weights = fill("w", "float32", "static", (4, 32, 16, 16), BATCH)
        self.assertAlmostEqual(float(weights.std()), (32 * 16) ** -0.5, delta=1e-3)
        self.assertAlmostEqual(float(fill("sinks", "float32", "static", (4096,), BATCH).std()), 1,
                               delta=0.05)


if __name__ == "__main__":
    unittest.main()
