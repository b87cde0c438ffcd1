# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rows of arrays on their way between processes. All have the same rows of a whole in the same places, by a list of
counts; how many rows a process has may differ by process."""

import math
from typing import List, Sequence

import torch
import torch.distributed


class Exchange:
    """Moves rows between the processes of a group.

    rows: for each process, which rows of the whole it has, in its order; each row is one process's. device: of the
    tensors.
    """

    def __init__(self, rows: Sequence[torch.Tensor], group, device: torch.device):
        self._group, self._rank = group, torch.distributed.get_rank(group)
        self._counts = [len(some) for some in rows]
        self._most = max(self._counts)
        by_process = torch.cat(list(rows))
        # Where each row of the whole is among those that all processes padded to one number of rows.
        padded = torch.cat([number * self._most + torch.arange(count) for number, count in enumerate(self._counts)])
        order = torch.empty_like(by_process)
        order[by_process] = padded
        self._by_process, self._order = by_process.to(device), order.to(device)

    def gather(self, parts: Sequence[torch.Tensor]) -> List[torch.Tensor]:
        """The whole of each array, [T, ...] of this process's [n, ...]. One collective, for arrays of one type."""
        widths = [math.prod(part.shape[1:]) for part in parts]
        sent = parts[0].new_zeros(self._most, sum(widths))
        for part, width, column in zip(parts, widths, sent.split(widths, 1)):
            column[:len(part)] = part.reshape(len(part), width)
        received = sent.new_empty(len(self._counts) * self._most, sum(widths))
        torch.distributed.all_gather_into_tensor(received, sent, group=self._group)
        return [column.index_select(0, self._order).view(len(self._order), *part.shape[1:])
                for part, column in zip(parts, received.split(widths, 1))]

    def sum_shares(self, wholes: Sequence[torch.Tensor]) -> List[torch.Tensor]:
        """Of the sum over processes of each array [T, ...] this process's rows, [n, ...].

        Each process sends every other its rows and adds up what it gets in float32 and in the processes' order. That
        moves as many bytes as a reduce-scatter, whose order and type of sums are the library's.
        """
        widths = [math.prod(whole.shape[1:]) for whole in wholes]
        flat = [whole.reshape(len(whole), width).index_select(0, self._by_process)
                for whole, width in zip(wholes, widths)]
        count = self._counts[self._rank]
        received = flat[0].new_empty(len(self._counts) * count, sum(widths))
        torch.distributed.all_to_all_single(received, torch.cat(flat, 1), [count] * len(self._counts), self._counts,
                                            group=self._group)
        total = torch.zeros_like(received[:count], dtype=torch.float32)
        for part in received.view(len(self._counts), *total.shape):
            total += part
        return [share.to(whole.dtype).reshape(count, *whole.shape[1:])
                for share, whole in zip(total.split(widths, 1), wholes)]
