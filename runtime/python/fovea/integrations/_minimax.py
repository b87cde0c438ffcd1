# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""MiniMax-M3's sparse layers as the library `transformers` has them.

An attention function gets the blocks that a query sees, which the library ranks over a matrix of all queries and
keys. With `rank_in_kernel` its indexer hands the index heads through instead, and Fovea ranks.
"""

import sys
import types
from typing import NamedTuple, Optional

import torch
from torch.nn.functional import pad

from .. import attention
from .._library import FoveaError
from ._layout import Layout


class IndexHeads(NamedTuple):
    """What takes the place of block lists: [B, HKV, S, DI] and [B, 1, S, DI]."""

    queries: torch.Tensor
    keys: torch.Tensor


def attend(module: torch.nn.Module, q, k, v, blocks, layout: Layout, scaling: Optional[float]) -> torch.Tensor:
    """[B, S, HQ, D]. q, k, v: [B, S, heads, D]. blocks: IndexHeads, or int [B, HKV, S, N] in any order, -1 where
    there are fewer."""
    indexer = module.indexer
    if isinstance(blocks, IndexHeads):
        rows = [q, k, v, *(heads.transpose(1, 2).contiguous() for heads in blocks)]
        if layout.ends is not None:
            rows = [x.flatten(0, 1) for x in rows]
        out = attention.msa(*rows, layout.ends, block=indexer.block_size, top=indexer.topk_blocks,
                            local=indexer.local_blocks, scale=scaling)
        return out.view(*q.shape[:3], -1)
    if not layout.fills_rows:
        raise FoveaError(f"{type(module).__name__}: expected sequences that begin where their rows do, for the "
                         "library's indexer counts blocks from there; got padding on the left or packed "
                         "sequences, which rank_in_kernel(model) serves")
    # Padding behind a sequence has lists too: it is computed, and nothing real sees it.
    return attention.selected(q, k, v, _sort(blocks, indexer.topk_blocks), block=indexer.block_size, scale=scaling)


def _sort(blocks: torch.Tensor, count: int) -> torch.Tensor:
    """Lists as fovea.selected wants them, of one length for sequences of all lengths, so that one kernel serves."""
    lists = pad(blocks, (0, max(0, count - blocks.shape[-1])), value=-1).transpose(1, 2)
    last = torch.iinfo(torch.int32).max
    lists = lists.masked_fill(lists < 0, last).sort(dim=-1).values
    return lists.masked_fill(lists == last, -1).to(torch.int32).contiguous()


def mask_blocks(module: torch.nn.Module, blocks, attention_mask, query, key, positions) -> torch.Tensor:
    """The library's own mask of listed blocks, which it gives to SDPA. positions: of the queries, or None."""
    if isinstance(blocks, IndexHeads):
        raise FoveaError(f"{type(module).__name__}: expected no mask but of padding and packed sequences beside "
                         "rank_in_kernel, got another")
    if positions is None:
        positions = torch.arange(key.shape[2] - query.shape[2], key.shape[2], device=query.device)[None]
    return module.indexer.build_block_mask(blocks, attention_mask, key.shape[2], query.dtype, query.device,
                                           positions.expand(query.shape[0], -1))


def rank_in_kernel(model: torch.nn.Module, names) -> None:
    """Has the indexers of a model hand their heads through while its attention is one of `names`. Raises FoveaError
    where it has none."""
    indexers = [module for module in model.modules() if type(module).__name__ == "MiniMaxM3VLIndexer"]
    if not indexers:
        raise FoveaError(f"expected a model with MiniMax-M3's sparse layers, got {type(model).__name__} without")
    for indexer in indexers:
        indexer.fovea_names = names
        indexer.forward = types.MethodType(_project, indexer)


def _project(indexer, hidden_states, position_embeddings, cache, position_ids):
    """The indexer's heads where all keys of its sequences are here, else the library's lists."""
    layer = cache.layers[indexer.layer_idx] if cache is not None else None
    # A cache that is allocated ahead has keys that are none yet.
    begins = layer is None or (layer.idx_keys is None and not layer.is_compileable)
    if indexer.config._attn_implementation not in indexer.fovea_names or not begins:
        return type(indexer).forward(indexer, hidden_states, position_embeddings, cache, position_ids)
    queries, keys = (norm(project(hidden_states).unflatten(-1, (-1, indexer.head_dim))).transpose(1, 2)
                     for project, norm in ((indexer.q_proj, indexer.q_norm), (indexer.k_proj, indexer.k_norm)))
    turn = sys.modules[type(indexer).__module__].apply_rotary_pos_emb
    queries, keys = turn(queries, keys, *(x[..., :indexer.head_dim] for x in position_embeddings))
    return IndexHeads(queries, keys if layer is None else layer.update_index(keys))
