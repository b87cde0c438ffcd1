# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sequences spread over processes, as calls of fovea.attention take them."""

from typing import NamedTuple, Optional

import torch
import torch.distributed

from .._library import FoveaError
from .._operands import Operands, Sharded
from .._tensors import describe
from . import _attend
from ._chunks import list_chunks, list_rows
from ._exchange import Exchange


class Half(NamedTuple):
    """The queries of this process's early chunks, or of its late ones: rows begin .. end - 1 of its arrays, as a batch
    of which all sequences' tokens up to the chunks' ends are keys. The numbers are as fovea.attention has them."""

    begin: int
    end: int
    cu_seqlens_q: torch.Tensor
    seqused_k: torch.Tensor


class Zigzag(Sharded):
    """Chunks r and 2P - 1 - r of each sequence, on process r of the P of a group: what is given to fovea.nsa and the
    others in place of cu_seqlens. Arrays then have this process's tokens, first the early chunks of all sequences,
    then their late ones. Gradients are those of the sum of all processes' losses.

    cu_seqlens: integers [B + 1], a tensor or a list, of whole sequences; the same on every process.
    group: of torch.distributed; all processes where None.
    device: of the tensors of calls; that of cu_seqlens where None, or else the CPU.
    keep_gathered: keeps the keys and values of all processes for the backward call, which else gathers them again: a
        third of the traffic for memory that grows with whole sequences.

    tokens: of whole sequences. rows: int64 [n], which of these this process has, in its order. positions: int64 [n],
    of its tokens in their sequences. Every process makes the same calls; one that raises an error leaves the others
    waiting.
    """

    def __init__(self, cu_seqlens, group=None, *, device=None, keep_gathered: bool = False):
        if not torch.distributed.is_available() or not torch.distributed.is_initialized():
            raise FoveaError("expected torch.distributed.init_process_group to have been called")
        ends = _read_ends(cu_seqlens)
        self.device = torch.device(device if device is not None else getattr(cu_seqlens, "device", "cpu"))
        self.keep_gathered = bool(keep_gathered)
        rank, ranks = torch.distributed.get_rank(group), torch.distributed.get_world_size(group)
        if rank < 0:
            raise FoveaError("group: expected one that this process is of, got another")
        self.tokens = ends[-1]
        every = [list_chunks(ends, other, ranks) for other in range(ranks)]
        rows = [_join(list_rows(early + late)) for early, late in every]
        self.exchange = Exchange(rows, group, self.device)
        self.rows = rows[rank].to(self.device)
        self.cu_seqlens_k = torch.tensor(ends, dtype=torch.int32, device=self.device)
        early, late = every[rank]
        self.positions = _join([range(chunk.begin, chunk.end) for chunk in early + late]).to(self.device)
        first = self._describe(early, 0)
        self.halves = (first, self._describe(late, first.end))

    def _describe(self, chunks, begin: int) -> Half:
        ends = [0]
        for chunk in chunks:
            ends.append(ends[-1] + chunk.end - chunk.begin)
        # A sequence without queries has keys that nothing asks for.
        used = [chunk.end if chunk.end > chunk.begin else 0 for chunk in chunks]
        return Half(begin, begin + ends[-1], *(torch.tensor(numbers, dtype=torch.int32, device=self.device)
                                               for numbers in (ends, used)))

    def shard(self, whole: torch.Tensor) -> torch.Tensor:
        """This process's rows [n, ...] of [tokens, ...]."""
        self._check("whole", whole, self.tokens, "tokens of all sequences")
        return whole.index_select(0, self.rows)

    def unshard(self, part: torch.Tensor) -> torch.Tensor:
        """[tokens, ...] on every process, of each one's [n, ...]."""
        self._check("part", part, len(self.rows), "of this process's tokens")
        return _attend.Gathered.apply(self.exchange, part)

    def attend(self, name: str, write, operands: Operands) -> torch.Tensor:
        """The result of a call of fovea.attention."""
        if operands.extends():
            raise FoveaError("cu_seqlens_k: expected none beside a Zigzag, which has keys gathered, got "
                             f"{describe(operands.keys[0])}")
        for key, array in operands.name_tokens().items():
            self._check(key, array, len(self.rows), "of this process's tokens")
        return _attend.call(self, name, write, operands)

    def _check(self, name: str, tensor, count: int, what: str) -> None:
        if not isinstance(tensor, torch.Tensor):
            raise FoveaError(f"{name}: expected a tensor, got {describe(tensor)}")
        if tensor.device != self.device:
            raise FoveaError(f"{name}: expected a tensor on {self.device}, as Zigzag was told, got one on "
                             f"{tensor.device}")
        if tensor.dim() == 0 or len(tensor) != count:
            raise FoveaError(f"{name}: expected {count} rows, {what}, got the shape {tuple(tensor.shape)}")


def _join(ranges) -> torch.Tensor:
    return torch.cat([torch.arange(0), *(torch.arange(some.start, some.stop) for some in ranges)])


def _read_ends(cu_seqlens):
    ends = cu_seqlens.tolist() if hasattr(cu_seqlens, "tolist") else cu_seqlens
    if not isinstance(ends, (list, tuple)) or not ends or not all(type(end) is int for end in ends):
        raise FoveaError(f"cu_seqlens: expected integers [B + 1], got {describe(cu_seqlens)}")
    if ends[0] != 0 or any(end < begin for begin, end in zip(ends, ends[1:])):
        raise FoveaError(f"cu_seqlens: expected numbers that start at 0 and do not decrease, got {list(ends)}")
    return list(ends)
