# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a case of a backward entry checks. The forward entry runs on drawn inputs; the backward one takes
what that took and saved, and a drawn gradient of o. Its gradients are held against gradient.py's, and must
not depend on what is nobody's or another sequence's."""
import json

import torch

import as_packed
import backward_cases
import checks
import extended
import gradient
import inputs
import places
import sampled
import truth
from program import Program


def make_cases(folder):
    return [json.loads(line) for line in (folder / backward_cases.FILE).read_text().splitlines()]


def run_forward(case, load, device):
    """The forward entry that keeps what the backward one takes, behind a run."""
    program = Program(load(case["file"], "_extend" if places.is_extended(case) else "_forward"), case, device)
    program.generate()
    program.reset()
    program.launch()
    return program


def fill(program, forward):
    """Arguments of a backward entry."""
    for name, tensor in program.inputs().items():
        if name == "grad_o":
            tensor.copy_(inputs.normal(tuple(tensor.shape), program.case["seed"], name, program.device))
        else:
            tensor.copy_(forward.tensors[name])


def check_values(program, forward, clean, load, report):
    """Each gradient against the truth, which continues from the kernel's compressed rows and lists."""
    case, nsa, given = program.case, program.nsa, forward.outputs_by_name()
    counted = {a.name: a.rows for a in (*forward.entry.arguments, *program.entry.arguments)}
    pack = lambda name, x: places.pack(x, case, counted[name], nsa)
    # A token that is no query has no gradient of its output, and so no part in any other gradient.
    batch = extended.make_batch(case, nsa, forward.entry.arguments, forward.inputs())
    batch.positions = None
    batch.rows = {which: pack(name, given[name]) for which in "kv"
                  for name in (f"compressed_{which}_output",) if name in given}
    if "selected_indices" in given:
        batch.indices = pack("selected_indices", given["selected_indices"]).long()
    branches, grad_o = backward_cases.branches_of(case), pack("grad_o", program.tensors["grad_o"])
    exact, *naive = (gradient.differentiate(batch, branches, grad_o, mode)
                     for mode in [truth.Mode(), *truth.same_precision_gradients(inputs.TYPES[nsa.type])])
    for name, actual in {"o": given["o"], **clean}.items():
        own, packed = places.pairs(case, counted[name], nsa, program.device)
        report["values"].append(gradient.compare(name, actual[own], exact[name][packed],
                                                 [x[name][packed] for x in naive], not places.has_rows(counted[name])))
    if places.is_extended(case):
        as_packed.compare_gradients(program, forward, clean, naive, load, report)


def differentiate(entry, taken, grad_o):
    """The gradients that PyTorch gets through fovea.autograd."""
    from fovea.autograd import Differentiable
    leaves = {name: x.clone().requires_grad_(x.dtype.is_floating_point) for name, x in taken.items()}
    name = entry.name.removesuffix("_backward")
    Differentiable(entry.bundle, name)(**leaves).backward(grad_o)
    return {f"grad_{name}": x.grad for name, x in leaves.items() if x.grad is not None}


def check(case, load, device, on_gpu=True):
    """The report of one case; `load(file, suffix)` gives an entry, or None if there is none."""
    report = {"id": case["id"], "label": case["label"], "seed": case["seed"], "values": []}
    entry = load(case["file"], "_extend_backward" if places.is_extended(case) else "_backward")
    if entry is None:
        return {**report, "passed": False, "failures": [], "skipped": case.get("absent", "not compiled")}
    forward = run_forward(case, load, device)
    program = Program(entry, case, device)
    fill(program, forward)
    if case.get("sampled"):
        del forward  # as large as what is left
    clean = program.run()
    checks.check_runs(program, clean, report, on_gpu)
    if case.get("sampled"):
        sampled.check_values(program, clean, report)
    else:
        check_values(program, forward, clean, load, report)
        if on_gpu:
            report["autograd"] = checks.differing_bits(
                clean, differentiate(entry, forward.inputs(), program.tensors["grad_o"].clone()))
    report["guards"] = program.arena.broken_guards()
    return checks.conclude(report)
