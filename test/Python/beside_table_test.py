#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What benchmarks/beside/beside.py writes of its results, and that docs/beside.md has it."""

import json
import pathlib
import re
import sys
import tempfile
import unittest

import support

FOLDER = support.root / "benchmarks" / "beside"
PAGE = support.root / "docs" / "beside.md"
sys.path.insert(0, str(FOLDER))

import results_table  # noqa: E402

PYTHON = '''"""What
it is."""
# why
x = """a

b"""  # and

def f():
    """No."""
    return 1
'''


class TableTest(unittest.TestCase):
    def test_count_lines(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, text, count in (
                    ("a.py", PYTHON, 5),
                    ("a.cu", "// why\n/* and\n   how */\nint x; // one\n\nint y; /* two */\n", 2)):
                path = pathlib.Path(folder) / name
                path.write_text(text)
                self.assertEqual(results_table.count_lines(path), count, name)

    def test_table(self):
        """What is there has its place, what is not a dash and its reason."""
        check = {"first_seconds": 2.0, "next_seconds": 1.0, "errors": {"o": 0.002}, "same_bits": True}
        result = {
            "date": "2026-01-01", "commit": "0123456789", "seed": 1, "rounds": 3, "check_tokens": 128, "runs": 20,
            "device": {"name": "GPU", "driver": "1", "torch": "2"}, "left_out": ["65536 realistic"],
            "fovea_compile_seconds": {"forward": 1.0, "forward and backward": 2.0}, "fovea_compile_processors": 2,
            "checks": {"fovea": {**check, "gradient_errors": {"grad_q": 0.003}, "same_gradient_bits": False},
                       "flex": check, "cuda": {"error": "no nvcc"}},
            "times": [{"tokens": 8192, "data": "realistic", "u_8": 0.15, "rows": [
                {"name": "fovea", "ms": 1.234}, {"name": "flex, mask", "ms": 20.0, "mebibytes": 300.0},
                {"name": "flex", "error": "no memory"}]}]}
        text = results_table.write("out.json", result, FOLDER)
        for line in ("| forward, ms: 8k tokens, realistic (u_8 0.15) | 1.23 | – | – | – | – |",
                     "| the mask of the lists, ms: 8k tokens, realistic (u_8 0.15) | – | 20.0, 300 MiB | – | – | – |",
                     "| the same bits in 20 runs | yes | yes | – | – | – |", "| … of the gradients | no | – | – | – | – |",
                     "| first result with empty caches, s | 2.00 + 1.00 | 2.00 | – | – | – |",
                     "Not in the table: cuda: no nvcc; flex at 8192 tokens: no memory; 65536 realistic: no time was "
                     "left."):
            self.assertIn(line, text.splitlines())

    def test_page(self):
        """It has the table of the results that it links, or says that there are none."""
        text = PAGE.read_text()
        place = results_table.PLACE.search(text)[0]
        link = re.search(r"\[raw data\]\(([^)]+)\)", place)
        if link is None:
            self.assertEqual(place, results_table.NOT_YET)
            return
        path = PAGE.parent / link[1]
        self.assertEqual(place, results_table.write(path, json.loads(path.read_text()), FOLDER, PAGE))


if __name__ == "__main__":
    unittest.main(verbosity=2)
