# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Modules of PyTorch: Native Sparse Attention as in its paper, and dense attention of the same interface.

    attention = fovea.nn.NativeSparseAttention(1024, heads=16, kv_heads=1, key_dim=64)
    y = attention(x, rotate)             # x and y: [B, S, 1024]

Weights, inputs and results are of one type, float32, bfloat16 or float16; under autocast the kernels'
is what projections give. Results and gradients have the same bits in every run.
"""

import functools
from typing import Callable, Dict, Optional, Tuple

import torch
from torch import nn

from . import attention, specs
from ._library import FoveaError
from ._operands import Sharded
from ._tensors import describe

__all__ = ["DenseAttention", "NativeSparseAttention"]

Rotate = Callable[[torch.Tensor], torch.Tensor]
_BRANCHES = 3  # compressed, selected, window


class _ProjectedAttention(nn.Module):
    """The projections around an attention; `_attend` of a subclass is that."""

    def __init__(self, width: int, heads: int, kv_heads: int, key_dim: int, value_dim: Optional[int] = None, *,
                 pairs: int = 1, bias: bool = False, scale: Optional[float] = None, device=None, dtype=None):
        super().__init__()
        if kv_heads < 1 or heads % kv_heads:
            raise FoveaError(f"heads: expected a multiple of kv_heads, {kv_heads}; got {heads}")
        value_dim = key_dim if value_dim is None else value_dim
        self.heads, self.kv_heads, self.scale = heads, kv_heads, scale
        linear = functools.partial(nn.Linear, bias=bias, device=device, dtype=dtype)
        self.q = linear(width, heads * key_dim)
        self.k = nn.ModuleList(linear(width, kv_heads * key_dim) for _ in range(pairs))
        self.v = nn.ModuleList(linear(width, kv_heads * value_dim) for _ in range(pairs))
        self.o = linear(heads * value_dim, width)

    def forward(self, x: torch.Tensor, rotate: Optional[Rotate] = None,
                cu_seqlens: Optional[torch.Tensor] = None) -> torch.Tensor:
        """x, and what is returned: [B, S, width], or packed tokens [T, width], one sequence or those of
        cu_seqlens, int32 [B + 1]; of sparse attention also this process's tokens, by a fovea.distributed.Zigzag.

        rotate: what gives queries and keys their positions, called with [B, S, heads, key_dim] or
            [T, heads, key_dim], once with queries and once with each set of keys. In the compressed branch
            windows are of rotated keys.
        """
        rotate = rotate or (lambda rows: rows)
        q = rotate(self.q(x).unflatten(-1, (self.heads, -1))).contiguous()
        k = [rotate(keys(x).unflatten(-1, (self.kv_heads, -1))).contiguous() for keys in self.k]
        v = [values(x).unflatten(-1, (self.kv_heads, -1)) for values in self.v]
        return self.o(self._attend(x, q, k, v, cu_seqlens).flatten(-2))

    def _attend(self, x, q, k, v, cu_seqlens) -> torch.Tensor:
        """Of queries, and of a list of keys and one of values, each with a dimension of heads."""
        raise NotImplementedError


class NativeSparseAttention(_ProjectedAttention):
    """Compressed, selected and window branch, added up by gates that x gives (docs/nsa.md).

    width: of x. heads, kv_heads: of queries, and of keys and values. key_dim, value_dim: of a head; value_dim
        is key_dim where None.
    block, stride, selected_block, top, initial, local, window: as of fovea.nsa.
    phi: what makes a window of `block` tokens one, as of fovea.nsa; its weights are the module's, for keys
        and for values, and begin as a mean but for an mlp's.
    positions: add a learned row to each of a window's tokens first.
    hidden: of an mlp; key_dim where None.
    own_kv: each branch has keys and values of its own, as in the paper; else they share one pair.
    bias: of the projections but that of gates, which has one.
    Raises FoveaError, here or when called, for what fovea.nsa refuses.
    """

    def __init__(self, width: int, heads: int, kv_heads: int, key_dim: int, value_dim: Optional[int] = None, *,
                 block: int = 32, stride: int = 16, selected_block: int = 64, top: int = 16, initial: int = 1,
                 local: int = 2, window: int = 512, phi: str = "mlp gelu", positions: bool = True,
                 hidden: Optional[int] = None, own_kv: bool = True, bias: bool = False,
                 scale: Optional[float] = None, device=None, dtype=None):
        super().__init__(width, heads, kv_heads, key_dim, value_dim, pairs=_BRANCHES if own_kv else 1,
                         bias=bias, scale=scale, device=device, dtype=dtype)
        self.sizes = dict(block=block, stride=stride, selected_block=selected_block, top=top, initial=initial,
                          local=local, window=window, phi=phi)
        self.gates = nn.Linear(width, heads * _BRANCHES, device=device, dtype=dtype)
        self.phi = nn.ParameterDict()
        for of, dim in (("k", key_dim), ("v", key_dim if value_dim is None else value_dim)):
            shapes = _phi_shapes(phi, positions, kv_heads, block, dim, hidden or key_dim)
            self.phi.update({f"{of}_{name}": nn.Parameter(torch.empty(shape, device=device, dtype=dtype))
                             for name, shape in shapes.items()})
        specs.compressed_branch(block, stride, phi, self.phi)  # refuses a phi that there is not
        self.reset_phi()

    @torch.no_grad()
    def reset_phi(self) -> None:
        """Draws phi's weights and positions anew."""
        for name, weight in self.phi.items():
            _begin(name[2:], weight, self.sizes["block"])

    def _attend(self, x, q, k, v, cu_seqlens):
        gates = self.gates(x).unflatten(-1, (self.heads, _BRANCHES))
        phi = {name: weight.to(q.dtype) for name, weight in self.phi.items()}
        shared = len(k) == 1
        return attention.nsa(q, k[0] if shared else k, v[0] if shared else v, gates, cu_seqlens,
                             parameters=phi, scale=self.scale, **self.sizes)


class DenseAttention(_ProjectedAttention):
    """Dense causal attention by PyTorch, in the place of a NativeSparseAttention to compare with: it takes
    that module's state dict by load_state_dict(..., strict=False) where branches share keys and values."""

    def __init__(self, width: int, heads: int, kv_heads: int, key_dim: int, value_dim: Optional[int] = None, *,
                 bias: bool = False, scale: Optional[float] = None, device=None, dtype=None):
        super().__init__(width, heads, kv_heads, key_dim, value_dim, bias=bias, scale=scale, device=device,
                         dtype=dtype)

    def _attend(self, x, q, k, v, cu_seqlens):
        [k], [v] = k, v
        if isinstance(cu_seqlens, Sharded):
            raise FoveaError("cu_seqlens: expected numbers, for dense attention is of one process, got "
                             f"{describe(cu_seqlens)}")
        if x.dim() == 3:
            return self._attend_dense(q, k, v)
        ends = [0, len(x)] if cu_seqlens is None else cu_seqlens.tolist()
        return torch.cat([self._attend_dense(*(rows[None, begin:end] for rows in (q, k, v)))[0]
                          for begin, end in zip(ends, ends[1:])])

    def _attend_dense(self, q, k, v):
        """Of [B, S, heads, dim]."""
        q, k, v = (rows.transpose(1, 2) for rows in (q, k, v))
        return nn.functional.scaled_dot_product_attention(
            q, k, v, is_causal=True, scale=self.scale, enable_gqa=True).transpose(1, 2)


def _phi_shapes(phi: str, positions: bool, heads: int, block: int, dim: int,
                hidden: int) -> Dict[str, Tuple[int, ...]]:
    """Of phi's weights for keys or for values (docs/spec-language.md)."""
    shapes = {"weighted": {"w": (heads, block)}, "gated": {"u": (heads, dim), "c": (heads, block)},
              "linear": {"A": (heads, block, dim, dim)},
              "mlp": {"B1": (heads, block * dim, hidden), "b1": (heads, hidden),
                      "B2": (heads, hidden, dim), "b2": (heads, dim)}}.get(phi.partition(" ")[0], {})
    return {**shapes, "pos": (heads, block, dim)} if positions else shapes


def _begin(name: str, weight: torch.Tensor, block: int) -> None:
    """Sets a weight of phi to what training begins with."""
    if name == "w":
        weight.fill_(1 / block)
    elif name == "A":
        weight.copy_(torch.eye(weight.shape[-1]) / block)
    elif name in ("B1", "B2"):
        bound = weight.shape[-2] ** -0.5
        weight.uniform_(-bound, bound)
    elif name == "pos":
        weight.normal_(std=0.02)
    else:
        weight.zero_()
