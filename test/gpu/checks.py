# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs one case and looks at it from every side."""
import itertools
import math

import torch

import arena
import as_packed
import expected
import extended
import inputs
import paging
import places
import specs
import truth
from program import Program


def differing_bits(a, b, rows=None):
    """Names of results that differ in some bit, in `rows` (a slice or bool) or anywhere."""
    names = []
    for name in a:
        x, y = (a[name], b[name]) if rows is None else (a[name][rows], b[name][rows])
        if not torch.equal(x.contiguous().view(torch.uint8), y.contiguous().view(torch.uint8)):
            names.append(name)
    return names


def unwritten(results, rows=None):
    """Names of results that hold a NaN or the poison of integers, in the first `rows` rows or
    in all."""
    return [name for name, x in results.items() if is_poison(x[:rows]).any()]


def is_poison(x):
    return torch.isnan(x) if x.dtype.is_floating_point else x == arena.INTEGER_POISON


def empty_value(name, x):
    """What an empty key set gives, and rows of no sequence hold."""
    return (-1 if not x.dtype.is_floating_point else -math.inf if name.endswith("lse") else 0)


def check_written(program, clean, report):
    """Everything is written: rows of no sequence as an empty set's."""
    owners = {a.name: program.owners(a) for a in program.with_rows(output=True)}
    report["unwritten"] = [name for name, x in clean.items()
                           if is_poison(x[owners[name] >= 0] if name in owners else x).any()]
    report["ownerless_rows"] = [name for name, owner in owners.items()
                                if not (clean[name][owner < 0] == empty_value(name, clean[name])).all()]


def check_bits(program, clean, report, on_gpu):
    """The same bits from more runs, from a captured graph, from a call that allocates."""
    runs = RERUNS if on_gpu else 1
    report["reruns"] = sorted({name for _ in range(runs)
                               for name in differing_bits(clean, program.run())})
    if on_gpu:
        report["graph"] = differing_bits(clean, program.replay())
        report["allocated"] = differing_bits(clean, program.allocated())


def check_isolation(program, clean, report):
    """NaN in rows that are nobody's change no bit; in every third sequence, none of another's."""
    def run(victims):
        planted = program.planted(victims)
        return program.run(**planted) if planted else clean

    victims = torch.tensor(inputs.victims(program.case), dtype=torch.long, device=program.device)
    report["ownerless_nan"] = differing_bits(clean, run(victims[:0]))
    if len(victims):
        got = run(victims)
        report["nan_isolation"] = []
        for a in program.with_rows(output=True):
            owners = program.owners(a)
            others = (owners >= 0) & ~torch.isin(owners, victims)
            report["nan_isolation"] += differing_bits({a.name: clean[a.name]}, got, others)


def check_alone(program, clean, report):
    """The sequence of most queries has the same bits in a batch of its own."""
    case = program.case
    most, length, b = max(zip(places.find(case, "tokens", program.nsa).counts, case["lengths"], itertools.count()),
                          default=(0, 0, 0))
    own = {**case, "lengths": [length], "tail": 0}
    if places.is_extended(case):
        own.update(queries=[most], room=[case["room"][b]])
    if length == 0 or (len(case["lengths"]) == 1 and not case["tail"]):
        return
    alone = Program(program.entry, own, program.device, program.kind)
    begins = {a.name: places.find(case, a.rows, program.nsa).begins[b]
              for some in (False, True) for a in program.with_rows(output=some)}
    alone.generate(only=[a.name for a in program.entry.arguments if "sequence" in a.rows])
    for a in program.entry.arguments:
        if not a.output and "sequence" not in a.rows:
            x = program.tensors[a.name]
            alone.tensors[a.name].copy_(x[begins[a.name]:][:len(alone.tensors[a.name])] if a.name in begins else x)
    got = alone.run()
    report["alone"] = differing_bits({a.name: clean[a.name][begins[a.name]:][:len(got[a.name])]
                                      for a in program.with_rows(output=True)}, got)


def check_pages(program, clean, report):
    """The same keys in other pages, and other garbage in a table, give the same bits."""
    moved = {**program.case, "places": program.case["places"] + 1}
    report["pages"] = differing_bits(clean, program.run(**{
        a.name: extended.make(a, tuple(program.tensors[a.name].shape), moved, program.nsa, program.device)
        for a in program.entry.arguments if a.rows == "pages" or a.name == "block_table"}))


def check_runs(program, clean, report, on_gpu):
    """What every entry is to keep, whatever it computes."""
    check_written(program, clean, report)
    check_bits(program, clean, report, on_gpu)
    check_isolation(program, clean, report)
    check_alone(program, clean, report)
    if paging.is_paged(program.case):
        check_pages(program, clean, report)


def check_index_order(program, clean, report):
    """The same lists sorted, and with their unused slots in front, give the same bits."""
    lists = program.tensors["indices"]
    largest = torch.iinfo(torch.int32).max
    ascending = torch.where(lists < 0, largest, lists).sort(-1).values
    ascending = torch.where(ascending == largest, -1, ascending)
    report["index_order"] = sorted(
        set(differing_bits(clean, program.run(indices=ascending)))
        | set(differing_bits(clean, program.run(indices=lists.sort(-1).values))))


def run_compress(case, which, arguments, load, device, report):
    """The compressed rows that the kernel makes of k or v, after comparing them with the
    truth; None where there is no such bundle."""
    nsa = specs.of_case(case)
    entry = load(case["compress"][str(nsa.dk if which == "k" else nsa.dv)])
    if entry is None:
        return None
    program = Program(entry, case, device, kind="compress")
    batch = expected.Batch(nsa, case["lengths"], arguments)
    program.tensors["x"].copy_(batch.keys("compressed", which))
    for name, value in batch.phi(which).items():
        program.tensors[f"x_{name}"].copy_(value)
    program.tensors["cu_seqlens"].copy_(arguments["cu_seqlens"])
    results = program.run()
    rows = results["rows"]
    exact, *naive = (expected.compress_rows(batch, which, len(rows), mode)
                     for mode in modes(rows.dtype))
    comparison = expected.compare(f"compressed {which}", rows, exact, naive)
    report["values"].append(comparison)
    report[f"compress_{which}_guards"] = program.arena.broken_guards()
    return rows


def modes(narrow):
    return [truth.Mode(), *truth.same_precision(narrow)]


def check_values(program, clean, load, report):
    """Against the truth, which continues from the kernel's compressed rows and its choice of
    blocks once these have been compared themselves."""
    case, nsa = program.case, program.nsa
    batch = extended.make_batch(case, nsa, program.entry.arguments, program.inputs())
    if "selected_indices" in clean:
        batch.indices = places.pack(clean["selected_indices"], case, "tokens", nsa).long()
    if program.kind == "nsa":
        for which in "kv":
            rows = run_compress(places.packed_case(case), which, batch.arguments, load, program.device, report)
            if rows is not None:
                batch.rows[which] = rows
        selection = expected.check_selection(batch, exact_ties=case["data"] == "ties")
        report["selection"] = selection
        # A list that is wrong in form would send the truth out of bounds.
        if "expected ascending" in selection["problem"]:
            return
        compute = lambda mode: expected.nsa_forward(batch, mode)
    elif program.kind == "ranked":
        selection = expected.check_ranked_selection(batch, exact_ties=case["data"] == "ties")
        report["selection"] = selection
        if "expected ascending" in selection["problem"]:
            return
        compute = lambda mode: expected.ranked_forward(batch, mode)
    else:
        compute = lambda mode: expected.single_attend(batch, program.kind, mode)
    exact, *naive = (compute(mode) for mode in modes(inputs.TYPES[nsa.type]))
    rows = places.find(case, "tokens", nsa).numbers(program.device)
    for name in program.outputs:
        if name != "selected_indices":
            report["values"].append(
                expected.compare(name, clean[name][rows], exact[name],
                                 [x[name] for x in naive]))
    if places.is_extended(case):
        as_packed.compare(program, clean, naive, load, report)


LISTS_OF_WRONG = ["guards", "unwritten", "reruns", "graph", "allocated", "autograd",
                  "ownerless_rows", "ownerless_nan", "nan_isolation", "alone", "pages", "index_order",
                  "compress_k_guards", "compress_v_guards", "delays", "check_cost"]
RERUNS = 20


def conclude(report):
    """Adds what failed, in words, and whether all passed."""
    report["failures"] = [f"{name}: {', '.join(report[name])}" for name in LISTS_OF_WRONG
                          if report.get(name)]
    report["failures"] += [f"{v['name']}: error {v['error']:.2e} > {v['tolerance']:.2e}"
                           for v in report["values"] if not v["passed"]]
    if report.get("selection", {}).get("problem"):
        report["failures"].append("indices: " + report["selection"]["problem"])
    report["passed"] = not report["failures"]
    return report


def check_case(case, load, device, on_gpu=True):
    """The report of one case; `load(file, suffix)` gives an entry, or None if there is none."""
    report = {"id": case["id"], "label": case["label"], "seed": case["seed"], "values": []}
    entry = load(case["file"], f"_{case.get('entry', 'extend')}" if places.is_extended(case) else "")
    if entry is None:
        why = case.get("absent", "not compiled")
        return {**report, "passed": False, "failures": [], "skipped": why}
    program = Program(entry, case, device)
    program.generate()
    clean = program.run()
    check_runs(program, clean, report, on_gpu)
    check_values(program, clean, load, report)
    if program.kind == "selected":
        check_index_order(program, clean, report)
    report["guards"] = program.arena.broken_guards()
    return conclude(report)
