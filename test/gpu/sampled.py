# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Gradients of one long sequence at sampled queries and keys, by the formulas that docs/gradients.md
has: as functions of what a backward entry takes, the forward's lse and outputs included. A query's
row needs the keys that it sees, a key's all queries, but of the sampled keys alone."""
import dataclasses

import torch

import backward_cases
import checks
import gradient
import inputs
import large
import truth

QUERIES = 4096  # at a time


@dataclasses.dataclass
class Branch:
    """An attention of the entry's `given` arguments, number `number` among the branches of a sum,
    or the only one: None."""

    name: str
    number: int
    nsa: object
    given: dict

    def argument(self, which):
        """The name of what its keys or values are made of."""
        own = f"{self.name}_{which}"
        return own if own in self.given else which

    def keys(self, which, numbers, mode):
        name = f"compressed_{which}_output" if self.name == "compressed" else self.argument(which)
        return self.given[name][numbers].to(mode.compute)

    def out(self, t, mode):
        return self.given["o" if self.number is None else f"{self.name}_out"][t].to(mode.compute)

    def gate(self, t, mode):
        gates = self.given["gates"][t, :, self.number].to(mode.compute)
        return torch.sigmoid(gates) if self.nsa.gates == "logits" else gates

    def dout(self, t, mode):
        dout = self.given["grad_o"][t].to(mode.compute)
        return dout if self.number is None else mode.round(dout * self.gate(t, mode)[..., None])

    def visible(self, t, u=None):
        """bool [Hkv or 1, queries, 1, keys]: who of t sees u, or any key."""
        lists = self.given.get("selected_indices")
        sees = gradient.sees(self.name, self.nsa, len(self.given["q"]), lists, u)
        return sees(t, t).transpose(0, 1)[:, :, None]

    def pairs(self, t, u, mode):
        """P and dS [Hkv, queries, G, keys], and what dq, dk and dv multiply them with: q and dout
        [queries, Hkv, G, D], k."""
        grouped = lambda x: x.reshape(len(t), self.nsa.kv_heads, -1, *x.shape[2:])
        q, dout = grouped(self.given["q"][t].to(mode.compute)), grouped(self.dout(t, mode))
        lse = grouped(self.given[f"{self.name}_lse"][t].to(mode.compute)).transpose(0, 1)[..., None]
        delta = (dout * grouped(self.out(t, mode))).sum(-1).transpose(0, 1)[..., None]
        k, v = (self.keys(which, u, mode) for which in "kv")
        scores = torch.einsum("thgd,uhd->htgu", q, k) * self.nsa.dk**-0.5
        p = torch.exp(scores - lse).masked_fill(~self.visible(t, u), 0)
        ds = p * (torch.einsum("thgd,uhd->htgu", dout, v) - delta)
        return mode.round(p), mode.round(ds), q, dout, k

    def grad_q(self, queries, mode):
        """[queries, Hq, D]."""
        rows = []
        for t in queries[:, None]:
            u = self.visible(t).flatten(0, 2).any(0).nonzero()[:, 0]
            _, ds, _, _, k = self.pairs(t, u, mode)
            rows.append(torch.einsum("htgu,uhd->thgd", ds, k).flatten(1, 2))
        return torch.cat(rows) * self.nsa.dk**-0.5

    def grad_keys(self, u, mode):
        """Of keys and of values, [keys, Hkv, D]."""
        every = torch.arange(len(self.given["q"]), device=u.device)
        dk, dv = 0, 0
        for t in every.split(QUERIES):
            p, ds, q, dout, _ = self.pairs(t, u, mode)
            dk = dk + torch.einsum("htgu,thgd->uhd", ds, q)
            dv = dv + torch.einsum("htgu,thgd->uhd", p, dout)
        return {"k": dk * self.nsa.dk**-0.5, "v": dv}

    def grad_tokens(self, tokens, mode):
        """Of what keys and values are made of, at some tokens."""
        if self.name != "compressed":
            return self.grad_keys(tokens, mode)
        nsa, length = self.nsa, len(self.given["q"])
        last = truth.window_count(length, nsa.block, nsa.stride) - 1
        # The windows of each token, of which there are some: one number may stand there twice.
        first = ((tokens - nsa.block) // nsa.stride + 1).clamp(0, last)
        spans = [list(range(i, min(j, last) + 1)) for i, j in
                 zip(first.tolist(), (tokens // nsa.stride).tolist())]
        windows = torch.tensor(sorted({i for span in spans for i in span}), device=tokens.device)
        grads = self.grad_keys(windows, mode)
        row_of = {i: row for row, i in enumerate(windows.tolist())}
        return {which: torch.stack([self._grad_token(which, token, span, grads[which], row_of, mode)
                                    for token, span in zip(tokens.tolist(), spans)])
                for which in "kv"}

    def _grad_token(self, which, token, span, grads, row_of, mode):
        """The token's gradient through the windows numbered `span`, whose rows have `grads`."""
        nsa = self.nsa
        x = self.given[self.argument(which)]
        begin = (span[0] if span else 0) * nsa.stride
        own = x[begin:begin + (len(span) - 1) * nsa.stride + nsa.block].to(mode.compute).requires_grad_()
        if not span or token >= begin + len(own):
            return torch.zeros_like(own[0])
        prefix = f"compressed_{which}_"
        phi = {name: self.given[prefix + name] for name in nsa.phi_parameters(x.shape[2])}
        rows = truth.compress(own, nsa, phi, mode)
        rows.backward(mode.round(grads[[row_of[i] for i in span]]))
        return own.grad[token - begin]


def differentiate(branches, sampled, mode):
    """`grad_<name>` of q, of gates and of what keys and values are made of, at sampled tokens."""
    grads = {"grad_q": 0}
    for branch in branches:
        grads["grad_q"] = mode.round(grads["grad_q"] + branch.grad_q(sampled, mode))
        for which, rows in branch.grad_tokens(sampled, mode).items():
            name = f"grad_{branch.argument(which)}"
            grads[name] = grads.get(name, 0) + rows
    if branches[0].number is not None:
        grads["grad_gates"] = torch.stack([_grad_gate(branch, sampled, mode) for branch in branches], -1)
    return grads


def _grad_gate(branch, t, mode):
    grad = (branch.given["grad_o"][t].to(mode.compute) * branch.out(t, mode)).sum(-1)
    gate = branch.gate(t, mode)
    return grad * gate * (1 - gate) if branch.nsa.gates == "logits" else grad


def check_values(program, clean, report):
    """The rows of sampled tokens of a batch of one sequence against the truth."""
    names = backward_cases.branches_of(program.case)
    branches = [Branch(name, i if len(names) > 1 else None, program.nsa, program.inputs())
                for i, name in enumerate(names)]
    sampled = large.sample_positions(program.tokens, program.device)
    exact, *naive = (differentiate(branches, sampled, mode)
                     for mode in checks.modes(inputs.TYPES[program.nsa.type]))
    for name in exact:  # no parameter is: they are sums over all tokens
        report["values"].append(gradient.compare(name, clean[name][sampled], exact[name],
                                                 [x[name] for x in naive]))
