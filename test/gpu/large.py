# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One sequence of 1,048,576 tokens in the paper's shape, where T * Hq * D passes 2^31, looked at
in sampled rows."""
import json

import torch

import checks
import expected
import inputs
from program import Program

TOKENS = 1 << 20
SAMPLED = 48


def make_case(folder, tokens=TOKENS):
    benchmarks = json.loads((folder / "benchmarks.json").read_text())
    return {"id": 0, "kind": "nsa", "nsa": benchmarks["nsa"], "compress": {},
            "file": benchmarks["files"]["nsa_aux"], "lengths": [tokens], "tail": 0,
            "data": "normal", "seed": 20, "label": f"one sequence of {tokens} tokens"}


def sample_positions(tokens, device):
    """The first, the last, both sides of 2^31 elements of q, and some between."""
    generator = torch.Generator().manual_seed(5)
    between = torch.randint(0, tokens, (SAMPLED,), generator=generator)
    edge = (1 << 31) // (64 * 128)
    fixed = [0, 31, 63, 64, 1000, edge - 1, edge, 2 * edge - 1, 2 * edge, 3 * edge, tokens - 2,
             tokens - 1]
    fixed = torch.tensor([t for t in fixed if 0 <= t < tokens])
    return torch.cat([fixed, between]).unique().to(device)


def fill(program):
    """Like Program.generate, in place: a float32 copy of q would take 34 GB."""
    for a in program.entry.arguments:
        if a.output:
            continue
        tensor = program.tensors[a.name]
        if a.dtype.is_floating_point:
            generator = inputs.generator_of(program.case["seed"], a.name, program.device)
            tensor.normal_(generator=generator)
        else:
            tensor.copy_(inputs.make(a.name, tuple(tensor.shape), a.dtype, program.case,
                                     program.nsa, program.device))


def digest(tensor):
    """A sum over all bits: two runs that differ somewhere will not share it."""
    words = tensor.view(-1).view(torch.int32)
    return sum(int(part.sum(dtype=torch.int64)) for part in words.split(1 << 28))


def check(case, load, device):
    report = {"id": case["id"], "label": case["label"], "seed": case["seed"], "values": []}
    entry = load(case["file"])
    if entry is None:
        return {**report, "passed": False, "failures": [], "skipped": "not compiled"}
    program = Program(entry, case, device)
    fill(program)
    digests = []
    for _ in range(2):
        program.reset()
        program.launch()
        torch.cuda.synchronize()
        digests.append([digest(program.tensors[name]) for name in program.outputs])
    unwritten = [name for name in program.outputs
                 if any(checks.unwritten({name: part})
                        for part in program.tensors[name].split(1 << 16))]
    positions = sample_positions(sum(case["lengths"]), device)
    batch = expected.Batch(program.nsa, case["lengths"], program.inputs(),
                           indices=program.tensors["selected_indices"],
                           positions=[positions])
    report["selection"] = expected.check_selection(batch, exact_ties=False)
    exact, *naive = (expected.nsa_forward(batch, mode)
                     for mode in checks.modes(inputs.TYPES[program.nsa.type]))
    for name in program.outputs:
        if name != "selected_indices":
            report["values"].append(expected.compare(name, program.tensors[name][positions],
                                                     exact[name],
                                                     [x[name] for x in naive]))
    report["second_run"] = [] if digests[0] == digests[1] else ["all outputs' digest"]
    report["unwritten"], report["guards"] = unwritten, program.arena.broken_guards()
    return checks.conclude(report)
