#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests benchmarks/transformers_layer.py by a tiny layer on the CPU. Where PyTorch or transformers is not installed the
test is skipped.

Usage: transformers_layer_test.py <foveac>
"""

import argparse
import contextlib
import io
import json
import os
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

import support

try:
    import torch
except ImportError:
    support.skip("PyTorch is not installed")
try:
    import transformers.models.minimax_m3_vl  # noqa: F401
except ImportError:
    support.skip("transformers with MiniMax-M3 is not installed")
sys.path.insert(0, str(support.root / "benchmarks"))
import transformers_layer as bench  # noqa: E402

torch.set_num_threads(1)


class LayerTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.json = pathlib.Path(folder.name) / "layer.json"

    def measure(self, paths, tokens=(70,)):
        """{tokens: {path: its row}}, and the printed table."""
        args = argparse.Namespace(device="cpu", foveac=os.environ["FOVEA_FOVEAC"], seed=1, rounds=3, tokens=tokens,
                                  paths=paths, json=self.json)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            self.assertEqual(bench.measure(args), 0)
        result = json.loads(self.json.read_text())
        self.assertEqual(result["shape"], bench.TINY)
        lengths = {length["tokens"]: {row["name"]: row for row in length["rows"]} for length in result["lengths"]}
        return lengths, printed.getvalue()

    def test_paths(self):
        """Fovea and SDPA give what eager does, at a length that has blocks to choose from; the others are refused."""
        lengths, printed = self.measure([name for name in bench.PATHS if "traced" not in name], (70, 33))
        self.assertEqual(list(lengths), [70, 33])
        for rows in lengths.values():
            for name in ("fovea", "fovea, ranks", "sdpa"):
                for what, error in rows[name]["rms_from_eager"].items():
                    self.assertLess(error, 1e-5, f"{name}, {what}")
            for name in ("eager", "dense layer, sdpa", "dense layer, fovea"):
                self.assertGreater(rows[name]["step_ms"], 0)
                self.assertNotIn("rms_from_eager", rows[name])
            self.assertIn("does not support an attention implementation through torch's flex_attention",
                          rows["flex_attention"]["error"])
            self.assertIn("requires an SM100", rows["msa function"]["error"])
        self.assertIn("times what Fovea does", printed)
        with contextlib.redirect_stdout(io.StringIO()) as again:
            bench.table(argparse.Namespace(json=self.json))
        self.assertEqual(again.getvalue(), printed)

    def test_a_path_that_fails_leaves_the_others(self):
        """At its first call, and later."""
        step, calls = bench.Layer.step, []

        def fail(layer, *inputs):
            calls.append(layer.implementation)
            if layer.implementation == "eager" or calls.count("sdpa") == 4 and calls[-1] == "sdpa":
                raise torch.OutOfMemoryError("no memory")
            return step(layer, *inputs)
        with mock.patch.object(bench.Layer, "step", fail):
            lengths, printed = self.measure(["fovea", "eager", "sdpa"])
        rows = lengths[70]
        for name in ("eager", "sdpa"):
            self.assertEqual(rows[name]["error"], "OutOfMemoryError: no memory")
            self.assertNotIn("step_ms", rows[name])
        self.assertGreater(rows["fovea"]["step_ms"], 0)
        self.assertIn("No path of the library's runs.", printed)

    def test_layers_have_the_same_weights(self):
        args = argparse.Namespace(device="cpu", seed=3)
        ours, theirs = (bench.Layer(name, args).layer.state_dict() for name in ("fovea", "eager"))
        self.assertEqual(list(ours), list(theirs))
        self.assertTrue(all(torch.equal(ours[name], theirs[name]) for name in ours))


if __name__ == "__main__":
    support.main(sys.argv[1])
