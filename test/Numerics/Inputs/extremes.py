# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""NaN, infinities and huge logits: the tables of docs/numerics.md, one check a row, on the
device that the second argument names. What is expected is computed here, in float64.

    extremes.py FILE cpu LIBOMP
    extremes.py FILE reference"""
import os
import subprocess
import sys
import tempfile

import numpy as np

from compiled import Compiled

LENGTHS = [200, 90]
STARTS = np.concatenate([[0], np.cumsum(LENGTHS)])
TOKENS = int(STARTS[-1])
HEADS, DIM = 2, 16
INF = np.inf


class Runner:
    def __init__(self, folder, spec, device, *openmp):
        self.folder, self.spec, self.device = folder, spec, device
        self.compiled = Compiled(folder, spec, *openmp) if device == "cpu" else None

    def __call__(self, entry, outputs, **inputs):
        if self.compiled:
            results = self.compiled(entry, LENGTHS, inputs)
            return [results[name] for name in outputs]
        path = lambda name: os.path.join(self.folder, name + ".npy")
        command = ["fovea-run", self.spec, f"--entry={entry}", f"--device={self.device}",
                   "--lengths=" + ",".join(map(str, LENGTHS))]
        for name, array in inputs.items():
            np.save(path(name), np.asarray(array))
            command.append(f"--input={name}={path(name)}")
        command += [f"--output={name}={path(name)}" for name in outputs]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return [np.load(path(name)) for name in outputs]


def expect(what, condition):
    if not condition:
        sys.exit(f"{what}: failed")


def passed(what):
    print(f"{what}: ok")


def random_inputs(seed=3):
    random = np.random.default_rng(seed)
    normal = lambda *shape: random.standard_normal(shape).astype(np.float32)
    return {"q": normal(TOKENS, HEADS, DIM), "k": normal(TOKENS, 1, DIM), "v": normal(TOKENS, 1, DIM)}


def attend(q, k, v):
    """Causal attention of each sequence by the rules: a key at -inf weighs nothing."""
    out, lse = np.zeros(q.shape), np.full(q.shape[:2], -INF)
    with np.errstate(all="ignore"):
        for begin, end in zip(STARTS, STARTS[1:]):
            for t in range(begin, end):
                logits = q[t].astype(np.float64) @ k[begin:t + 1, 0].astype(np.float64).T
                for h in range(HEADS):
                    kept = logits[h] != -INF
                    s = logits[h][kept]
                    if s.size == 0:
                        continue
                    p = np.exp(s - s.max())
                    lse[t, h] = s.max() + np.log(p.sum())
                    out[t, h] = p / p.sum() @ v[begin:t + 1, 0][kept].astype(np.float64)
    return out, lse


def compare(what, got, want, tolerance=2e-5):
    for a, b in zip(got, want):
        finite = np.isfinite(b)
        expect(what + ", which are NaN", np.array_equal(np.isnan(a), np.isnan(b)))
        expect(what + ", which are infinite", np.array_equal(a[np.isinf(b)], b[np.isinf(b)]))
        expect(what + ", which are finite", np.isfinite(a[finite]).all())
        error = np.abs(a[finite] - b[finite]) / np.maximum(1, np.abs(b[finite]))
        expect(f"{what}, values: {error.max()}", error.max() <= tolerance)


def check_infinite_keys(run):
    x = random_inputs()
    x["q"][:, :, 0] = 1
    x["k"][[3, 17, 64, 65, 200], 0, 0] = -INF
    compare("-inf", run("causal", ["o", "lse"], **x), attend(**x))
    passed("keys at -inf weigh nothing")
    x["k"][:70, 0, 0] = -INF
    o, lse = run("causal", ["o", "lse"], **x)
    compare("empty", (o, lse), attend(**x))
    expect("empty rows", (o[:70] == 0).all() and (lse[:70] == -INF).all())
    passed("a row of logits at -inf is empty")


def check_nan(run):
    clean = random_inputs()
    o, lse = run("causal", ["o", "lse"], **clean)
    x = {name: array.copy() for name, array in clean.items()}
    x["k"][50, 0, 3] = np.nan
    dirty_o, dirty_lse = run("causal", ["o", "lse"], **x)
    sees = np.zeros(TOKENS, bool)
    sees[50:200] = True
    expect("NaN key, seen", np.isnan(dirty_o[sees]).all() and np.isnan(dirty_lse[sees]).all())
    expect("NaN key, not seen", np.array_equal(dirty_o[~sees], o[~sees]) and
           np.array_equal(dirty_lse[~sees], lse[~sees]))
    passed("a NaN key reaches who sees it, and nobody else")

    x = {name: array.copy() for name, array in clean.items()}
    x["q"][60, 1, 5] = np.nan
    dirty_o, dirty_lse = run("causal", ["o", "lse"], **x)
    row = np.zeros((TOKENS, HEADS), bool)
    row[60, 1] = True
    expect("NaN query", np.isnan(dirty_o[row]).all() and np.isnan(dirty_lse[row]).all())
    expect("NaN query, others", np.array_equal(dirty_o[~row], o[~row]) and
           np.array_equal(dirty_lse[~row], lse[~row]))
    passed("a NaN query is its own row's affair")

    x = {name: array.copy() for name, array in clean.items()}
    x["q"][:, :, 0] = 1
    x["k"][50, 0, 0] = INF
    dirty_o, dirty_lse = run("causal", ["o", "lse"], **x)
    expect("+inf", np.isnan(dirty_o[sees]).all() and np.isnan(dirty_lse[sees]).all())
    expect("+inf, not seen", np.isfinite(dirty_o[~sees]).all())
    passed("a logit at +inf gives NaN")

    x = {name: array.copy() for name, array in clean.items()}
    x["v"][50, 0, 3] = np.nan
    dirty_o, dirty_lse = run("causal", ["o", "lse"], **x)
    expect("NaN value, seen", np.isnan(dirty_o[sees][..., 3]).all())
    expect("NaN value, lse", np.array_equal(dirty_lse, lse))
    expect("NaN value, other sequence", np.array_equal(dirty_o[200:], o[200:]))
    expect("NaN value, other columns", np.array_equal(np.delete(dirty_o, 3, 2), np.delete(o, 3, 2)))
    passed("a NaN value reaches who sees it, and no other sequence")


def large_inputs(size, seed=4):
    """Logits that are one product each, so that f32 computes them all but exactly: the keys'
    first elements are of 12 bits, and far apart."""
    x = random_inputs(seed)
    random = np.random.default_rng(seed)
    x["q"][:] = 0
    x["k"][:] = 0
    x["q"][:, 0, 0], x["q"][:, 1, 0] = 1, 2
    x["k"][:, 0, 0] = random.permutation(TOKENS) * (size / TOKENS)
    return x


def check_large(run):
    for size in (1e5, 1e9, 1e12, 1e30):
        x = large_inputs(size)
        compare(f"{size:.0e}", run("causal", ["o", "lse"], **x), attend(**x))
        passed(f"logits around {size:.0e}")
    x = large_inputs(1e12)
    x["k"] -= np.float32(3e12)
    x["k"][:, 0, 1:] = 0
    compare("negative", run("causal", ["o", "lse"], **x), attend(**x))
    passed("negative logits around 1e+12")
    x = large_inputs(1e12)
    x["k"][::7, 0, 0] = 3e12
    compare("ties", run("causal", ["o", "lse"], **x), attend(**x))
    passed("equal large logits share")


def check_gated(run):
    random = np.random.default_rng(5)
    k = random.standard_normal((TOKENS, 1, DIM)).astype(np.float32)
    u = random.standard_normal((1, DIM)).astype(np.float32)
    c = random.standard_normal((1, 8)).astype(np.float32)
    c[0, [0, 1, 5]] = -INF

    def expected():
        rows = np.zeros((TOKENS // 4, 1, DIM))
        for begin, end in zip(STARTS, STARTS[1:]):
            for i in range(max(0, (end - begin - 8) // 4 + 1)):
                y = k[begin + 4 * i:begin + 4 * i + 8, 0].astype(np.float64)
                a = np.exp(y @ u[0] + c[0])
                rows[begin // 4 + i, 0] = a @ y / (a.sum() or 1)
        return rows

    compare("gated", run("gated", ["kc"], k=k, u=u, c=c), [expected()])
    passed("gated rows at -inf weigh nothing")
    c[:] = -INF
    got = run("gated", ["kc"], k=k, u=u, c=c)[0]
    expect("gated, all", (got == 0).all())
    passed("a gated window of rows at -inf is 0")


def check_choice(run):
    random = np.random.default_rng(6)
    q = random.standard_normal((TOKENS, HEADS, DIM)).astype(np.float32)
    kc = random.standard_normal((TOKENS // 4, 1, DIM)).astype(np.float32)
    choose = lambda lse: run("choose", ["indices"], q=q, kc=kc, lse=lse.astype(np.float32))[0][:, 0]
    local = np.concatenate([np.arange(n) // 8 for n in LENGTHS])
    # All blocks score 0: ties go to the lowest.
    chosen = choose(np.full((TOKENS, HEADS), -INF))
    late = local >= 3
    expect("-inf", (chosen[late, 0] == 0).all() and (chosen[late, 1] == 1).all() and
           (chosen[late, 2] == local[late]).all())
    passed("blocks by an lse of -inf score 0")
    lse = np.full((TOKENS, HEADS), 3.0)
    lse[:, 1] = np.nan
    chosen = choose(lse)
    expect("NaN", (chosen[:, 0] == local).all() and (chosen[:, 1:] == -1).all())
    passed("blocks by an lse of NaN are not chosen")
    # One window's logit is by far the largest: its two blocks are chosen beside the local one,
    # but where its size makes the head count for nothing and ties go to the lowest blocks.
    top = 3  # windows 12 .. 20 of the first sequence: blocks 1 and 2
    visible = np.array([max(0, (t + 1 - 8) // 4 + 1) for n in LENGTHS for t in range(n)])
    first = np.repeat([0, STARTS[1] // 4], LENGTHS)
    rows = np.arange(TOKENS)[(np.arange(TOKENS) < 200) & (local >= 3)]
    for size, expected in ((1e8, [1, 2]), (1e12, [1, 2] if run.device == "reference" else [0, 1])):
        q[:], kc[:] = 0, 0
        q[:, :, 0] = 1
        kc[:, 0, 0] = size / 2 * random.permutation(TOKENS // 4) / TOKENS
        kc[top, 0, 0] = size
        largest = [kc[f:f + n, 0, 0].max() if n else -INF for f, n in zip(first, visible)]
        chosen = choose(np.repeat(np.array(largest)[:, None], HEADS, 1))
        expect(f"large, {size}", (chosen[rows, :2] == expected).all() and
               (chosen[rows, 2] == local[rows]).all())
    passed("blocks by large logits are ranked, or score 0")


def ranked(iq, ik, weights=None):
    """Lists of 3 blocks of 8, the last of which is forced, by index scores [tokens]."""
    lists = np.full((TOKENS, 3), -1)
    with np.errstate(invalid="ignore"):
        for begin, end in zip(STARTS, STARTS[1:]):
            for t in range(begin, end):
                c = ik[begin:t + 1, 0].astype(np.float64) @ iq[t].astype(np.float64).T
                if weights is not None:
                    c = np.where(c > 0, c, 0) * weights[t]
                c = c.sum(axis=1)
                own = (t - begin) // 8
                best = [np.fmax.reduce(c[8 * j:8 * j + 8]) for j in range(own)]
                order = sorted((j for j in range(own) if best[j] > -INF), key=lambda j: (-best[j], j))
                chosen = sorted(order[:2] + [own])
                lists[t, :len(chosen)] = chosen
    return lists


def check_ranked(run):
    random = np.random.default_rng(7)
    iq = random.standard_normal((TOKENS, HEADS, DIM)).astype(np.float32)
    ik = random.standard_normal((TOKENS, 1, DIM)).astype(np.float32)
    rank = lambda: run("rank", ["indices"], iq=iq, ik=ik)[0][:, 0]
    # NaN first, last and in the middle of a block, and a block of nothing else.
    ik[[8, 23, 36, *range(48, 56)], 0, 3] = np.nan
    expect("NaN", np.array_equal(rank(), ranked(iq, ik)))
    passed("an index key that is NaN does not count")
    weights = random.standard_normal((TOKENS, HEADS)).astype(np.float32)
    got = run("rank_relu", ["indices"], iq=iq, ik=ik, w=weights)[0][:, 0]
    expect("relu", np.array_equal(got, ranked(iq, ik, weights)))
    passed("a rectified NaN is 0")
    # Three blocks past f32, as many as a list names: the query's own stays.
    ik[:] = np.where(np.isnan(ik), 0, ik)
    iq[:, :, 0] = 1e25
    ik[[8, 16, 24], 0, 0] = 3e25, 2e25, 1e25
    late = np.arange(40, 200)
    got = rank()
    expect("large", (got[late, :2] == [1, 2]).all() and (got[late, 2] == late // 8).all())
    passed("index scores past f32 do not push out forced blocks")


def check_scores(run):
    """A soft cap of 4 and a sink per head."""
    x = random_inputs()
    sinks = np.array([0.5, -INF], np.float32)
    o, lse = run("capped", ["o", "lse"], **x, sinks=sinks)
    want_o, want_lse = np.zeros(o.shape), np.zeros(lse.shape)
    for begin, end in zip(STARTS, STARTS[1:]):
        for t in range(begin, end):
            s = 4 * np.tanh(x["q"][t].astype(np.float64) @ x["k"][begin:t + 1, 0].T / 4)
            e, own = np.exp(s), np.exp(sinks.astype(np.float64))
            total = e.sum(axis=1) + own
            want_o[t], want_lse[t] = (e / total[:, None]) @ x["v"][begin:t + 1, 0], np.log(total)
    compare("capped", (o, lse), (want_o, want_lse))
    passed("a sink takes weight, and one of -inf is none")
    x["q"][:, :, 0] = 1
    x["k"][5, 0, 0], x["k"][9, 0, 0] = INF, -INF  # capped: 4 and -4
    bent, _ = run("capped", ["o", "lse"], **x, sinks=sinks)
    expect("infinite products", np.isfinite(bent).all())
    x["k"][9, 0, 0] = np.nan
    dirty, _ = run("capped", ["o", "lse"], **x, sinks=sinks)
    expect("NaN, not seen", np.isfinite(dirty[:9]).all() and np.isfinite(dirty[200:]).all())
    expect("NaN, seen", np.isnan(dirty[9:200]).all())
    passed("a region sees infinities and NaN as they are")
    o, lse = run("capped", ["o", "lse"], **random_inputs(), sinks=np.array([np.nan, INF], np.float32))
    expect("NaN and +inf", np.isnan(o).all() and np.isnan(lse).all())
    passed("a sink of NaN or +inf makes its head NaN")


def main():
    with tempfile.TemporaryDirectory() as folder:
        run = Runner(folder, *sys.argv[1:])
        for check in (check_infinite_keys, check_nan, check_large, check_gated, check_choice,
                      check_ranked, check_scores):
            check(run)


main()
