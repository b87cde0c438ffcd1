# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a spec means, in NumPy and float64: docs/nsa.md and docs/spec-language.md, stated once
more from the text of the spec. Nothing here comes from the compiler: neither key sets, nor the
order of arguments, nor Eq 9.

Beside each value stands how far another's may be off who computes with relative errors of
`unit` per operation and rounds at the same tensors: 2^-24 for compiled code, next to nothing
for the reference."""
import dataclasses
import math

import numpy as np

HALF_ULP = {"f32": 2.0**-24, "f16": 2.0**-11, "bf16": 2.0**-8}


@dataclasses.dataclass
class Value:
    """An array and a bound of each element's error."""

    value: np.ndarray
    error: np.ndarray

    def rows(self, where):
        return Value(self.value[where], self.error[where])


def exact(array):
    array = np.asarray(array, dtype=np.float64)
    return Value(array, np.zeros_like(array))


def round_to(kind, x):
    """The nearest value of a type, ties to even."""
    if kind in ("f32", "f16"):
        with np.errstate(over="ignore"):
            return x.astype({"f32": np.float32, "f16": np.float16}[kind]).astype(np.float64)
    _, exponent = np.frexp(x)
    quantum = np.ldexp(1.0, np.maximum(exponent - 8, -133))
    return np.where(np.isfinite(x), np.rint(x / quantum) * quantum, x)


def stored(kind, x):
    """A value as a tensor of a type holds it: its error is that of the other's rounding, and
    mostly 0 in a narrow type, where both round to the same."""
    here = round_to(kind, x.value)
    finite = np.where(np.isfinite(here), x.value, 0)
    at = round_to(kind, finite)
    low, high = round_to(kind, finite - x.error), round_to(kind, finite + x.error)
    return Value(here, np.maximum(high - at, at - low))


# The function that a spec becomes


def parameter_shapes(phi, kv_heads, block, dim):
    return {
        "mean": {},
        "weighted": {"w": (kv_heads, block)},
        "gated": {"u": (kv_heads, dim), "c": (kv_heads, block)},
        "linear": {"A": (kv_heads, block, dim, dim)},
        "mlp": {"B1": (kv_heads, block * dim, phi.hidden), "b1": (kv_heads, phi.hidden),
                "B2": (kv_heads, phi.hidden, dim), "b2": (kv_heads, dim)},
    }[phi.kind]


def ranker_arguments(ranker, tokens):
    result = [(f"{ranker.name}_q", (tokens, ranker.heads, ranker.dim)),
              (f"{ranker.name}_k", (tokens, ranker.key_heads, ranker.dim))]
    if ranker.kind == "relu_index":
        result.append((f"{ranker.name}_w", (tokens, ranker.heads)))
    return result


def argument_type(spec, name):
    """The element type of an argument: weights of index heads, and what a branch has one of per
    query head, are f32."""
    if name == "cu_seqlens":
        return "i32"
    wide = [f"{ranker.name}_w" for ranker in spec.rankers]
    wide += [own for branch in spec.branches for own in per_head(branch)]
    return "f32" if name in wide else spec.type


def arguments(spec, tokens, sequences):
    """[(name, shape)] in the order of the table of docs/spec-language.md."""
    keys, values = (tokens, spec.kv_heads, spec.dk), (tokens, spec.kv_heads, spec.dv)
    result = [("q", (tokens, spec.heads, spec.dk))]
    if not all(branch.own_kv for branch in spec.branches):
        result += [("k", keys), ("v", values)]
    for branch in spec.page:
        if branch in spec.rankers:
            result += ranker_arguments(branch, tokens)
            continue
        if branch.own_kv:
            result += [(f"{branch.name}_k", keys), (f"{branch.name}_v", values)]
        for side, dim in (("k", spec.dk), ("v", spec.dv)) if branch.phi else ():
            prefix = f"{branch.name}_{side}_"
            result += [(prefix + name, shape) for name, shape in parameter_shapes(
                branch.phi, spec.kv_heads, branch.keys.block, dim).items()]
            if branch.with_positions:
                result.append((prefix + "pos", (spec.kv_heads, branch.keys.block, dim)))
        result += [(name, (spec.heads,)) for name in per_head(branch)]
    if spec.gates:
        result.append(("gates", (tokens, spec.heads, len(spec.branches))))
    return result + [("cu_seqlens", (sequences + 1,))]


def per_head(branch):
    """Arguments of one f32 per query head, whatever the spec's type."""
    return ([f"{branch.name}_sinks"] if branch.sinks else []) + [
        f"{branch.name}_{name}" for name in branch.learned()]


def results(spec, tokens):
    """[(name, shape)] with auxiliary results."""
    named = [("o", (tokens, spec.heads, spec.dv))]
    for branch in spec.branches:
        named.append((f"{branch.name}_lse", (tokens, spec.heads)))
        if branch.keys.kind == "selected":
            named.append((f"{branch.name}_indices", (tokens, spec.kv_heads, branch.top)))
    return named


# Key sets: which of N keys each of L queries sees


def sees(keys, length, count):
    t, u = np.arange(length)[:, None], np.arange(count)
    if keys.kind == "full":
        return (t >= 0) & (u >= 0)
    if keys.kind == "causal":
        return u <= t
    if keys.kind == "window":
        return (u <= t) & (t - u < keys.window)
    if keys.kind == "compressed":
        return (u * keys.stride + keys.block - 1) <= t
    raise ValueError(f"expected a key set without lists, got {keys.kind}")


def sees_listed(block, lists):
    """lists [L, Hkv, n] -> [L, Hkv, L]: the token's block is listed, and it is not ahead."""
    t, u = np.arange(len(lists))[:, None, None], np.arange(len(lists))
    listed = (lists[..., None] == u // block).any(axis=2)
    return listed & (u <= t)


# phi (Eq 7)


def activate(name, x):
    if name == "relu":
        return np.where(x > 0, x, 0)
    if name == "gelu":
        return x * 0.5 * (1 + np.vectorize(math.erf, otypes=[float])(x / math.sqrt(2)))
    return x / (1 + np.exp(-x))


def softmax(logits, axis):
    e = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def compress(x, branch, weights, unit):
    """x [L, Hkv, D] of one sequence -> Value [Ncmp, Hkv, D] before it is stored."""
    block, stride = branch.keys.block, branch.keys.stride
    starts = range(0, len(x) - block + 1, stride)
    if not starts:
        return exact(np.zeros((0, *x.shape[1:])))
    y = np.stack([x[i:i + block] for i in starts]).transpose(0, 2, 1, 3)  # [N, Hkv, l, D]
    if branch.with_positions:
        y = y + weights["pos"]
    size, steps = np.abs(y), y.shape[2] * y.shape[3] + 32
    kind = branch.phi.kind
    if kind == "mean":
        value, scale = y.mean(axis=2), size.mean(axis=2)
    elif kind == "weighted":
        apply = lambda w, rows: (w[:, :, None] * rows).sum(axis=2)
        value, scale = apply(weights["w"], y), apply(np.abs(weights["w"]), size)
    elif kind == "gated":
        logits = (weights["u"][:, None] * y).sum(axis=-1) + weights["c"]
        value = (softmax(logits, 2)[..., None] * y).sum(axis=2)
        largest = (np.abs(weights["u"])[:, None] * size).sum(axis=-1) + np.abs(weights["c"])
        scale = size.max(axis=2) * (1 + largest.max(axis=2))[..., None]
    elif kind == "linear":
        apply = lambda a, rows: np.einsum("hrde,nhrd->nhe", a, rows)
        value, scale = apply(weights["A"], y), apply(np.abs(weights["A"]), size)
    else:
        flat = lambda rows: rows.reshape(*rows.shape[:2], -1)
        apply = lambda m, b, rows: np.einsum("him,nhi->nhm", m, rows) + b
        hidden = activate(branch.phi.activation, apply(weights["B1"], weights["b1"], flat(y)))
        value = apply(weights["B2"], weights["b2"], hidden)
        inner = apply(np.abs(weights["B1"]), np.abs(weights["b1"]), flat(size))
        scale = apply(np.abs(weights["B2"]), np.abs(weights["b2"]), 2 * inner)
    return Value(value, unit * steps * scale)


# Attention (Eq 8)


@dataclasses.dataclass
class Attended:
    out: Value  # [L, Hq, Dv], before it is stored
    lse: Value  # [L, Hq]
    p: np.ndarray  # [L, Hq, N]
    score_error: np.ndarray  # [L, Hq]


def attend(q, k, v, visible, scale, unit, rescore=None, sinks=None):
    """q [L, Hq, Dk], k and v Values [N, Hkv, D], visible [L, N] or [L, Hkv, N]; `rescore`
    makes scores of scores, Values [L, Hq, N]; sinks [Hq]."""
    length, heads, dim = q.shape
    group = heads // k.value.shape[1]
    head = np.arange(heads) // group
    if visible.ndim == 2:
        visible = visible[:, None]
    mask = np.broadcast_to(visible, (length, k.value.shape[1], len(k.value)))[:, head]
    if len(k.value) == 0:
        nothing = exact(np.zeros((length, heads, v.value.shape[2])))
        lse = np.broadcast_to(-np.inf if sinks is None else sinks, (length, heads))
        # Where a region bounds the scores a sink alone is the logarithm of its exponential.
        error = 8 * unit * np.abs(lse) + 2 * unit
        return Attended(nothing, Value(lse, np.where(np.isinf(lse), 0, error)),
                        np.zeros(mask.shape), np.zeros((length, heads)))
    # Products are summed one row at a time, so that equal keys have equal scores.
    product = q[:, :, None] * k.value[:, head].transpose(1, 0, 2)  # [L, Hq, N, Dk]
    s = scale * product.sum(axis=-1)
    drift = np.einsum("lhd,nhd->lhn", np.abs(q), k.error[:, head])
    error = scale * (unit * (dim + 16) * np.abs(product).sum(axis=-1) + drift)
    if rescore:
        rescored = rescore(Value(s, error))
        s, error = rescored.value, rescored.error + 8 * unit * np.abs(rescored.value)
    s = np.where(mask, s, -np.inf)
    error = np.where(mask & np.isfinite(s), error, 0).max(axis=-1)
    top = s.max(axis=-1)
    if sinks is not None:
        top = np.maximum(top, sinks)
        error = np.maximum(error, 8 * unit * np.abs(sinks))
    empty = top == -np.inf
    e = np.exp(s - np.where(empty, 0, top)[..., None])
    total = e.sum(axis=-1) + (0 if sinks is None else np.exp(sinks - top))
    p = e / np.where(empty, 1, total)[..., None]
    with np.errstate(divide="ignore"):
        lse = np.where(empty, -np.inf, top + np.log(total))
    sums = unit * (len(k.value) + 16)
    values = v.value[:, head]
    out = np.einsum("lhn,nhd->lhd", p, values)
    # 2 error: a softmax's numerator and its denominator.
    spread = np.einsum("lhn,nhd->lhd", p, np.abs(values)) + np.abs(out)
    out_error = ((np.exp(2 * error) - 1 + sums)[..., None] * spread
                 + np.einsum("lhn,nhd->lhd", p, v.error[:, head]))
    finite = np.where(empty, 0, np.abs(lse))
    lse_error = np.where(empty, 0, error + sums + 8 * unit * finite)
    return Attended(Value(out, out_error), Value(lse, lse_error), p, error)


# Score regions


def bound_step(step, x, value, unit):
    """How far a step may be off: what its operands' errors do to it, by its slope where they
    are, and what it rounds. Twice as much as slopes say, for what bends."""
    op, size = step.op, np.abs(value)
    at = [np.abs(operand.value) for operand in x]
    of = [operand.error for operand in x]
    if op in ("arith.addf", "arith.subf"):
        return of[0] + of[1] + 2 * unit * size
    if op in ("arith.mulf", "arith.divf"):
        if op == "arith.mulf":
            given = at[0] * of[1] + at[1] * of[0] + of[0] * of[1]
        else:
            given = 2 * (of[0] + size * of[1]) / at[1]
        return given + 4 * unit * size
    if op in ("arith.negf", "math.absf"):
        return of[0]
    if op in ("arith.maxnumf", "arith.minnumf"):
        return np.maximum(of[0], of[1])
    if op == "math.exp":
        return value * np.expm1(of[0]) + (2 * at[0] + 8) * unit * size
    if op == "math.tanh":
        return of[0] + 16 * unit  # `afn` too: neither device here is less exact for it
    if op == "arith.select":
        return np.where(x[0].value != 0, of[1], of[2])
    if op.startswith("arith.cmpf"):
        # Drawn regions compare positions, and scores with 0 where either way is the same.
        return np.zeros_like(value)
    return unit * size if op == "arith.sitofp" else np.zeros_like(size)


COMPARE = {"eq": np.equal, "slt": np.less, "sle": np.less_equal, "sgt": np.greater,
           "sge": np.greater_equal, "olt": np.less, "ogt": np.greater}
COMPUTE = {
    "arith.addf": np.add, "arith.subf": np.subtract, "arith.mulf": np.multiply,
    "arith.divf": np.divide, "arith.negf": np.negative, "arith.maxnumf": np.fmax,
    "arith.minnumf": np.fmin, "math.absf": np.abs, "math.exp": np.exp, "math.tanh": np.tanh,
    "arith.addi": np.add, "arith.subi": np.subtract, "arith.muli": np.multiply,
    "arith.divsi": lambda x, y: np.trunc(x / y), "arith.remsi": np.fmod,
    "arith.minsi": np.minimum, "arith.maxsi": np.maximum,
    "arith.select": lambda c, x, y: np.where(c != 0, x, y), "arith.sitofp": lambda x: x,
}


def rescoring(branch, arrays, unit):
    """What the branch's region makes of scores [L, Hq, N], or None."""
    if not branch.scores:
        return None

    def rescore(s):
        length, heads, count = s.value.shape
        stride = branch.keys.stride if branch.keys.kind == "compressed" else 1
        axes = [np.arange(length)[:, None, None], (np.arange(count) * stride)[None, None],
                np.arange(heads)[None, :, None]]
        learned = [arrays[f"{branch.name}_{name}"][None, :, None] for name in branch.learned()]
        known = dict(zip(branch.scores.arguments, [s, *map(exact, axes + learned)]))
        for step in branch.scores.steps:
            if step.op == "attn.score":
                result = known[step.operands[0]]
                spread = lambda x: np.broadcast_to(x, s.value.shape)
                return Value(spread(result.value), spread(result.error))
            if step.op == "arith.constant":
                known[step.result] = exact(float(step.operands[0]))
                continue
            x = [known[operand] for operand in step.operands]
            compute = COMPARE[step.predicate] if step.predicate else COMPUTE[step.op]
            value = np.asarray(compute(*(operand.value for operand in x)), dtype=np.float64)
            known[step.result] = Value(value, bound_step(step, x, value, unit))
        raise ValueError("expected a region to end in attn.score")

    return rescore


# Selection (Eq 9 to 11)


def overlap(windows, blocks, block, stride, select):
    """W [windows, blocks]: tokens in both, counted, in units of the stride."""
    weights = np.zeros((windows, blocks))
    for i in range(windows):
        for token in range(i * stride, i * stride + block):
            if token // select < blocks:
                weights[i, token // select] += 1
    return weights / stride


def block_terms(attended, kv_heads, keys, select):
    """p [L, Hkv, G, W] of a KV head's group, and the weight [W, Nslc] of a window in a block."""
    length, heads, windows = attended.p.shape
    return (attended.p.reshape(length, kv_heads, heads // kv_heads, windows),
            overlap(windows, -(-length // select), keys.block, keys.stride, select))


def block_scores(p, weights):
    """s [L, Hkv, Nslc], each summed over the heads of a group."""
    return (p.sum(axis=2)[..., None] * weights).sum(axis=2)


def same_terms(p, weights):
    """Whether two blocks' scores are sums of the same numbers in the same order, as a function of
    query, KV head and blocks. Those are equal for everyone; sums in another order may round apart."""
    def terms(t, g, block):
        touched = np.flatnonzero(weights[:, block])
        return weights[touched, block], p[t, g][:, touched]

    return lambda t, g, one, other: all(
        np.array_equal(a, b) for a, b in zip(terms(t, g, one), terms(t, g, other)))


# Index heads


def mean_keys(k, ranker, spec, unit):
    """Index keys k [L, Hik, Di], or the means of `pool` of them each, as their tensor holds them."""
    if ranker.pool == 1:
        return exact(k)
    means = [k[i:i + ranker.pool] for i in range(0, len(k) - ranker.pool + 1, ranker.pool)]
    if not means:
        return exact(np.zeros((0, *k.shape[1:])))
    means = np.stack(means)
    error = unit * (ranker.pool + 32) * np.abs(means).mean(axis=1)
    return stored(spec.type, Value(means.mean(axis=1), error))


@dataclasses.dataclass
class Indexed:
    scores: np.ndarray  # [L, Hkv, Nslc], -inf where no key of the block is seen
    error: np.ndarray
    keys: np.ndarray  # [N, Hkv, Di], of each KV head
    visible: np.ndarray  # [L, N]
    per_block: int

    def same(self, t, g, one, other):
        """Whether two blocks hold the same keys for a query: their scores are equal for everyone."""
        def seen(block):
            begin, end = block * self.per_block, (block + 1) * self.per_block
            return self.keys[begin:end, g][self.visible[t, begin:end]]
        return np.array_equal(seen(one), seen(other))


def index_scores(arrays, ranker, spec, select, unit):
    """What an index ranker says of the blocks of `select` tokens."""
    q = arrays[f"{ranker.name}_q"]
    k = mean_keys(arrays[f"{ranker.name}_k"], ranker, spec, unit)
    length, blocks, per_block = len(q), -(-len(q) // select), select // ranker.pool
    group = ranker.heads // spec.kv_heads
    key_head = np.arange(spec.kv_heads) // (spec.kv_heads // ranker.key_heads)
    keys, key_error = k.value[:, key_head], k.error[:, key_head]  # [N, Hkv, Di]
    visible = (np.arange(len(keys)) + 1) * ranker.pool - 1 <= np.arange(length)[:, None]
    own = q.reshape(length, spec.kv_heads, group, ranker.dim)
    product = np.einsum("lgad,ngd->lgan", own, keys)
    size = np.einsum("lgad,ngd->lgan", np.abs(own), np.abs(keys))
    error = (unit * (ranker.dim + 16) * size
             + np.einsum("lgad,ngd->lgan", np.abs(own), key_error))
    if ranker.kind == "relu_index":
        weight = arrays[f"{ranker.name}_w"].reshape(length, spec.kv_heads, group, 1)
        product, error = weight * np.maximum(product, 0), np.abs(weight) * error
    c = product.sum(axis=2)  # [L, Hkv, N]
    off = error.sum(axis=2) + unit * (group + 16) * np.abs(product).sum(axis=2)
    scores = np.full((length, spec.kv_heads, blocks), -np.inf)
    errors = np.zeros(scores.shape)
    for n in range(len(keys)):
        seen = visible[:, n, None]
        block = n // per_block
        scores[:, :, block] = np.where(seen, np.maximum(scores[:, :, block], c[:, :, n]),
                                       scores[:, :, block])
        errors[:, :, block] = np.where(seen, np.maximum(errors[:, :, block], off[:, :, n]),
                                       errors[:, :, block])
    return Indexed(scores, errors, keys, visible, per_block)


def choose(scores, t, branch):
    """The blocks of one query with scores [Nslc], ascending."""
    own = t // branch.keys.block
    forced = [j for j in range(own + 1) if j < branch.initial or j > own - branch.local]
    others = [j for j in range(own + 1) if j not in forced and scores[j] > -np.inf]
    others.sort(key=lambda j: (-scores[j], j))
    return sorted(forced + others[:branch.top - len(forced)])


def check_choice(got, scores, t, branch, slack, same):
    """What is wrong with a list [n] for scores [Nslc], two of which may be `slack` [Nslc] nearer
    or further from one another; "" if nothing is. `same(i, j)`: whether the scores of two blocks are the same sum."""
    want = choose(scores, t, branch)
    used = [int(j) for j in got if j >= 0]
    if list(got) != used + [-1] * (len(got) - len(used)) or used != sorted(set(used)):
        return f"expected ascending blocks, -1 last, got {got}"
    if len(used) != len(want) or (used and used[-1] > t // branch.keys.block):
        return f"expected {want}, got {used}"
    extra, missing = sorted(set(used) - set(want)), sorted(set(want) - set(used))
    if not extra:
        return ""
    for j in missing:
        forced = j < branch.initial or j > t // branch.keys.block - branch.local
        gap = scores[j] - min(scores[i] for i in extra)
        tied = j < min(extra) and any(same(j, i) for i in extra)  # the lower block wins
        if forced or tied or gap > slack[j]:
            return f"expected {want}, got {used}: scores differ by {gap:.3e}"
    return ""


# The whole


def combine(spec, gates, outs, unit, may_keep):
    """Eq 5, of outputs as their tensors hold them, or also as a fused kernel may keep them."""
    if not spec.gates:
        return outs[0]
    weight = 1 / (1 + np.exp(-gates)) if spec.gates == "logits" else gates
    value, error = np.zeros_like(outs[0].value), np.zeros_like(outs[0].value)
    for c, out in enumerate(outs):
        gate, held = weight[:, :, c, None], stored(spec.type, out)
        value += gate * held.value
        kept = np.abs(held.value - out.value) + out.error if may_keep else 0
        error += np.abs(gate) * (held.error + kept) + 32 * unit * np.abs(gate * held.value)
    return Value(value, error)


def forward(spec, arrays, lists, unit, may_keep):
    """One sequence. `arrays` by name; `lists` holds the choice of blocks to go on from, by
    branch. Returns Values by name, and {branch: (scores, slack, same)} of what selections saw."""
    scale = spec.dk**-0.5 if spec.scale is None else spec.scale
    named, scored, outs, attended = {}, {}, [], {}
    q = arrays["q"]
    for branch in spec.branches:
        own = f"{branch.name}_" if branch.own_kv else ""
        k, v = (exact(arrays[own + side]) for side in "kv")
        if branch.phi:
            k, v = (stored(spec.type, compress(
                x.value, branch, phi_weights(arrays, branch, side), unit))
                for side, x in (("k", k), ("v", v)))
        if branch.keys.kind == "selected":
            scored[branch.name] = rank(arrays, branch, spec, attended, unit)
            visible = sees_listed(branch.keys.block, lists[branch.name])
        else:
            visible = sees(branch.keys, len(q), len(k.value))
        result = attended[branch.name] = attend(
            q, k, v, visible, scale, unit, rescoring(branch, arrays, unit),
            arrays.get(f"{branch.name}_sinks"))
        named[f"{branch.name}_lse"] = stored("f32", result.lse)
        outs.append(result.out)
    named["o"] = stored(spec.type, combine(spec, arrays.get("gates"), outs, unit,
                                            may_keep))
    return named, scored


def rank(arrays, branch, spec, attended, unit):
    """Scores [L, Hkv, Nslc] of a branch's blocks, how far two of them may be nearer to or further
    from one another, and `same(t, g, i, j)`: whether two are equal for everyone."""
    source = next(part for part in spec.page if part.name == branch.source)
    if source in spec.rankers:
        indexed = index_scores(arrays, source, spec, branch.keys.block, unit)
        slack = np.broadcast_to(2 * indexed.error.max(axis=-1, keepdims=True) + 1e-30,
                                indexed.scores.shape)
        return indexed.scores, slack, indexed.same
    of = attended[source.name]
    slack = 2 * (np.exp(2 * of.score_error.max(axis=-1, initial=0)) - 1) + 2e-5
    terms = block_terms(of, spec.kv_heads, source.keys, branch.keys.block)
    scores = block_scores(*terms)
    return scores, slack[:, None, None] * scores + 1e-30, same_terms(*terms)


def phi_weights(arrays, branch, side):
    prefix = f"{branch.name}_{side}_"
    return {name[len(prefix):]: array for name, array in arrays.items()
            if name.startswith(prefix)}
