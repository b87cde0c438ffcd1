# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""pooled_max.py draw|check PREFIX: the equation of #example.pooled_max in NumPy, for the spec of
pooled-max.mlir. `draw` writes arguments, `check` compares the lists that were computed from them."""
import sys

import numpy

LENGTHS = [100, 0, 60]
HEADS, KV_HEADS, DIM, POOL, BLOCK, TOP = 4, 2, 16, 8, 16, 3


def draw(prefix):
    # Small whole numbers: f32 holds every score, so that ties are ties.
    random = numpy.random.default_rng(1)
    for name, shape in (("q", (sum(LENGTHS), HEADS, DIM)), ("k", (sum(LENGTHS), 1, DIM)),
                        ("mix", (1, POOL))):
        numpy.save(f"{prefix}.{name}.npy", random.integers(-3, 4, shape).astype(numpy.float32))


def choose(q, k, mix):
    """The blocks of each query and KV head of one sequence, as sets: [length][KV_HEADS]."""
    pools = len(k) // POOL
    sums = numpy.einsum("r,ird->id", mix[0], k[:pools * POOL, 0].reshape(pools, POOL, DIM))
    lists = []
    for t in range(len(q)):
        own, ended = t // BLOCK, (t + 1) // POOL
        products = (q[t].reshape(KV_HEADS, -1, DIM) @ sums[:ended].T).sum(axis=1)
        lists.append([])
        for products_of_head in products:
            scores = numpy.full(own + 1, -numpy.inf)
            for i, product in enumerate(products_of_head):
                block = i * POOL // BLOCK
                scores[block] = max(scores[block], product)
            scores[own] = numpy.inf  # local 1
            best = numpy.argsort(-scores, kind="stable")[:TOP]  # ties to the lower block
            lists[-1].append({int(j) for j in best if scores[j] > -numpy.inf})
    return lists


def count_differences(lists, q, k, mix):
    begin = differences = 0
    for length in LENGTHS:
        rows = slice(begin, begin + length)
        for got, expected in zip(lists[rows], choose(q[rows], k[rows], mix)):
            differences += sum(set(map(int, g)) - {-1} != e for g, e in zip(got, expected))
        begin += length
    return differences


def check(prefix):
    q, k, mix, lists = (numpy.load(f"{prefix}.{name}.npy") for name in ("q", "k", "mix", "indices"))
    differences = count_differences(lists, q, k, mix)
    assert differences == 0, f"expected the lists of the equation, got {differences} others"
    # The data would tell a mistake: sums that are not weighted give other lists.
    assert count_differences(lists, q, k, numpy.ones_like(mix)) > 0


{"draw": draw, "check": check}[sys.argv[1]](sys.argv[2])
