#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the programs of examples/python for some steps, each where what it imports is installed.

Usage: examples_test.py <foveac>
"""

import importlib.util
import re
import subprocess
import sys
import unittest

import support

if not importlib.util.find_spec("torch"):
    support.skip("PyTorch is not installed")


class ExamplesTest(unittest.TestCase):
    def train(self, program, *options, start=()):
        """The losses, which fall. start: what Python is to run the program by."""
        done = subprocess.run([sys.executable, *start, str(support.root / "examples" / "python" / program), "--steps",
                               "5", *options], text=True, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        losses = [float(loss) for loss in re.findall(r"^step \d+: loss (\S+)$", done.stdout, re.M)]
        self.assertEqual(len(losses), 5)
        self.assertLess(losses[-1], losses[0])
        return losses

    def test_module(self):
        """In the first steps much the same with either attention."""
        sparse, dense = self.train("train_module.py"), self.train("train_module.py", "--dense")
        self.assertNotEqual(sparse, dense)
        self.assertAlmostEqual(sparse[-1], dense[-1], delta=0.3)

    def test_processes(self):
        """Two have the losses of one, but for roundings."""
        one = self.train("train_long.py", "--tokens", "500")
        two = self.train("train_long.py", "--tokens", "500",
                         start=("-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"))
        for a, b in zip(one, two):
            self.assertAlmostEqual(a, b, delta=0.002)

    @unittest.skipUnless(importlib.util.find_spec("transformers"), "transformers is not installed")
    def test_models(self):
        """As by the library's own attention."""
        for model in ("llama", "minimax-m3"):
            with self.subTest(model):
                ours = self.train("train_model.py", "--model", model)
                library = self.train("train_model.py", "--model", model, "--attention", "eager")
                for a, b in zip(ours, library):
                    self.assertAlmostEqual(a, b, delta=0.01)


if __name__ == "__main__":
    support.main(sys.argv[1])
