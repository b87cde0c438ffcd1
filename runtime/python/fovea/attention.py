# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attentions as functions of arrays: the spec is written from shapes and options, compiled once, and
kept by the kernel cache.

Tokens are packed: q is [T, HQ, DK], k [T, HKV, DK], v [T, HKV, DV], and sequence b is the rows
cu_seqlens[b] .. cu_seqlens[b + 1], int32 [B + 1]; one sequence where that is None. Or all sequences
are of one length: q is [B, S, HQ, DK] and so on, and there is no cu_seqlens. The result is of q's shape
with DV for DK. HKV divides HQ. All are float32, bfloat16 or float16, of one type, contiguous; on a GPU
not float32.

Tensors of PyTorch are differentiated, on the CPU and on a GPU, and torch.compile takes each call as
one operation (fovea.autograd). Arrays of NumPy, and others that speak DLPack, are computed on the CPU.
A mistake is a FoveaError, and so is what has no kernel, in the compiler's words.
"""

import functools
from typing import NamedTuple, Optional, Sequence, Union

from . import kernels, specs
from ._library import FoveaError
from ._tensors import describe

__all__ = ["causal", "compressed", "msa", "nsa", "selected", "window"]


def causal(q, k, v, cu_seqlens=None, *, sinks=None, scale: Optional[float] = None):
    """Every query sees its sequence up to itself. sinks: float32 [HQ], a logit that takes weight and
    gives none. scale: DK^-1/2 where None. Shapes, types and errors: see the module."""
    return _attend("causal", [specs.branch("all", "#attn.causal", sinks=sinks is not None)],
                   _Operands(q, k, v, cu_seqlens, weights={"all_sinks": sinks}), scale=scale)


def window(q, k, v, cu_seqlens=None, *, size: int, sinks=None, scale: Optional[float] = None):
    """Every query sees the last `size` tokens, its own included. sinks, scale: as for causal."""
    [size] = specs.integers(size=size)
    return _attend("window", [specs.branch("near", f"#attn.window<{size}>", sinks=sinks is not None)],
                   _Operands(q, k, v, cu_seqlens, weights={"near_sinks": sinks}), scale=scale)


def compressed(q, k, v, cu_seqlens=None, *, block: int = 32, stride: int = 16, phi: str = "mean",
               parameters: Optional[dict] = None, scale: Optional[float] = None):
    """Every query sees one key per window of `block` tokens, every `stride` of them, once it has
    ended. phi, parameters: as for nsa."""
    parameters = parameters or {}
    return _attend("compressed", [specs.compressed_branch(block, stride, phi, parameters)],
                   _Operands(q, k, v, cu_seqlens, weights=_prefix(parameters)), scale=scale)


def selected(q, k, v, indices, cu_seqlens=None, *, block: int = 64, scale: Optional[float] = None):
    """Every query sees the blocks of `block` tokens that are listed for it, up to itself.

    indices: int32 [T, HKV, N] or [B, S, HKV, N], numbers of blocks of the query's own sequence, ascending,
    the unused ones -1 and last. They get no gradient.
    """
    operands = _Operands(q, k, v, cu_seqlens, {"indices": indices})
    shape = _shape_of(operands)
    listed = specs.shape_of("indices", indices, "tokens", "heads", "blocks")[-1]
    [block] = specs.integers(block=block)

    def write(has_backward: bool) -> str:
        return specs.write_selected(shape, block, int(listed), scale, has_backward)
    return _call("selected", write, operands)


def nsa(q, k: Union[object, Sequence], v: Union[object, Sequence], gates, cu_seqlens=None, *,
        block: int = 32, stride: int = 16, selected_block: int = 64, top: int = 16, initial: int = 1,
        local: int = 2, window: int = 512, phi: str = "mean", parameters: Optional[dict] = None,
        gate_logits: bool = True, scale: Optional[float] = None):
    """Native Sparse Attention (docs/nsa.md): compressed, selected and window branch, added up by gates.

    k, v: one for all branches, or a list of three, in that order, which then are the branches' own.
    gates: [T, HQ, 3] or [B, S, HQ, 3]; logits, of which sigmoids are the weights, or the weights themselves.
    block, stride: of the compression. selected_block, top, initial, local: a query sees `top` blocks, of
        which the first `initial` and the last `local` always.
    window: how many tokens the window branch sees.
    phi: what a window becomes: "mean", "weighted", "gated", "linear", "mlp relu", "mlp gelu" or "mlp silu".
    parameters: phi's weights and positions by name (docs/spec-language.md): "k_w", "v_w", ... "k_pos".
    """
    own = isinstance(k, (list, tuple))
    parameters = parameters or {}
    selected_block, top, initial, local, window = specs.integers(
        selected_block=selected_block, top=top, initial=initial, local=local, window=window)
    lines = [specs.compressed_branch(block, stride, phi, parameters, own),
             specs.selected_branch(selected_block, top, initial, local, "compressed", own),
             specs.branch("window", f"#attn.window<{window}>", own_kv=own)]
    operands = _Operands(q, k, v, cu_seqlens, {"gates": gates}, _prefix(parameters),
                         ("compressed", "selected", "window"))
    return _attend("nsa", lines, operands, " gates logits" if gate_logits else " gates values", scale)


def msa(q, k, v, index_q, index_k, cu_seqlens=None, *, block: int = 128, top: int = 16, initial: int = 0,
        local: int = 1, scale: Optional[float] = None):
    """MiniMax-M3's attention (docs/rankers.md): a query sees the `top` blocks whose best key its index
    queries rank highest, the first `initial` and the last `local` always among them.

    index_q: [T, HI, DI], HKV divides HI. index_k: [T, HIK, DI], HIK divides HKV. They get no gradient.
    """
    heads, dim = specs.shape_of("index_q", index_q, "tokens", "heads", "dim")[-2:]
    key_heads = specs.shape_of("index_k", index_k, "tokens", "heads", "dim")[-2]
    block, top, initial, local = specs.integers(block=block, top=top, initial=initial, local=local)
    lines = [f"attn.ranker @index heads {heads} over {key_heads} dim {dim} by #attn.max_index",
             specs.selected_branch(block, top, initial, local, "index")]
    return _attend("msa", lines, _Operands(q, k, v, cu_seqlens, {"index_q": index_q, "index_k": index_k}),
                   scale=scale)


class _Operands(NamedTuple):
    """The arrays of a call. more: those that have tokens, by name. weights: those that have none; None
    for one that is not given. branches: the names of those that have keys and values of their own, where
    k and v are lists."""

    q: object
    k: object
    v: object
    cu_seqlens: object
    more: dict = {}
    weights: dict = {}
    branches: Sequence[str] = ()


def _prefix(parameters: dict) -> dict:
    return {f"compressed_{name}": value for name, value in parameters.items()}


def _shape_of(operands: _Operands) -> specs.Shape:
    """What a spec says of its arrays."""
    q, k, v = operands.q, operands.k, operands.v
    if operands.branches:
        k = k[0] if isinstance(k, (list, tuple)) and k else k
        v = v[0] if isinstance(v, (list, tuple)) and v else v
    (heads, key_dim), (kv_heads, _), (_, value_dim) = (
        specs.shape_of(name, array, "tokens", "heads", "dim")[-2:] for name, array in (("q", q), ("k", k), ("v", v)))
    return specs.Shape(heads, kv_heads, key_dim, value_dim, specs.type_name("q", q))


def _attend(name: str, lines: Sequence[str], operands: _Operands, head: str = "",
            scale: Optional[float] = None):
    shape = _shape_of(operands)

    def write(has_backward: bool) -> str:
        return specs.write(name, shape, lines, head, scale, has_backward)
    return _call(name, write, operands)


def _call(name: str, write, operands: _Operands):
    """The result of @name_forward of the spec that `write(whether it has a backward function)` gives."""
    q = operands.q
    named = _name_tokens(operands)
    batch = None
    if len(q.shape) == 4:
        if operands.cu_seqlens is not None:
            raise FoveaError("cu_seqlens: expected none beside q of [batch, tokens, heads, dim], got "
                             f"{describe(operands.cu_seqlens)}")
        batch = (q.shape[0], q.shape[1])
        named = {key: _pack(key, array, batch) for key, array in named.items()}
    named.update({key: array for key, array in operands.weights.items() if array is not None})
    ends = operands.cu_seqlens
    if hasattr(q, "requires_grad"):
        from . import _attend_torch
        out = _attend_torch.call(name, write, named, ends, batch)
    else:
        out = _load(name, write(False))(cu_seqlens=_number_ends(q, ends, batch), **named)
    return out if batch is None else out.reshape(*batch, *out.shape[1:])


def _name_tokens(operands: _Operands) -> dict:
    """The arrays that have tokens, by the names of the entry's arguments."""
    named = {"q": operands.q}
    for letter, given in (("k", operands.k), ("v", operands.v)):
        if not isinstance(given, (list, tuple)):
            named[letter] = given
            continue
        if len(given) != len(operands.branches):
            raise FoveaError(f"{letter}: expected an array, or one for each of "
                             f"{', '.join(operands.branches)}; got {len(given)}")
        named.update({f"{branch}_{letter}": array for branch, array in zip(operands.branches, given)})
    return {**named, **operands.more}


def _pack(name: str, array, batch):
    """[B * S, ...] of [B, S, ...], without a copy."""
    if len(array.shape) != 4 or tuple(array.shape[:2]) != tuple(batch):
        raise FoveaError(f"{name}: expected [{batch[0]}, {batch[1]}, ...] of rank 4, as q has, got the shape "
                         f"{tuple(array.shape)}")
    is_dense = array.is_contiguous() if hasattr(array, "is_contiguous") else \
        getattr(getattr(array, "flags", None), "c_contiguous", True)
    if not is_dense:
        raise FoveaError(f"{name}: expected a contiguous array, got one with gaps, or transposed: call "
                         "contiguous(), or numpy.ascontiguousarray")
    return array.reshape(batch[0] * batch[1], *array.shape[2:])


def _number_ends(q, ends, batch):
    """cu_seqlens for the CPU."""
    if ends is not None:
        return ends
    import numpy
    count, size = batch or (1, q.shape[0])
    return numpy.arange(count + 1, dtype=numpy.int32) * numpy.int32(size)


@functools.lru_cache(maxsize=256)
def _load(name: str, spec: str):
    return kernels.compile(spec).entry(f"{name}_forward")
