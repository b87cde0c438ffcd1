"""Whether simt-to-nvvm.mlir fails for each operation whose lowering emits nothing.

    delete_effects.py <simt-to-nvvm.mlir> <docs/reference/simt.md> <folder>

An operation without a result that lowers to nothing is the same as one that is not there, so each of
them is deleted from the test's input, one at a time. Those with a result cannot lower to nothing. Every
operation of the dialect has to be in the test.
"""

import os
import re
import subprocess
import sys

def passes(lines, path):
    with open(path, "w") as file:
        file.write("\n".join(lines))
    lowered = subprocess.run(["fovea-opt", path, "--convert-simt-to-nvvm"], capture_output=True, text=True)
    if lowered.returncode:
        sys.exit("fovea-opt refuses " + path + ": " + lowered.stderr)
    return subprocess.run(["FileCheck", path], input=lowered.stdout, capture_output=True, text=True).returncode == 0


def main(test, reference, folder):
    with open(test) as file:
        lines = file.read().split("\n")
    with open(reference) as file:
        operations = set(re.findall(r"^### `(simt\.\w+)`", file.read(), re.MULTILINE))
    path = os.path.join(folder, "without.mlir")
    if not passes(lines, path):
        sys.exit("expected the test to pass as it is")
    called = re.compile(r"\s+(?:%\w+ = )?(simt\.\w+)")
    seen, deleted, unnoticed = set(), 0, []
    for number, line in enumerate(lines):
        match = called.match(line)
        if not match:
            continue
        seen.add(match.group(1))
        if "=" in line:
            continue
        deleted += 1
        if passes(lines[:number] + lines[number + 1 :], path):
            unnoticed.append("line {}: {}".format(number + 1, line.strip()))
    for line in unnoticed:
        print("passes without " + line)
    for operation in sorted(operations - seen):
        print("does not have " + operation)
    print("{} operations, {} deletions".format(len(seen), deleted))


main(*sys.argv[1:])
