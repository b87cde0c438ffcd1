# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Few draws that cover every pair of choices of every two parameters."""
import random

CANDIDATES = 50


def _pairs_of(choice):
    """Every (parameter, value, later parameter, value) of one draw."""
    return {(p, choice[p], q, choice[q])
            for p in range(len(choice)) for q in range(p + 1, len(choice))}


def pairwise_cover(sizes, count, seed):
    """At least `count` tuples, one value below sizes[p] for each parameter p, such that any
    two values of any two parameters meet in one of them. Greedy: of some random draws
    through one missing pair, the one that covers most of those still missing."""
    rng = random.Random(seed)
    draw = lambda: [rng.randrange(size) for size in sizes]
    missing = {(p, a, q, b)
               for p in range(len(sizes)) for q in range(p + 1, len(sizes))
               for a in range(sizes[p]) for b in range(sizes[q])}
    draws = []
    while missing:
        p, a, q, b = min(missing)  # min, not pop: a set's order is not ours to choose
        best, most = None, 0
        for _ in range(CANDIDATES):
            candidate = draw()
            candidate[p], candidate[q] = a, b
            covered = len(_pairs_of(candidate) & missing)
            if covered > most:
                best, most = candidate, covered
        missing -= _pairs_of(best)
        draws.append(tuple(best))
    while len(draws) < count:
        draws.append(tuple(draw()))
    return draws
