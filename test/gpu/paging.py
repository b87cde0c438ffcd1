# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Caches in pages, as arrays of rows."""


def slots(cache, page):
    """[pages, page, H, D], a view of a cache in either order of its axes; there are no `page` heads."""
    return cache if cache.shape[1] == page else cache.transpose(1, 2)


def gather(cache, entries, page):
    """The rows [page * n, H, D] of n entries of a table, all of which name pages."""
    return slots(cache, page)[entries.long()].flatten(0, 1)


def split(arrays, nsa):
    """The arrays with k and v in the place of one array of both, where they have that."""
    if "kv" not in arrays:
        return arrays
    both = arrays["kv"]
    return {**{name: x for name, x in arrays.items() if name != "kv"},
            "k": both[..., :nsa.dk], "v": both[..., nsa.dk:]}
