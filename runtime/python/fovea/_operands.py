# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The arrays that a function of fovea.attention is given: their names as a spec has them, and what of
them a spec says."""

from typing import NamedTuple, Optional, Sequence, Tuple

from . import specs
from ._library import FoveaError
from ._tensors import describe


class Sharded:
    """Sequences of which this process has a part: what is given in place of cu_seqlens. attend(name, write, operands)
    is the result of a call, as of fovea.attention."""


class Operands(NamedTuple):
    """more: those that have tokens beside q, k and v, by name. weights: those that have none; None for one
    that is not given. branches: the names of those that have keys and values of their own, where k and v are
    lists. keys: cu_seqlens_k and seqused_k, None for one that is not given."""

    q: object
    k: object
    v: object
    cu_seqlens: object
    more: dict = {}
    weights: dict = {}
    branches: Sequence[str] = ()
    keys: Tuple[object, object] = (None, None)

    def extends(self) -> bool:
        """Whether queries are apart from keys."""
        return any(array is not None for array in self.keys)

    def entry_of(self, name: str) -> str:
        """Of the spec of that name."""
        return f"{name}_extend" if self.extends() else f"{name}_forward"

    def name_sequences(self) -> dict:
        """The arrays that say where sequences are, by the names of the entry's arguments; none where none is given.
        Raises FoveaError where one is given without another."""
        if not self.extends():
            return {} if self.cu_seqlens is None else {"cu_seqlens": self.cu_seqlens}
        key_ends, lengths = self.keys
        if key_ends is None:
            raise FoveaError(f"cu_seqlens_k: expected where rows of keys end beside seqused_k, got {describe(key_ends)}")
        if self.cu_seqlens is None:
            raise FoveaError("cu_seqlens: expected where rows of queries end beside cu_seqlens_k, got None")
        if lengths is None:
            try:
                lengths = key_ends[1:] - key_ends[:-1]
            except (IndexError, TypeError):
                raise FoveaError("cu_seqlens_k: expected an array that can be sliced and subtracted where seqused_k is "
                                 f"None, got {describe(key_ends)}") from None
        return {"cu_seqlens_q": self.cu_seqlens, "cu_seqlens_k": key_ends, "seqused_k": lengths}

    def name_tokens(self) -> dict:
        """The arrays that have tokens, by the names of the entry's arguments."""
        named = {"q": self.q}
        for letter, given in (("k", self.k), ("v", self.v)):
            if not isinstance(given, (list, tuple)):
                named[letter] = given
                continue
            if len(given) != len(self.branches):
                raise FoveaError(f"{letter}: expected an array, or one for each of "
                                 f"{', '.join(self.branches)}; got {len(given)}")
            named.update({f"{branch}_{letter}": array for branch, array in zip(self.branches, given)})
        named.update(self.more)
        return named

    def by_name(self) -> dict:
        """All arrays but cu_seqlens that are given."""
        named = self.name_tokens()
        for key, array in self.weights.items():
            if array is not None:
                named[key] = array
        return named

    def describe(self) -> specs.Shape:
        """What a spec says of q, k and v."""
        k, v = self.k, self.v
        if self.branches:
            k = k[0] if isinstance(k, (list, tuple)) and k else k
            v = v[0] if isinstance(v, (list, tuple)) and v else v
        (heads, key_dim), (kv_heads, _), (_, value_dim) = (
            specs.shape_of(name, array, "tokens", "heads", "dim")[-2:]
            for name, array in (("q", self.q), ("k", k), ("v", v)))
        return specs.Shape(heads, kv_heads, key_dim, value_dim, specs.type_name("q", self.q))

    def check_batch(self) -> Optional[Tuple[int, int]]:
        """(sequences, tokens of each) where arrays have both as dimensions, else None. Raises FoveaError
        where they are not of the same, or have gaps."""
        if len(self.q.shape) != 4:
            return None
        if self.cu_seqlens is not None:
            raise FoveaError("cu_seqlens: expected none beside q of [batch, tokens, heads, dim], got "
                             f"{describe(self.cu_seqlens)}")
        batch = (self.q.shape[0], self.q.shape[1])
        for name, array in self.name_tokens().items():
            _check_joined(name, array, batch)
        return batch


def _check_joined(name: str, array, batch) -> None:
    if len(array.shape) != 4 or tuple(array.shape[:2]) != tuple(batch):
        raise FoveaError(f"{name}: expected [batch, tokens, heads, dim] with {batch[0]} x {batch[1]} tokens, as q has, "
                         f"got the shape {tuple(array.shape)}")
    is_dense = array.is_contiguous() if hasattr(array, "is_contiguous") else \
        getattr(getattr(array, "flags", None), "c_contiguous", True)
    if not is_dense:
        raise FoveaError(f"{name}: expected a contiguous array, got one with gaps, or transposed: call "
                         "contiguous(), or numpy.ascontiguousarray")
