# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attention to listed blocks, by PyTorch's FlexAttention.

It knows one list of blocks for a tile of queries, and a function of positions for what a tile's queries do not share. A
token's group of query heads has one list, so its heads are queries here: of G = 16, 8 tokens are a tile of 128."""
import torch
from torch.nn.attention.flex_attention import BlockMask, flex_attention

ROWS, BLOCK = 128, 64
# How the forward kernel is launched for tiles of so many rows: of 64 a multiprocessor holds two programs.
LAUNCH = {rows: {"fwd_BLOCK_M": rows, "fwd_BLOCK_N": BLOCK, "fwd_num_warps": warps, "fwd_num_stages": stages}
          for rows, warps, stages in ((64, 4, 2), (128, 8, 3))}
BACKWARD = 128  # keys: PyTorch 2.11's backward kernel takes blocks of no fewer
attend_rows = torch.compile(flex_attention, dynamic=False)


def make_mask(lists, group, rows=ROWS, keys=BLOCK):
    """The BlockMask of lists [T, HKV, N], of tiles of so many rows and keys. T is a multiple of a tile's tokens, and of
    its keys."""
    tokens, tile = len(lists), rows // group
    blocks = tokens // BLOCK
    table = torch.zeros(lists.shape[1], tokens, blocks + 1, dtype=torch.bool, device=lists.device)
    table.scatter_(2, torch.where(lists < 0, blocks, lists).long().transpose(0, 1), True)
    table = table[..., :blocks].contiguous()  # whether a token lists a block
    tiles = table.unflatten(2, (-1, keys // BLOCK)).unflatten(1, (-1, tile))
    some, every = tiles.any(4).any(2), tiles.all(4).all(2)
    # Keys that all of a tile's queries see take no mask.
    own = torch.arange(0, tokens, tile, device=lists.device)[:, None] // keys
    whole = every & (torch.arange(tokens // keys, device=lists.device) < own)

    def in_order(visited):
        order = visited.int().argsort(dim=-1, descending=True, stable=True)
        return visited.sum(-1, dtype=torch.int32)[None], order.int()[None]

    def sees(_, head, row, key):
        token = row // group
        return table[head, token, key // BLOCK] & (key <= token)
    return BlockMask.from_kv_blocks(*in_order(some & ~whole), *in_order(whole), BLOCK_SIZE=(rows, keys), mask_mod=sees)


def to_rows(x, kv_heads):
    """[T, H, D] as [1, HKV, T * H / HKV, D]: the heads of a group one after another."""
    return x.unflatten(1, (kv_heads, -1)).transpose(0, 1).flatten(1, 2).contiguous()[None]


def from_rows(x, group):
    return x[0].unflatten(1, (-1, group)).transpose(0, 1).flatten(1, 2)


def attend(q, k, v, lists):
    """q [T, HQ, D], k and v [T, HKV, D]; lists int32 [T, HKV, N], blocks of 64 keys, ascending, -1 last."""
    heads, group = k.shape[1], q.shape[1] // k.shape[1]
    rows = (to_rows(x, heads) for x in (q, k, v))
    grows = torch.is_grad_enabled() and any(x.requires_grad for x in (q, k, v))
    mask = make_mask(lists, group, keys=BACKWARD if grows else BLOCK)
    return from_rows(attend_rows(*rows, block_mask=mask, kernel_options=LAUNCH[ROWS]), group)
