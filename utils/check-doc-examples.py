#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that what the dialects' .td files document is tested.

Usage: check-doc-examples.py [ROOT]

An example is a ```mlir block, or a code span after "Example:" or "Examples:". Its text
must appear, white space and comments aside, in a .mlir file of ROOT/test/Dialect that is
no negative test: what the reference pages show is what the parser takes. A constraint's
label, such as `attend_c2`, must appear in a negative test, and where it is verified: in a
.cpp file of ROOT/lib, or in a comment of the .td beside the trait that verifies it. `a_c1` to
`a_c7` are seven. Prints each finding as file:line and exits 1 if there is one.
"""
import pathlib
import re
import sys

BLOCK = re.compile(r"^ *```mlir\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
SPANS = re.compile(r"\bExamples?:\s+(`[^`]+`(?:,\s+`[^`]+`)*)")

LABEL = re.compile(r"`([a-z_]+_c[0-9]+)`")
RANGE = re.compile(r"`([a-z_]+_c)([0-9]+)` to\s+`[a-z_]+_c([0-9]+)`")
COMMENT = re.compile(r"^\s*//.*$", re.MULTILINE)


def normalize(text):
    return " ".join(COMMENT.sub("", text).split())


def examples(text):
    """Yields (offset, example) of each example in a .td file."""
    for match in BLOCK.finditer(text):
        yield match.start(), match.group(1)
    for match in SPANS.finditer(text):
        for span in re.findall(r"`([^`]+)`", match.group(1)):
            yield match.start(), span


def labels(text):
    """Yields (offset, label) of each constraint in a .td file."""
    for match in LABEL.finditer(text):
        yield match.start(), match.group(1)
    for match in RANGE.finditer(text):
        for number in range(int(match.group(2)) + 1, int(match.group(3))):
            yield match.start(), f"{match.group(1)}{number}"


def find_labels(text):
    """All labels in `text`, with those between the two of `a_c1 to a_c7`."""
    spans = re.sub(r"\b([a-z_]+_c\d+) to ([a-z_]+_c\d+)", r"`\1` to `\2`", text)
    return {label for _, label in labels(spans)} | set(re.findall(r"[a-z_]+_c[0-9]+", text))


def main():
    here = pathlib.Path(__file__).resolve().parent.parent
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here
    positive, negative = [], ""
    for path in sorted((root / "test" / "Dialect").rglob("*.mlir")):
        if path.stem.endswith("-invalid"):
            negative += path.read_text()
        else:
            positive.append(normalize(path.read_text()))
    tested = find_labels(negative)
    verified = set()
    for path in (root / "lib").rglob("*.cpp"):
        verified |= find_labels(path.read_text())
    total = 0
    findings = []
    for path in sorted((root / "include" / "fovea" / "Dialect").glob("*/IR/*.td")):
        text = path.read_text()
        found = [(offset, f"a test of {normalize(example)}", any(normalize(example) in test for test in positive))
                 for offset, example in examples(text)]
        marked = find_labels("\n".join(re.findall(r"//.*", text)))
        found += [(offset, f"a test of {label}", label in tested) for offset, label in labels(text)]
        found += [(offset, f"a verifier of {label}", label in verified | marked)
                  for offset, label in labels(text)]
        total += len(found)
        findings += [(path.relative_to(root), text.count("\n", 0, offset) + 1, what)
                     for offset, what, good in found if not good]
    for path, line, what in findings:
        print(f"{path}:{line}: expected {what}, found none")
    print(f"{total - len(findings)} of {total} documented examples and constraints are as they should be")
    return 1 if findings or not total else 0


if __name__ == "__main__":
    sys.exit(main())
