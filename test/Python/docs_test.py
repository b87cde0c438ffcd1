#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the Python of pages, block after block; those behind `<!-- needs torch -->`, or another module, where that is.
What a page quotes of a file has its tests where that file has.

Usage: docs_test.py <foveac>
"""

import importlib.util
import re
import unittest

import support

if not importlib.util.find_spec("numpy"):
    support.skip("NumPy is not installed")

BLOCK = re.compile(r"^(?:<!-- needs (\w+) -->\n|(?<!\.py -->\n))```python\n(.*?)^```$", re.M | re.S)


class DocsTest(unittest.TestCase):
    def test_pages_run(self):
        for name, count in (("docs/python.md", 10), ("docs/context-parallelism.md", 4), ("docs/transformers.md", 4),
                            ("docs/vllm.md", 3), ("docs/beside.md", 1), ("README.md", 1)):
            self.run_page(support.root / name, count)

    def run_page(self, page, count):
        text = page.read_text()
        names = {}
        blocks = list(BLOCK.finditer(text))
        self.assertEqual(len(blocks), count)
        for block in blocks:
            if block[1] and not importlib.util.find_spec(block[1]):
                print(f"skipped, of {page.name}: {block[1]} is not installed")
                continue
            with self.subTest(block[2].splitlines()[0]):
                line = text.count("\n", 0, block.start(2))
                exec(compile("\n" * line + block[2], str(page), "exec"), names)


if __name__ == "__main__":
    import sys
    support.main(sys.argv[1])
