#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that every example in the dialects' .td files is in a test.

Usage: check-doc-examples.py [ROOT]

An example is a ```mlir block, or a code span after "Example:" or "Examples:". Its text
must appear, white space aside, in a .mlir file of ROOT/test/Dialect that is no negative
test; so what the reference pages show is what the parser takes. Prints each example that
does not, as file:line, and exits 1 if there is one.
"""
import pathlib
import re
import sys

BLOCK = re.compile(r"^ *```mlir\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
SPANS = re.compile(r"\bExamples?:\s+(`[^`]+`(?:,\s+`[^`]+`)*)")


def normalize(text):
    return " ".join(text.split())


def examples(text):
    """Yields (offset, example) of each example in a .td file."""
    for match in BLOCK.finditer(text):
        yield match.start(), match.group(1)
    for match in SPANS.finditer(text):
        for span in re.findall(r"`([^`]+)`", match.group(1)):
            yield match.start(), span


def main():
    here = pathlib.Path(__file__).resolve().parent.parent
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here
    tests = [
        normalize(path.read_text())
        for path in sorted((root / "test" / "Dialect").rglob("*.mlir"))
        if not path.stem.endswith("-invalid")
    ]
    total = missing = 0
    for path in sorted((root / "include" / "fovea" / "Dialect").glob("*/IR/*.td")):
        text = path.read_text()
        for offset, example in examples(text):
            total += 1
            if any(normalize(example) in test for test in tests):
                continue
            missing += 1
            line = text.count("\n", 0, offset) + 1
            print(f"{path.relative_to(root)}:{line}: expected this example in a test, "
                  f"found it in none: {normalize(example)}")
    print(f"{total - missing} of {total} documented examples are tests")
    return 1 if missing or not total else 0


if __name__ == "__main__":
    sys.exit(main())
