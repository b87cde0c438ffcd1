#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The GPU tests' draw: a pairwise cover of specs, each run on several batches, and of single
operations.

    cases.py [--seed 1] [--specs 110] [--operations 48] [--shapes 60] [--grid 120] [--rankers 40]
        [--scores 40] > cases.jsonl

One JSON object a line, with the spec's text and the batch's lengths; the same seed gives the
same lines."""
import argparse
import dataclasses
import json
import random
import sys

import cover
import specs

DIMS = [(64, 64), (96, 96), (128, 128), (192, 128), (256, 256)]
GROUPS = [1, 2, 4, 8, 16, 32]
KV_HEADS = [1, 2]
BLOCKS = [(32, 16, 64), (16, 16, 64), (64, 32, 64), (32, 8, 32), (64, 64, 64), (32, 16, 128)]
COUNTS = [4, 16, 32]
FORCED = [(1, 2), (1, 1), (0, 0)]
WINDOWS = [64, 512, 4096]
TYPES = ["bf16", "f16"]
PHI = ["mean", "weighted", "gated", "linear", "mlp, hidden = 32, activation = gelu",
       "mlp, hidden = 16, activation = relu", "mlp, hidden = 64, activation = silu"]
OWN_KV = [(), ("window",), ("compressed", "selected", "window")]
GATES = ["logits", "values"]
BATCHES = ["uniform", "edges", "ragged", "many", "long", "tail"]
DATA = ["normal", "correlated", "ties"]
BATCHES_PER_SPEC = 3

# Shapes that take padded rows, several entries of a top-k per lane, or long lists.
SHAPE_DIMS = [(64, 64), (128, 128), (192, 128), (256, 256)]
SHAPE_GROUPS = [3, 5, 6, 7, 12, 24]
SHAPE_BLOCKS = [(32, 16, 16), (32, 16, 128), (16, 8, 16)]
SHAPE_COUNTS = [1, 2, 3, 5, 9, 13, 31, 33, 48, 64]
SHAPE_BATCHES = ["edges", "ragged", "deep", "tail"]

# Selected attention whose blocks index heads rank.
RANKED_DIMS = [(64, 64), (128, 128)]
RANKED_GROUPS = [1, 4, 16]
RANKERS = [("max_index", 1), ("relu_index", 1), ("relu_index", 4), ("relu_index", 16)]  # pool
RANKED_BLOCKS = [32, 64, 128]
RANKED_COUNTS = [1, 4, 16, 48, 128]
INDEX_HEADS = [1, 2, 4, 12]  # of a KV head
INDEX_DIMS = [32, 64, 128]

# What no model in use has together: every head dim between those that do, groups of every kind
# (no divisor of a tile's rows, more than a warpgroup's), lists and selection blocks up to the most.
GRID_DIMS = [48, 80, 112, 144, 160, 224]
GRID_GROUPS = [1, 3, 5, 6, 7, 12, 20, 24, 40, 64, 128]
GRID_COUNTS = [1, 3, 17, 33, 48, 64, 128]
GRID_SELECTS = [16, 32, 128, 256]
GRID_PHI = ["mean", "weighted", "gated"]


def lengths_of(batch, nsa, rng):
    """Sequence lengths of a batch, and how many rows follow that no sequence owns."""
    l, b = nsa.block, nsa.select
    if batch == "uniform":
        return [4 * b + 256] * 4, 0
    if batch == "edges":
        return [0, 1, l - 1, l, l + 1, b - 1, b, b + 1, 0, 2 * b + 1, 5 * l + 3, 0], 0
    if batch == "ragged":
        return [37, 0, 3 * b, 1021, 1, 645, l + nsa.stride - 1], 0
    if batch == "many":  # 200 at once, most of them shorter than a tile
        return [rng.choice([0, 1, l - 1, l, l + 1, rng.randrange(2, 200)])
                for _ in range(200)], 0
    if batch == "long":  # past the widest window and past n blocks
        return [7, 4096 + 2 * b + 83], 0
    if batch == "tail":
        return [333, b, 0, 901], 131
    if batch == "empty":  # no token is a sequence's
        return [0, 0], 9
    if batch == "short_500":
        return [rng.randrange(320) for _ in range(500)], 0
    if batch.startswith("tokens_2^"):
        return [1 << int(batch.removeprefix("tokens_2^"))], 0
    if batch == "deep":  # more blocks than a list names
        return [5, min(nsa.count * b, 8192) + 3 * b + 7], 0
    raise ValueError(f"expected one of {BATCHES}, got {batch}")


def make_nsa(choice):
    dims, group, kv, blocks, count, forced, window, kind, phi, positions, gates, own = choice
    # A long list of heads says nothing that a shorter one does not, and costs the truth time.
    kv_heads = 1 if GROUPS[group] == 32 else KV_HEADS[kv]
    return specs.Nsa(*DIMS[dims], GROUPS[group], kv_heads, *BLOCKS[blocks], COUNTS[count],
                     *FORCED[forced], WINDOWS[window], TYPES[kind], PHI[phi],
                     bool(positions), GATES[gates], OWN_KV[own])


def nsa_case(number, nsa, fuse, batch, rng):
    """A case of one spec over one batch, drawn by `rng`."""
    lengths, tail = lengths_of(batch, nsa, rng)
    text = nsa.text()
    return {
        "kind": "nsa", "spec": number, "nsa": dataclasses.asdict(nsa), "fuse": fuse,
        "file": specs.file_name(text, fuse, True), "text": text,
        "compress": {str(dim): specs.file_name(nsa.compress_text(dim), True, False)
                     for dim in sorted({nsa.dk, nsa.dv})},
        "batch": batch, "lengths": lengths, "tail": tail, "data": rng.choice(DATA),
        "seed": rng.randrange(1 << 31),
    }


def spec_cases(count, seed):
    """Every spec of the cover, each with some batches; the batches rotate, so that every
    one meets every kind of spec."""
    sizes = [len(DIMS), len(GROUPS), len(KV_HEADS), len(BLOCKS), len(COUNTS), len(FORCED),
             len(WINDOWS), len(TYPES), len(PHI), 2, len(GATES), len(OWN_KV), 2]
    rng = random.Random(seed)
    for number, choice in enumerate(cover.pairwise_cover(sizes, count, seed)):
        nsa, fuse = make_nsa(choice[:-1]), bool(choice[-1])
        for batch in rng.sample(BATCHES, BATCHES_PER_SPEC):
            yield nsa_case(number, nsa, fuse, batch, rng)


def operation_cases(count, seed):
    """Single attends: compressed rows and index lists as arguments, where a whole spec
    has them inside."""
    names = ["causal", "full", "window", "compressed", "selected"]
    sizes = [len(DIMS), len(GROUPS), len(BLOCKS), len(WINDOWS), len(TYPES), len(names),
             len(BATCHES)]
    rng = random.Random(seed + 1)
    for number, choice in enumerate(cover.pairwise_cover(sizes, count, seed + 1)):
        dims, group, blocks, window, kind, name, batch = choice
        nsa = specs.Nsa(*DIMS[dims], GROUPS[group], 1 if GROUPS[group] > 8 else 2,
                        *BLOCKS[blocks], 7, window=WINDOWS[window], type=TYPES[kind])
        text = specs.attend_texts(nsa)[names[name]]
        lengths, tail = lengths_of(BATCHES[batch], nsa, rng)
        yield {
            "kind": names[name], "spec": number, "nsa": dataclasses.asdict(nsa), "fuse": True,
            "file": specs.file_name(text, True, False), "text": text, "compress": {},
            "batch": BATCHES[batch], "lengths": lengths, "tail": tail, "data": "normal",
            "seed": rng.randrange(1 << 31),
        }


def forced_of(count):
    """How many first and local blocks a list of `count` may force."""
    return (0, count) if count < 2 else (1, min(2, count - 1))


def shape_specs(count, seed):
    """NSA specs over the shapes' own cover; whether each is fused, and its batch."""
    sizes = [len(SHAPE_DIMS), len(SHAPE_GROUPS), 2, len(SHAPE_BLOCKS), len(SHAPE_COUNTS),
             len(TYPES), len(PHI), len(GATES), 2, len(SHAPE_BATCHES)]
    for choice in cover.pairwise_cover(sizes, count, seed + 2):
        dims, group, kv, blocks, count, kind, phi, gates, fuse, batch = choice
        nsa = specs.Nsa(*SHAPE_DIMS[dims], SHAPE_GROUPS[group], KV_HEADS[kv],
                        *SHAPE_BLOCKS[blocks], SHAPE_COUNTS[count],
                        *forced_of(SHAPE_COUNTS[count]), 512, TYPES[kind], PHI[phi],
                        gates=GATES[gates])
        yield nsa, bool(fuse), SHAPE_BATCHES[batch]


def shape_cases(count, seed):
    """One batch of each of these specs, then single attends of their groups."""
    rng = random.Random(seed + 2)
    for number, (nsa, fuse, batch) in enumerate(shape_specs(count, seed)):
        yield nsa_case(number, nsa, fuse, batch, rng)
    names = ["causal", "window", "compressed", "selected"] if count else []
    for number, group in enumerate(SHAPE_GROUPS):
        for name in names:
            nsa = specs.Nsa(*SHAPE_DIMS[number % len(SHAPE_DIMS)], group, 2,
                            *SHAPE_BLOCKS[number % len(SHAPE_BLOCKS)],
                            SHAPE_COUNTS[number + 4], type=TYPES[number % 2])
            text = specs.attend_texts(nsa)[name]
            lengths, tail = lengths_of("ragged", nsa, rng)
            yield {
                "kind": name, "spec": number, "nsa": dataclasses.asdict(nsa), "fuse": True,
                "file": specs.file_name(text, True, False), "text": text, "compress": {},
                "batch": "ragged", "lengths": lengths, "tail": tail, "data": "normal",
                "seed": rng.randrange(1 << 31),
            }


def ranker_cases(count, seed):
    """Specs of rankers over their own cover, a batch each; every third case has ties."""
    sizes = [len(RANKED_DIMS), len(RANKED_GROUPS), 2, len(RANKERS), len(RANKED_BLOCKS),
             len(RANKED_COUNTS), len(INDEX_HEADS), len(INDEX_DIMS), 2, len(TYPES), 2,
             len(SHAPE_BATCHES)]
    rng = random.Random(seed + 4)
    for number, choice in enumerate(cover.pairwise_cover(sizes, count, seed + 4) if count else []):
        dims, group, kv, ranker, block, n, heads, dim, shared, kind, fuse, batch = choice
        kv_heads, (name, pool) = KV_HEADS[kv], RANKERS[ranker]
        nsa = specs.Ranked(
            *RANKED_DIMS[dims], RANKED_GROUPS[group], kv_heads, select=RANKED_BLOCKS[block],
            count=RANKED_COUNTS[n], initial=0, local=rng.choice([0, 1]), type=TYPES[kind],
            ranker=name, index_heads=INDEX_HEADS[heads],
            index_key_heads=1 if shared else kv_heads, index_dim=INDEX_DIMS[dim], pool=pool)
        lengths, tail = lengths_of(SHAPE_BATCHES[batch], nsa, rng)
        yield {
            "kind": "ranked", "spec": number, "nsa": dataclasses.asdict(nsa),
            "fuse": bool(fuse), "file": specs.file_name(nsa.text(), bool(fuse), True),
            "text": nsa.text(), "compress": {}, "batch": SHAPE_BATCHES[batch],
            "lengths": lengths, "tail": tail, "data": DATA[number % len(DATA)],
            "seed": rng.randrange(1 << 31),
        }


def grid_cases(count, seed):
    """One batch of each spec of the grid's cover. Values of half the keys' width where the draw
    says so, if that is a multiple of 16; one KV head where there are many query heads."""
    sizes = [len(GRID_DIMS), len(GRID_GROUPS), len(GRID_COUNTS), len(GRID_SELECTS), len(TYPES),
             len(GRID_PHI), len(SHAPE_BATCHES), 2, 2]
    rng = random.Random(seed + 3)
    for number, choice in enumerate(cover.pairwise_cover(sizes, count, seed + 3) if count else []):
        dim, group, n, select, kind, phi, batch, fuse, narrow = choice
        dk, group, n, select = (GRID_DIMS[dim], GRID_GROUPS[group], GRID_COUNTS[n],
                                GRID_SELECTS[select])
        dv = dk // 2 if narrow and dk % 32 == 0 else dk
        nsa = specs.Nsa(dk, dv, group, 1 if group > 12 else 2, 32, min(16, select), select, n,
                        *forced_of(n), 512, TYPES[kind], GRID_PHI[phi])
        yield nsa_case(number, nsa, bool(fuse), SHAPE_BATCHES[batch], rng)


SCORE_DIMS = [(64, 64), (128, 128), (192, 128)]
SCORE_GROUPS = [1, 4, 16, 12]
SCORE_REGIONS = ["", *specs.SCORE_REGIONS]
SCORE_KINDS = ["nsa", "causal", "window", "compressed", "selected"]
SCORE_BATCHES = ["edges", "ragged", "tail"]


def score_cases(count, seed):
    """Specs and single attends with score regions and sinks."""
    if not count:
        return
    sizes = [len(SCORE_DIMS), len(SCORE_GROUPS), len(SCORE_REGIONS), 2, len(SCORE_KINDS),
             len(TYPES), len(SCORE_BATCHES), 2]
    rng = random.Random(seed + 4)
    for number, choice in enumerate(cover.pairwise_cover(sizes, count, seed + 4)):
        dims, group, region, sinks, kind, element, batch, fuse = choice
        # A case without a region is one of sinks.
        nsa = specs.Nsa(*SCORE_DIMS[dims], SCORE_GROUPS[group], 2, count=9, window=64,
                        type=TYPES[element], scores=SCORE_REGIONS[region],
                        sinks=bool(sinks) or not SCORE_REGIONS[region])
        if SCORE_KINDS[kind] == "nsa":
            # Ties are the comparison's business only where keys stand at no position.
            case = nsa_case(number, nsa, bool(fuse), SCORE_BATCHES[batch], rng)
            yield {**case, "data": rng.choice(["normal", "correlated"])}
            continue
        text = specs.attend_texts(nsa)[SCORE_KINDS[kind]]
        lengths, tail = lengths_of(SCORE_BATCHES[batch], nsa, rng)
        yield {
            "kind": SCORE_KINDS[kind], "spec": number, "nsa": dataclasses.asdict(nsa),
            "fuse": True, "file": specs.file_name(text, True, False), "text": text,
            "compress": {}, "batch": SCORE_BATCHES[batch], "lengths": lengths, "tail": tail,
            "data": "normal", "seed": rng.randrange(1 << 31),
        }


def label(case):
    """The choices of a case on one line."""
    nsa = specs.of_case(case)
    parts = [case["kind"], nsa.type, f"D={nsa.dk}/{nsa.dv}", f"G={nsa.group}x{nsa.kv_heads}",
             f"blocks={nsa.block}/{nsa.stride}/{nsa.select}"]
    if case["kind"] == "nsa":
        parts += [f"n={nsa.count}({nsa.initial},{nsa.local})", f"w={nsa.window}",
                  f"phi={nsa.phi}".replace(" ", "") + ("+pos" if nsa.positions else ""),
                  f"gates={nsa.gates}", f"own_kv={len(nsa.own_kv)}",
                  "fused" if case["fuse"] else "unfused"]
    elif case["kind"] == "window":
        parts.append(f"w={nsa.window}")
    elif case["kind"] == "ranked":
        parts[-1] = f"block={nsa.select}"
        parts += [f"n={nsa.count}({nsa.initial},{nsa.local})", f"{nsa.ranker}/{nsa.pool}",
                  f"index={nsa.index_heads}x{nsa.index_dim}", f"keys={nsa.index_key_heads}",
                  "fused" if case["fuse"] else "unfused"]
    parts += [f"scores={nsa.scores}"] if nsa.scores else []
    parts += ["sinks"] if nsa.sinks else []
    return " ".join(parts + [f"batch={case['batch']}", f"data={case['data']}",
                             f"seed={case['seed']}"])


def spread(drawn, count):
    """`count` of the cases, in their order: each time the one with the most choices that
    none before it had. The seed decides, through the order of the draw."""
    choices = [{word for word in case["label"].split() if not word.startswith("seed=")}
               for case in drawn]
    seen, taken = set(), []
    while len(taken) < min(count, len(drawn)):
        best = max((i for i in range(len(drawn)) if i not in taken),
                   key=lambda i: len(choices[i] - seen))
        if not choices[best] - seen:
            seen = set()  # every choice is there: cover them once more
        seen |= choices[best]
        taken.append(best)
    return [drawn[i] for i in sorted(taken)]


def make_cases(spec_count, operation_count, seed, shape_count=0, grid_count=0, ranker_count=0,
               score_count=0):
    cases = (list(spec_cases(spec_count, seed)) + list(operation_cases(operation_count, seed))
             + list(shape_cases(shape_count, seed)) + list(grid_cases(grid_count, seed))
             + list(ranker_cases(ranker_count, seed)) + list(score_cases(score_count, seed)))
    for number, case in enumerate(cases):
        case["id"], case["label"] = number, label(case)
    return cases


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--specs", type=int, default=110)
    parser.add_argument("--operations", type=int, default=48)
    parser.add_argument("--shapes", type=int, default=60)
    parser.add_argument("--grid", type=int, default=120)
    parser.add_argument("--rankers", type=int, default=40)
    parser.add_argument("--scores", type=int, default=40)
    args = parser.parse_args()
    for case in make_cases(args.specs, args.operations, args.seed, args.shapes, args.grid,
                           args.rankers, args.scores):
        print(json.dumps(case))
    return 0


if __name__ == "__main__":
    sys.exit(main())
