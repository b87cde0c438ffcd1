# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attentions as functions of arrays: the spec is written from shapes and options, compiled once, and
kept by the kernel cache.

Tokens are packed: q is [T, HQ, DK], k [T, HKV, DK], v [T, HKV, DV], and sequence b is the rows
cu_seqlens[b] .. cu_seqlens[b + 1], int32 [B + 1]; one sequence where that is None. Or all sequences
are of one length: q is [B, S, HQ, DK] and so on, and there is no cu_seqlens. The result is of q's shape
with DV for DK. HKV divides HQ. All are float32, bfloat16 or float16, of one type, contiguous; on a GPU
not float32.

Queries may be the last tokens of their sequences alone, behind keys that a cache has: k and v then have rows of
their own, of sequence b cu_seqlens_k[b] .. cu_seqlens_k[b + 1], of which the first seqused_k[b], int32 [B], are its
tokens, all where that is None; and cu_seqlens are the queries', the last of these tokens. What has a row for each
query is of q's rows, index_k of k's. Where a sequence is spread over processes, a fovea.distributed.Zigzag is given
for cu_seqlens.

Tensors of PyTorch are differentiated, on the CPU and on a GPU, and torch.compile takes each call as
one operation (fovea.autograd). Arrays of NumPy, and others that speak DLPack, are computed on the CPU.
A mistake is a FoveaError, and so is what has no kernel, in the compiler's words.
"""

import functools
from typing import Optional, Sequence, Union

from . import kernels, specs
from ._operands import Operands, Sharded

__all__ = ["causal", "compressed", "msa", "nsa", "selected", "window"]


def causal(q, k, v, cu_seqlens=None, *, cu_seqlens_k=None, seqused_k=None, sinks=None, scale: Optional[float] = None):
    """Every query sees its sequence up to itself. sinks: float32 [HQ], a logit that takes weight and
    gives none. scale: DK^-1/2 where None. Shapes, types and errors: help(fovea.attention)."""
    def write(shape, entries):
        line = specs.branch("all", "#attn.causal", sinks=sinks is not None)
        return specs.write("causal", shape, [line], "", scale, entries)
    return _call("causal", (scale,), write,
                 Operands(q, k, v, cu_seqlens, weights={"all_sinks": sinks}, keys=(cu_seqlens_k, seqused_k)))


def window(q, k, v, cu_seqlens=None, *, size: int, cu_seqlens_k=None, seqused_k=None, sinks=None,
           scale: Optional[float] = None):
    """Every query sees the last `size` tokens, its own included. sinks, scale: as for causal."""
    def write(shape, entries):
        [tokens] = specs.integers(size=size)
        line = specs.branch("near", f"#attn.window<{tokens}>", sinks=sinks is not None)
        return specs.write("window", shape, [line], "", scale, entries)
    return _call("window", (size, scale), write,
                 Operands(q, k, v, cu_seqlens, weights={"near_sinks": sinks}, keys=(cu_seqlens_k, seqused_k)))


def compressed(q, k, v, cu_seqlens=None, *, cu_seqlens_k=None, seqused_k=None, block: int = 32, stride: int = 16,
               phi: str = "mean", parameters: Optional[dict] = None, scale: Optional[float] = None):
    """Every query sees one key per window of `block` tokens, every `stride` of them, once it has
    ended. phi, parameters: as for nsa."""
    parameters = specs.named_parameters(parameters)

    def write(shape, entries):
        line = specs.compressed_branch(block, stride, phi, parameters)
        return specs.write("compressed", shape, [line], "", scale, entries)
    return _call("compressed", (block, stride, phi, scale), write,
                 Operands(q, k, v, cu_seqlens, weights=_prefix(parameters), keys=(cu_seqlens_k, seqused_k)))


def selected(q, k, v, indices, cu_seqlens=None, *, cu_seqlens_k=None, seqused_k=None, block: int = 64,
             scale: Optional[float] = None):
    """Every query sees the blocks of `block` tokens that are listed for it, up to itself.

    indices: int32 [T, HKV, N] or [B, S, HKV, N], numbers of blocks of the query's own sequence, ascending,
    the unused ones -1 and last. They get no gradient.
    """
    def write(shape, entries):
        listed = specs.shape_of("indices", indices, "tokens", "heads", "blocks")[-1]
        [tokens] = specs.integers(block=block)
        return specs.write_selected(shape, tokens, int(listed), scale, entries)
    return _call("selected", (block, scale), write,
                 Operands(q, k, v, cu_seqlens, {"indices": indices}, keys=(cu_seqlens_k, seqused_k)))


def nsa(q, k: Union[object, Sequence], v: Union[object, Sequence], gates, cu_seqlens=None, *,
        cu_seqlens_k=None, seqused_k=None, block: int = 32, stride: int = 16, selected_block: int = 64,
        top: int = 16, initial: int = 1, local: int = 2, window: int = 512, phi: str = "mean",
        parameters: Optional[dict] = None, gate_logits: bool = True, scale: Optional[float] = None):
    """Native Sparse Attention (docs/nsa.md): compressed, selected and window branch, added up by gates.

    q: [T, HQ, DK] or [B, S, HQ, DK]; what else is said of arrays of all functions: help(fovea.attention).
    k, v: one for all branches, or a list of three, in that order, which then are the branches' own.
    gates: [T, HQ, 3] or [B, S, HQ, 3]; with gate_logits logits, of which sigmoids are the weights, else the
        weights themselves.
    block, stride: of the compression. selected_block, top, initial, local: a query sees `top` blocks, of
        which the first `initial` and the last `local` always.
    window: how many tokens the window branch sees.
    phi: what a window becomes: "mean", "weighted", "gated", "linear", "mlp relu", "mlp gelu" or "mlp silu".
    parameters: phi's weights and positions by name (docs/spec-language.md): "k_w", "v_w", ... "k_pos".
    """
    parameters = specs.named_parameters(parameters)

    def write(shape, entries):
        own = isinstance(k, (list, tuple))
        sizes = specs.integers(selected_block=selected_block, top=top, initial=initial, local=local, window=window)
        lines = [specs.compressed_branch(block, stride, phi, parameters, own),
                 specs.selected_branch(*sizes[:4], "compressed", own),
                 specs.branch("window", f"#attn.window<{sizes[4]}>", own_kv=own)]
        head = " gates logits" if gate_logits else " gates values"
        return specs.write("nsa", shape, lines, head, scale, entries)
    options = (block, stride, selected_block, top, initial, local, window, phi, gate_logits, scale)
    branches = ("compressed", "selected", "window")
    return _call("nsa", options, write,
                 Operands(q, k, v, cu_seqlens, {"gates": gates}, _prefix(parameters), branches, keys=(cu_seqlens_k, seqused_k)))


def msa(q, k, v, index_q, index_k, cu_seqlens=None, *, cu_seqlens_k=None, seqused_k=None, block: int = 128,
        top: int = 16, initial: int = 0, local: int = 1, scale: Optional[float] = None):
    """MiniMax-M3's attention (docs/rankers.md): a query sees the `top` blocks whose best key its index
    queries rank highest, the first `initial` and the last `local` always among them.

    index_q: [T, HI, DI], HKV divides HI. index_k: [T, HIK, DI], HIK divides HKV. They get no gradient.
    """
    def write(shape, entries):
        heads, dim = specs.shape_of("index_q", index_q, "tokens", "heads", "dim")[-2:]
        key_heads = specs.shape_of("index_k", index_k, "tokens", "heads", "dim")[-2]
        sizes = specs.integers(block=block, top=top, initial=initial, local=local)
        lines = [f"attn.ranker @index heads {heads} over {key_heads} dim {dim} by #attn.max_index",
                 specs.selected_branch(*sizes, "index")]
        return specs.write("msa", shape, lines, "", scale, entries)
    return _call("msa", (block, top, initial, local, scale), write,
                 Operands(q, k, v, cu_seqlens, {"index_q": index_q, "index_k": index_k}, keys=(cu_seqlens_k, seqused_k)))


def _prefix(parameters: dict) -> dict:
    return {f"compressed_{name}": value for name, value in parameters.items()}


def _call(name: str, options: tuple, write, operands: Operands):
    """The result of @name_forward, or @name_extend, of the spec that `write(Shape, specs.Entries)` gives.

    options: all that the spec depends on beside the arrays' names, shapes and types.
    """
    if isinstance(operands.cu_seqlens, Sharded):
        return operands.cu_seqlens.attend(name, write, operands)
    if hasattr(operands.q, "requires_grad"):
        return _with_torch()(name, options, write, operands)
    spec = write(operands.describe(), specs.Entries(operands.extends(), False))
    named, sequences, batch = operands.by_name(), operands.name_sequences(), operands.check_batch()
    if batch is not None:
        for key, array in operands.name_tokens().items():
            named[key] = array.reshape(batch[0] * batch[1], *array.shape[2:])
    out = _load(operands.entry_of(name), spec)(**(sequences or _number_ends(operands.q, batch)), **named)
    return out if batch is None else out.reshape(*batch, *out.shape[1:])


_call_torch = None  # _attend_torch.call, once there was a tensor


def _with_torch():
    """What calls with tensors of PyTorch, which is loaded only then; an import costs microseconds each time."""
    global _call_torch
    if _call_torch is None:
        from . import _attend_torch
        _call_torch = _attend_torch.call
    return _call_torch


def _number_ends(q, batch) -> dict:
    """cu_seqlens for the CPU."""
    import numpy
    count, size = batch or (1, q.shape[0])
    return {"cu_seqlens": numpy.arange(count + 1, dtype=numpy.int32) * numpy.int32(size)}


@functools.lru_cache(maxsize=256)
def _load(entry: str, spec: str):
    return kernels.compile(spec).entry(entry)
