# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What Fovea is timed beside: attention of PyTorch and, where one can be imported, another NSA.
Tensors are packed, [n, H, D], of one sequence, or behind heads_first of several of one length;
each function gives a callable without arguments."""
import importlib

import torch

FLEX_BLOCK = 128


def heads_first(x, sequences=1):
    """[B n, H, D] -> [B, H, n, D], contiguous, as these libraries like it best."""
    return x.unflatten(0, (sequences, -1)).transpose(1, 2).contiguous()


def sdpa(backend, q, k, v, causal=True):
    """torch's scaled_dot_product_attention by one backend only."""
    from torch.nn.attention import SDPBackend, sdpa_kernel
    chosen = {"flash": SDPBackend.FLASH_ATTENTION, "cudnn": SDPBackend.CUDNN_ATTENTION}[backend]
    attend = torch.nn.functional.scaled_dot_product_attention

    def run():
        with sdpa_kernel(chosen):
            return attend(q, k, v, is_causal=causal, enable_gqa=True)
    return run


def block_mask(n, window, device):
    """FlexAttention's mask of the last `window` tokens, or of all with none, in closed form:
    evaluating the mask at 64k tokens would take gigabytes. Query block r (of 128 tokens) sees
    key block c in part where c is its own or the window's edge lies in it, and whole
    between."""
    from torch.nn.attention.flex_attention import BlockMask
    if n % FLEX_BLOCK:
        raise ValueError(f"expected tokens to be a multiple of {FLEX_BLOCK}, got {n}")
    count = n // FLEX_BLOCK
    r = torch.arange(count, device=device)[:, None]
    c = torch.arange(count, device=device)[None]
    first_query, last_query = r * FLEX_BLOCK, r * FLEX_BLOCK + FLEX_BLOCK - 1
    last_key = c * FLEX_BLOCK + FLEX_BLOCK - 1
    reach = n if window is None else window
    seen = (c <= r) & (last_key > first_query - reach)
    whole = (c < r) & (c * FLEX_BLOCK > last_query - reach)

    def listed(blocks):
        order = (~blocks).int().argsort(dim=1, stable=True).int()
        return blocks.sum(1, dtype=torch.int32)[None, None], order[None, None]

    def mask(b, h, t, u):
        return (u <= t) & (u > t - reach)

    return BlockMask.from_kv_blocks(*listed(seen & ~whole), *listed(whole),
                                    BLOCK_SIZE=FLEX_BLOCK, mask_mod=mask)


def flex(q, k, v, window=None, cap=None):
    """torch's FlexAttention, compiled; with `cap`, a score_mod that caps scores softly by it."""
    from torch.nn.attention.flex_attention import flex_attention
    torch._dynamo.config.cache_size_limit = 64  # a compile for each length and mask
    attend = torch.compile(flex_attention, dynamic=False)
    mask = block_mask(q.shape[2], window, q.device)
    def capped(score, b, h, t, u):
        return cap * torch.tanh(score / cap)

    return lambda: attend(q, k, v, block_mask=mask, enable_gqa=True,
                          score_mod=None if cap is None else capped)


def nsa_peer(q, k, v, gates, nsa):
    """Another NSA, its whole forward, as (name, callable); (None, why not) if there is none."""
    try:
        fla = importlib.import_module("fla.ops.nsa.parallel")
    except ImportError as error:
        try:
            importlib.import_module("native_sparse_attention")
        except ImportError:
            return None, f"no NSA peer can be imported: {error}"
        return None, "native_sparse_attention is there, but has no call that is known here"
    arguments = [x[None] for x in (q, k, v)]
    weights = [torch.sigmoid(gates[None, :, :, c].float()).to(q.dtype).contiguous()
               for c in range(3)]
    return "fla parallel_nsa (mean over blocks of 64)", lambda: fla.parallel_nsa(
        *arguments, g_cmp=weights[0], g_slc=weights[1], g_swa=weights[2],
        block_counts=nsa.count, block_size=nsa.select, window_size=nsa.window)
