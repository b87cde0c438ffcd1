#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests what benchmarks/gpu_decode.py does before and after it times: the CPU's code and PyTorch's attention pass its
checks, spoiled results do not, and bytes are what they are counted key by key. Without PyTorch or NumPy it is skipped.

Usage: gpu_decode_test.py <the folder of foveac and fovea-run>
"""

import dataclasses
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

import support

try:
    import numpy  # noqa: F401
    import torch
except ImportError:
    support.skip("PyTorch or NumPy is not installed")
sys.path[:0] = [str(support.root / "benchmarks"), str(support.root / "test" / "gpu")]
import check_harness  # noqa: E402
import decode_batch  # noqa: E402
import decode_contestants  # noqa: E402
import decode_specs  # noqa: E402
import gpu_decode_table  # noqa: E402
import specs  # noqa: E402
import truth  # noqa: E402

torch.set_num_threads(1)
CPU = torch.device("cpu")
NSA = specs.Nsa(dk=16, dv=16, group=2, kv_heads=2, window=20)
RANKED = specs.Ranked(dk=16, dv=16, group=2, kv_heads=2, select=32, count=3, initial=0, local=1, index_dim=16)
SPECS = {"dense": decode_specs.Spec(NSA, "causal"), "dense, contiguous": decode_specs.Spec(NSA, "causal", "decode"),
         "window": decode_specs.Spec(NSA, "window"), "MSA": decode_specs.Spec(RANKED, "ranked"),
         "NSA": decode_specs.Spec(dataclasses.replace(NSA, select=32, count=3), "nsa", "decode")}
POINT = decode_batch.Point("small", (130, 3, 64, 200), 2)


class Replayed:
    """In the place of a graph."""

    def __init__(self, steps):
        self.steps = steps

    def replay(self):
        for step in self.steps:
            step()


class ContestantsTest(unittest.TestCase):
    def every(self, point, names, spoil=None):
        """Names and facts of what can be timed, and the errors of what cannot."""
        def load(path, suffix):
            name, lists, _ = path.stem.partition("; ")
            entry = check_harness.CpuEntry(TOOLS, folder, SPECS[name].text(), True, bool(lists), suffix=suffix)
            entry = check_harness.Spoiled(entry, spoil) if spoil else entry
            entry.kernels = []
            return entry

        files = {title: title.replace(", lists", "; lists") for title in (*SPECS, "MSA, lists", "NSA, lists")}
        with tempfile.TemporaryDirectory() as folder, mock.patch.dict(decode_contestants.SPECS, SPECS), \
                mock.patch("decode_contestants.gpu.Entry", load), mock.patch("decode_steps.capture", Replayed):
            bench = decode_contestants.make_bench(point, names, pathlib.Path(folder), files, 100_000, 1, CPU)
            contestants, failed = decode_contestants.every(bench, names, decode_specs.BACKENDS)
            return ({contestant.name: contestant.facts for contestant in contestants},
                    {row["name"]: row["error"] for row in failed})

    def test_code_of_the_cpu_passes(self):
        """Each over pages of its own in turns."""
        timed, failed = self.every(POINT, list(SPECS))
        self.assertEqual({name for name in failed if name.startswith("fovea")}, set(), failed)
        self.assertGreater(timed["fovea window"]["turns"], timed["fovea dense"]["turns"])
        for facts in timed.values():
            self.assertGreaterEqual(facts["turns"] * facts["read_bytes"], 100_000)
            self.assertLessEqual(facts["error_over_tolerance"], 1)

    def test_dense_attention_of_pytorch_passes(self):
        """And, where the CPU has none, another in its place."""
        def attend_packed(backend, q, k, v, ends_q, ends_k, most_q, most_k):
            cut = lambda x, ends: [part.transpose(0, 1) for part in x.split(ends.diff().tolist())]
            attend = torch.nn.functional.scaled_dot_product_attention
            each = list(zip(cut(q, ends_q), cut(k, ends_k), cut(v, ends_k)))
            return lambda: torch.cat([attend(*some).transpose(0, 1) for some in each])

        timed, _ = self.every(decode_batch.Point("uniform", (40, 40, 40), 2), [])
        self.assertLessEqual({"torch flash, heads", "torch flash, rows"}, timed.keys())
        with mock.patch("decode_peers._attend_packed", attend_packed):
            timed, failed = self.every(POINT, [])
        self.assertIn("torch flash, packed", timed, failed)

    def test_spoiled_results_do_not(self):
        def last_query(tensors):
            tensors["o"][-1, 0, 0] += 0.25

        def unwritten(tensors):
            tensors["o"][2, 1, 3] = float("nan")
        for spoil, what in ((last_query, "WrongResults: sequence 3, o: error"), (unwritten, "not written")):
            _, failed = self.every(POINT, ["window"], spoil)
            self.assertIn(what, failed["fovea window"])


class BatchTest(unittest.TestCase):
    def test_points(self):
        uniform = decode_batch.parse_point("3x8192:4", 1)
        self.assertEqual((uniform.lengths, uniform.queries, uniform.tokens), ((8192,) * 3, 4, 12))
        mixed = decode_batch.parse_point("64xmixed", 1)
        self.assertEqual((min(mixed.lengths), max(mixed.lengths), len(mixed.lengths)), (1, 1 << 17, 64))
        self.assertLessEqual({mixed.lengths.index(1), mixed.lengths.index(1 << 17)}, set(mixed.sampled()))

    def test_pages(self):
        """Each has one owner in one turn, or none; what stands behind a sequence's is no page."""
        batch = decode_batch.Batch(POINT, 3, 1, CPU)
        tables = torch.stack([batch.table(turn) for turn in range(3)])
        self.assertEqual((tables >= 0).sum(-1).tolist(), [[3, 1, 1, 4]] * 3)
        pages = tables[tables >= 0].tolist()
        self.assertEqual(len(set(pages)), len(pages))
        self.assertLess(max(pages), batch.pages)
        self.assertGreater(batch.pages, len(pages))

    def test_bytes(self):
        """Counted one by one, of lists too."""
        lists = torch.tensor([[[0, 3, -1], [4, 1, 0]], [[0, 4, -1], [4, 2, 0]]])
        positions = torch.tensor([128, 129])
        small = dataclasses.replace(NSA, select=32)
        for kind, sees in (("causal", truth.sees_causal(130)), ("window", truth.sees_window(130, 20)),
                           ("ranked", truth.sees_selected(130, 32, lists))):
            seen = sees(positions, slice(None)).any(0).expand(2, 130).sum()
            self.assertEqual(decode_batch.seen_keys(small, kind, 130, 2, lists), seen, kind)
        point = decode_batch.Point("one", (130,), 2)
        queries, keys = 2 * 4 * 16 * 2, 130 * 2 * 32 * 2
        self.assertEqual(decode_batch.read_bytes(NSA, "causal", point), queries + keys)
        self.assertEqual(decode_batch.read_bytes(RANKED, "ranked", point, lists[:, :, :1]),
                         queries + 130 * 16 * 2 + (2 + 32) * 32 * 2)


class TableTest(unittest.TestCase):
    def test_table(self):
        """The better of two forms; a dash for what was not timed."""
        timed = {"ms": 0.5, "min_ms": 0.4, "max_ms": 0.6, "tb_per_s": 4.0, "read_bytes": 2e9, "turns": 1,
                 "error_over_tolerance": 0.5}
        record = {"point": "32x65536:4", "lengths": [65536] * 32, "queries": 4, "rows": [
            {"name": "fovea dense", **timed}, {"name": "torch flash, heads", **timed, "ms": 2.0},
            {"name": "torch flash, rows", **timed, "ms": 1.0}, {"name": "torch cudnn, rows", "error": "none"}]}
        self.assertIn("torch cudnn, rows            not timed: none", gpu_decode_table.describe_point(record))
        text = gpu_decode_table.describe({"points": [record, {"point": "1x1", "died": "a fault", "rows": []}]})
        self.assertEqual(text.splitlines(), [
            "|  | fovea dense | torch flash | torch cudnn |", "| --- | --- | --- | --- |",
            "| B = 32, 64k, 4 draft tokens | 500.0 µs, 4.00 TB/s | 1000.0 µs, 4.00 TB/s | – |"])


if __name__ == "__main__":
    TOOLS = pathlib.Path(sys.argv[1])
    unittest.main(argv=sys.argv[:1])
