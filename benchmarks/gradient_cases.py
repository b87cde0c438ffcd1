# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Gradients of one attention: functions that have one as their only gradient."""
import dataclasses

SETS = {"window": "#attn.window<512>", "compressed": "#attn.compressed<block = 32, stride = 16>",
        "selected": "#attn.selected<block = 64>"}
BLOCK, STRIDE, WINDOW, LISTED = 32, 16, 512, 16  # of compressed keys, of windows, of lists
SELECTED = 64


@dataclasses.dataclass(frozen=True)
class Shape:
    heads: int = 64
    kv_heads: int = 4
    dim: int = 128


def key_stride(keys):
    return STRIDE if keys == "compressed" else 1


def text(kind, keys, shape):
    """A function of gradient `kind`, "queries", "keys" or "delta", over the key set."""
    heads, kv, dim = shape.heads, shape.kv_heads, shape.dim
    q, k = f"tensor<?x{heads}x{dim}xbf16>", f"tensor<?x{kv}x{dim}xbf16>"
    stat, lists = f"tensor<?x{heads}xf32>", f"tensor<?x{kv}x{LISTED}xi32>"
    rows = "tokens" if key_stride(keys) == 1 else f"tokens / {STRIDE}"
    named = lambda name, of: f'{{attn.name = "{name}", attn.rows = "{of}"}}'  # noqa: E731
    if kind == "delta":
        return (f'func.func @delta(%g: {q} {named("grad_o", "tokens")}, %o: {q} '
                f'{named("o", "tokens")}) -> ({stat} {named("delta", "tokens")}) {{\n'
                f"  %r = attn.attend_delta %g, %o : {q}, {q} -> {stat}\n  return %r : {stat}\n}}\n")
    values = [("q", q, "tokens"), ("k", k, rows), ("v", k, rows),
              ("cu_seqlens", "tensor<?xi32>", "sequence_ends"), ("grad_o", q, "tokens"),
              ("lse", stat, "tokens"), ("delta", stat, "tokens")]
    types = ", ".join(of for _, of, _ in values)
    if keys == "selected":
        values.append(("indices", lists, "tokens"))
    arguments = ", ".join(f"%{name}: {of} {named(name, count)}" for name, of, count in values)
    taken = f"%q sees {SETS[keys]} in %k, %v, %cu_seqlens of %grad_o, %lse, %delta"
    if kind == "queries":
        listed = f" indices(%indices : {lists})" if keys == "selected" else ""
        return (f'func.func @queries({arguments}) -> ({q} {named("grad_q", "tokens")}) {{\n'
                f"  %r = attn.attend_grad_q {taken}{listed} : {types} -> {q}\n"
                f"  return %r : {q}\n}}\n")
    inversion, listed, bounds = "", "", f"tensor<?x{kv}x2xi32>"
    if keys == "selected":
        inversion = (f"  %b, %e = attn.invert_lists %indices over %cu_seqlens block {SELECTED} : "
                     f"{lists}, tensor<?xi32> -> {bounds}, {lists}\n")
        listed = f" listed(%b, %e : {bounds}, {lists})"
    return (f'func.func @keys({arguments}) -> ({k} {named("grad_k", rows)}, '
            f'{k} {named("grad_v", rows)}) {{\n{inversion}'
            f"  %r:2 = attn.attend_grad_kv {taken}{listed} : {types} -> {k}, {k}\n"
            f"  return %r#0, %r#1 : {k}, {k}\n}}\n")
