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
import specs
import truth

# What f32 sums leave of gradients that cancel, of an array's largest element: those of a query that
# sees one key are 0.
CANCELLED = 1e-5
# Of rows with fewer elements, such as a token and head's gates, several are compared as one: of few, all
# same-precision errors may be small where the kernel's is not.
SHORT = 48


def make_cases(folder):
    return [json.loads(line) for line in (folder / backward_cases.FILE).read_text().splitlines()]


def run_forward(case, load, device):
    """What the forward entry takes, and what it gives, by name."""
    program = checks.Program(load(case["file"], "_forward"), case, device)
    program.generate()
    results = program.run()
    return {name: x.clone() for name, x in program.inputs().items()}, results


def fill(program, arrays, case, device):
    for name, tensor in program.inputs().items():
        if name == "grad_o":
            tensor.copy_(inputs.normal(tuple(tensor.shape), case["seed"], name, device))
        else:
            tensor.copy_(arrays[name])


def kept_windows(case, count, nsa, bad):
    """bool [count]: compressed rows of a sequence of which no token is bad."""
    kept = torch.zeros(count, dtype=torch.bool, device=bad.device)
    for begin, length in zip(inputs.offsets_of(case["lengths"]), case["lengths"]):
        windows = truth.window_count(length, nsa.block, nsa.stride)
        if windows and not bad[begin]:
            kept[begin // nsa.stride:][:windows] = True
    return kept


def counted(program, output):
    """Names of arguments with a row for each token, or for each stride of them."""
    return {a.name: a.rows for a in program.entry.arguments
            if a.output == output and a.dtype.is_floating_point and a.rows.startswith("tokens")}


def check_isolation(program, clean, case, device, report):
    """NaN in rows that are nobody's change no bit; in a sequence, none of another's."""
    if not program.tokens:
        return
    victims = inputs.victims(case, device)
    nobody = torch.arange(program.tokens, device=device) >= sum(case["lengths"])

    def run(bad):
        planted = {}
        for name, rows in counted(program, output=False).items():
            x = program.tensors[name]
            strange = bad if rows == "tokens" else ~kept_windows(case, len(x), program.nsa, bad)
            if len(x):
                planted[name] = inputs.plant(x, strange)
        return program.run(**planted)

    report["ownerless_nan"] = checks.differing_bits(clean, run(nobody))
    per_token = {name: clean[name] for name in counted(program, output=True)}
    report["nan_isolation"] = checks.differing_bits(per_token, run(victims), ~victims)


def join_rows(x):
    """Rows of SHORT elements, the last filled up with 0."""
    flat = x.reshape(-1)
    return torch.nn.functional.pad(flat, (0, -len(flat) % SHORT)).reshape(-1, 1, SHORT)


def check_values(taken, given, clean, grad_o, case, report):
    """Each gradient against the truth, which continues from the kernel's compressed rows and lists."""
    nsa, owned = specs.of_case(case), sum(case["lengths"])
    batch = expected.Batch(nsa, case["lengths"], taken)
    batch.rows = {which: given[f"compressed_{which}_output"] for which in "kv"
                  if f"compressed_{which}_output" in given}
    if "selected_indices" in given:
        batch.indices = given["selected_indices"].long()
    branches = backward_cases.BRANCHES.get(case["kind"], (case["kind"],))
    exact, *naive = (gradient.differentiate(batch, branches, grad_o, mode)
                     for mode in [truth.Mode(), *truth.same_precision_gradients(inputs.TYPES[nsa.type])])
    for name, actual in {"o": given["o"], **clean}.items():
        if len(actual) != len(grad_o) or actual.dim() != 3:
            # Of a parameter all is one row: single elements of what sums over tokens may cancel.
            shape = lambda x: x.reshape(1, 1, -1)
        elif actual.shape[2] < SHORT:
            shape = lambda x: join_rows(x[:owned])
        else:
            shape = lambda x: x[:owned]
        least = CANCELLED * exact[name].abs().amax().item() if exact[name].numel() else 0.0
        report["values"].append(expected.compare(name, shape(actual), shape(exact[name]),
                                                 [shape(x[name]) for x in naive], least))


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
    clean = program.run()
    owned, per_token = sum(case["lengths"]), counted(program, output=True)
    report["unwritten"] = [name for name, x in clean.items()
                           if checks.is_poison(x[:owned] if name in per_token else x).any()]
    report["ownerless_rows"] = checks.strange_values({name: clean[name] for name in per_token}, owned)
    report["second_run"] = checks.differing_bits(clean, program.run())
    if on_gpu:
        report["graph"] = checks.differing_bits(clean, program.replay())
        report["allocated"] = checks.differing_bits(clean, program.allocated())
        report["autograd"] = checks.differing_bits(
            clean, differentiate(entry, taken, program.tensors["grad_o"].clone()))
    check_values(taken, given, clean, program.tensors["grad_o"].clone(), case, report)
    check_isolation(program, clean, case, device, report)
    report["guards"] = program.arena.broken_guards()
    return checks.conclude(report)
