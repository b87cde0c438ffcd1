# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which rows of a case's arrays are which tokens.

Tokens are packed, sequence by sequence. In most cases all of them are queries, and arrays have a row for each, then
`tail` more that are nobody's. In an extended case `queries` says how many tokens of each sequence are, the last ones;
arrays of keys then have rows of their own, those of a sequence's tokens and `room` more, as a cache that is not full
has. Either kind has `tail` rows behind. In a paged case keys are in pages of `page` tokens (paging.py): their rows are
then what a table has room for, `page` for each of its entries, and nothing is behind."""
import dataclasses

import torch

import truth
from inputs import offsets_of


def is_extended(case):
    return "queries" in case


def packed_case(case):
    """The case of the same tokens, all of them queries."""
    if not is_extended(case):
        return case
    return {**{name: x for name, x in case.items() if name not in ("queries", "room", "page")}, "tail": 0}


@dataclasses.dataclass(frozen=True)
class Rows:
    """The rows of one kind of array: of sequence b those from begins[b] on, of which counts[b] are its tokens from
    firsts[b] on, or its compressed ones."""

    begins: list
    counts: list
    firsts: list
    total: int

    def numbers(self, device):
        """Rows that are some sequence's, in order."""
        return _join([torch.arange(begin, begin + count) for begin, count in zip(self.begins, self.counts)], device)

    def owners(self, device):
        """The sequence of each row, -1 where it is nobody's."""
        owners = torch.full((self.total,), -1)
        for b, (begin, count) in enumerate(zip(self.begins, self.counts)):
            owners[begin:begin + count] = b
        return owners.to(device)


def _join(parts, device):
    return (torch.cat(parts) if parts else torch.zeros(0, dtype=torch.long)).to(device)


def ends_of_keys(case):
    """cu_seqlens_k, as a list."""
    page = case.get("page", 1)
    return offsets_of([-(-(length + room) // page) * page for length, room in zip(case["lengths"], case["room"])])


def find(case, counted, nsa):
    """The Rows of an argument that counts them so: "tokens", "key_tokens", or "key_tokens / 16". What has a row for
    several tokens is compressed, or in a paged case a table, the rows of which are a sequence's if they are in use."""
    kind, _, per_row = counted.partition(" / ")
    lengths = counts = case["lengths"]
    firsts = [0] * len(lengths)
    ends = offsets_of(lengths)
    if kind == "key_tokens":
        ends = ends_of_keys(case)
    elif is_extended(case):
        counts = case["queries"]
        firsts = [length - count for length, count in zip(lengths, counts)]
        ends = offsets_of(counts)
    begins, total = ends[:-1], ends[-1] + (0 if kind == "key_tokens" and "page" in case else case["tail"])
    if per_row:
        stride = int(per_row)
        begins, total = [begin // stride for begin in begins], total // stride
        counts = [-(-length // stride) if "page" in case else truth.window_count(length, nsa.block, stride)
                  for length in counts]
    return Rows(begins, counts, firsts, total)


def has_rows(counted):
    """Whether an argument has a row for a token, or for several."""
    return counted.partition(" / ")[0] in ("tokens", "key_tokens")


def first_size(case, counted, nsa):
    """How many rows an argument has; None where that is not the case's to say."""
    if has_rows(counted):
        return find(case, counted, nsa).total
    sequences = len(case["lengths"])
    return {"pages": case.get("cache_pages"), "sequences": sequences, "sequence_ends": sequences + 1,
            "key_sequence_ends": sequences + 1}.get(counted)


def packed_numbers(case, counted, nsa, device):
    """Of each row that is some sequence's, in order, its row in an array of the packed case."""
    own, per_row = find(case, counted, nsa), counted.partition(" / ")[1:]
    packed = find(packed_case(case), "tokens" + "".join(per_row), nsa)
    return _join([torch.arange(begin + first, begin + first + count)
                  for begin, first, count in zip(packed.begins, own.firsts, own.counts)], device)


def pairs(case, counted, nsa, device):
    """Where the rows of sequences are in an argument, and where in the packed case's; all rows where it has none."""
    if not has_rows(counted):
        return slice(None), slice(None)
    return find(case, counted, nsa).numbers(device), packed_numbers(case, counted, nsa, device)


def pack(x, case, counted, nsa):
    """The array of the packed case that has these rows, and 0, or no block, for tokens that have none."""
    if not has_rows(counted) or not is_extended(case):
        return x
    total = first_size(packed_case(case), counted.removeprefix("key_"), nsa)
    result = x.new_full((total, *x.shape[1:]), 0 if x.dtype.is_floating_point else -1)
    own, packed = pairs(case, counted, nsa, x.device)
    result[packed] = x[own]
    return result
