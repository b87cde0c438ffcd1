# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attention to listed blocks, in Triton: one program for each token and KV head, whose query heads are the rows of the
products."""
import torch
import triton
import triton.language as tl

BLOCK = 64
CONFIGS = [triton.Config({}, num_warps=warps, num_stages=stages) for warps in (1, 2, 4) for stages in (1, 2, 3)]


@triton.jit
def attend_token(q, k, v, lists, o, scale, HEADS: tl.constexpr, KV_HEADS: tl.constexpr, DIM: tl.constexpr,
                 LISTED: tl.constexpr, BLOCK: tl.constexpr):
    token, head = tl.program_id(0).to(tl.int64), tl.program_id(1)  # all programs of a head share its keys in L2
    GROUP: tl.constexpr = HEADS // KV_HEADS
    rows, dims, keys = tl.arange(0, GROUP), tl.arange(0, DIM), tl.arange(0, BLOCK)
    own_rows = (token * HEADS + head * GROUP + rows)[:, None] * DIM + dims[None, :]
    query = tl.load(q + own_rows)
    own_list = lists + (token * KV_HEADS + head) * LISTED
    numbers = tl.load(own_list + tl.arange(0, LISTED))
    count = tl.sum(((numbers >= 0) & (numbers <= token // BLOCK)).to(tl.int32), 0)

    top = tl.full([GROUP], float("-inf"), tl.float32)
    total = tl.zeros([GROUP], tl.float32)
    out = tl.zeros([GROUP, DIM], tl.float32)
    for i in range(count):
        key = tl.load(own_list + i).to(tl.int64) * BLOCK + keys
        seen = key <= token
        at = (key * KV_HEADS + head) * DIM
        k_tile = tl.load(k + at[None, :] + dims[:, None], mask=seen[None, :], other=0.0)
        scores = tl.where(seen[None, :], tl.dot(query, k_tile) * scale, float("-inf"))
        new_top = tl.maximum(top, tl.max(scores, 1))
        weights = tl.exp2(scores - new_top[:, None])
        shrink = tl.exp2(top - new_top)
        total = total * shrink + tl.sum(weights, 1)
        v_tile = tl.load(v + at[:, None] + dims[None, :], mask=seen[:, None], other=0.0)
        out = tl.dot(weights.to(v_tile.dtype), v_tile, out * shrink[:, None])
        top = new_top
    total = tl.where(total > 0, total, 1.0)  # a token that lists nothing gets 0
    tl.store(o + own_rows, (out / total[:, None]).to(query.dtype))


tuned = triton.autotune(CONFIGS, key=["HEADS", "KV_HEADS", "DIM", "LISTED"])(attend_token)


def attend(q, k, v, lists, kernel=tuned):
    """q [T, HQ, D], k and v [T, HKV, D]; lists int32 [T, HKV, N], blocks of 64 keys, ascending, -1 last; G = HQ / HKV
    at least 16, and N, G and D powers of two."""
    o = torch.empty_like(q)
    (tokens, heads, dim), kv_heads, listed = q.shape, k.shape[1], lists.shape[2]
    scale = dim ** -0.5 * 1.4426950408889634  # by log2(e), for exponentials are of 2
    kernel[tokens, kv_heads](q, k, v, lists, o, scale, heads, kv_heads, dim, listed, BLOCK)
    return o
