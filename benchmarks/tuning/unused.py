# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which entries of tables no kernel takes its schedule of: kernels change with the passes that make
them, and an entry of one that no spec has any more is read by nobody."""
import json
import os
import re
import subprocess

from . import table


def entries_taken(args, path, spec):
    """Numbers of the entries of a table that kernels of a spec take a schedule of."""
    # Without ptxas, which would say no more of the first choice than whether it is refused.
    done = subprocess.run([str(args.foveac), str(spec), f"--target={args.target}",
                           "--explain-schedule=json", "--no-built-in-table",
                           f"--schedule-table={path}", f"--ptxas={os.devnull}"],
                          text=True, capture_output=True)
    if done.returncode:
        raise table.TuningError(f"{spec}: {done.stderr.strip()}")
    return {int(re.match(r"entries\[(\d+)\]", each["entry"])[1])
            for each in json.loads(done.stdout)["kernels"] if "entry" in each}


def run(args):
    """Prints them. Whether each entry is some kernel's."""
    every = True
    for path in args.tables:
        kernels = [entry["kernel"] for entry in table.read(path)["entries"]]
        left = set(range(len(kernels)))
        for spec in args.specs:
            if left:
                left -= entries_taken(args, path, spec)
        for number in sorted(left):
            print(f"no kernel takes entries[{number}] of {path}: {kernels[number]}")
        print(f"{path}: {len(kernels) - len(left)} of {len(kernels)} entries are some kernel's")
        every = every and not left
    return every
