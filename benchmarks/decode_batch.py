# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A step of decoding: its sequences, the pages that hold their keys, what an entry takes of them, and what it reads.

A batch has the same step several times over, in turns, each with pages of its own: as the layers of a model have caches
of their own, a turn finds nothing in L2 that another has read. The pages of all turns are shuffled in one cache, which
has more of them. Its memory serves those who know no pages, too: any numbers do as keys."""
import dataclasses
import random

import torch

from decode_specs import PAGE
import inputs
import paging
import truth

SPARE = 8  # for so many pages there is one that is nobody's
MIXED, MOST_TOKENS = "mixed", 1 << 17
ITEM = 2  # bytes of a number


@dataclasses.dataclass(frozen=True)
class Point:
    """Sequences of these lengths, of each of which the last `queries` tokens are queries."""

    name: str
    lengths: tuple
    queries: int

    @property
    def tokens(self):
        return len(self.lengths) * self.queries

    def sampled(self):
        """Sequences to look at: by their place, and by their length."""
        count = len(self.lengths)
        by_length = sorted(range(count), key=self.lengths.__getitem__)
        return sorted({0, count // 2, count - 1, by_length[0], by_length[-1]})


def parse_point(text, seed):
    """SEQUENCESxTOKENS, or SEQUENCESxmixed for lengths from 1 to 2^17 whose logarithms are uniform; then :QUERIES where
    a sequence has more than one."""
    batch, _, queries = text.partition(":")
    sequences, _, tokens = batch.partition("x")
    if tokens == MIXED:
        rng = random.Random(seed)
        lengths = [1, MOST_TOKENS] + [round(MOST_TOKENS ** rng.random()) for _ in range(int(sequences) - 2)]
        rng.shuffle(lengths)
    else:
        lengths = [int(tokens)] * int(sequences)
    return Point(text, tuple(lengths), int(queries or 1))


def seen_keys(nsa, kind, length, queries, lists=None):
    """Tokens that a step reads keys and values of in one sequence, summed over KV heads: each once, whichever of the
    queries see it. `lists` [queries, Hkv, n]; without them, the fewest that they may name."""
    if kind in ("causal", "nsa"):  # of which compression reads all
        return length * nsa.kv_heads
    if kind == "window":
        return min(length, nsa.window + queries - 1) * nsa.kv_heads
    if lists is None:
        return min(length, (nsa.count - 1) * nsa.select) * nsa.kv_heads
    blocks = truth.members(lists, -(-length // nsa.select)).any(0)
    sizes = torch.full(blocks.shape[1:], nsa.select, device=blocks.device)
    sizes[-1] = (length - 1) % nsa.select + 1
    return int((blocks * sizes).sum())


def read_bytes(nsa, kind, point, lists=None):
    """What memory must give for a step: keys and values that are seen, all index keys, and queries. `lists` of all
    queries, where an index ranker chooses blocks."""
    index = nsa.index_key_heads * nsa.index_dim if kind == "ranked" else 0
    total = point.tokens * nsa.heads * nsa.dk * ITEM
    for b, length in enumerate(point.lengths):
        own = None if lists is None else lists[b * point.queries:(b + 1) * point.queries]
        total += seen_keys(nsa, kind, length, point.queries, own) * (nsa.dk + nsa.dv) * ITEM
        total += length * index * ITEM
    return total


class Batch:
    """The arrays of `turns` steps at a point."""

    def __init__(self, point, turns, seed, device):
        self.point, self.turns, self.seed, self.device = point, turns, seed, device
        self.entries = [-(-length // PAGE) for length in point.lengths]  # of the table, that are in use
        self.per_turn = sum(self.entries)
        used = self.per_turn * turns
        self.pages = used + -(-used // SPARE)
        self.order = torch.randperm(self.pages, generator=self.generator("pages", "cpu")).int()
        self.caches = {}

    def generator(self, name, device):
        return inputs.generator_of(self.seed, name, device)

    def table(self, turn):
        """[B, M], each sequence's pages, then -1."""
        table = torch.full((len(self.entries), max(self.entries)), -1, dtype=torch.int32)
        pages = self.order[turn * self.per_turn:(turn + 1) * self.per_turn].split(self.entries)
        for row, own in zip(table, pages):
            row[:len(own)] = own
        return table.to(self.device)

    def cache(self, name, sizes, dtype=torch.bfloat16):
        """A cache [pages, *sizes], the same each time."""
        if name not in self.caches:
            self.caches[name] = torch.empty((self.pages, *sizes), dtype=dtype, device=self.device).normal_(
                generator=self.generator(name, self.device))
        return self.caches[name]

    def ends_of_keys(self, paged):
        """cu_seqlens_k as a list: of a table with the same room for each sequence, or of pages behind one another."""
        room = [max(self.entries)] * len(self.entries) if paged else self.entries
        return inputs.offsets_of([PAGE * count for count in room])

    def _make(self, a, nsa, turn, paged):
        if a.rows == "pages":
            return self.cache(a.name, a.shape[1:], a.dtype)
        if a.rows == "key_tokens":
            rows = PAGE * self.per_turn
            return self.cache(a.name, (PAGE, *a.shape[1:]), a.dtype).flatten(0, 1)[turn * rows:(turn + 1) * rows]
        if a.rows.startswith("key_tokens /"):
            return self.table(turn).flatten()
        numbers = {"cu_seqlens_q": lambda: range(0, self.point.tokens + 1, self.point.queries),
                   "cu_seqlens_k": lambda: self.ends_of_keys(paged), "seqused_k": lambda: self.point.lengths}
        if a.name in numbers:
            return torch.tensor(list(numbers[a.name]()), dtype=a.dtype, device=self.device)
        shape = [self.point.tokens if size < 0 else size for size in a.shape]
        case = {"seed": self.seed, "data": "normal", "lengths": [self.point.queries] * len(self.point.lengths)}
        return inputs.make(a.name, shape, a.dtype, case, nsa, self.device)

    def arguments(self, entry, nsa, turn):
        """What an entry takes in a turn, by name."""
        paged = any(a.rows == "pages" for a in entry.arguments)
        return {a.name: self._make(a, nsa, turn, paged) for a in entry.arguments if not a.output}

    def of_sequence(self, entry, arguments, nsa, b, turn):
        """Those of one sequence, as if it were alone and all of its tokens were queries: others' rows are 0."""
        length, queries = self.point.lengths[b], self.point.queries
        begin = inputs.offsets_of([PAGE * count for count in self.entries])[b]
        own = self.table(turn)[b, :self.entries[b]]
        arrays = {}
        for a in entry.arguments:
            x = arguments.get(a.name)
            if a.rows == "pages":
                arrays[a.name] = paging.gather(x, own, PAGE)[:length]
            elif a.rows == "key_tokens":
                arrays[a.name] = x[begin:begin + length]
            elif a.rows == "tokens" and not a.output:
                arrays[a.name] = x.new_zeros((length, *x.shape[1:]))
                arrays[a.name][length - queries:] = x[b * queries:(b + 1) * queries]
            elif not a.output:
                arrays[a.name] = x
        return paging.split(arrays, nsa)


def turns_for(bytes_of_step, at_least):
    """So many that a step's bytes come again behind `at_least` others."""
    return -(-at_least // bytes_of_step)
