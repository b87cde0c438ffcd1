# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Caches in pages, as arrays of rows; and which pages the tokens of a paged case have.

A paged case has pages of `page` tokens. Its `cache_pages` are more than its sequences need, in an order that `places`
decides, which seeds the garbage, too, that stands in the table behind the entries in use. Where two sequences begin
alike (inputs.py), they share the pages that hold nothing else. With a `hole` the second entry of each names no page."""
import itertools
import random

import torch

import inputs


def no_pages(case):
    """Entries that name none."""
    return [-1, (1 << 31) - 1, -(1 << 31), case["cache_pages"]]


def is_paged(case):
    return "page" in case


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


def pages_of(case):
    """The pages of each sequence's tokens, in order."""
    page = case["page"]
    order = list(range(case["cache_pages"]))
    random.Random(case["places"]).shuffle(order)
    free, found = iter(order), []
    shared = {second: (first, tokens // page) for first, second, tokens in inputs.shared_prefixes(case)}
    for b, length in enumerate(case["lengths"]):
        first, count = shared.get(b, (0, 0))
        own = found[first][:count] if count else []
        found.append(own + list(itertools.islice(free, -(-length // page) - len(own))))
    return found


def table_of(case, ends_of_keys):
    """block_table as a list: each sequence's pages, then garbage for the room that it has."""
    rng, table = random.Random(case["places"] + 1), []
    for own, end in zip(pages_of(case), ends_of_keys[1:]):
        hole = slice(1, 2) if case.get("hole") else slice(0)
        own[hole] = [rng.choice(no_pages(case)) for _ in own[hole]]
        table += own
        while len(table) * case["page"] < end:
            table.append(rng.choice([*no_pages(case), rng.randrange(case["cache_pages"])]))
    return table


def tokens_at(case, sequences, device):
    """The page, and the place in it, of each token of these sequences."""
    page, pages = case["page"], pages_of(case)
    numbers = [torch.arange(case["lengths"][b]) for b in sequences]
    of_tokens = [torch.tensor(pages[b], dtype=torch.long)[own // page] for b, own in zip(sequences, numbers)]
    join = lambda parts: torch.cat([torch.zeros(0, dtype=torch.long), *parts]).to(device)
    return join(of_tokens), join([own % page for own in numbers])


def held(case, sequences, device):
    """bool [pages, page]: where tokens of these sequences are."""
    result = torch.zeros((case["cache_pages"], case["page"]), dtype=torch.bool, device=device)
    result[tokens_at(case, sequences, device)] = True
    return result


def every_token(case, device):
    """tokens_at of all sequences: the rows of a packed array of keys."""
    return tokens_at(case, range(len(case["lengths"])), device)


def fill(shape, rows, case):
    """A cache that holds the rows of a packed array, and NaN elsewhere."""
    cache = rows.new_full(shape, float("nan"))
    slots(cache, case["page"])[every_token(case, rows.device)] = rows
    if case.get("hole"):
        cache[[own[1] for own in pages_of(case) if len(own) > 1]] = float("nan")
    return cache


def pack(cache, case):
    """The packed array of the rows that a cache holds."""
    return inputs.empty_holes(slots(cache, case["page"])[every_token(case, cache.device)], case)
