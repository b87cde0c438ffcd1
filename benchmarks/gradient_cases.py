# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Gradients of one attention: functions that have one as their only gradient."""
import dataclasses

import specs

SETS = {"window": "#attn.window<512>", "compressed": "#attn.compressed<block = 32, stride = 16>",
        "selected": "#attn.selected<block = 64>"}
BLOCK, STRIDE, WINDOW, LISTED = 32, 16, 512, 16  # of compressed keys, of windows, of lists
SELECTED = 64
# A soft cap, ALiBi and a bias, the last two by learned numbers.
REGIONS = ("fast_cap", "alibi", "bias")


@dataclasses.dataclass(frozen=True)
class Shape:
    heads: int = 64
    kv_heads: int = 4
    dim: int = 128


@dataclasses.dataclass(frozen=True)
class Case:
    """Gradient `kind`, "queries", "keys" or "delta", over a key set, of scores that go through one of
    specs.SCORE_REGIONS. That of queries gives those of the region's learned numbers, too."""

    kind: str
    keys: str
    region: str = ""

    @property
    def title(self):
        return " ".join(filter(None, (self.kind, self.keys, self.region)))

    @property
    def learned(self):
        return specs.SCORE_REGIONS[self.region][1] if self.region else ()


def every():
    """What is measured."""
    yield Case("delta", "window")
    for region in ("", *REGIONS):
        for kind in ("queries", "keys"):
            yield from (Case(kind, keys, region) for keys in SETS)


def key_stride(keys):
    return STRIDE if keys == "compressed" else 1


def named(name, of):
    return f'{{attn.name = "{name}", attn.rows = "{of}"}}'


def function(name, arguments, lines, results):
    """@name: `arguments` and `results` are a value, its type and its attributes each."""
    takes = ", ".join(f"%{value}: {of} {attributes}" for value, of, attributes in arguments)
    gives = ", ".join(f"{of} {attributes}" for _, of, attributes in results)
    end = (f"return {', '.join(value for value, _, _ in results)} : "
           f"{', '.join(of for _, of, _ in results)}")
    return (f"func.func @{name}({takes}) -> ({gives}) {{\n"
            + "".join(f"  {line}\n" for line in (*lines, end)) + "}\n")


def text(case, shape):
    heads, kv, dim = shape.heads, shape.kv_heads, shape.dim
    q, k = f"tensor<?x{heads}x{dim}xbf16>", f"tensor<?x{kv}x{dim}xbf16>"
    stat, lists = f"tensor<?x{heads}xf32>", f"tensor<?x{kv}x{LISTED}xi32>"
    numbers = f"tensor<{heads}xf32>"
    tokens = lambda name: named(name, "tokens")  # noqa: E731
    if case.kind == "delta":
        return function("delta", [("g", q, tokens("grad_o")), ("o", q, tokens("o"))],
                        [f"%r = attn.attend_delta %g, %o : {q}, {q} -> {stat}"],
                        [("%r", stat, tokens("delta"))])
    rows = "tokens" if key_stride(case.keys) == 1 else f"tokens / {STRIDE}"
    arguments = [("q", q, tokens("q")), ("k", k, named("k", rows)), ("v", k, named("v", rows)),
                 ("cu", "tensor<?xi32>", named("cu_seqlens", "sequence_ends")),
                 ("g", q, tokens("grad_o")), ("lse", stat, tokens("lse")),
                 ("delta", stat, tokens("delta"))]
    types = ", ".join(of for _, of, _ in arguments)
    selected = case.keys == "selected"
    if selected:
        arguments.append(("indices", lists, tokens("indices")))
    arguments += [(f"{x}s", numbers, f'{{attn.name = "{x}"}}') for x in case.learned]
    taken = f"%q sees {SETS[case.keys]} in %k, %v, %cu of %g, %lse, %delta"
    scores = specs.score_clause(case.region, lambda x: f"%{x}s : {numbers}")
    if case.kind == "queries":
        listed = f" indices(%indices : {lists})" if selected else ""
        given = ", ".join(["%r", *(f"%{x}_rows" for x in case.learned)])
        gives = ", ".join([q, *(stat for _ in case.learned)])
        lines = [f"{given} = attn.attend_grad_q {taken}{listed}{scores} : {types} -> {gives}"]
        lines += [f"%{x}_sum = attn.sum_tokens %{x}_rows over %cu : {stat}, tensor<?xi32> -> {numbers}"
                  for x in case.learned]
        results = [("%r", q, tokens("grad_q"))]
        results += [(f"%{x}_sum", numbers, f'{{attn.name = "grad_{x}"}}') for x in case.learned]
        return function("queries", arguments, lines, results)
    bounds = f"tensor<?x{kv}x2xi32>"
    lines = [f"%b, %e = attn.invert_lists %indices over %cu block {SELECTED} : "
             f"{lists}, tensor<?xi32> -> {bounds}, {lists}"] if selected else []
    listed = f" listed(%b, %e : {bounds}, {lists})" if selected else ""
    lines.append(f"%dk, %dv = attn.attend_grad_kv {taken}{listed}{scores} : {types} -> {k}, {k}")
    return function("keys", arguments, lines, [("%dk", k, named("grad_k", rows)),
                                               ("%dv", k, named("grad_v", rows))])
