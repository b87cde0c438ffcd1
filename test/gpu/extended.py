# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Inputs of cases, extended ones among them, whose queries are the last tokens of their sequences: what the packed
case has, at other rows or in pages, and numbers of nobody's between. The truth knows of packed cases alone: what an
extended case takes and gives is packed again for it."""
import torch

import expected
import inputs
import paging
import places


def _make_cache(argument, shape, case, nsa, device):
    """A cache; of keys and values side by side where it is called after both."""
    heads, dim = paging.slots(torch.empty(shape, device="meta"), case["page"]).shape[2:]
    widths = {"k": nsa.dk, "v": nsa.dv} if argument.name == "kv" else {argument.name: dim}
    tokens, packed = sum(case["lengths"]), places.packed_case(case)
    rows = [inputs.make(name, (tokens, heads, width), argument.dtype, packed, nsa, device)
            for name, width in widths.items()]
    return paging.fill(shape, torch.cat(rows, -1), case)


def make(argument, shape, case, nsa, device):
    """The tensor of one argument."""
    name, dtype = argument.name, argument.dtype
    packed = places.packed_case(case)
    if packed is case:
        return inputs.make(name, shape, dtype, case, nsa, device)
    where = {"cu_seqlens_q": lambda: inputs.offsets_of(case["queries"]),
             "cu_seqlens_k": lambda: places.ends_of_keys(case), "seqused_k": lambda: case["lengths"],
             "block_table": lambda: paging.table_of(case, places.ends_of_keys(case))}
    if name in where:
        return torch.tensor(where[name](), dtype=dtype, device=device)
    if argument.rows == "pages":
        return _make_cache(argument, shape, case, nsa, device)
    if not places.has_rows(argument.rows):
        return inputs.make(name, shape, dtype, packed, nsa, device)
    total = places.first_size(packed, argument.rows.removeprefix("key_"), nsa)
    every = inputs.make(name, (total, *shape[1:]), dtype, packed, nsa, device)
    if dtype.is_floating_point:
        rows = inputs.normal(shape, case["seed"], f"{name} of nobody", device).to(dtype)
    else:
        rows = torch.full(shape, -1, dtype=dtype, device=device)
    own, packed_rows = places.pairs(case, argument.rows, nsa, device)
    rows[own] = every[packed_rows]
    return rows


def make_batch(case, nsa, arguments, arrays):
    """What the truth takes of a case. arguments: of an entry; `arrays`: some of these, by name."""
    if not places.is_extended(case):
        return expected.Batch(nsa, case["lengths"], arrays)
    counted = {a.name: a.rows for a in arguments}
    packed = paging.split({name: paging.pack(x, case) if counted[name] == "pages" else
                           places.pack(x, case, counted[name], nsa)
                           for name, x in arrays.items() if name != "block_table"}, nsa)
    device = packed["q"].device
    packed["cu_seqlens"] = torch.tensor(inputs.offsets_of(case["lengths"]), dtype=torch.int32, device=device)
    positions = [torch.arange(length - count, length, device=device)
                 for length, count in zip(case["lengths"], case["queries"])]
    return expected.Batch(nsa, case["lengths"], packed, positions=positions)
