# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels that sleep for drawn times at every operation on a ring give the bits of those that do
not, whatever the draw: no result depends on who came first."""
import json
import pathlib
import tempfile
import time

import checks
import delay_seed
import device as gpu
import specs
from program import Program

SEEDS = 100
# Ragged, around the sizes of tiles and blocks, 2048 tokens in all, and spare rows.
LENGTHS = [1, 700, 63, 65, 1219]
TAIL = 5


def make_cases(folder):
    benchmarks = json.loads((folder / "benchmarks.json").read_text())
    titles = {"nsa": "nsa_aux", **{kind: kind for kind in specs.DELAYED_ATTENDS}}
    return [{"id": i, "kind": kind.removesuffix("_by_warp"), "nsa": benchmarks["nsa"], "compress": {},
             "file": benchmarks["files"][title], "delayed": benchmarks["files"][f"{title}_delays"],
             "lengths": LENGTHS, "tail": TAIL, "data": "normal", "seed": 30 + i,
             "label": f"{kind} under {SEEDS} draws of delays"}
            for i, (kind, title) in enumerate(titles.items())]


def timed_run(program):
    begin = time.monotonic()
    results = program.run()
    return results, time.monotonic() - begin


def check(folder, case, load, device):
    report = {"id": case["id"], "label": case["label"], "seed": case["seed"], "values": []}
    entry, delayed = load(case["file"]), folder / f"{case['delayed']}.fovea"
    if entry is None or not delayed.exists():
        return {**report, "passed": False, "failures": [], "skipped": "not compiled"}
    program = Program(entry, case, device)
    program.generate()
    program.run()  # the first call of a kernel takes longer
    clean, report["plain_seconds"] = timed_run(program)
    report["unwritten"] = checks.unwritten(clean, sum(case["lengths"]))
    bundle, report["delays"], report["delayed_seconds"] = delayed.read_bytes(), [], []
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "seeded.fovea"
        for seed in range(1, SEEDS + 1):
            path.write_bytes(delay_seed.with_seed(bundle, seed))
            seeded = gpu.Entry(path)
            program.launch = seeded.bind(program.tensors, program.workspace)
            results, seconds = timed_run(program)
            report["delayed_seconds"].append(seconds)
            report["delays"] += [f"{name} with seed {seed}"
                                 for name in checks.differing_bits(clean, results)]
    report["guards"] = program.arena.broken_guards()
    return checks.conclude(report)
