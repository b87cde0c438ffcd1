# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""NSA's operations in plain torch, per sequence: what GPU results are compared with.

Written from the math (docs/nsa.md), not from the compiler. Two modes:

  Mode(torch.float64)            the truth: nothing is rounded inside an operation
  Mode(torch.float32, narrow)    the same-precision naive computation: float32 inside, and the
                                 probabilities rounded to `narrow` before they meet V, as an
                                 attention kernel with narrow operands does; `shift` is what
                                 they are multiplied by before they are rounded, and divided
                                 by after: a kernel that divides by the sum last rounds them
                                 at another place between two powers of two; `delta` shifts what
                                 a gradient makes of rounded outputs (spoil_delta)

Every tensor of one sequence: q [R, Hq, Dk] (R query rows at `positions` [R]; all rows unless
sampled), k [N, Hkv, Dk], v [N, Hkv, Dv]. Rows are worked on in chunks, so that the score
matrix of a chunk stays below CHUNK_BYTES."""
import dataclasses
import math

import torch

import specs

CHUNK_BYTES = 1 << 30
# TF32 would round the operands of float32 products to 10 bits.
torch.backends.cuda.matmul.allow_tf32 = False


@dataclasses.dataclass(frozen=True)
class Mode:
    compute: torch.dtype = torch.float64
    narrow: torch.dtype = None
    shift: float = 1.0
    delta: float = 0.0

    def round(self, x):
        if self.narrow is None:
            return x
        return (x * self.shift).to(self.narrow).to(self.compute) / self.shift

    def spoil_delta(self, delta, by_dim, by_key):
        """delta = sum by_dim = sum by_key, off by `delta` times the size of the sum of as many independent
        roundings: of an output's elements, and of the probabilities that it is the sum of."""
        size = torch.hypot(by_dim.norm(dim=-1), by_key.norm(dim=-1))
        return delta + self.delta * size * (torch.finfo(self.narrow).eps / 2)


def same_precision(narrow):
    """Modes of the naive computation whose roundings fall differently. Where one key decides a row,
    its rounding is all of the row's error: of few modes, all may be lucky."""
    return [Mode(torch.float32, narrow, 2.0**(i / 8)) for i in range(8)]


def same_precision_gradients(narrow):
    """And with a delta that is off by as much as the roundings of the output that it is made of may leave:
    it is one number, which decides the error of all rows of gradients whose keys cancel."""
    modes = same_precision(narrow)
    return [*modes, *(dataclasses.replace(modes[0], delta=sign) for sign in (1.0, -1.0))]


def _chunks(rows, bytes_per_row):
    step = max(1, CHUNK_BYTES // max(1, bytes_per_row))
    return [slice(i, min(i + step, rows)) for i in range(0, rows, step)]


# Compression (Eq 7)


def window_count(length, block, stride):
    return (length - block) // stride + 1 if length >= block else 0


def _activate(name, x):
    if name == "relu":
        return torch.relu(x)
    if name == "silu":
        return x * torch.sigmoid(x)
    return 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))


def compress(x, nsa, parameters, mode):
    """x [L, Hkv, D] -> rows [Ncmp, Hkv, D] in the compute type. `parameters` by name, `pos`
    among them where the spec has positions."""
    count = window_count(len(x), nsa.block, nsa.stride)
    rows = x.new_zeros((count, *x.shape[1:]), dtype=mode.compute)
    weights = {name: value.to(mode.compute) for name, value in parameters.items()}
    window_bytes = nsa.block * x[:1].numel() * torch.finfo(mode.compute).bits // 8
    for part in _chunks(count, window_bytes):
        begin, end = part.start * nsa.stride, (part.stop - 1) * nsa.stride + nsa.block
        y = x[begin:end].unfold(0, nsa.block, nsa.stride).to(mode.compute)  # [N, H, D, l]
        rows[part] = _phi(y.permute(1, 0, 3, 2), nsa, weights, mode).permute(1, 0, 2)
    return rows


def _phi(y, nsa, weights, mode):
    """y [Hkv, N, l, D] -> [Hkv, N, D]."""
    heads, count, block, dim = y.shape
    if "pos" in weights:
        y = mode.round(y + weights["pos"][:, None])
    options = nsa.phi_options()
    if options["kind"] == "mean":
        return y.mean(dim=2)
    if options["kind"] == "weighted":
        return torch.einsum("hnld,hl->hnd", y, weights["w"])
    if options["kind"] == "gated":
        logits = torch.einsum("hnld,hd->hnl", y, weights["u"]) + weights["c"][:, None]
        return torch.einsum("hnld,hnl->hnd", y, mode.round(torch.softmax(logits, -1)))
    flat = y.reshape(heads, count, block * dim)
    if options["kind"] == "linear":
        return flat @ weights["A"].reshape(heads, block * dim, dim)
    hidden = flat @ weights["B1"] + weights["b1"][:, None]
    hidden = mode.round(_activate(options["activation"], hidden))
    return hidden @ weights["B2"] + weights["b2"][:, None]


# Key sets: positions [r] -> bool [r, 1 or Hkv, N], which keys a query sees; of all keys, or of those
# numbered `keys`


def _numbers(count, keys, t):
    return torch.arange(count, device=t.device) if keys is None else keys


def sees_causal(length, keys=None):
    return lambda t, rows: (_numbers(length, keys, t) <= t[:, None])[:, None]


def sees_full(length, keys=None):
    return lambda t, rows: torch.ones((len(t), 1, len(_numbers(length, keys, t))), dtype=torch.bool,
                                      device=t.device)


def sees_window(length, window, keys=None):
    def visible(t, rows):
        u = _numbers(length, keys, t)
        return ((u <= t[:, None]) & (u > t[:, None] - window))[:, None]
    return visible


def sees_compressed(count, block, stride, keys=None):
    def visible(t, rows):
        last = _numbers(count, keys, t) * stride + block - 1
        return (last <= t[:, None])[:, None]
    return visible


def sees_selected(length, block, indices, keys=None):
    """indices [R, Hkv, n], -1 where unused; the rows are those of the queries."""
    def visible(t, rows):
        u = _numbers(length, keys, t)
        chosen = members(indices[rows], -(-length // block))[:, :, u // block]
        return chosen & (u <= t[:, None])[:, None]
    return visible


def members(indices, blocks):
    """indices [..., n] of blocks, -1 for none -> bool [..., blocks]."""
    chosen = torch.zeros((*indices.shape[:-1], blocks + 1), dtype=torch.bool,
                         device=indices.device)
    # An unused slot lands in an extra column.
    slots = torch.where(indices < 0, blocks, indices).long()
    return chosen.scatter_(-1, slots, True)[..., :blocks]


# Score regions and sinks


@dataclasses.dataclass(frozen=True)
class Scoring:
    """What becomes of scores. `region` is one of specs.SCORE_REGIONS, `learned` its numbers per
    head by name, `sinks` [Hq]; keys of a stride d stand at their window's first token."""

    region: str = ""
    learned: dict = dataclasses.field(default_factory=dict)
    sinks: torch.Tensor = None
    stride: int = 1

    def apply(self, s, positions, mode):
        """s [Hkv, r, G, N] of queries at `positions` [r]."""
        kv_heads, _, group, count = s.shape
        per_head = lambda x: x.to(mode.compute).reshape(kv_heads, 1, group, 1)
        numbers = {name: per_head(x) for name, x in self.learned.items()}
        key = torch.arange(count, device=s.device) * self.stride
        ahead = (key - positions[:, None])[None, :, None].to(mode.compute)
        head = per_head(torch.arange(kv_heads * group, device=s.device))
        capped = lambda: torch.tanh(s / specs.CAP) * specs.CAP
        if self.region == "fast_cap":
            # A tanh that is `afn` may be off by 2^-10.5 of its value, and all of a row alike: the
            # naive ones are off by 2^-11.
            off = 0 if mode.narrow is None else 2.0**-11
            return torch.tanh(s / specs.CAP) * (specs.CAP * (1 + off))
        return {
            "": lambda: s,
            "cap": capped,
            "alibi": lambda: s + ahead * numbers["slope"],
            "alibi_of_head": lambda: s + ahead * torch.exp2(-0.5 * (head + 1)),
            "bias": lambda: s + numbers["bias"],
            "cap_and_bias": lambda: capped() + numbers["bias"],
            "far_half": lambda: torch.where(ahead < -48, s / 2, s),
        }[self.region]()


# Attention (Eq 8)


def _probabilities(q, k, visible, scale, mode, scoring, positions):
    """q [r, Hq, D], k [Hkv, N, D] in the compute type, visible [r, 1 or Hkv, N] -> p
    [Hkv, r, G, N], 0 for a query that sees nothing, and lse [Hkv, r, G]."""
    kv_heads, r, heads = len(k), len(q), q.shape[1]
    grouped = q.to(mode.compute).reshape(r, kv_heads, heads // kv_heads, -1).transpose(0, 1)
    s = grouped.reshape(kv_heads, r * (heads // kv_heads), -1) @ k.transpose(1, 2)
    s = s.reshape(kv_heads, r, heads // kv_heads, -1).mul_(scale)
    s = scoring.apply(s, positions, mode)
    mask = visible.transpose(0, 1)[:, :, None]
    s = s.masked_fill_(~mask, -math.inf)
    lse = torch.logsumexp(s, -1)
    if scoring.sinks is not None:
        sinks = scoring.sinks.to(mode.compute).reshape(kv_heads, 1, -1)
        lse = torch.logaddexp(lse, sinks.expand_as(lse))
    empty = lse == -math.inf
    p = s.sub_(lse.masked_fill(empty, 0)[..., None]).exp_()
    return p, lse


def _operand(x, mode):
    return x.to(mode.compute).transpose(0, 1).contiguous()


def attend(q, k, v, visible, positions, scale, mode, scoring=Scoring()):
    """-> o [R, Hq, Dv] and lse [R, Hq] in the compute type."""
    rows, heads = q.shape[:2]
    o = q.new_zeros((rows, heads, v.shape[2]), dtype=mode.compute)
    lse = q.new_full((rows, heads), -math.inf, dtype=mode.compute)
    if scoring.sinks is not None:
        lse[:] = scoring.sinks.to(mode.compute)
    if len(k) == 0 or rows == 0:
        return o, lse
    keys, values = _operand(k, mode), _operand(v, mode)
    row_bytes = heads * len(k) * torch.finfo(mode.compute).bits // 8
    for part in _chunks(rows, row_bytes):
        p, part_lse = _probabilities(q[part], keys, visible(positions[part], part), scale, mode,
                                     scoring, positions[part])
        kv_heads, r, group, n = p.shape
        result = mode.round(p).reshape(kv_heads, r * group, n) @ values
        o[part] = result.reshape(kv_heads, r, group, -1).transpose(0, 1).reshape(r, heads, -1)
        lse[part] = part_lse.transpose(0, 1).reshape(r, heads)
    return o, lse


# Selection (Eq 9 to 11)


def overlap_weights(nsa):
    """W of the windows that meet one block, from window l/d - 1 before the block's first to
    the last that begins in it: shared tokens in units of the stride. The same for all."""
    first = -(nsa.block // nsa.stride - 1)
    starts = [i * nsa.stride for i in range(first, nsa.select // nsa.stride)]
    shared = [min(s + nsa.block, nsa.select) - max(s, 0) for s in starts]
    return [x // nsa.stride for x in shared]


def score_blocks(q, kc, length, positions, nsa, scale, mode, scoring=Scoring()):
    """s [R, Hkv, Nslc] in the compute type; a block's score sums over a group's heads."""
    rows, kv_heads = len(q), kc.shape[1]
    blocks = -(-length // nsa.select)
    scores = q.new_zeros((rows, kv_heads, blocks), dtype=mode.compute)
    if len(kc) == 0:
        return scores
    weights = torch.tensor(overlap_weights(nsa), dtype=mode.compute, device=q.device)
    step = nsa.select // nsa.stride
    before = nsa.block // nsa.stride - 1
    after = max(0, blocks * step - len(kc))
    keys = _operand(kc, mode)
    visible = sees_compressed(len(kc), nsa.block, nsa.stride)
    row_bytes = q.shape[1] * len(kc) * torch.finfo(mode.compute).bits // 8
    for part in _chunks(rows, row_bytes):
        p, _ = _probabilities(q[part], keys, visible(positions[part], part), scale, mode,
                              scoring, positions[part])
        p = torch.nn.functional.pad(p.sum(dim=2), (before, after))  # [Hkv, r, ..]
        windows = p.unfold(-1, len(weights), step)[:, :, :blocks]
        scores[part] = (windows @ weights).transpose(0, 1)
    return scores


def index_keys(k, nsa, mode, narrow):
    """Index keys k [L, Hik, Di], or means of `pool` of them each, rounded as their tensor is."""
    if nsa.pool == 1:
        return k.to(mode.compute)
    count = len(k) // nsa.pool
    means = k[:count * nsa.pool].to(mode.compute).reshape(count, nsa.pool, *k.shape[1:]).mean(1)
    return means.to(k.dtype).to(mode.compute) if narrow else means


def index_scores(q, keys, weights, length, positions, nsa, mode):
    """s [R, Hkv, Nslc] of q [R, Hi, Di] and keys [N, Hik, Di], -inf where no key of a block is
    seen, and the largest sum [R, Hkv] of magnitudes that a score sums."""
    rows, heads = q.shape[:2]
    kv_heads, keys_per_block = nsa.kv_heads, nsa.select // nsa.pool
    blocks = -(-length // nsa.select)
    scores = q.new_full((rows, kv_heads, blocks), -math.inf, dtype=mode.compute)
    sizes = q.new_zeros((rows, kv_heads), dtype=mode.compute)
    if len(keys) == 0:
        return scores, sizes
    shared = torch.arange(kv_heads, device=q.device) // (kv_heads // keys.shape[1])
    operand = keys[:, shared].permute(1, 2, 0)  # [Hkv, Di, N]
    last = torch.arange(len(keys), device=q.device) * nsa.pool + nsa.pool - 1
    pad = blocks * keys_per_block - len(keys)
    row_bytes = 2 * heads * len(keys) * torch.finfo(mode.compute).bits // 8
    for part in _chunks(rows, row_bytes):
        r = len(q[part])
        grouped = q[part].to(mode.compute).reshape(r, kv_heads, -1, q.shape[2]).transpose(0, 1)
        c = torch.einsum("grhd,gdn->grhn", grouped, operand)
        size = torch.einsum("grhd,gdn->grhn", grouped.abs(), operand.abs())
        if nsa.ranker == "relu_index":
            weight = weights[part].to(mode.compute).reshape(r, kv_heads, -1, 1).transpose(0, 1)
            c, size = torch.relu(c) * weight, size * weight.abs()
        c = c.sum(dim=2).masked_fill((last > positions[part, None])[None], -math.inf)
        c = torch.nn.functional.pad(c, (0, pad), value=-math.inf)
        scores[part] = c.reshape(kv_heads, r, blocks, -1).amax(-1).transpose(0, 1)
        sizes[part] = size.sum(dim=2).amax(-1).transpose(0, 1)
    return scores, sizes


def forced_blocks(positions, blocks, nsa):
    """bool [R, 1, Nslc]: the blocks that are always taken; the future's are not."""
    j = torch.arange(blocks, device=positions.device)
    own = (positions // nsa.select)[:, None]
    return (((j < nsa.initial) | (j > own - nsa.local)) & (j <= own))[:, None]


def select_topk(scores, positions, nsa):
    """-> indices [R, Hkv, n], ascending, -1 last."""
    rows, kv_heads, blocks = scores.shape
    taken = min(nsa.count, blocks)
    j = torch.arange(blocks, device=scores.device)
    future = (j > (positions // nsa.select)[:, None])[:, None]
    ranked = torch.where(forced_blocks(positions, blocks, nsa), math.inf, scores)
    ranked = torch.where(future, -math.inf, ranked)
    # A stable sort leaves equal scores in the order of their blocks.
    values, order = torch.sort(ranked, dim=-1, descending=True, stable=True)
    chosen = torch.where(values == -math.inf, blocks, order)[..., :taken]
    chosen = torch.sort(chosen, dim=-1).values
    indices = torch.full((rows, kv_heads, nsa.count), -1, device=scores.device)
    indices[..., :taken] = torch.where(chosen == blocks, -1, chosen)
    return indices


# Combination (Eq 5)


def combine(gates, branches, kind, mode):
    """gates [R, Hq, C] and one [R, Hq, Dv] per branch -> [R, Hq, Dv]. A same-precision computation
    rounds what `o_1 * g_1 + o_2 * g_2 + ...` does of narrow tensors: each product and each sum."""
    weight = gates.to(mode.compute)
    if kind == "logits":
        weight = torch.sigmoid(weight)
    total = None
    for c, o in enumerate(branches):
        term = mode.round(weight[:, :, c, None] * mode.round(o))
        total = term if total is None else mode.round(total + term)
    return total
