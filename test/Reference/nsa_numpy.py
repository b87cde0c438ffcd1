#!/usr/bin/env python3
"""NSA's forward in vectorized NumPy: a second opinion on Fovea's reference.

Independent of lib/Reference by construction: dense masks and einsum in place of
loops, overlaps counted by token membership in place of a closed form, lexsort
in place of a stable sort. float64 throughout; only NumPy is needed. Equation
numbers are those of arXiv 2502.11089.

Shapes: q [T, Hq, Dk], k [T, Hkv, Dk], v [T, Hkv, Dv], gates [T, Hq, 3] in the
order compressed, selected, window; offsets (cu_seqlens) [B + 1]. Functions named
`*_one` take one sequence, T = L.

  nsa_numpy.py DIR [flags]   compares DIR/o.npy with the forward of the arrays
                             q, k, v, gates and cu_seqlens there
  nsa_numpy.py --self-test   compares this module with scalar loops
"""

import argparse
import dataclasses
import math
import os
import sys

import numpy as np


@dataclasses.dataclass
class Options:
    """Block sizes and window in tokens, counts in selection blocks."""

    block: int = 32
    stride: int = 16
    select_block: int = 64
    count: int = 16
    initial: int = 1
    local: int = 2
    window: int = 512
    phi: str = "mean"
    activation: str = "gelu"
    gates: str = "logits"
    scale: float = None  # Dk^-1/2 unless given


@dataclasses.dataclass
class Phi:
    """Weights of phi in the order w | u, c | A | B1, b1, B2, b2; pos [Hkv, l, D]."""

    weights: tuple = ()
    pos: np.ndarray = None


# Compression


def num_windows(length, block, stride):
    return max(0, (length - block + stride) // stride)


def activate(name, x):
    if name == "relu":
        return np.maximum(x, 0)
    if name == "silu":
        return x / (1 + np.exp(-x))
    if name == "gelu":
        return 0.5 * x * (1 + np.vectorize(math.erf, otypes=[float])(x / 2**0.5))
    raise ValueError(f"expected relu, gelu or silu, got {name}")


def apply_phi(y, options, weights):
    """y [N, l, H, D], positions added -> [N, H, D]."""
    if options.phi == "mean":
        return y.mean(axis=1)
    if options.phi == "weighted":
        return np.einsum("nlhd,hl->nhd", y, weights[0])
    if options.phi == "gated":
        logits = np.einsum("nlhd,hd->nlh", y, weights[0]) + weights[1].T
        a = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.einsum("nlhd,nlh->nhd", y, a / a.sum(axis=1, keepdims=True))
    if options.phi == "linear":
        return np.einsum("nlhd,hlde->nhe", y, weights[0])
    if options.phi == "mlp":
        b1_matrix, b1, b2_matrix, b2 = weights
        flat = y.transpose(0, 2, 1, 3).reshape(len(y), y.shape[2], y.shape[1] * y.shape[3])
        hidden = activate(options.activation, np.einsum("nhi,him->nhm", flat, b1_matrix) + b1)
        return np.einsum("nhm,hmd->nhd", hidden, b2_matrix) + b2
    raise ValueError(f"expected mean, weighted, gated, linear or mlp, got {options.phi}")


def compress_one(x, options, phi=Phi()):
    """x [L, H, D] -> [Ncmp, H, D] (Eq 7)."""
    count = num_windows(len(x), options.block, options.stride)
    tokens = np.arange(count)[:, None] * options.stride + np.arange(options.block)
    y = x[tokens]
    if phi.pos is not None:
        y = y + phi.pos.transpose(1, 0, 2)
    return apply_phi(y, options, phi.weights)


# Masks [L, N]: which of N keys the query at each position sees


def causal_mask(length):
    return np.tri(length, dtype=bool)


def window_mask(length, window):
    return np.tri(length, dtype=bool) & ~np.tri(length, k=-window, dtype=bool)


def compressed_mask(length, block, stride):
    last = np.arange(num_windows(length, block, stride)) * stride + block - 1
    return np.arange(length)[:, None] >= last


def selected_mask(indices, length, select_block):
    """indices [L, Hkv, n] -> [L, Hkv, L]."""
    blocks = -(-length // select_block)
    chosen = np.zeros(indices.shape[:2] + (blocks + 1,), dtype=bool)
    # An unused slot, -1, lands in the extra column.
    np.put_along_axis(chosen, indices, True, axis=2)
    per_token = np.repeat(chosen[:, :, :blocks], select_block, axis=2)[:, :, :length]
    return per_token & causal_mask(length)[:, None, :]


# Attention


def probabilities(q, k, mask, scale):
    """q [L, Hkv, G, D], k [N, Hkv, D], mask [L, Hkv or 1, N].

    Returns p [L, Hkv, G, N], 0 for an empty row, and lse [L, Hkv, G] (Eq 8)."""
    if k.shape[0] == 0:
        return np.zeros(q.shape[:3] + (0,)), np.full(q.shape[:3], -np.inf)
    s = scale * np.einsum("lhgd,nhd->lhgn", q, k)
    s = np.where(mask[:, :, None, :], s, -np.inf)
    empty = ~mask.any(axis=-1)[:, :, None]
    top = np.where(empty, 0, s.max(axis=-1))
    e = np.exp(s - top[..., None])
    total = e.sum(axis=-1)
    with np.errstate(divide="ignore"):
        lse = top + np.log(total)
    return e / np.where(empty, 1, total)[..., None], lse


def attend_one(q, k, v, mask, scale):
    """mask [L, N] or [L, Hkv, N] -> o [L, Hq, Dv], lse [L, Hq]."""
    length, heads, dim = q.shape
    kv_heads = k.shape[1]
    if mask.ndim == 2:
        mask = mask[:, None, :]
    p, lse = probabilities(q.reshape(length, kv_heads, -1, dim), k, mask, scale)
    o = np.einsum("lhgn,nhd->lhgd", p, v)
    return o.reshape(length, heads, v.shape[2]), lse.reshape(length, heads)


# Selection


def overlap_weights(windows, blocks, options):
    """W [windows, blocks] (Eq 9): shared tokens in units of the stride, counted
    by a matrix product of token memberships."""
    token = np.arange(max(windows * options.stride + options.block, blocks * options.select_block))
    start = np.arange(windows)[:, None] * options.stride
    in_window = (token >= start) & (token < start + options.block)
    in_block = token // options.select_block == np.arange(blocks)[:, None]
    return in_window.astype(float) @ in_block.T.astype(float) / options.stride


def score_blocks_one(q, kc, options, scale):
    """s [L, Hkv, Nslc] (Eq 8 to 10)."""
    length, _, dim = q.shape
    kv_heads = kc.shape[1]
    mask = compressed_mask(length, options.block, options.stride)[:, None, :]
    p, _ = probabilities(q.reshape(length, kv_heads, -1, dim), kc, mask, scale)
    weights = overlap_weights(kc.shape[0], -(-length // options.select_block), options)
    return np.einsum("lhgn,nj->lhj", p, weights)


def select_topk_one(scores, options):
    """scores [L, Hkv, N] -> indices [L, Hkv, n], ascending, -1 last (Eq 11)."""
    length, kv_heads, blocks = scores.shape
    if options.count < options.initial + options.local:
        raise ValueError(f"expected count >= initial + local, got {options}")
    own = (np.arange(length) // options.select_block)[:, None, None]
    j = np.broadcast_to(np.arange(blocks), scores.shape)
    forced = (j < options.initial) | (j > own - options.local)
    score = np.where(np.isnan(scores), -np.inf, scores)
    # lexsort's last key is the first to decide: not the future, forced, score, j.
    order = np.lexsort((j, np.where(forced, 0, -score), ~forced, j > own), axis=-1)
    taken = order[:, :, : options.count]
    taken = np.sort(np.where(taken > own, blocks, taken), axis=-1)
    indices = np.full((length, kv_heads, options.count), -1, dtype=np.int64)
    indices[:, :, : taken.shape[2]] = np.where(taken == blocks, -1, taken)
    return indices


def combine(gates, branches, kind="logits"):
    """gates [T, Hq, C], branches [T, Hq, Dv] each -> [T, Hq, Dv] (Eq 5)."""
    if kind == "logits":
        gates = 1 / (1 + np.exp(-gates))
    return np.einsum("thc,cthd->thd", gates, np.stack(branches))


# The whole


def forward_one(q, k, v, gates, options, phi_k=Phi(), phi_v=Phi()):
    """One sequence -> dict of kc, vc, scores, indices, o_cmp, o_slc, o_win, o and
    the lse of each branch."""
    length = len(q)
    scale = q.shape[2] ** -0.5 if options.scale is None else options.scale
    r = {"kc": compress_one(k, options, phi_k), "vc": compress_one(v, options, phi_v)}
    visible = compressed_mask(length, options.block, options.stride)
    r["o_cmp"], r["lse_cmp"] = attend_one(q, r["kc"], r["vc"], visible, scale)
    r["scores"] = score_blocks_one(q, r["kc"], options, scale)
    r["indices"] = select_topk_one(r["scores"], options)
    chosen = selected_mask(r["indices"], length, options.select_block)
    r["o_slc"], r["lse_slc"] = attend_one(q, k, v, chosen, scale)
    r["o_win"], r["lse_win"] = attend_one(q, k, v, window_mask(length, options.window), scale)
    r["o"] = combine(gates, [r["o_cmp"], r["o_slc"], r["o_win"]], options.gates)
    return r


def forward(q, k, v, gates, offsets, options, phi_k=Phi(), phi_v=Phi()):
    """Packed sequences -> o [T, Hq, Dv]; tokens of no sequence are 0."""
    o = np.zeros(q.shape[:2] + v.shape[2:])
    for begin, end in zip(offsets[:-1], offsets[1:]):
        own = slice(begin, end)
        if end > begin:
            o[own] = forward_one(q[own], k[own], v[own], gates[own], options, phi_k, phi_v)["o"]
    return o


# Files


def load(directory, name):
    """An array as float64 (int64 for i4); two-byte void or unsigned is bf16."""
    array = np.load(os.path.join(directory, name + ".npy"))
    if array.dtype.kind in "Vu" and array.dtype.itemsize == 2:
        array = (array.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
    return array.astype(np.int64 if array.dtype.kind == "i" else np.float64)


def load_phi(directory, which):
    """Optional files phi_<which>.0.npy, .1.npy, .. and pos_<which>.npy."""

    def exists(name):
        return os.path.exists(os.path.join(directory, name + ".npy"))

    weights = []
    while exists(f"phi_{which}.{len(weights)}"):
        weights.append(load(directory, f"phi_{which}.{len(weights)}"))
    pos = load(directory, f"pos_{which}") if exists(f"pos_{which}") else None
    return Phi(tuple(weights), pos)


def check_directory(directory, options, tolerance):
    """Prints one line; returns whether o.npy is within `tolerance`."""
    q, k, v, gates, offsets, actual = (
        load(directory, name) for name in ("q", "k", "v", "gates", "cu_seqlens", "o")
    )
    phis = load_phi(directory, "k"), load_phi(directory, "v")
    expected = forward(q, k, v, gates, offsets, options, *phis)
    if actual.shape != expected.shape:
        print(f"{directory}: expected o of shape {expected.shape}, got {actual.shape}")
        return False
    error = np.abs(actual - expected).max(initial=0)
    ok = bool(error <= tolerance)  # a NaN is not
    relation = "<=" if ok else "exceeds"
    print(f"{directory}: max|err| = {error:.3e} {relation} {tolerance:.1e}, o {actual.shape}")
    return ok


# Self-test


def brute_force(q, k, v, gates, o):
    """forward_one with phi = mean, one query, head, key and token at a time."""
    length, heads, dim = q.shape
    group = heads // k.shape[1]
    scale = dim**-0.5
    windows = [range(s, s + o.block) for s in range(0, length - o.block + 1, o.stride)]
    out = np.zeros((length, heads, v.shape[2]))

    def attend(t, h, keys, values):
        weights = [math.exp(scale * float(q[t, h] @ key)) for key in keys]
        total = sum(weights)
        p = [w / total for w in weights]
        return p, sum((x * y for x, y in zip(p, values)), np.zeros(v.shape[2]))

    for t in range(length):
        for g in range(k.shape[1]):
            seen = [w for w in windows if w[-1] <= t]
            keys = [sum(k[u, g] for u in w) / o.block for w in seen]
            values = [sum(v[u, g] for u in w) / o.block for w in seen]
            score = [0.0] * (t // o.select_block + 1)
            branches = {}
            for h in range(g * group, (g + 1) * group):
                p, o_cmp = attend(t, h, keys, values)
                branches[h] = [o_cmp]
                for w, x in zip(seen, p):
                    for u in w:
                        score[u // o.select_block] += x / o.stride
            own = len(score) - 1
            chosen = {j for j in range(own + 1) if j < o.initial or j > own - o.local}
            rest = sorted(set(range(own + 1)) - chosen, key=lambda j: (-score[j], j))
            chosen |= set(rest[: o.count - len(chosen)])
            selected = [u for u in range(t + 1) if u // o.select_block in chosen]
            window = range(max(0, t - o.window + 1), t + 1)
            for h, results in branches.items():
                for tokens in (selected, window):
                    keys_of = [k[u, g] for u in tokens]
                    results.append(attend(t, h, keys_of, [v[u, g] for u in tokens])[1])
                for gate, result in zip(gates[t, h], results):
                    out[t, h] += result / (1 + math.exp(-gate))
    return out


def check_phi():
    """Each phi on numbers small enough for a head: see CompressTest.cpp."""
    x = np.array([1.0, 3.0]).reshape(2, 1, 1)

    def run(kind, *weights, activation="relu", pos=None, x=x):
        options = Options(block=2, stride=2, phi=kind, activation=activation)
        shaped = tuple(np.array(w, dtype=float) for w in weights)
        return compress_one(x, options, Phi(shaped, pos)).ravel()

    mlp = [[[1, -1], [2, 1]]], [[-8, 1]], [[[10], [4]]], [[0.5]]
    log3 = math.log(3)
    np.testing.assert_allclose(run("mean"), [2])
    np.testing.assert_allclose(run("mean", pos=np.array([[[10.0], [20.0]]])), [17])
    np.testing.assert_allclose(run("weighted", [[10, 1]]), [13])
    np.testing.assert_allclose(run("gated", [[log3]], [[2 * log3, 0]]), [2])
    np.testing.assert_allclose(run("gated", [[0]], [[log3, 0]]), [1.5])
    y = np.array([[[1.0, 1.0]], [[5.0, 7.0]]])
    np.testing.assert_allclose(run("linear", [[[[1, 2], [3, 4]], [[0, 1], [1, 0]]]], x=y), [11, 11])
    np.testing.assert_allclose(run("mlp", *mlp), [12.5])
    np.testing.assert_allclose(run("mlp", *mlp, activation="gelu"), [10.897248684314863])
    np.testing.assert_allclose(run("mlp", *mlp, activation="silu"), [9.241475308169257])


def self_test():
    rng = np.random.default_rng(0)
    weights = overlap_weights(20, 5, Options())
    assert weights[3:8, 1].tolist() == [1, 2, 2, 2, 1] and weights[:, 1].sum() == 8
    assert num_windows(32768, 32, 16) == 2047 and num_windows(31, 32, 16) == 0
    scores = np.array([0, 1, 1, 1, 0.0]).reshape(1, 1, 5).repeat(5, axis=0)
    tied = select_topk_one(scores, Options(select_block=1, count=2, initial=0, local=0))
    assert tied[:, 0].tolist() == [[0, -1], [0, 1], [1, 2], [1, 2], [1, 2]]
    check_phi()
    worst = 0
    for sizes in ((4, 2, 8, 3, 1, 1, 5), (4, 4, 4, 4, 1, 2, 7), (8, 2, 4, 5, 2, 3, 100)):
        options = Options(*sizes)
        for length in (1, 3, 8, 61):
            q, k, v, gates = (
                rng.standard_normal((length,) + shape) for shape in ((4, 6), (2, 6), (2, 5), (4, 3))
            )
            fast = forward_one(q, k, v, gates, options)["o"]
            slow = brute_force(q, k, v, gates, options)
            worst = max(worst, np.abs(fast - slow).max())
    print(f"self-test: max|err| = {worst:.3e} against scalar loops")
    return worst < 1e-12


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("directory", nargs="?")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--tolerance", type=float, default=1e-5)
    for field in dataclasses.fields(Options):
        kind = float if field.name == "scale" else type(field.default)
        flag = "--" + field.name.replace("_", "-")
        parser.add_argument(flag, type=kind, default=field.default)
    arguments = vars(parser.parse_args())
    directory, tolerance = arguments.pop("directory"), arguments.pop("tolerance")
    if arguments.pop("self_test"):
        return 0 if self_test() else 1
    if directory is None:
        parser.error("expected a directory or --self-test")
    return 0 if check_directory(directory, Options(**arguments), tolerance) else 1


if __name__ == "__main__":
    sys.exit(main())
