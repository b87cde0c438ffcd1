# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Batches as vLLM hands them to MiniMax-M3's sparse attention, and what that is to compute, in plain PyTorch of
double."""

import fovea.integrations.vllm as integration
import torch

SIZES = 4, 2, 16, 16, 3  # heads of queries and of keys, dim, tokens of a page, blocks that are listed
SCALE = 0.3
GARBAGE = (-1, 2 ** 31 - 1, -2 ** 31, 10 ** 6)  # what a table may hold where a request has no tokens


def ints(numbers):
    return torch.tensor(numbers, dtype=torch.int32)


def attend(q, kv_cache, topk_idx, block_table, cu_seqlens_q, seq_lens, prefix_lens, scale):
    """[T, HQ, D], from what the arguments of minimax_m3_sparse_attn mean: row by row and head by head."""
    out = torch.zeros(q.shape, dtype=torch.float64, device=q.device)
    kv_heads, page, dim = kv_cache.shape[1], kv_cache.shape[2], q.shape[2]
    group = q.shape[1] // kv_heads
    ends, inside = cu_seqlens_q.tolist(), torch.arange(page, device=q.device)
    for request, (length, first) in enumerate(zip(seq_lens.tolist(), prefix_lens.tolist())):
        for row in range(ends[request], ends[request + 1]):
            position = first + row - ends[request]
            for head in range(kv_heads):
                blocks = topk_idx[head, row].long()
                seen = (blocks[blocks >= 0, None] * page + inside).flatten()
                seen = seen[(seen <= position) & (seen < length)]
                pages = block_table[request, seen // page].long()
                k, v = kv_cache[pages, head, seen % page].double().split(dim, dim=-1)
                heads = slice(head * group, (head + 1) * group)
                out[row, heads] = (q[row, heads].double() @ k.T * scale).softmax(-1) @ v
    return out


class Batch:
    """Requests over a cache, of which what no request has written is NaN.

    lengths: tokens of each; queries: how many of them, the last ones. shared: requests whose first page is that of
    request 0. layout: how the cache is in memory, "LBHNC" or "LBNHC". sizes: as SIZES.
    """

    def __init__(self, lengths, queries, dtype=torch.float32, shared=(), layout="LBHNC", sizes=SIZES):
        heads, kv_heads, dim, page, listed = sizes
        self.queries, self.seq_lens = queries, ints(lengths)
        self.cu_seqlens_q = ints([sum(queries[:i]) for i in range(len(queries) + 1)])
        self.prefix_lens = ints([max(length - count, 0) for length, count in zip(lengths, queries)])
        self.q = torch.randn(sum(queries), heads, dim).to(dtype)
        self.output = torch.full_like(self.q, torch.nan)
        self._fill_cache(lengths, shared, (kv_heads, page, 2 * dim), dtype)
        if layout == "LBNHC":
            self.kv_cache = self.kv_cache.transpose(1, 2).contiguous().transpose(1, 2)
        self._list_blocks(kv_heads, page, listed)

    def _fill_cache(self, lengths, shared, sizes, dtype):
        page = sizes[1]
        counts = [-(-length // page) for length in lengths]
        pages = sum(counts) + 3
        self.block_table = ints(GARBAGE)[torch.randint(len(GARBAGE), (len(lengths), max(counts) + 2))]
        self.kv_cache = torch.full((pages, *sizes), torch.nan, dtype=dtype)
        free = iter(torch.randperm(pages).tolist())
        for request, (length, count) in enumerate(zip(lengths, counts)):
            for i in range(count):
                self.block_table[request, i] = next(free) if i or request not in shared else self.block_table[0, 0]
                slots = self.kv_cache[self.block_table[request, i], :, :min(page, length - i * page)]
                slots.copy_(torch.where(slots.isnan(), torch.randn(slots.shape).to(dtype), slots))

    def _list_blocks(self, kv_heads, page, listed):
        """Drawn ones of those up to each query, in any order, in memory as vLLM's indexer writes them."""
        lists = torch.full((len(self.q), kv_heads, listed), -1, dtype=torch.int32)
        for first, begin, length, count in zip(self.prefix_lens, self.cu_seqlens_q, self.seq_lens, self.queries):
            for i in range(count if length else 0):
                blocks = int(first + i) // page + 1
                for head in range(kv_heads):
                    chosen = torch.randperm(blocks)[:listed]
                    lists[begin + i, head, :len(chosen)] = chosen
        self.topk_idx = lists.transpose(0, 1)

    def to(self, device):
        """The same with arrays on a device."""
        for name, array in vars(self).items():
            if isinstance(array, torch.Tensor):
                setattr(self, name, array.to(device))
        return self

    def prefill(self, **other):
        """A call; other: arguments in the place of its own. Returns output."""
        given = dict(q=self.q, kv_cache=self.kv_cache, topk_idx=self.topk_idx, block_table=self.block_table,
                     cu_seqlens_q=self.cu_seqlens_q, seq_lens=self.seq_lens, prefix_lens=self.prefix_lens,
                     max_query_len=max(self.queries), num_kv_heads=self.kv_cache.shape[1], sm_scale=SCALE,
                     output=self.output, k_scale=None, v_scale=None)
        given.update(other)
        integration.minimax_m3_sparse_attn(*given.values())
        return given["output"]

    def decode(self, **other):
        given = dict(q=self.q, kv_cache=self.kv_cache, topk_idx=self.topk_idx, block_table=self.block_table,
                     seq_lens=self.seq_lens, num_kv_heads=self.kv_cache.shape[1], sm_scale=SCALE, output=self.output,
                     decode_query_len=self.queries[0], k_scale=None, v_scale=None)
        given.update(other)
        integration.minimax_m3_sparse_attn_decode(*given.values())
        return given["output"]

    def expected(self):
        return attend(self.q, self.kv_cache, self.topk_idx, self.block_table, self.cu_seqlens_q, self.seq_lens,
                      self.prefix_lens, SCALE)
