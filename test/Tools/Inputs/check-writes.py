# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Usage: check-writes.py <bundle>. Which launches write which arrays, by the bundle's manifest: inputs have no writer,
outputs have one, and an intermediate is written before anything reads it."""

import json
import sys

data = open(sys.argv[1], "rb").read()
begin, size = 48, int.from_bytes(data[8:16], "little")
manifest = json.loads(data[begin:begin + size])


def uses(launch):
    """(array, whether it is written) for each array of a launch."""
    for param in manifest["kernels"][launch["kernel"]]["params"]:
        if param["kind"] == "pointer":
            (kind, number), = launch["arguments"][param["argument"]].items()
            yield (kind, number), not param.get("read_only", False)


for entry in manifest["entries"]:
    written = set()
    for launch in entry["launches"]:
        found = list(uses(launch))
        for array, writes in found:
            if array[0] == "argument" and writes and not entry["arguments"][array[1]]["output"]:
                sys.exit(f"{entry['name']}: expected no launch to write an input, got {entry['arguments'][array[1]]}")
            if array[0] == "workspace" and not writes and array not in written:
                sys.exit(f"{entry['name']}: expected intermediates to be written first, got {array} that is read")
        written |= {array for array, writes in found if writes}
    wanted = {("argument", i) for i, argument in enumerate(entry["arguments"]) if argument["output"]}
    wanted |= {("workspace", i) for i in range(len(entry["workspace"]))}
    if wanted != written:
        sys.exit(f"{entry['name']}: expected writers of {sorted(wanted)}, got {sorted(written)}")
    print(entry["name"], len(entry["launches"]), "launches write", len(written), "arrays")
