# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fovea as an attention of the library `transformers`.

    import fovea.integrations.transformers

    fovea.integrations.transformers.register()
    model = AutoModelForCausalLM.from_pretrained(name, attn_implementation="fovea")

See docs/transformers.md. Tested with transformers 5.24.
"""

import inspect
from typing import Optional, Tuple

import torch
import transformers
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, causal_mask_function, sdpa_mask

from .. import attention
from .._library import FoveaError
from . import _minimax
from ._layout import Layout, read_layout

__all__ = ["rank_in_kernel", "register"]

_REFUSED = ("softcap", "position_bias", "head_mask")  # what changes scores in ways that are not served
_names = set()  # of what was registered


def register(name: str = "fovea") -> None:
    """Makes `name` an `attn_implementation`: of causal self attention, with windows, sinks, padding and packed
    sequences, and of MiniMax-M3's sparse layers. What else a model asks for is computed by PyTorch's SDPA,
    or a FoveaError. Raises FoveaError where the library is too old."""
    if "q_offset" not in inspect.signature(sdpa_mask).parameters:
        raise FoveaError(f"expected transformers 5.24 or later, got {transformers.__version__}")
    _names.add(name)
    transformers.AttentionInterface.register(name, attend)
    AttentionMaskInterface.register(name, make_mask)


def rank_in_kernel(model: torch.nn.Module) -> None:
    """Has Fovea rank the blocks of MiniMax-M3's sparse layers too, where the library's indexer needs a matrix of
    all queries and keys, and is wrong where padding is on the left. Raises FoveaError for other models."""
    _minimax.rank_in_kernel(model, _names)


def make_mask(batch_size: int, q_length: int, kv_length: int, q_offset=0, kv_offset: int = 0, *, mask_function,
              attention_mask: Optional[torch.Tensor] = None, config=None, device="cpu", **options):
    """What `attend` gets as attention_mask: a Layout, or SDPA's mask for what is none, such as a
    step of generation."""
    if not isinstance(q_offset, torch.Tensor) and (q_offset, kv_offset, q_length) == (0, 0, kv_length):
        if attention_mask is None and mask_function is causal_mask_function:
            return Layout()
        real = None if attention_mask is None else attention_mask[:, :kv_length].to(device, torch.bool)
        window = getattr(config, "sliding_window", None)
        if (layout := read_layout(mask_function, real, batch_size, q_length, window, device)) is not None:
            return layout
    return sdpa_mask(batch_size, q_length, kv_length, q_offset, kv_offset, mask_function, attention_mask,
                     device=device, **options)


def attend(module: torch.nn.Module, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, attention_mask=None,
           dropout: float = 0.0, scaling: Optional[float] = None, is_causal: Optional[bool] = None,
           block_indices=None, s_aux: Optional[torch.Tensor] = None,
           **options) -> Tuple[torch.Tensor, None]:
    """An attention function of the library.

    query: [B, HQ, S, D]; key, value: [B, HKV, S, D]. attention_mask: what make_mask gave.
    block_indices: of a sparse layer, what its indexer gave (_minimax.attend).
    s_aux: [HQ], sinks. Returns ([B, S, HQ, D], None).
    """
    is_causal = getattr(module, "is_causal", True) if is_causal is None else is_causal
    layout = attention_mask if isinstance(attention_mask, Layout) else Layout()
    if not is_causal or query.shape[2] != key.shape[2] or isinstance(attention_mask, torch.Tensor):
        return _attend_elsewhere(module, query, key, value, attention_mask, dropout=dropout, scaling=scaling,
                                 is_causal=is_causal, block_indices=block_indices, s_aux=s_aux, **options)
    for name in _REFUSED:
        if options.get(name) is not None:
            raise FoveaError(f"{type(module).__name__}: expected no {name}, which Fovea has no kernel for")
    if dropout:
        raise FoveaError(f"{type(module).__name__}: expected no dropout of attention, got {dropout}: set "
                         "attention_dropout=0 in the configuration")
    q, k, v = (rows.transpose(1, 2).contiguous() for rows in (query, key, value))
    if block_indices is not None:
        return _minimax.attend(module, q, k, v, block_indices, layout, scaling), None
    sinks = None if s_aux is None else s_aux.float()
    if layout.ends is not None:
        q, k, v = (rows.flatten(0, 1) for rows in (q, k, v))
    if layout.window is None:
        out = attention.causal(q, k, v, layout.ends, sinks=sinks, scale=scaling)
    else:
        out = attention.window(q, k, v, layout.ends, size=layout.window, sinks=sinks, scale=scaling)
    return out.view(query.shape[0], query.shape[2], *out.shape[-2:]), None


def _attend_elsewhere(module, query, key, value, attention_mask, block_indices, s_aux, scaling, **options):
    """By PyTorch: fewer queries than keys, encoders, and masks of a model's own."""
    if s_aux is not None:
        raise FoveaError(f"{type(module).__name__}: expected no sinks in a step of generation or beside a mask, "
                         "which PyTorch's SDPA has none for")
    if block_indices is not None:
        attention_mask = _minimax.mask_blocks(module, block_indices, attention_mask, query, key,
                                              options.get("position_ids"))
    return sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **options)
