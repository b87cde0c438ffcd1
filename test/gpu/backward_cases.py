# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The draw of specs with `entries backward`: a pairwise cover, each on some batches; one of score
regions, each on one; and the large ones."""
import dataclasses
import random

import cases
import cover
import specs

FILE = "backward.jsonl"  # of prepare.py's folder
# Of a spec of each kind; of any other kind, one branch of that name.
BRANCHES = {"nsa": ("compressed", "selected", "window"), "ranked": ("selected",)}
KINDS = ["nsa", "nsa", "ranked", "causal", "full", "window", "compressed"]
DIMS = [(64, 64), (96, 96), (128, 128), (192, 128), (256, 256)]
GROUPS = [1, 2, 3, 4, 8, 12, 16, 24, 64]
MOST_HEADS = 64
COUNTS = [4, 16, 33]
WINDOWS = [64, 512]
BATCHES = ["uniform", "edges", "ragged", "many", "tail", "empty"]
BATCHES_PER_SPEC = 2
PHI = ["mean", "weighted", "gated", "linear", "mlp, hidden = 64, activation = gelu",
       "mlp, hidden = 96, activation = relu", "mlp, hidden = 128, activation = silu"]
SINKS = [False, False, True]
SAVED = ["all", "lse", "none"]  # of specs without lists, whose choice is the forward's
# Of score regions.
REGION_KINDS = ["nsa", "causal", "full", "window", "compressed"]
REGION_DIMS = [(64, 64), (128, 128), (192, 128)]
REGION_GROUPS = [(1, 8), (4, 2), (12, 2), (16, 4)]  # and KV heads: a GPU sums over tokens by 8 heads
REGION_BATCHES = ["edges", "ragged", "tail"]


def branches_of(case):
    return BRANCHES.get(case["kind"], (case["kind"],))


def spec_text(kind, nsa, entries="backward"):
    """A spec of that kind, with its gradient."""
    return specs.with_entries(nsa.text() if kind in BRANCHES else nsa.branch_text(kind), entries)


def make_spec(kind, choice):
    dims, group, kv, blocks, count, forced, window, element, phi, positions, gates, own, sinks = choice
    kv_heads = min(cases.KV_HEADS[kv], MOST_HEADS // GROUPS[group])
    nsa = specs.Nsa(*DIMS[dims], GROUPS[group], kv_heads, *cases.BLOCKS[blocks], COUNTS[count],
                    *cases.FORCED[forced], WINDOWS[window], cases.TYPES[element], PHI[phi],
                    bool(positions), cases.GATES[gates], cases.OWN_KV[own])
    # A GPU sums those of a multiple of 8 heads.
    nsa = dataclasses.replace(nsa, sinks=SINKS[sinks] and nsa.heads % 8 == 0)
    if kind != "ranked":
        return nsa
    ranker, pool = cases.RANKERS[blocks % len(cases.RANKERS)]
    plain = {field.name: getattr(nsa, field.name) for field in dataclasses.fields(specs.Nsa)}
    return specs.Ranked(**{**plain, "own_kv": (), "sinks": False}, ranker=ranker, pool=pool, index_dim=64)


def make_case(kind, nsa, fuse, save, batch, rng, data, entries="backward"):
    text = spec_text(kind, nsa, entries)
    lengths, tail = cases.lengths_of(batch, nsa, rng)
    return {"kind": kind, "nsa": dataclasses.asdict(nsa), "fuse": fuse, "save": save,
            "file": specs.file_name(text, fuse, False, save=save), "text": text, "compress": {},
            "batch": batch, "lengths": lengths, "tail": tail, "data": data,
            "seed": rng.randrange(1 << 31)}


def drawn_cases(count, seed):
    """Every spec of the cover, each with some batches."""
    sizes = [len(KINDS), len(DIMS), len(GROUPS), len(cases.KV_HEADS), len(cases.BLOCKS), len(COUNTS),
             len(cases.FORCED), len(WINDOWS), len(cases.TYPES), len(PHI), 2, len(cases.GATES),
             len(cases.OWN_KV), len(SINKS), len(SAVED), 2]
    rng = random.Random(seed + 5)
    for choice in cover.pairwise_cover(sizes, count, seed + 5):
        kind, *spec, saved, fuse = choice
        nsa = make_spec(KINDS[kind], spec)
        save = "all" if KINDS[kind] in BRANCHES else SAVED[saved]
        for batch in rng.sample(BATCHES, BATCHES_PER_SPEC):
            yield make_case(KINDS[kind], nsa, bool(fuse), save, batch, rng, rng.choice(cases.DATA))


def region_cases(seed):
    """Specs with score regions, over a cover of their own."""
    regions = list(specs.SCORE_REGIONS)
    sizes = [len(REGION_KINDS), len(REGION_DIMS), len(REGION_GROUPS), len(regions), len(cases.TYPES), 2,
             len(REGION_BATCHES), len(SAVED), 2]
    rng = random.Random(seed + 7)
    for choice in cover.pairwise_cover(sizes, 0, seed + 7):
        kind, dims, group, region, element, sinks, batch, saved, fuse = choice
        nsa = specs.Nsa(*REGION_DIMS[dims], *REGION_GROUPS[group], count=9, window=64,
                        type=cases.TYPES[element], scores=regions[region], sinks=bool(sinks))
        save = "all" if REGION_KINDS[kind] in BRANCHES else SAVED[saved]
        # Ties are the comparison's business only where keys stand at no position.
        data = rng.choice(["normal", "correlated"])
        yield make_case(REGION_KINDS[kind], nsa, bool(fuse), save, REGION_BATCHES[batch], rng, data)


def large_cases(seed):
    """More tokens and rows than 16 bits count, in one sequence or in many short ones. What a truth
    of all rows has no time for is looked at in sampled ones."""
    rng = random.Random(seed + 6)
    narrow = specs.Nsa(dk=64, dv=64, kv_heads=1, group=4, phi="weighted", positions=True)
    msa = dataclasses.replace(specs.minimax_m3(), group=16, kv_heads=2, index_dim=64)
    yield make_case("nsa", narrow, True, "all", "short_500", rng, "normal")
    for kind, nsa, batch in (("nsa", specs.Nsa(), "tokens_2^18"),
                             ("nsa", specs.Nsa(kv_heads=1), "tokens_2^20"),
                             ("ranked", msa, "tokens_2^20")):
        yield {**make_case(kind, nsa, True, "all", batch, rng, "normal"), "sampled": True}


def draw(count, seed):
    """Cases, a spec and a batch each; none for a `count` of 0."""
    every = [*drawn_cases(count, seed), *region_cases(seed), *large_cases(seed)] if count else []
    for number, case in enumerate(every):
        phi = " phi=" + specs.of_case(case).phi.replace(" ", "") if case["kind"] == "compressed" else ""
        yield {**case, "id": number,
               "label": f"backward {cases.label(case)}{phi} save={case['save']}"}
