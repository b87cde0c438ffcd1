# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""cu_seqlens and index lists that may say anything. Each kind of kernel runs over many draws of
them: it ends, the driver reports nothing, no byte outside of its arrays changes, and where the
offsets ascend once each is clamped to the tokens, every row is defined, those of no sequence as 0,
-inf and -1. A case is some draws of one kind, over arrays of one size; a draw that takes the
process down is found by its case's seed."""
import dataclasses
import json
import math
import random

import torch

import arena
import checks
import specs
from program import Program

DRAWS = 100  # of a case
CASES = 10  # of a kind
LEAST, MOST = -(1 << 31), (1 << 31) - 1
# What the check of the whole forward may cost, behind a queued kernel and in a graph.
CHECK_LIMIT_US = 5.0


def make_cases(folder):
    benchmarks = json.loads((folder / "benchmarks.json").read_text())
    whole = specs.Nsa(**benchmarks["nsa"])
    compresses = {f"compress_{nsa.phi_options()['kind']}": nsa for nsa in specs.compress_specs()}
    # Kind to the title of its file and its sizes.
    kinds = {"nsa": ("nsa_aux", whole), "nsa unfused": ("nsa_unfused_aux", whole)}
    kinds.update({kind: (kind, whole) for kind in specs.attend_texts(whole)})
    kinds.update({title: (title, nsa) for title, nsa in compresses.items()})
    kinds.update({title: (title, nsa) for title, nsa in specs.scored_specs(whole).items()})
    kinds["ranked"] = ("msa_aux", specs.minimax_m3())
    padded = specs.padded_specs()
    kinds.update({title: (title, nsa) for title, nsa in padded.items()})
    cases = []
    for kind, (title, nsa) in kinds.items():
        for part in range(CASES):
            seed = 1000 * len(cases) + 7
            draw = random.Random(seed)
            tokens, sequences = draw.randint(300, 2000), draw.choice((1, 2, 5, 12, 40))
            lengths = [tokens // sequences] * (sequences - 1)
            cases.append({"id": len(cases), "seed": seed, "file": benchmarks["files"].get(title, ""),
                          "kind": "compress" if title in compresses else
                                  "nsa" if title in padded else
                                  kind.split()[0].removesuffix("_by_warp"),
                          "nsa": dataclasses.asdict(nsa), "tail": 0,
                          "lengths": lengths + [tokens - sum(lengths)], "data": "normal",
                          "measures": kind == "nsa" and part == 0,
                          "label": f"{kind} over garbage, seed {seed}: {DRAWS} draws, "
                                   f"{tokens} tokens, {sequences} sequences"})
    return cases


def draw_offsets(draw, tokens, count):
    """`count` offsets of one of eight kinds."""
    offsets = sorted(draw.randint(0, tokens) for _ in range(count))
    special = (LEAST, MOST, -1, 0, 16, 64, tokens, tokens + 1)
    kind = draw.randrange(8)
    if kind == 0:  # sound
        offsets[0], offsets[-1] = 0, tokens
    elif kind == 1:  # not from 0
        first = draw.choice((16, 64))
        offsets = [max(offset, first) for offset in offsets]
    elif kind == 2:  # past the tokens
        offsets[-1] = draw.choice((tokens + 1, tokens + draw.randint(1, 100000), MOST))
    elif kind == 3:
        offsets[0] = draw.choice((-1, -draw.randint(1, 100000), LEAST))
    elif kind == 4:
        offsets = [draw.choice(offsets)] * count
    elif kind == 5:
        draw.shuffle(offsets)
    elif kind == 6:
        offsets = [draw.choice(special) for _ in offsets]
    else:
        offsets = [draw.randint(LEAST, MOST) for _ in offsets]
    return offsets


def draw_lists(lists, generator, tokens, select):
    """Sound blocks, blocks of nobody, and any i32, in one tensor."""
    shape, device = lists.shape, lists.device
    blocks = torch.randint(-1, tokens // select + 3, shape, generator=generator, device=device)
    anything = torch.randint(LEAST, MOST + 1, shape, generator=generator, device=device)
    special = torch.tensor([LEAST, MOST, MOST // select, MOST // select + 1, -2, 1 << 26, 1000, 0],
                           device=device)
    which = torch.randint(0, len(special), shape, generator=generator, device=device)
    kind = torch.rand(shape, generator=generator, device=device)
    mixed = torch.where(kind < 0.5, blocks, torch.where(kind < 0.75, anything, special[which]))
    lists.copy_(mixed)


def clamped(offsets, tokens):
    return [min(max(offset, 0), tokens) for offset in offsets]


def first_malformed(offsets, tokens):
    """What the check of `offsets` reports."""
    if offsets[0] != 0:
        return 0
    return next((j for j in range(1, len(offsets))
                 if not offsets[j - 1] <= offsets[j] <= tokens), -1)


def undefined(program, name, first, last):
    """A bool on the device: whether some row of an output is poison, or rows outside of the tokens
    [first, last) are not those of an empty key set. A compression's rows are windows."""
    tensor = program.tensors[name]
    wrong = checks.is_poison(tensor).any()
    if program.kind == "compress":
        return wrong
    empty = checks.empty_value(name, tensor)
    return wrong | (tensor[:first] != empty).any() | (tensor[last:] != empty).any()


def changed_guards(program):
    """The same as Arena.broken_guards, on the device, as one bool."""
    ends = [0] + [end for _, end, _, _ in program.arena.places.values()]
    begins = [begin for begin, _, _, _ in program.arena.places.values()]
    begins.append(len(program.arena.bytes))
    return torch.stack([(program.arena.bytes[end:begin] != arena.GUARD_BYTE).any()
                        for end, begin in zip(ends, begins)]).any()


def plant(program, clean, first, last):
    """The clean inputs, with NaN in the rows that are nobody's."""
    for name, tensor in clean.items():
        program.tensors[name].copy_(tensor)
        if len(tensor) == program.tokens and tensor.dtype.is_floating_point:
            program.tensors[name][:first] = math.nan
            program.tensors[name][last:] = math.nan


def run_draw(program, clean, draw, generator):
    """One launch; returns the offsets and two bools on the device: guards, and rows."""
    tokens, tensors = program.tokens, program.tensors
    offsets = draw_offsets(draw, tokens, len(tensors["cu_seqlens"]))
    places = clamped(offsets, tokens)
    ascends = places == sorted(places)
    # Compressed rows that are arguments lie at offset / stride: all of them may be somebody's.
    planted = clean if program.kind != "compressed" else {"q": clean["q"]}
    plant(program, planted, min(places), max(places))
    tensors["cu_seqlens"].copy_(torch.tensor(offsets, dtype=torch.int32))
    if "indices" in tensors:
        draw_lists(tensors["indices"], generator, tokens, program.nsa.select)
    program.reset()
    said = torch.full((1,), arena.INTEGER_POISON, dtype=torch.int32, device=program.device)
    program.launch(report=said)
    wrong = [(said != first_malformed(offsets, tokens)).any()]
    wrong += [undefined(program, name, places[0], places[-1])
              for name in program.outputs] if ascends else []
    return offsets, changed_guards(program), torch.stack(wrong).any()


def microseconds(launch, runs=200):
    """The median time of `launch` on the device, behind a queued kernel that outlasts the host's
    part."""
    times = []
    for _ in range(runs):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        torch.cuda._sleep(1_000_000)
        begin.record()
        launch()
        end.record()
        end.synchronize()
        times.append(1e3 * begin.elapsed_time(end))
    return sorted(times)[runs // 2]


def captured(launch):
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        launch()
    return graph.replay


def measure_check(program):
    """What the check adds to a call over sound offsets, in microseconds: on a stream and in a
    graph."""
    program.generate()
    said = torch.zeros(1, dtype=torch.int32, device=program.device)
    plain, checked = program.launch, lambda: program.launch(report=said)
    for launch in (plain, checked):
        launch()
    torch.cuda.synchronize()
    calls = {"plain": plain, "checked": checked, "plain graph": captured(plain),
             "checked graph": captured(checked)}
    times = {name: microseconds(call) for name, call in calls.items()}
    return {**times, "check": times["checked"] - times["plain"],
            "check in a graph": times["checked graph"] - times["plain graph"]}


def check(case, load, device):
    report = {"id": case["id"], "label": case["label"], "seed": case["seed"], "values": [],
              "draws": DRAWS}
    entry = load(case["file"])
    if entry is None:
        return {**report, "passed": False, "failures": [], "skipped": "not compiled"}
    program = Program(entry, case, device)
    program.generate()
    clean = {name: tensor.clone() for name, tensor in program.inputs().items()
             if tensor.dtype.is_floating_point and len(tensor) == program.tokens}
    draw = random.Random(case["seed"])
    generator = torch.Generator(device).manual_seed(case["seed"])
    done = [run_draw(program, clean, draw, generator) for _ in range(DRAWS)]
    guards = torch.stack([bad for _, bad, _ in done]).tolist()
    rows = torch.stack([bad for _, _, bad in done]).tolist()
    # A guard that changed stays so: the first draw that shows it did it.
    report["guards"] = [f"draw {i} over {done[i][0]}" for i in range(DRAWS) if guards[i]][:1]
    report["unwritten"] = [f"draw {i} over {done[i][0]}" for i in range(DRAWS) if rows[i]]
    report["microseconds"] = measure_check(program) if case["measures"] else {}
    report["check_cost"] = [f"{name}: {time:.1f} us" for name, time in
                            report["microseconds"].items()
                            if name.split()[0] == "check" and time > CHECK_LIMIT_US]
    return checks.conclude(report)
