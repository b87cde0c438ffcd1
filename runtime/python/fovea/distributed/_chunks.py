# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which tokens of a sequence each process has: of P processes the one numbered r has chunks r and 2P - 1 - r of 2P.

A token late in a sequence sees more keys than an early one, so that a process that had the last P-th of the tokens
would work longest. Of two processes and 10 tokens:

    token      0  1 | 2  3  4 | 5  6 | 7  8  9
    chunk      0    | 1       | 2    | 3
    process    0    | 1       | 1    | 0
"""

from typing import List, NamedTuple, Sequence, Tuple


class Chunk(NamedTuple):
    """The tokens begin .. end - 1 of a sequence whose first token is row `first` of all sequences'."""

    first: int
    begin: int
    end: int


def list_chunks(ends: Sequence[int], rank: int, ranks: int) -> Tuple[List[Chunk], List[Chunk]]:
    """The early chunk of each sequence that a process has, and the late one. Chunks are as even as they can be: their
    sizes differ by at most one, and some are empty where a sequence has fewer tokens than there are chunks.

    ends: sequence b is the rows ends[b] .. ends[b + 1].
    """
    def cut(number: int) -> List[Chunk]:
        return [Chunk(first, number * (end - first) // (2 * ranks), (number + 1) * (end - first) // (2 * ranks))
                for first, end in zip(ends, ends[1:])]
    return cut(rank), cut(2 * ranks - 1 - rank)


def list_rows(chunks: Sequence[Chunk]) -> List[range]:
    """The rows that the chunks are among those of all sequences."""
    return [range(chunk.first + chunk.begin, chunk.first + chunk.end) for chunk in chunks]
