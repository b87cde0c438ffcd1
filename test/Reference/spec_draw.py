# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Draws specs, as text, and inputs for them."""
import numpy as np

import spec_numpy

NAMES = ["far", "best", "near", "b", "window", "k2", "Mixed_Case", "selected", "z9"]
PHI = ["mean", "weighted", "gated", "linear", "mlp"]
ACTIVATIONS = ["relu", "gelu", "silu"]
TYPES = ["f32", "f32", "f16", "bf16"]


def draw_compressed(rng, name):
    stride = int(rng.choice([1, 2, 3, 4, 5, 8]))
    block = stride * int(rng.integers(1, 5))
    kind = str(rng.choice(PHI))
    phi = kind
    if kind == "mlp":
        phi += f", hidden = {rng.integers(1, 10)}, activation = {rng.choice(ACTIVATIONS)}"
    text = f"#attn.compressed<block = {block}, stride = {stride}> by #attn.phi<{phi}>"
    return text + (" with_positions" if rng.random() < 0.5 else ""), stride


def draw_ranker(rng, name, kv_heads):
    """Text, and the tokens of a key, a multiple of which is a block."""
    heads = kv_heads * int(rng.integers(1, 4))
    key_heads = int(rng.choice([n for n in range(1, kv_heads + 1) if kv_heads % n == 0]))
    pool = int(rng.choice([1, 1, 2, 3, 4, 8]))
    kind, pool = ("max_index", 1) if rng.random() < 0.5 else (f"relu_index<pool = {pool}>", pool)
    return f"heads {heads} over {key_heads} dim {rng.choice([1, 3, 8, 16, 20])} by #attn.{kind}", pool


def draw_selected(rng, sources):
    source, stride = sources[rng.integers(len(sources))]
    block = stride * int(rng.integers(1, 7))
    initial, local = int(rng.integers(0, 3)), int(rng.integers(0, 3))
    top = max(1, initial + local + int(rng.integers(0, 4)))
    return (f"#attn.selected<block = {block}> top {top} initial {initial} local {local} "
            f"ranked by @{source}")


REGIONS = {  # of (%s, %t, %u, %h): lines, and names of learned numbers
    "cap": (["%c = arith.constant 2.5 : f32", "%x = arith.divf %s, %c : f32",
             "%y = math.tanh %x : f32", "%z = arith.mulf %c, %y : f32"], []),
    "fast cap": (["%c = arith.constant 0.5 : f32", "%x = arith.mulf %s, %c : f32",
                  "%y = math.tanh %x fastmath<afn> : f32", "%c2 = arith.constant 3.0 : f32",
                  "%z = arith.mulf %y, %c2 : f32"], []),
    "slope": (["%d = arith.subi %u, %t : i32", "%f = arith.sitofp %d : i32 to f32",
               "%b = arith.mulf %f, %slope : f32", "%z = arith.addf %s, %b : f32"], ["slope"]),
    "bias": (["%z = arith.addf %s, %bias : f32"], ["bias"]),
    "slope of the head": (
        ["%one = arith.constant 1 : i32", "%n = arith.addi %h, %one : i32",
         "%g = arith.sitofp %n : i32 to f32", "%e = arith.negf %g : f32",
         "%m = math.exp %e : f32", "%tf = arith.sitofp %t : i32 to f32",
         "%uf = arith.sitofp %u : i32 to f32", "%d = arith.subf %tf, %uf : f32",
         "%b = arith.mulf %m, %d : f32", "%z = arith.subf %s, %b : f32"], []),
    "far keys are less, and odd heads more": (
        ["%c = arith.constant 7 : i32", "%d = arith.subi %t, %u : i32",
         "%far = arith.cmpi sgt, %d, %c : i32", "%two = arith.constant 2 : i32",
         "%r = arith.remsi %h, %two : i32", "%rf = arith.sitofp %r : i32 to f32",
         "%half = arith.constant 0.5 : f32", "%q = arith.mulf %s, %half : f32",
         "%p = arith.select %far, %q, %s : f32", "%z = arith.addf %p, %rf : f32"], []),
    "a negative factor, and a floor": (
        ["%c = arith.constant -1.5 : f32", "%x = arith.mulf %s, %c : f32",
         "%low = arith.constant -1.0 : f32", "%y = arith.maxnumf %x, %low : f32",
         "%a = math.absf %y : f32", "%w = arith.mulf %a, %weight : f32",
         "%z = arith.negf %w : f32"], ["weight"]),
}


def draw_scores(rng):
    """What a branch says of its scores behind its keys."""
    text = " sinks" if rng.random() < 0.25 else ""
    if rng.random() < 0.6:
        return text
    lines, learned = REGIONS[str(rng.choice(list(REGIONS)))]
    arguments = ", ".join(["%s", "%t", "%u", "%h", *(f'%{name} = "{name}"' for name in learned)])
    body = "".join(f"    {line}\n" for line in [*lines, "attn.score %z"])
    return f"{text} scores({arguments}) {{\n{body}  }}"


def draw_page(rng, kv_heads):
    """Lines of rankers and branches, and how many are branches."""
    count = int(rng.choice([1, 2, 3, 3, 4]))
    names = [str(name) for name in rng.permutation(NAMES)[:count]]
    sources, lines, branches = [], [], 0
    for at, name in enumerate(names):
        if at + 1 < count and rng.random() < 0.25:
            text, pool = draw_ranker(rng, name, kv_heads)
            sources.append((name, pool))
            lines.append(f"  attn.ranker @{name} {text}")
            continue
        branches += 1
        kinds = ["full", "causal", "window", "compressed", "compressed"]
        kind = str(rng.choice(kinds + (["selected"] * 6 if sources else [])))
        if kind == "compressed":
            text, stride = draw_compressed(rng, name)
            sources.append((name, stride))
        elif kind == "selected":
            text = draw_selected(rng, sources)
        elif kind == "window":
            text = f"#attn.window<{rng.choice([1, 2, 3, 7, 16, 31, 64, 500])}>"
        else:
            text = f"#attn.{kind}"
        own = " own_kv" if rng.random() < 0.3 else ""
        lines.append(f"  attn.branch @{name} sees {text}{own}{draw_scores(rng)}")
    return lines, branches


def draw_spec(rng):
    """The text of one attn.spec."""
    kv_heads, group = int(rng.integers(1, 4)), int(rng.integers(1, 5))
    dk, dv = (int(x) for x in rng.choice([1, 3, 5, 8, 12, 16, 24], 2))
    lines, branches = draw_page(rng, kv_heads)
    head = f"attn.spec @drawn heads {kv_heads * group} over {kv_heads} dims {dk} x {dv}"
    head += f" of {rng.choice(TYPES)}"
    if branches > 1 or rng.random() < 0.3:
        head += f" gates {rng.choice(['logits', 'values'])}"
    if rng.random() < 0.4:
        head += f" scale {rng.choice(['0.25', '1.5', '3.0e-1'])}"
    if rng.random() < 0.2:
        head += " entries forward"
    return "\n".join([head + " { // drawn", *lines, "}", ""])


def draw_lengths(rng):
    """A ragged batch, mostly with empty sequences."""
    pool = [0, 0, 1, 2, 5, 16, 17, 31, 33, 64, 65, 90, 131]
    lengths = [int(x) for x in rng.choice(pool, int(rng.integers(1, 6)))]
    return lengths if sum(lengths) else [*lengths, int(rng.integers(1, 40))]


def draw_arrays(rng, spec, lengths):
    """Arrays by name, exactly as the spec's type holds them. Half of the time keys and values
    repeat along a sequence, so that blocks tie."""
    tokens, result = sum(lengths), {}
    repeats = rng.random() < 0.5
    for name, shape in spec_numpy.arguments(spec, tokens, len(lengths)):
        if name == "cu_seqlens":
            result[name] = np.concatenate([[0], np.cumsum(lengths)])
            continue
        x = rng.standard_normal(shape)
        if spec_numpy.argument_type(spec, name) != spec.type or len(shape) == 1:  # of a head
            result[name] = spec_numpy.round_to("f32", x)
            continue
        if name == "gates" and spec.gates == "values":
            x = rng.random(shape)
        if shape[0] != tokens or name.endswith("_pos"):  # phi's: of the size of their input
            x /= np.sqrt(np.prod(shape[1:-1]) if len(shape) > 2 else 1)
        elif repeats and name not in ("q", "gates") and not name.endswith(("_q", "_w")):
            x = repeat(x, lengths)
        result[name] = spec_numpy.round_to(spec_numpy.argument_type(spec, name), x)
    return result


def repeat(x, lengths, period=30):
    """Rows of each sequence with that period, which many strides and blocks divide."""
    begin = 0
    for length in lengths:
        rows = x[begin:begin + length]
        for at in range(period, length, period):
            rows[at:at + period] = rows[:min(period, length - at)]
        begin += length
    return x
