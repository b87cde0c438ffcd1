# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the levels over every .mlir file of a folder; one line each."""
import pathlib
import subprocess
import sys

LEVELS = [
    ["fovea-opt", "--verify-roundtrip"],
    ["fovea-opt", "--attn-expand-spec", "--verify-roundtrip"],
    ["fovea-opt", "--attn-expand-spec", "--attn-fuse", "--attn-choose-schedules",
     "--convert-attn-to-tile", "--verify-roundtrip"],
    ["foveac", "--emit=obj", "-o", "/dev/null"],
]

examples = sorted(pathlib.Path(sys.argv[1]).glob("*.mlir"))
if not examples:
    sys.exit(f"expected examples in {sys.argv[1]}, found none")
for path in examples:
    for level in LEVELS:
        run = subprocess.run([*level, str(path)], stdout=subprocess.DEVNULL)
        if run.returncode:
            sys.exit(f"{path.name}: failed: {' '.join(level)}")
    print(f"{path.name}: ok")
