# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Dense decoding by PyTorch, which Fovea's is timed beside: over contiguous keys of the same lengths. Every query sees
all keys of its sequence, a later draft token's too, so that no mask stands in a backend's way; each key is to be read
once either way.

As `rows`, a query's heads that share keys are rows of one head of queries: keys meet them in one product, whether a
backend does so by itself or not. Sequences of different lengths are packed, in rows."""
import dataclasses
import typing

import torch

import gpu_peers
import inputs
from decode_specs import PAGE

@dataclasses.dataclass(frozen=True)
class Dense:
    """A step for each turn, which gives an output; what that is as [B, queries, Hq, D]; and K and V [n, Hkv, D] of a
    sequence in the first turn."""

    steps: list
    unfold: typing.Callable
    keys_of: typing.Callable


def forms(point):
    return ("heads", "rows") if len(set(point.lengths)) == 1 else ("packed",)


def _keys(batch, nsa, turn):
    """Contiguous numbers of a turn's K and V."""
    size = sum(batch.point.lengths) * nsa.kv_heads * nsa.dk
    return [batch.cache(name, (PAGE, nsa.kv_heads, nsa.dk)).view(-1)[turn * size:(turn + 1) * size] for name in "kv"]


def _uniform(batch, nsa, q, backend, form, turns):
    sequences, queries = q.shape[:2]
    sizes = (sequences, nsa.kv_heads, batch.point.lengths[0], nsa.dk)
    keys = [[x.view(sizes) for x in _keys(batch, nsa, turn)] for turn in range(turns)]
    if form == "heads":
        rows, unfold = q.transpose(1, 2).contiguous(), lambda o: o.transpose(1, 2)
    else:
        rows = q.unflatten(2, (nsa.kv_heads, -1)).transpose(1, 2).flatten(2, 3).contiguous()
        unfold = lambda o: o.unflatten(2, (queries, -1)).transpose(1, 2).flatten(2, 3)
    return Dense([gpu_peers.sdpa(backend, rows, k, v, causal=False) for k, v in keys], unfold,
                 lambda b: [x[b].transpose(0, 1) for x in keys[0]])


def _attend_packed(backend, q, k, v, ends_q, ends_k, most_q, most_k):
    if backend == "flash":
        from torch.nn.attention.varlen import varlen_attn
        return lambda: varlen_attn(q, k, v, ends_q, ends_k, most_q, most_k)
    # What nested tensors are attended to by; these can't be captured, for their longest sequence is asked for.
    attend = torch.ops.aten._cudnn_attention_forward
    return lambda: attend(q, k, v, None, ends_q, ends_k, most_q, most_k, False)[0]


def _packed(batch, nsa, q, backend, turns):
    lengths, (sequences, queries) = batch.point.lengths, q.shape[:2]
    rows = q.unflatten(2, (nsa.kv_heads, -1)).transpose(2, 3).flatten(0, 2).contiguous()
    per_sequence = len(rows) // sequences
    keys = [[x.view(-1, nsa.kv_heads, nsa.dk) for x in _keys(batch, nsa, turn)] for turn in range(turns)]
    offsets = inputs.offsets_of(lengths)
    ends_q, ends_k = (torch.tensor(ends, dtype=torch.int32, device=q.device)
                      for ends in (range(0, len(rows) + 1, per_sequence), offsets))
    return Dense([_attend_packed(backend, rows, k, v, ends_q, ends_k, per_sequence, max(lengths)) for k, v in keys],
                 lambda o: o.unflatten(0, (sequences, queries, -1)).transpose(2, 3).flatten(2, 3),
                 lambda b: [x[offsets[b]:offsets[b + 1]] for x in keys[0]])


def make(batch, nsa, q, backend, form, turns):
    """The Dense of a form; q [B, queries, Hq, D]."""
    if form == "packed":
        return _packed(batch, nsa, q, backend, turns)
    return _uniform(batch, nsa, q, backend, form, turns)
