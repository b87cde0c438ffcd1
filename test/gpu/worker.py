# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs cases one after another and prints, as JSON lines, which one begins and its report. A
process of its own, started by run.py: a kernel that faults or hangs takes its process along.

    worker.py RUNTIME.so FOLDER [--large | --delays | --garbage | --backward | --extended] < ids"""
import functools
import json
import pathlib
import sys
import time
import traceback

import torch

import backward
import checks
import delays
import device as gpu
import extended_cases
import garbage
import large

KEPT_BUNDLES = 8  # consecutive cases share one


class Loader:
    """Entries of bundles by file name and the end of their own, the last few kept."""

    def __init__(self, folder):
        self.folder, self.entries = folder, {}

    def __call__(self, name, suffix=""):
        if (name, suffix) not in self.entries:
            path = self.folder / f"{name}.fovea"
            if not path.exists():
                return None
            if len(self.entries) >= KEPT_BUNDLES:
                torch.cuda.synchronize()  # kernels of the one that goes may still run
                self.entries.pop(next(iter(self.entries)))
            self.entries[name, suffix] = gpu.Entry(path, suffix)
        return self.entries[name, suffix]


def say(**message):
    print(json.dumps(message), flush=True)


def check_extended(case, load, device):
    return (backward.check if case["backward"] else checks.check_case)(case, load, device)


def main():
    gpu.use_library(sys.argv[1])
    folder = pathlib.Path(sys.argv[2])
    load = Loader(folder)
    device = torch.device("cuda")
    if "--large" in sys.argv:
        all_cases, check = [large.make_case(folder)], large.check
    elif "--delays" in sys.argv:
        all_cases, check = delays.make_cases(folder), functools.partial(delays.check, folder)
    elif "--garbage" in sys.argv:
        all_cases, check = garbage.make_cases(folder), garbage.check
    elif "--backward" in sys.argv:
        all_cases, check = backward.make_cases(folder), backward.check
    elif "--extended" in sys.argv:
        all_cases, check = extended_cases.read(folder), check_extended
    else:
        lines = (folder / "cases.jsonl").read_text().splitlines()
        all_cases, check = [json.loads(line) for line in lines], checks.check_case
    all_cases = {case["id"]: case for case in all_cases}
    for line in sys.stdin:
        case = all_cases[int(line)]
        say(begin=case["id"])
        begin = time.monotonic()
        try:
            report = check(case, load, device)
        except (RuntimeError, ValueError, AssertionError, IndexError, KeyError) as error:
            report = {"id": case["id"], "label": case["label"], "passed": False, "values": [],
                      "failures": [f"{type(error).__name__}: {error}".splitlines()[0]],
                      "trace": traceback.format_exc()}
        say(report={**report, "seconds": time.monotonic() - begin})
        # After a fault every further call of this process fails: end it here.
        torch.cuda.synchronize()
        torch.cuda.empty_cache()
    return 0


if __name__ == "__main__":
    sys.exit(main())
