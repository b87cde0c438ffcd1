# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a case of a backward entry checks. The forward entry runs on drawn inputs; the backward one takes
what that took and saved, and a drawn gradient of o. Its gradients are held against gradient.py's, and must
not depend on what is nobody's or another sequence's."""
import json

import torch

import backward_cases
import checks
import expected
import gradient
import inputs
import sampled
import specs
import truth


def make_cases(folder):
    return [json.loads(line) for line in (folder / backward_cases.FILE).read_text().splitlines()]


def run_forward(case, load, device):
    """What the forward entry takes, and what it gives, by name."""
    program = checks.Program(load(case["file"], "_forward"), case, device)
    program.generate()
    program.reset()
    program.launch()
    return program.inputs(), program.outputs_by_name()


def fill(program, arrays, case, device):
    for name, tensor in program.inputs().items():
        if name == "grad_o":
            tensor.copy_(inputs.normal(tuple(tensor.shape), case["seed"], name, device))
        else:
            tensor.copy_(arrays[name])


def check_values(taken, given, clean, grad_o, case, report):
    """Each gradient against the truth, which continues from the kernel's compressed rows and lists."""
    nsa, owned = specs.of_case(case), sum(case["lengths"])
    batch = expected.Batch(nsa, case["lengths"], taken)
    batch.rows = {which: given[f"compressed_{which}_output"] for which in "kv"
                  if f"compressed_{which}_output" in given}
    if "selected_indices" in given:
        batch.indices = given["selected_indices"].long()
    branches = backward_cases.branches_of(case)
    exact, *naive = (gradient.differentiate(batch, branches, grad_o, mode)
                     for mode in [truth.Mode(), *truth.same_precision_gradients(inputs.TYPES[nsa.type])])
    for name, actual in {"o": given["o"], **clean}.items():
        is_parameter = len(actual) != len(grad_o) or actual.dim() != 3
        rows = slice(None) if is_parameter else slice(owned)
        report["values"].append(gradient.compare(name, actual[rows], exact[name][rows],
                                                 [x[name][rows] for x in naive], is_parameter))


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
    entry = load(case["file"], "_backward")
    if entry is None:
        return {**report, "passed": False, "failures": [], "skipped": case.get("absent", "not compiled")}
    taken, given = run_forward(case, load, device)
    program = checks.Program(entry, case, device)
    fill(program, {**taken, **given}, case, device)
    if case.get("sampled"):
        del taken, given  # as large as what is left
    clean = program.run()
    checks.check_runs(program, clean, report, on_gpu)
    if case.get("sampled"):
        sampled.check_values(program, clean, report)
    else:
        check_values(taken, given, clean, program.tensors["grad_o"].clone(), case, report)
        if on_gpu:
            report["autograd"] = checks.differing_bits(
                clean, differentiate(entry, taken, program.tensors["grad_o"].clone()))
    report["guards"] = program.arena.broken_guards()
    return checks.conclude(report)
