# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The draw of specs with `entries backward`: a pairwise cover, each on one batch."""
import dataclasses
import random

import cases
import cover
import specs

FILE = "backward.jsonl"  # of prepare.py's folder
# Of a spec of each kind; of any other kind, one branch of that name.
BRANCHES = {"nsa": ("compressed", "selected", "window"), "ranked": ("selected",)}
KINDS = ["nsa", "nsa", "ranked", "causal", "full", "window", "compressed"]
DIMS = [(64, 64), (96, 96), (128, 128), (192, 128)]
GROUPS = [1, 2, 3, 4, 8, 12, 16, 24]
COUNTS = [4, 16, 33]
WINDOWS = [64, 512]
BATCHES = ["uniform", "edges", "ragged", "many", "tail"]
PHI = ["mean", "weighted", "gated", "linear", "mlp, hidden = 64, activation = gelu",
       "mlp, hidden = 96, activation = relu", "mlp, hidden = 128, activation = silu"]
SINKS = [False, False, True]
SAVED = ["all", "lse", "none"]  # of specs without lists, whose choice is the forward's


def spec_text(kind, nsa):
    """A spec of that kind, with its gradient."""
    text = nsa.text() if kind in BRANCHES else nsa.branch_text(kind)
    return text.replace(" {\n", " entries backward {\n", 1)


def make_spec(kind, choice):
    dims, group, kv, blocks, count, forced, window, element, phi, positions, gates, own, sinks = choice
    nsa = specs.Nsa(*DIMS[dims], GROUPS[group], cases.KV_HEADS[kv], *cases.BLOCKS[blocks], COUNTS[count],
                    *cases.FORCED[forced], WINDOWS[window], cases.TYPES[element], PHI[phi],
                    bool(positions), cases.GATES[gates], cases.OWN_KV[own])
    # A GPU sums those of a multiple of 8 heads.
    nsa = dataclasses.replace(nsa, sinks=SINKS[sinks] and nsa.heads % 8 == 0)
    if kind != "ranked":
        return nsa
    ranker, pool = cases.RANKERS[blocks % len(cases.RANKERS)]
    plain = {field.name: getattr(nsa, field.name) for field in dataclasses.fields(specs.Nsa)}
    return specs.Ranked(**{**plain, "own_kv": (), "sinks": False}, ranker=ranker, pool=pool, index_dim=64)


def draw(count, seed):
    """Cases, a spec and a batch each."""
    sizes = [len(KINDS), len(DIMS), len(GROUPS), len(cases.KV_HEADS), len(cases.BLOCKS), len(COUNTS),
             len(cases.FORCED), len(WINDOWS), len(cases.TYPES), len(PHI), 2, len(cases.GATES),
             len(cases.OWN_KV), len(SINKS), len(BATCHES), len(SAVED), 2]
    rng = random.Random(seed + 5)
    for number, choice in enumerate(cover.pairwise_cover(sizes, count, seed + 5) if count else []):
        kind, *spec, batch, saved, fuse = choice
        kind, batch, fuse = KINDS[kind], BATCHES[batch], bool(fuse)
        nsa = make_spec(kind, spec)
        save = "all" if kind in BRANCHES else SAVED[saved]
        text = spec_text(kind, nsa)
        lengths, tail = cases.lengths_of(batch, nsa, rng)
        case = {"id": number, "kind": kind, "spec": number, "nsa": dataclasses.asdict(nsa), "fuse": fuse,
                "save": save, "file": specs.file_name(text, fuse, False, save=save), "text": text,
                "compress": {}, "batch": batch, "lengths": lengths, "tail": tail,
                "data": rng.choice(cases.DATA), "seed": rng.randrange(1 << 31)}
        phi = " phi=" + nsa.phi.replace(" ", "") if kind == "compressed" else ""
        yield {**case, "label": f"backward {cases.label(case)}{phi} save={save}"}
