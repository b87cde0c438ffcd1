# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What an entry should return for packed sequences, and how far its result may be off.

The rule (docs/numerics.md), for each row (a token and head's vector, or its lse): its largest
error is at most twice that of the same-precision computation in torch, plus what rounding the
row's largest value alone may cost; lse is f32 and gets 1e-5 of its value, or of 1. Of a row with
few keys, the error is that of a few roundings, which all its elements share, and one computation
may be lucky with them: so a row is held against the worst of four, whose roundings fall
differently. Selection: a block in one list and not in the other scores within 1e-5 * G of the
truth's n-th."""
import collections
import dataclasses
import math

import torch

import inputs
import specs
import truth

BRANCHES = ("compressed", "selected", "window")
UNIT_ROUNDOFF = {torch.bfloat16: 2.0**-8, torch.float16: 2.0**-11, torch.float32: 1e-5}
SCORE_TOLERANCE = 1e-5
TIE = 1e-12  # scores that differ by less in float64 are equal in the reals


@dataclasses.dataclass
class Batch:
    """A case's arguments and what of the kernels' own results the truth continues from."""

    nsa: object
    lengths: list
    arguments: dict  # name -> tensor
    rows: dict = dataclasses.field(default_factory=dict)  # compressed rows "k", "v", packed
    indices: torch.Tensor = None  # packed lists
    positions: list = None  # per sequence: sampled query positions, or all

    def sequences(self):
        """(b, offset, positions) of each sequence that has queries."""
        device = self.arguments["q"].device
        for b, (begin, length) in enumerate(zip(inputs.offsets_of(self.lengths),
                                                self.lengths)):
            positions = (torch.arange(length, device=device) if self.positions is None
                         else self.positions[b])
            if len(positions):
                yield b, begin, positions

    def query_rows(self):
        """The packed rows of the queries, in the order of sequences()."""
        rows = [begin + positions for _, begin, positions in self.sequences()]
        return (torch.cat(rows) if rows else
                torch.zeros(0, dtype=torch.long, device=self.arguments["q"].device))

    def keys(self, branch, which):
        """k or v of a branch: its own or the shared one."""
        own = self.arguments.get(f"{branch}_{which}")
        return self.arguments[which] if own is None else own

    def phi(self, which):
        prefix = f"compressed_{which}_"
        return {name[len(prefix):]: value for name, value in self.arguments.items()
                if name.startswith(prefix)}

    def scoring(self, branch=""):
        """What becomes of the scores of a branch, or of a single attend's."""
        prefix = branch and f"{branch}_"
        learned = specs.SCORE_REGIONS[self.nsa.scores][1] if self.nsa.scores else ()
        return truth.Scoring(
            self.nsa.scores, {name: self.arguments[prefix + name] for name in learned},
            self.arguments[prefix + "sinks"] if self.nsa.sinks else None,
            self.nsa.stride if branch == "compressed" else 1)

    def compressed(self, which, b, begin, mode):
        """Compressed rows of sequence b, rounded as the tensor that holds them is."""
        length = self.lengths[b]
        count = truth.window_count(length, self.nsa.block, self.nsa.stride)
        if which in self.rows:
            first = begin // self.nsa.stride
            return self.rows[which][first:first + count]
        x = self.keys("compressed", which)
        return truth.compress(x[begin:begin + length], self.nsa, self.phi(which),
                              mode).to(x.dtype)


def _join(batch, parts, mode):
    """One tensor per name from the sequences' parts; of no rows where there is none."""
    if parts:
        return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    return collections.defaultdict(lambda: torch.zeros(0, dtype=mode.compute,
                                                       device=batch.arguments["q"].device))


def nsa_forward(batch, mode):
    """o and the lse of each branch at batch.query_rows(), given batch.indices."""
    nsa, scale, parts = batch.nsa, batch.nsa.dk**-0.5, []
    for b, begin, positions in batch.sequences():
        length, at = batch.lengths[b], begin + positions
        q = batch.arguments["q"][at]
        kc, vc = (batch.compressed(which, b, begin, mode) for which in "kv")
        sees = {
            "compressed": truth.sees_compressed(len(kc), nsa.block, nsa.stride),
            "selected": truth.sees_selected(length, nsa.select, batch.indices[at]),
            "window": truth.sees_window(length, nsa.window),
        }
        part, outputs = {}, []
        own = slice(begin, begin + length)
        for branch in BRANCHES:
            k, v = ((kc, vc) if branch == "compressed" else
                    (batch.keys(branch, "k")[own], batch.keys(branch, "v")[own]))
            o, part[f"{branch}_lse"] = truth.attend(q, k, v, sees[branch], positions, scale,
                                                    mode, batch.scoring(branch))
            outputs.append(o)
        part["o"] = truth.combine(batch.arguments["gates"][at], outputs, nsa.gates, mode)
        parts.append(part)
    return _join(batch, parts, mode)


def single_attend(batch, kind, mode):
    """o and lse at batch.query_rows() of one attend whose arguments hold all it needs."""
    nsa, parts = batch.nsa, []
    q, k, v = (batch.arguments[name] for name in "qkv")
    for b, begin, positions in batch.sequences():
        length, at = batch.lengths[b], begin + positions
        own = slice(begin, begin + length)
        if kind == "compressed":
            first = begin // nsa.stride
            count = truth.window_count(length, nsa.block, nsa.stride)
            own = slice(first, first + count)
            visible = truth.sees_compressed(count, nsa.block, nsa.stride)
        elif kind == "selected":
            visible = truth.sees_selected(length, nsa.select, batch.arguments["indices"][at])
        elif kind == "window":
            visible = truth.sees_window(length, nsa.window)
        else:
            visible = {"causal": truth.sees_causal, "full": truth.sees_full}[kind](length)
        scoring = dataclasses.replace(batch.scoring(),
                                      stride=nsa.stride if kind == "compressed" else 1)
        o, lse = truth.attend(q[at], k[own], v[own], visible, positions, nsa.dk**-0.5, mode,
                              scoring)
        parts.append({"o": o, "lse": lse})
    return _join(batch, parts, mode)


def compress_rows(batch, which, count, mode):
    """All packed compressed rows [count, Hkv, D]; 0 where no window is."""
    x = batch.keys("compressed", which)
    rows = x.new_zeros((count, *x.shape[1:]), dtype=mode.compute)
    for b, begin, _ in batch.sequences():
        part = truth.compress(x[begin:begin + batch.lengths[b]], batch.nsa, batch.phi(which),
                              mode)
        rows[begin // batch.nsa.stride:][:len(part)] = part
    return rows


def _rows(x):
    """Rows of [T, H, D] are a token and head's vectors; of [T, H], its scalars."""
    return x.reshape(-1, x.shape[-1]) if x.dim() > 2 else x.reshape(-1, 1)


def compare(name, actual, exact, naives, least=0.0):
    """The row of one output that fits its tolerance least, and whether all rows pass. A row has
    a tolerance of its own, so that large values hide nothing elsewhere; infinities must agree;
    neither a NaN nor a row whose tolerance is not finite passes. `naives`: what the
    same-precision computations give; `least`: what any row may be off by."""
    dtype = actual.dtype
    actual = actual.to(exact.dtype)
    if actual.numel() == 0:
        return {"name": name, "error": 0.0, "tolerance": 0.0, "scale": 0.0, "rows_wrong": 0,
                "passed": True}
    difference = lambda x: _rows(torch.where(x == exact, 0.0, (x - exact).abs()).nan_to_num(
        nan=math.inf, posinf=math.inf)).amax(-1)
    scale = _rows(exact.abs().nan_to_num(posinf=0.0)).amax(-1)
    error = difference(actual)
    naive_error = torch.stack(
        [difference(naive.to(dtype).to(exact.dtype)) for naive in naives]).amax(0)
    # A logarithm near 0 is as exact as one near 1: its terms are of that size.
    floor = scale.clamp(min=1.0) if name.endswith("lse") else scale
    tolerance = 2 * naive_error + UNIT_ROUNDOFF[dtype] * floor + least
    wrong = ~((error <= tolerance) & tolerance.isfinite())
    worst = torch.where(wrong, math.inf, (error / tolerance).nan_to_num(nan=0.0)).argmax()
    return {"name": name, "error": error[worst].item(), "tolerance": tolerance[worst].item(),
            "scale": scale[worst].item(), "rows_wrong": int(wrong.sum()),
            "passed": not bool(wrong.any())}


def check_selection(batch, exact_ties):
    """Compares batch.indices with the truth's choice, given the same compressed rows."""
    nsa, mode = batch.nsa, truth.Mode()
    report = {"name": "indices", "lists": 0, "differing": 0, "worst_gap": 0.0,
              "tolerance": SCORE_TOLERANCE * nsa.group, "problem": ""}
    for b, begin, positions in batch.sequences():
        at = begin + positions
        kc = batch.compressed("k", b, begin, mode)
        q = batch.arguments["q"][at]
        scoring = batch.scoring("compressed")
        scores = truth.score_blocks(q, kc, batch.lengths[b], positions, nsa, nsa.dk**-0.5,
                                    mode, scoring)
        slack = torch.zeros_like(scores[..., 0])
        if "k" not in batch.rows:
            # The kernel's compressed rows are unknown: allow what their rounding may do.
            x = batch.keys("compressed", "k")[begin:begin + batch.lengths[b]]
            unrounded = truth.compress(x, nsa, batch.phi("k"), mode)
            other = truth.score_blocks(q, unrounded, batch.lengths[b], positions, nsa,
                                       nsa.dk**-0.5, mode, scoring)
            slack = (other - scores).abs().amax(-1)
        if nsa.scores == "fast_cap":  # a device's tanh may be off by 2^-10.5 of it
            slack = slack + scores.amax(-1) * 2 * math.expm1(2 * specs.CAP * 2.0**-10.5)
        problem = _check_lists(batch.indices[at].long(), scores, positions, slack, nsa,
                               exact_ties, report)
        if problem and not report["problem"]:
            report["problem"] = f"sequence {b}, {problem}"
    report["passed"] = not report["problem"]
    return report


def check_ranked_selection(batch, exact_ties):
    """As check_selection, of blocks that an index ranker ranks. A score may be off by f32's
    roundings of what it sums, and by what the rounding of a mean of keys may do."""
    nsa, mode = batch.nsa, truth.Mode()
    report = {"name": "indices", "lists": 0, "differing": 0, "worst_gap": 0.0,
              "tolerance": 0.0, "problem": ""}
    roundoff = 2 * (math.sqrt(nsa.index_dim) + math.sqrt(nsa.index_heads) + 16) * 2.0**-24
    for b, begin, positions in batch.sequences():
        length, at = batch.lengths[b], begin + positions
        k = batch.arguments["index_k"][begin:begin + length]
        weights = batch.arguments.get("index_w")
        weights = None if weights is None else weights[at]
        score = lambda narrow: truth.index_scores(
            batch.arguments["index_q"][at], truth.index_keys(k, nsa, mode, narrow), weights,
            length, positions, nsa, mode)
        scores, sizes = score(True)
        slack = roundoff * sizes
        if nsa.pool > 1:
            other = (score(False)[0] - scores).abs().nan_to_num(nan=0.0)  # of -inf twice
            slack = slack + 2 * other.amax(-1)
        problem = _check_lists(batch.indices[at].long(), scores, positions, slack, nsa,
                               exact_ties, report)
        if problem and not report["problem"]:
            report["problem"] = f"sequence {b}, {problem}"
    report["passed"] = not report["problem"]
    return report


def ranked_forward(batch, mode):
    """o and the lse of a selected branch, given batch.indices."""
    given = dataclasses.replace(batch, arguments={**batch.arguments, "indices": batch.indices})
    result = single_attend(given, "selected", mode)
    return {"o": result["o"], "selected_lse": result["lse"]}


def _check_lists(got, scores, positions, slack, nsa, exact_ties, report):
    """got [R, Hkv, n], scores [R, Hkv, Nslc]; the first list that is wrong, in words."""
    blocks = scores.shape[-1]
    own = (positions // nsa.select)[:, None, None]
    report["lists"] += got.shape[0] * got.shape[1]

    def first(bad, what):
        if not bad.any():
            return ""
        row, head = bad.nonzero()[0].tolist()
        return (f"position {positions[row].item()}, kv head {head}: {what}, "
                f"got {got[row, head].tolist()}")

    out_of_range = ((got < -1) | (got > own)).any(-1)
    following = torch.where(got < 0, blocks + torch.arange(got.shape[-1], device=got.device),
                            got)
    disordered = (following.diff(dim=-1) <= 0).any(-1)
    if (out_of_range | disordered).any():
        return first(out_of_range | disordered,
                     "expected ascending blocks up to the query's own, -1 last")
    want = truth.select_topk(scores, positions, nsa)
    miscounted = (got >= 0).sum(-1) != (want >= 0).sum(-1)
    has, needs = truth.members(got, blocks), truth.members(want, blocks)
    forced = truth.forced_blocks(positions, blocks, nsa)
    nth = torch.where(needs & ~forced, scores, math.inf).amin(-1, keepdim=True)
    differs = has != needs
    gap = torch.where(differs, torch.where(forced, math.inf, (scores - nth).abs()), 0.0)
    report["differing"] += int(differs.sum())
    report["worst_gap"] = max(report["worst_gap"], gap.max().item())
    problem = first(miscounted, "a wrong count of blocks") or first(
        gap.amax(-1) > report["tolerance"] + slack, "a block far from the n-th score")
    if exact_ties and not problem:
        # Of blocks that tie with the n-th, the lower ones must have been taken.
        tied = (scores - nth).abs() <= TIE
        j = torch.arange(blocks, device=got.device)
        lowest_missing = torch.where(needs & ~has & tied, j, blocks).amin(-1)
        highest_extra = torch.where(has & ~needs & tied, j, -1).amax(-1)
        problem = first(lowest_missing < highest_extra, "a tie that the higher block won")
    return problem
