# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The gradients of a spec's forward function: PyTorch's autograd of plain attention, in float64 the truth.

In a mode that rounds (truth.same_precision), it is the same-precision computation: an attention rounds its
output, which delta is of, and the operands of its products, P and dS; gradients round where a tensor of
the narrow type is between two operations. All arrays are of truth.py's shapes, a sequence at a time."""
import dataclasses
import math

import torch

import expected
import truth

# What f32 sums leave of gradients that cancel, of an array's largest element: those of a query that
# sees one key are 0.
CANCELLED = 1e-5
# Of rows with fewer elements, such as a token and head's gates, several are compared as one: of few, all
# same-precision errors may be small where the kernel's is not.
SHORT = 48


def _join_rows(x):
    """Rows of SHORT elements, the last filled up with 0."""
    flat = x.reshape(-1)
    return torch.nn.functional.pad(flat, (0, -len(flat) % SHORT)).reshape(-1, 1, SHORT)


def compare(name, actual, exact, naives, is_parameter=False):
    """expected.compare of a gradient. Of a parameter all is one row: single elements of what sums over
    tokens may cancel."""
    shape = lambda x: x
    if is_parameter:
        shape = lambda x: x.reshape(1, 1, -1)
    elif actual.shape[2] < SHORT:
        shape = _join_rows
    least = CANCELLED * exact.abs().amax().item() if exact.numel() else 0.0
    return expected.compare(name, shape(actual), shape(exact), [shape(x) for x in naives], least)


class RoundGradient(torch.autograd.Function):
    """x; its gradient is rounded as a narrow tensor's is."""

    @staticmethod
    def forward(ctx, x, mode):
        ctx.mode = mode
        return x.clone()

    @staticmethod
    def backward(ctx, grad):
        return ctx.mode.round(grad), None


class WeightedValues(torch.autograd.Function):
    """The output of rows of scores s [Hkv, T, G, N + sinks] over values v [N, Hkv, Dv], with the roundings
    of kernels, which keep P from the scores and delta from the output."""

    @staticmethod
    def forward(ctx, s, v, mode):
        p = _softmax(s)[..., :len(v)]
        out = mode.round(torch.einsum("gthu,ugd->tghd", mode.round(p), v))
        ctx.save_for_backward(s, v, out)
        ctx.mode = mode
        return out

    @staticmethod
    def backward(ctx, grad):
        s, v, out = ctx.saved_tensors
        p, grad = _softmax(s), ctx.mode.round(grad)
        dp = torch.zeros_like(p)
        dp[..., :len(v)] = torch.einsum("tghd,ugd->gthu", grad, v)
        by_dim = (grad * out).permute(1, 0, 2, 3)  # [Hkv, T, G, Dv]
        delta = ctx.mode.spoil_delta(by_dim.sum(-1), by_dim, p * dp)[..., None]
        dv = torch.einsum("gthu,tghd->ugd", ctx.mode.round(p[..., :len(v)]), grad)
        return ctx.mode.round(p * (dp - delta)), dv, None


def _softmax(s):
    """Rows of nothing but -inf are 0."""
    empty = (s == -math.inf).all(-1, keepdim=True)
    return torch.softmax(s.masked_fill(empty, 0.0), -1) * ~empty


def attend(q, k, v, visible, scale, mode, scoring):
    """o [T, Hq, Dv] of all rows of a sequence; `visible` as truth.sees_* make it."""
    tokens, kv_heads = len(q), k.shape[1]
    if len(k) == 0 and scoring.sinks is None:
        return q.new_zeros((tokens, q.shape[1], v.shape[2]))
    every = torch.arange(tokens, device=q.device)
    grouped = q.reshape(tokens, kv_heads, -1, q.shape[2])
    s = scoring.apply(torch.einsum("tghd,ugd->gthu", grouped, k) * scale, every, mode)
    seen = visible(every, slice(None)).transpose(0, 1)[:, :, None]
    s = s.masked_fill(~seen, -math.inf)
    if scoring.sinks is not None:
        sinks = scoring.sinks.reshape(kv_heads, 1, -1, 1).expand(*s.shape[:3], 1)
        s = torch.cat([s, sinks], -1)
    if mode.narrow is None:
        out = torch.einsum("gthu,ugd->tghd", _softmax(s)[..., :len(k)], v)
    else:
        out = WeightedValues.apply(s, v, mode)
    return out.reshape(tokens, -1, v.shape[2])


def sees(name, nsa, length, lists, keys=None):
    """Which keys of a sequence its queries see, in the branch that has the name of its key set."""
    if name == "compressed":
        count = truth.window_count(length, nsa.block, nsa.stride)
        return truth.sees_compressed(count, nsa.block, nsa.stride, keys)
    if name == "selected":
        return truth.sees_selected(length, nsa.select, lists, keys)
    if name == "window":
        return truth.sees_window(length, nsa.window, keys)
    return {"causal": truth.sees_causal, "full": truth.sees_full}[name](length, keys)


@dataclasses.dataclass
class Sequence:
    """One sequence of a batch (expected.Batch): `leaf` are the arguments, in the compute type, whose
    gradients are asked for."""

    batch: object
    leaf: dict
    mode: object
    begin: int
    length: int

    def keys(self, branch, which):
        own = self.leaf.get(f"{branch}_{which}")
        return (self.leaf[which] if own is None else own)[self.begin:self.begin + self.length]

    def compressed(self, branch, which):
        """Compressed rows with the values that the kernel gave, and the gradient of the math."""
        prefix, nsa = f"{branch}_{which}_", self.batch.nsa
        parameters = {name[len(prefix):]: x for name, x in self.leaf.items() if name.startswith(prefix)}
        rows = truth.compress(self.keys(branch, which), nsa, parameters, self.mode)
        narrow = self.batch.arguments["q"].dtype
        given = self.batch.rows.get(which)
        given = (rows.detach().to(narrow) if given is None else
                 given[self.begin // nsa.stride:][:len(rows)]).to(rows.dtype)
        return RoundGradient.apply(rows + (given - rows).detach(), self.mode)

    def scoring(self, branch):
        plain, prefix = self.batch.scoring(branch), f"{branch}_"
        return dataclasses.replace(
            plain, learned={name: self.leaf[prefix + name] for name in plain.learned},
            sinks=None if plain.sinks is None else self.leaf[prefix + "sinks"])

    def branch(self, name, q):
        """o of the branch, which has the name of its key set, for queries of all tokens."""
        nsa, length = self.batch.nsa, self.length
        keys = self.compressed if name == "compressed" else self.keys
        k, v = (keys(name, which) for which in "kv")
        lists = self.batch.indices
        visible = sees(name, nsa, length, lists if lists is None else lists[self.begin:self.begin + length])
        return attend(q, k, v, visible, nsa.dk**-0.5, self.mode, self.scoring(name))

    def output(self, branches):
        outputs, q = [], self.leaf["q"][self.begin:self.begin + self.length]
        for name in branches:
            # Gradients of queries add up in a tensor of the narrow type, a branch at a time.
            q = RoundGradient.apply(q, self.mode)
            outputs.append(self.branch(name, q))
        if len(outputs) == 1:
            return outputs[0]
        gates = self.leaf["gates"][self.begin:self.begin + self.length]
        return truth.combine(gates, outputs, self.batch.nsa.gates, self.mode)


def has_gradient(name, x):
    """A ranker's arguments have none."""
    return x.dtype.is_floating_point and not name.startswith("index_")


def differentiate(batch, branches, grad_o, mode):
    """o, and `grad_<name>` of each argument that has one, in the compute type."""
    leaf = {name: x.detach().to(mode.compute).requires_grad_()
            for name, x in batch.arguments.items() if has_gradient(name, x)}
    o = grad_o.new_zeros(grad_o.shape, dtype=mode.compute)
    for _, begin, positions in batch.sequences():
        own = slice(begin, begin + len(positions))
        out = Sequence(batch, leaf, mode, begin, len(positions)).output(branches)
        if out.requires_grad:
            out.backward(grad_o[own].to(mode.compute))
        o[own] = out.detach()
    zero = lambda x: torch.zeros_like(x) if x.grad is None else x.grad
    return {"o": o, **{f"grad_{name}": zero(x) for name, x in leaf.items()}}
