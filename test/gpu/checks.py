# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs one case and looks at it from every side. Everything here asks an entry only for
`arguments`, `workspace_bytes(tensors)` and `bind(tensors, workspace)`."""
import math

import torch

import arena
import expected
import inputs
import specs
import truth


class Program:
    """An entry with its buffers between guards and a case's inputs in them."""

    def __init__(self, entry, case, device, kind=None):
        self.entry, self.case, self.device = entry, case, device
        self.nsa, self.kind = specs.of_case(case), kind or case["kind"]
        self.tokens = sum(case["lengths"]) + case["tail"]
        shapes = {a.name: (self._shape(a), a.dtype) for a in entry.arguments}
        sizes = {name: torch.empty(shape, dtype=dtype, device="meta")
                 for name, (shape, dtype) in shapes.items()}
        shapes["workspace"] = ((entry.workspace_bytes(sizes),), torch.uint8)
        self.arena = arena.Arena(shapes, device)
        self.tensors = {a.name: self.arena[a.name] for a in entry.arguments}
        self.workspace = self.arena["workspace"]
        self.outputs = [a.name for a in entry.arguments if a.output]
        self.launch = entry.bind(self.tensors, self.workspace)

    def _shape(self, argument):
        """Sizes that are not static: what the entry says of them."""
        counted, _, per_row = argument.rows.partition(" / ")
        first = {"tokens": self.tokens // int(per_row or 1),
                 "sequence_ends": len(self.case["lengths"]) + 1}.get(counted)
        return tuple(first if size < 0 else size for size in argument.shape)

    def per_token(self, output):
        """Inputs or outputs with a row for a token, or for several: for how many, by name."""
        counted = {a.name: a.rows.split(" / ") for a in self.entry.arguments if a.output == output}
        return {name: int(rows[-1]) if len(rows) > 1 else 1
                for name, rows in counted.items() if rows[0] == "tokens"}

    def generate(self, only=None):
        for a in self.entry.arguments:
            if not a.output and (only is None or a.name in only):
                tensor = self.tensors[a.name]
                tensor.copy_(inputs.make(a.name, tuple(tensor.shape), a.dtype, self.case,
                                         self.nsa, self.device))

    def reset(self):
        """Nothing of an earlier run may help this one, its workspace included."""
        self.workspace.fill_(arena.GUARD_BYTE)
        for name in self.outputs:
            arena.poison(self.tensors[name])

    def results(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        return {name: self.tensors[name].clone() for name in self.outputs}

    def run(self, **replaced):
        """Results with some inputs replaced for this run."""
        saved = {name: self.tensors[name].clone() for name in replaced}
        for name, value in replaced.items():
            self.tensors[name].copy_(value)
        self.reset()
        self.launch()
        results = self.results()
        for name, value in saved.items():
            self.tensors[name].copy_(value)
        return results

    def replay(self):
        """Results of a captured graph, launched after everything was poisoned again."""
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.launch()
        self.reset()
        graph.replay()
        return self.results()

    def allocated(self):
        """Results of a call that gives the inputs only: the package allocates the rest."""
        given = [self.tensors[a.name] for a in self.entry.arguments if not a.output]
        outputs = self.entry.entry(*given)
        torch.cuda.synchronize()
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        return dict(zip(self.outputs, outputs))

    def inputs(self):
        return {a.name: self.tensors[a.name] for a in self.entry.arguments if not a.output}

    def outputs_by_name(self):
        return {name: self.tensors[name] for name in self.outputs}


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


def strange_values(results, first):
    """Names of results that hold, from row `first` on, where no sequence is, anything but what an
    empty set gives."""
    return [name for name, x in results.items()
            if not (x[first:] == empty_value(name, x)).all()]


def check_written(program, clean, report):
    """Everything is written: rows of no sequence as an empty set's."""
    owned, per_token = sum(program.case["lengths"]), program.per_token(output=True)
    report["unwritten"] = [name for name, x in clean.items()
                           if is_poison(x[:owned] if name in per_token else x).any()]
    report["ownerless_rows"] = strange_values({name: clean[name] for name in per_token}, owned)


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
    case, names = program.case, program.per_token(output=False)
    victims = inputs.victims(case, program.device)
    nobody = torch.arange(program.tokens, device=program.device) >= sum(case["lengths"])

    def run(bad):
        planted = {}
        for name, tokens in names.items():
            x = program.tensors[name]
            free = bad if tokens == 1 else inputs.ownerless_windows(case["lengths"], len(x), program.nsa, bad)
            if x.dtype.is_floating_point and free.any():
                planted[name] = inputs.plant(x, free)
        return program.run(**planted) if planted else clean

    report["ownerless_nan"] = differing_bits(clean, run(nobody))
    if victims.any():
        outputs = program.per_token(output=True)
        report["nan_isolation"] = differing_bits({name: clean[name] for name in outputs},
                                                 run(victims), ~victims)


def check_alone(program, clean, report):
    """The longest sequence has the same bits in a batch of its own."""
    lengths = program.case["lengths"]
    most = max(lengths, default=0)
    if most in (0, program.tokens):
        return
    begin = inputs.offsets_of(lengths)[lengths.index(most)]
    case = {**program.case, "lengths": [most], "tail": 0}
    alone = Program(program.entry, case, program.device, program.kind)
    alone.generate(only=("cu_seqlens",))
    per_token = program.per_token(output=False)
    for name, x in program.inputs().items():
        if name in per_token:
            x = x[begin // per_token[name]:][:len(alone.tensors[name])]
        if name != "cu_seqlens":
            alone.tensors[name].copy_(x)
    outputs = program.per_token(output=True)
    report["alone"] = differing_bits({name: clean[name][begin:begin + most] for name in outputs},
                                     alone.run())


def check_runs(program, clean, report, on_gpu):
    """What every entry is to keep, whatever it computes."""
    check_written(program, clean, report)
    check_bits(program, clean, report, on_gpu)
    check_isolation(program, clean, report)
    check_alone(program, clean, report)


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
    batch = expected.Batch(nsa, case["lengths"], program.inputs())
    if program.kind == "nsa":
        for which in "kv":
            rows = run_compress(case, which, batch.arguments, load, program.device, report)
            if rows is not None:
                batch.rows[which] = rows
        batch.indices = clean["selected_indices"].long()
        selection = expected.check_selection(batch, exact_ties=case["data"] == "ties")
        report["selection"] = selection
        # A list that is wrong in form would send the truth out of bounds.
        if "expected ascending" in selection["problem"]:
            return
        compute = lambda mode: expected.nsa_forward(batch, mode)
    elif program.kind == "ranked":
        batch.indices = clean["selected_indices"].long()
        selection = expected.check_ranked_selection(batch, exact_ties=case["data"] == "ties")
        report["selection"] = selection
        if "expected ascending" in selection["problem"]:
            return
        compute = lambda mode: expected.ranked_forward(batch, mode)
    else:
        compute = lambda mode: expected.single_attend(batch, program.kind, mode)
    exact, *naive = (compute(mode) for mode in modes(inputs.TYPES[nsa.type]))
    rows = batch.query_rows()
    for name in program.outputs:
        if name != "selected_indices":
            report["values"].append(
                expected.compare(name, clean[name][rows], exact[name],
                                 [x[name] for x in naive]))


LISTS_OF_WRONG = ["guards", "unwritten", "reruns", "graph", "allocated", "autograd",
                  "ownerless_rows", "ownerless_nan", "nan_isolation", "alone", "index_order",
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
    """The report of one case; `load(file)` gives an entry, or None if there is none."""
    report = {"id": case["id"], "label": case["label"], "seed": case["seed"], "values": []}
    entry = load(case["file"])
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
