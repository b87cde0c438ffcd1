# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Counts the benchmarks' work once more, one (query, key) pair and one array at a time.

Usage: check-work-counts.py SOURCE

For each shape of the benchmarks, at a length at which nothing is a multiple of anything, and for
two sequences behind one another. Prints the number of parts that were compared, and stops at one
that differs."""
import pathlib
import sys

source = pathlib.Path(sys.argv[1])
sys.path[:0] = [str(source / "benchmarks"), str(source / "test" / "gpu")]
import gpu_work  # noqa: E402
from tuning import shapes  # noqa: E402

LENGTHS = [1237, 300]
ITEM, WORD = 2, 4  # bytes of a number, and of an index or an lse


def pairs_of(nsa, n):
    """Pairs of one query head in each branch, by what a query may see."""
    windows = [range(begin, begin + nsa.block)
               for begin in range(0, n - nsa.block + 1, nsa.stride)]
    pairs = dict.fromkeys(("compressed", "selected", "window"), 0)
    for t in range(n):
        pairs["compressed"] += sum(window[-1] <= t for window in windows)
        own = t // nsa.select
        # The own block, and as many of those before as there are and fit.
        listed = [own, *range(own)][:nsa.count]
        pairs["selected"] += sum(u <= t for block in listed
                                 for u in range(block * nsa.select, (block + 1) * nsa.select))
        pairs["window"] += sum(t - nsa.window < u for u in range(t + 1))
    pairs["score + top-k"] = pairs["compressed"]
    pairs["compressed + window"] = pairs["compressed"] + pairs["window"]
    return pairs


def bytes_of(nsa, n):
    """Bytes of the arrays that a kernel reads and writes once."""
    q, o = n * nsa.heads * nsa.dk * ITEM, n * nsa.heads * nsa.dv * ITEM
    k, v = n * nsa.kv_heads * nsa.dk * ITEM, n * nsa.kv_heads * nsa.dv * ITEM
    short_k, short_v = (n // nsa.stride * nsa.kv_heads * dim * ITEM for dim in (nsa.dk, nsa.dv))
    gates, lse = n * nsa.heads * 3 * ITEM, n * nsa.heads * WORD
    lists = n * nsa.kv_heads * nsa.count * WORD
    return {"compressed + gates": q + short_k + short_v + lse + gates + o,
            "score + top-k": q + short_k + lse + lists,
            "selected + gates": q + k + v + lists + gates + 2 * o,
            "window + gates": q + k + v + gates + 2 * o,
            "compressed + window + gates": q + short_k + short_v + k + v + lse + gates + o}


compared = 0
for name, nsa in shapes.forwards().items():
    pairs = [pairs_of(nsa, n) for n in LENGTHS]
    works = gpu_work.packed_parts(LENGTHS, nsa, [nsa.kv_heads * each["selected"]
                                                 for each in pairs])
    for part, moved in bytes_of(nsa, LENGTHS[0]).items():
        seen = sum(each[part.removesuffix(" + gates")] for each in pairs) * nsa.heads
        dims = nsa.dk if part == "score + top-k" else nsa.dk + nsa.dv
        moved += bytes_of(nsa, LENGTHS[1])[part]
        # A product and a sum for each number of a key, and of a value.
        expected = gpu_work.Work(2 * seen * dims, seen, moved)
        if works[part] != expected:
            sys.exit(f"{name}, {part}: expected {expected}, got {works[part]}")
        compared += 1
    # The forward needs the same, whether compressed and window are one kernel or two.
    for joined in (("compressed + gates", "window + gates"), ("compressed + window + gates",)):
        if gpu_work.needed(works).flops != sum(works[part].flops for part in
                                               (*joined, "score + top-k", "selected + gates")):
            sys.exit(f"{name}: expected the forward to need what its parts do")
print(f"{compared} parts of {len(shapes.forwards())} shapes")
