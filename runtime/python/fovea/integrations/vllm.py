# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""MiniMax-M3's sparse attention over vLLM's paged cache, by the names and arguments of vLLM's own functions.

    import fovea.integrations.vllm

    fovea.integrations.vllm.register()      # in a plugin of vLLM: its sparse layers call these functions from then on

See docs/vllm.md. Written for vLLM 0.33, of which calling the functions needs nothing.
"""

import functools
import importlib
import numbers

import torch

from .. import kernels, specs
from .._attend_torch import find_target
from .._library import FoveaError
from .._tensors import describe

__all__ = ["minimax_m3_sparse_attn", "minimax_m3_sparse_attn_decode", "register"]

_CALLER = "vllm.models.minimax_m3.common.sparse_attention"  # the module that calls the functions, by names of its own
_PAGES = (16, 32, 64, 128, 256)
_MOST = 2 ** 31 - 1
_ALIGNMENT = 16  # bytes: what a GPU's kernels want of each array's address


def minimax_m3_sparse_attn(q, kv_cache, topk_idx, block_table, cu_seqlens_q, seq_lens, prefix_lens, max_query_len: int,
                           num_kv_heads: int, sm_scale: float, output, k_scale=None, v_scale=None) -> None:
    """Attention of chunks of prompts, written into output: a query sees the tokens of its listed blocks up to itself.

    q, output: [T, HQ, D] of bfloat16 or float16, on the CPU also of float32.
    kv_cache: [pages, HKV, P, 2 D] of q's type, keys before values. It may be a view of [pages, P, HKV, 2 D].
    topk_idx: int32 [HKV, T, N], numbers of blocks of P tokens of the query's own request, in any order, each once; -1
        is none. A view of [T, HKV, N], as of the buffer that vLLM's indexer writes, is not copied.
    block_table: int32 [B, M], the pages of each request. Past its tokens it may hold anything.
    cu_seqlens_q: int32 [B + 1]. Request b has the rows cu_seqlens_q[b] .. cu_seqlens_q[b + 1] of q.
    seq_lens, prefix_lens: int32 [B], the tokens of each request, and those before its first query. Queries are the
        last tokens, from which prefix_lens follows: it is checked on the CPU, and not read on a GPU.
    max_query_len: not needed. sm_scale: a number, which is part of the kernel.
    k_scale, v_scale: None or 1.0.
    Raises FoveaError; nothing was launched then.
    """
    specs.integers(max_query_len=max_query_len)
    call = _Call(q, kv_cache, topk_idx, block_table, seq_lens, num_kv_heads, sm_scale, output, k_scale, v_scale)
    call.check("cu_seqlens_q", cu_seqlens_q, torch.int32, (call.requests + 1,))
    call.check("prefix_lens", prefix_lens, torch.int32, (call.requests,))
    if q.is_cpu and not torch.equal(wanted := seq_lens - cu_seqlens_q.diff(), prefix_lens):
        raise FoveaError("prefix_lens: expected seq_lens less the queries of each request, "
                         f"{wanted.tolist()}, got {prefix_lens.tolist()}")
    call.launch(call.lists, cu_seqlens_q, seq_lens, few=False)


def minimax_m3_sparse_attn_decode(q, kv_cache, topk_idx, block_table, seq_lens, num_kv_heads: int, sm_scale: float,
                                  output, decode_query_len: int, k_scale=None, v_scale=None) -> None:
    """The same of a step of decoding, in which each request has decode_query_len queries: T = B * decode_query_len.

    A request without tokens, as vLLM fills a graph's batch up with, gets 0. The other arguments, and errors, are those
    of minimax_m3_sparse_attn.
    """
    [queries] = specs.integers(decode_query_len=decode_query_len)
    call = _Call(q, kv_cache, topk_idx, block_table, seq_lens, num_kv_heads, sm_scale, output, k_scale, v_scale)
    if queries * call.requests != q.shape[0]:
        raise FoveaError(f"decode_query_len: expected the {q.shape[0]} rows of q over the {call.requests} requests, "
                         f"got {queries}")
    lists = call.lists
    if q.is_cpu:
        lists, seq_lens = _fill_up(lists, seq_lens, queries)
    call.launch(lists, _number_ends(call.requests, queries, q.device), seq_lens, few=queries <= specs.FEW_QUERIES)


def register() -> None:
    """Has vLLM's sparse layers call Fovea in place of vLLM's Triton kernels, in this process. Raises FoveaError where
    vLLM has none that it calls so."""
    names = "minimax_m3_sparse_attn", "minimax_m3_sparse_attn_decode"
    try:
        module = importlib.import_module(_CALLER)
    except ImportError as error:
        raise FoveaError(f"expected vLLM 0.33, with MiniMax-M3, got: {error}") from error
    for name in names:
        if not hasattr(module, name):
            raise FoveaError(f"expected vLLM 0.33, whose {_CALLER} has {name}, got one without")
    for name in names:
        setattr(module, name, globals()[name])


class _Call:
    """What the functions share: the arrays of a call, checked, and as the kernel takes them."""

    def __init__(self, q, kv_cache, topk_idx, block_table, seq_lens, num_kv_heads, sm_scale, output, k_scale, v_scale):
        [kv_heads] = specs.integers(num_kv_heads=num_kv_heads)
        _check_scales(sm_scale=sm_scale, k_scale=k_scale, v_scale=v_scale)
        self.device = getattr(q, "device", None)
        self.check("q", q, getattr(q, "dtype", None), ("tokens", "heads", "dim"))
        tokens, heads, dim = q.shape
        kind = specs.type_name("q", q)
        self.check("kv_cache", kv_cache, q.dtype, ("pages", kv_heads, "tokens", 2 * dim))
        self.check("topk_idx", topk_idx, torch.int32, (kv_heads, tokens, "blocks"))
        self.check("block_table", block_table, torch.int32, ("requests", "blocks"))
        self.requests = block_table.shape[0]
        self.check("seq_lens", seq_lens, torch.int32, (self.requests,))
        self.check("output", output, q.dtype, q.shape)
        if kv_heads < 1 or heads % kv_heads:
            raise FoveaError(f"num_kv_heads: expected a divisor of the {heads} heads of q, got {kv_heads}")
        for name, array in (("q", q), ("output", output)):
            if not array.is_contiguous():
                raise FoveaError(f"{name}: expected a contiguous tensor, got strides {array.stride()}")
        self.q, self.output = q, output
        self.cache, heads_first = _find_layout(kv_cache)
        self.table, self.room = _flatten_table(block_table, kv_cache.shape[2])
        self.lists = topk_idx.transpose(0, 1).contiguous()
        shape = specs.Shape(heads, kv_heads, dim, dim, kind)
        pages = specs.Pages(kv_cache.shape[2], heads_first)
        self.kernel = shape, pages, topk_idx.shape[2], float(sm_scale)

    def check(self, name: str, array, dtype, shape) -> None:
        """Raises FoveaError where an array is other than said. shape: numbers, and words for sizes that are free."""
        if not isinstance(array, torch.Tensor):
            raise FoveaError(f"{name}: expected a tensor, got {describe(array)}")
        if array.device != self.device:
            raise FoveaError(f"{name}: expected a tensor on {self.device}, where q is, got one on {array.device}")
        if array.dtype != dtype:
            no_fp8 = "; caches of fp8 have no kernel" if name == "kv_cache" and array.element_size() == 1 else ""
            raise FoveaError(f"{name}: expected {dtype}, got {array.dtype}{no_fp8}")
        if array.dim() != len(shape) or any(
                size != wanted for size, wanted in zip(array.shape, shape) if not isinstance(wanted, str)):
            raise FoveaError(f"{name}: expected the shape ({', '.join(map(str, shape))}), got {tuple(array.shape)}")
        if array.dim() == 1 and not array.is_contiguous():
            raise FoveaError(f"{name}: expected a contiguous tensor, got strides {array.stride()}")

    def launch(self, lists, ends, seq_lens, few: bool) -> None:
        """ends: where each request's rows of q end. few: whether these are few."""
        entry = _load(*self.kernel, few, find_target(self.device))
        key_ends = _number_ends(self.requests, self.room, self.device)
        small = [_align(array) for array in (self.table, lists, ends, key_ends, seq_lens)]
        entry(self.q, self.cache, *small, self.output)


def _check_scales(sm_scale, **of_cache) -> None:
    if not isinstance(sm_scale, numbers.Real):  # to read a tensor would be to wait for it
        raise FoveaError(f"sm_scale: expected a number, got {describe(sm_scale)}")
    for name, scale in of_cache.items():
        if scale is not None and (isinstance(scale, torch.Tensor) or scale != 1):
            got = describe(scale) if isinstance(scale, torch.Tensor) else scale
            raise FoveaError(f"{name}: expected None or 1.0, for the cache is of q's type, got {got}")


def _find_layout(kv_cache):
    """The cache as it is in memory, and whether that has heads before the tokens of a page."""
    if kv_cache.shape[2] not in _PAGES:
        raise FoveaError(f"kv_cache: expected pages of {', '.join(map(str, _PAGES))} tokens; got {kv_cache.shape[2]}")
    if kv_cache.is_contiguous():
        return kv_cache, True
    if (tokens_first := kv_cache.transpose(1, 2)).is_contiguous():
        return tokens_first, False
    raise FoveaError("kv_cache: expected [pages, heads, tokens, 2 dim] or [pages, tokens, heads, 2 dim] without gaps "
                     f"in memory, vLLM's layouts LBHNC and LBNHC; got strides {kv_cache.stride()}")


def _flatten_table(table, page: int):
    """The table as one row, and for how many tokens each request has entries in it."""
    requests, blocks = table.shape
    width = blocks if table.is_contiguous() else table.stride(0)
    has = table.untyped_storage().nbytes() // table.element_size() - table.storage_offset()
    if not table.is_contiguous() and (table.stride(1) != 1 or width < blocks or requests * width > has):
        raise FoveaError("block_table: expected a contiguous tensor, or the first columns of one, got strides "
                         f"{table.stride()}")
    if requests * width * page > _MOST:
        raise FoveaError(f"block_table: expected room for {_MOST} tokens at most, got {requests} x {width} pages of "
                         f"{page}")
    return table.as_strided((requests * width,), (1,)), width * page


def _fill_up(lists, seq_lens, queries: int):
    """Requests without tokens as ones that list nothing: the CPU's kernels want as many tokens as queries. Those of a
    GPU do not look."""
    empty = seq_lens == 0
    if not empty.any():
        return lists, seq_lens
    return (lists.masked_fill(empty.repeat_interleave(queries)[:, None, None], -1),
            seq_lens.masked_fill(empty, queries))


def _align(array):
    """The array, or a copy where a GPU's kernel could not take its address, as of a part of a batch's seq_lens."""
    return array.clone() if array.data_ptr() % _ALIGNMENT else array


_ends = {}  # by (size, device), arrays of ends, the longest last. None is ever freed: graphs may read it.


def _number_ends(count: int, size: int, device: torch.device):
    """int32 [count + 1], where each of `count` runs of `size` rows ends."""
    kept = _ends.setdefault((size, device), [])
    if not kept or kept[-1].shape[0] <= count:
        if device.type == "cuda" and torch.cuda.is_current_stream_capturing():
            return torch.arange(count + 1, dtype=torch.int32, device=device) * size  # in each run of the graph
        with torch.inference_mode(False):
            ends = torch.arange(1 << count.bit_length(), dtype=torch.int64) * size  # past int32 none is asked for
            kept.append(ends.to(torch.int32).to(device))
        if device.type == "cuda":
            torch.cuda.current_stream(device).synchronize()  # once, for calls on any stream
    return kept[-1][:count + 1]


@functools.lru_cache(maxsize=256)
def _load(shape: specs.Shape, pages: specs.Pages, listed: int, scale: float, few: bool, target: str):
    spec = specs.write_selected(shape, pages.tokens, listed, scale, specs.Entries(True, False), pages, few)
    return kernels.compile(spec, target=target).entry("selected_extend")
