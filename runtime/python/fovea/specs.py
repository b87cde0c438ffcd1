# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Texts of specs (docs/spec-language.md), from sizes and options."""

import math
import operator
from typing import List, NamedTuple, Optional, Sequence, Tuple

from ._library import FoveaError
from ._tensors import describe

_TYPES = {"float32": "f32", "bfloat16": "bf16", "float16": "f16"}
_PHI_ARGUMENTS = {"mean": (), "weighted": ("w",), "gated": ("u", "c"), "linear": ("A",),
                  "mlp": ("B1", "b1", "B2", "b2")}


class Shape(NamedTuple):
    """Query heads, key/value heads, dims of keys and of values, and the elements' type."""

    heads: int
    kv_heads: int
    key_dim: int
    value_dim: int
    type: str


def type_name(name: str, array) -> str:
    """The spec's word for the elements of `array`; `name` begins the message where it has none."""
    dtype = str(array.dtype).rpartition(".")[2]
    if dtype not in _TYPES:
        raise FoveaError(f"{name}: expected one of {', '.join(_TYPES)}; got {dtype}")
    return _TYPES[dtype]


def shape_of(name: str, array, *dims: str) -> Tuple[int, ...]:
    """The sizes of an array of these dims, or with "tokens" also of "batch", "tokens" and so on; `name`
    begins the message where it is none."""
    shape = getattr(array, "shape", None)
    if not hasattr(shape, "__len__") or not hasattr(array, "dtype"):
        raise FoveaError(f"{name}: expected an array of NumPy, PyTorch or DLPack, got {describe(array)}")
    wanted = [dims, ("batch", *dims)] if dims[0] == "tokens" else [dims]
    if all(len(shape) != len(one) for one in wanted):
        raise FoveaError(f"{name}: expected {' or '.join('[' + ', '.join(one) + ']' for one in wanted)}, got the "
                         f"shape {tuple(shape)}")
    return shape


def integers(**sizes) -> List[int]:
    """The options as integers, which a spec's text is made of. Raises FoveaError for what is none."""
    try:
        return [operator.index(size) for size in sizes.values()]
    except TypeError:
        name, bad = next((name, size) for name, size in sizes.items() if not hasattr(size, "__index__"))
        raise FoveaError(f"{name}: expected an integer, got {describe(bad)}") from None


def branch(name: str, keys: str, own_kv: bool = False, sinks: bool = False) -> str:
    """A branch that sees `keys`, and what of itself."""
    return f"attn.branch @{name} sees {keys}{' own_kv' if own_kv else ''}{' sinks' if sinks else ''}"


def named_parameters(parameters) -> dict:
    """phi's weights, none where `parameters` is None. Raises FoveaError where they are not by name."""
    if parameters is None:
        return {}
    if not hasattr(parameters, "items"):  # a ParameterDict is no Mapping
        raise FoveaError(f"parameters: expected arrays by name, got {describe(parameters)}")
    return parameters


def compressed_branch(block: int, stride: int, phi: str, parameters: dict, own_kv: bool = False) -> str:
    """@compressed, with the sizes that phi's weights have. Raises FoveaError for others than phi takes."""
    block, stride = integers(block=block, stride=stride)
    kind, _, activation = str(phi).partition(" ")
    if kind not in _PHI_ARGUMENTS or (activation != "") != (kind == "mlp"):
        raise FoveaError(f"phi: expected one of {', '.join(_PHI_ARGUMENTS)}, mlp with its activation as in "
                         f"'mlp gelu'; got '{phi}'")
    wanted = {f"{of}_{argument}" for of in "kv" for argument in _PHI_ARGUMENTS[kind]}
    positions = {"k_pos", "v_pos"} if "k_pos" in parameters or "v_pos" in parameters else set()
    if set(parameters) != wanted | positions:
        raise FoveaError(f"parameters: expected {', '.join(sorted(wanted | positions)) or 'none'} for phi "
                         f"'{phi}', got {', '.join(sorted(map(str, parameters))) or 'none'}")
    hidden = shape_of("k_b1", parameters["k_b1"], "heads", "hidden")[1] if activation else 0
    sizes = f", hidden = {hidden}, activation = {activation}" if activation else ""
    keys = f"#attn.compressed<block = {block}, stride = {stride}> by #attn.phi<{kind}{sizes}>"
    return branch("compressed", keys + (" with_positions" if positions else ""), own_kv)


def selected_branch(block: int, top: int, initial: int, local: int, ranker: str, own_kv: bool = False) -> str:
    """@selected, of blocks that `ranker` ranks."""
    return branch("selected", f"#attn.selected<block = {block}> top {top} initial {initial} local {local} "
                  f"ranked by @{ranker}", own_kv)


def _scale(scale: Optional[float]) -> str:
    """The digits that give the same double again, as MLIR wants them, with a point in every number."""
    if scale is None:
        return ""
    try:
        number = float(scale)
    except (TypeError, ValueError, OverflowError) as error:
        raise FoveaError(f"scale: expected a number, got {describe(scale)}: {error}") from error
    if not -math.inf < number < math.inf:
        raise FoveaError(f"scale: expected a finite number, got {number}")
    digits, _, exponent = f"{number}".partition("e")  # a trace knows no other format
    point = "" if "." in digits else ".0"
    return f" scale {digits}{point}" + (f"e{exponent}" if exponent else "")


class Entries(NamedTuple):
    """The functions that a spec is to give. extends: queries are the last tokens of their sequences, in arrays apart
    from keys; else all tokens are both. has_backward: gradients too."""

    extends: bool
    has_backward: bool

    def words(self) -> str:
        """Of a spec; the forward function alone needs none."""
        words = ["extend"] * self.extends + ["backward"] * self.has_backward
        return f" entries {'|'.join(words)}" if words else ""


def write(name: str, shape: Shape, lines: Sequence[str], head: str = "", scale: Optional[float] = None,
          entries: Entries = Entries(False, False)) -> str:
    """A spec of these branches and rankers. head: what stands before the scale, such as " gates logits"."""
    rest = head + _scale(scale) + entries.words()
    return (f"attn.spec @{name} heads {shape.heads} over {shape.kv_heads} dims {shape.key_dim} x "
            f"{shape.value_dim} of {shape.type}{rest} {{\n  " + "\n  ".join(lines) + "\n}\n")


_NUMBERS = "tensor<?xi32>"
FEW_QUERIES = 8  # of a sequence, in a step of decoding


class Pages(NamedTuple):
    """Keys and values that lie in pages of so many tokens, a token's key and its value side by side, behind one
    another for the heads of a token or, with heads_first, for the tokens of a head."""

    tokens: int
    heads_first: bool


def write_selected(shape: Shape, block: int, listed: int, scale: Optional[float], entries: Entries,
                   pages: Optional[Pages] = None, few: bool = False) -> str:
    """Attention to listed blocks, which the language does not say: a function of an operation. With pages, in the
    place of k and v: kv_cache, and block_table, which is flat. few: kernels are for few queries of a sequence."""
    q, k, v, o = (f"tensor<?x{heads}x{dim}x{shape.type}>" for heads, dim in (
        (shape.heads, shape.key_dim), (shape.kv_heads, shape.key_dim), (shape.kv_heads, shape.value_dim),
        (shape.heads, shape.value_dim)))
    indices = f"tensor<?x{shape.kv_heads}x{listed}xi32>"
    said = ['attn.backward = ["o"]'] * entries.has_backward + [f"attn.most_queries = {FEW_QUERIES} : i64"] * few
    attributes = f" attributes {{{', '.join(said)}}}" if said else ""
    keys, lines = {"k": k, "v": v}, ""
    if pages is not None:
        keys, lines = _gather(shape, pages, k, v)
    names = ("cu_seqlens_q", "cu_seqlens_k", "seqused_k") if entries.extends else ("cu_seqlens",)
    arguments = {"q": q, **keys, "indices": indices, **{name: _NUMBERS for name in names}}
    listing = ", ".join(f'%{name}: {of} {{attn.name = "{name}"}}' for name, of in arguments.items())
    sequences, kind = "%cu_seqlens", _NUMBERS
    if entries.extends:
        lines += ("  %batch = attn.batch queries %cu_seqlens_q keys %cu_seqlens_k lengths %seqused_k : "
                  f"{_NUMBERS}, {_NUMBERS}, {_NUMBERS}\n")
        sequences, kind = "%batch", "!attn.batch"
    return f"""func.func @selected_{"extend" if entries.extends else "forward"}({listing})
    -> ({o} {{attn.name = "o"}}){attributes} {{
{lines}  %o, %lse = attn.attend %q sees #attn.selected<block = {block}> in %k, %v, {sequences}
      indices(%indices : {indices}){_scale(scale)} : {q}, {k}, {v}, {kind} -> {o}, tensor<?x{shape.heads}xf32>
  return %o : {o}
}}
"""


def _gather(shape: Shape, pages: Pages, k: str, v: str):
    """(the arguments that hold keys and values, by name, the lines that make %k and %v of them)."""
    inside = (shape.kv_heads, pages.tokens) if pages.heads_first else (pages.tokens, shape.kv_heads)
    cache = f"tensor<?x{inside[0]}x{inside[1]}x{shape.key_dim + shape.value_dim}x{shape.type}>"
    order = " heads_first" if pages.heads_first else ""
    lines = [f"  %{name} = attn.gather_pages %kv_cache through %block_table{order} columns {first} "
             f": {cache}, {_NUMBERS} -> {kind}\n" for name, first, kind in (("k", 0, k), ("v", shape.key_dim, v))]
    return {"kv_cache": cache, "block_table": _NUMBERS}, "".join(lines)
