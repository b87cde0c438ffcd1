# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares what an extended entry gives with what the entry of all queries gives for the same tokens. The math is the
same; bits differ where a tile of queries begins elsewhere, and with it the order of sums: how many rows have the same
ones is reported. Where the two chose other blocks, nothing follows."""
import torch

import expected
import gradient
import places
from program import Program


def _same_blocks(given, packed, own, other):
    """bool [queries]."""
    if "selected_indices" not in given:
        return torch.ones(len(own), dtype=torch.bool, device=own.device)
    return (given["selected_indices"][own] == packed["selected_indices"][other]).flatten(1).all(1)


def _run_packed(program, load):
    """The forward entry over the packed case, behind a run."""
    case = program.case
    every = Program(load(case["file"], "_forward"), places.packed_case(case), program.device)
    every.generate()
    every.reset()
    every.launch()
    return every


def compare(program, clean, naive, load, report):
    """Each output, held against the other entry's by the tolerance of the truth."""
    packed = _run_packed(program, load).results()
    own, other = places.pairs(program.case, "tokens", program.nsa, program.device)
    same = _same_blocks(clean, packed, own, other)
    equal = same.clone()
    for name in program.outputs:
        got, wanted = clean[name][own], packed[name][other]
        equal &= (got == wanted).flatten(1).all(1)
        if name != "selected_indices":
            report["values"].append(expected.compare(f"{name} as of all queries", got[same], wanted[same].double(),
                                                     [x[name][same] for x in naive]))
    report["as_of_all_queries"] = {"queries": len(own), "same_blocks": int(same.sum()), "same_bits": int(equal.sum())}


def compare_gradients(program, forward, clean, naive, load, report):
    """Each gradient, held against the other backward entry's of outputs that have gradients at queries alone."""
    case, nsa, device = program.case, program.nsa, program.device
    every = _run_packed(forward, load)
    same = _same_blocks(forward.outputs_by_name(), every.outputs_by_name(), *places.pairs(case, "tokens", nsa, device))
    report["as_of_all_queries"] = {"same_blocks": bool(same.all()), "same_bits": []}
    if not same.all():
        return
    spec = program.entry.name.removesuffix("_extend_backward")
    packed = Program(load(case["file"], f"{spec}_backward"), every.case, device)
    for name, tensor in packed.inputs().items():
        tensor.copy_(places.pack(program.tensors["grad_o"], case, "tokens", nsa) if name == "grad_o"
                     else every.tensors[name])
    results = packed.run()
    for a in program.entry.arguments:
        if a.output:
            own, other = places.pairs(case, a.rows, nsa, device)
            got, wanted = clean[a.name][own], results[a.name][other]
            report["values"].append(gradient.compare(
                f"{a.name} as of all queries", got, wanted.double(), [x[a.name][other] for x in naive],
                not places.has_rows(a.rows)))
            report["as_of_all_queries"]["same_bits"] += [a.name] if torch.equal(got, wanted) else []
