#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks truth.py against test/Reference/nsa_numpy.py on the CPU: two formulations of the same
math must agree to the last digits of float64. So must gradient.py's two, autograd's and that with
the roundings of kernels, where nothing is rounded. Needs torch and NumPy, no GPU."""
import dataclasses
import pathlib
import sys

import numpy as np
import torch

import expected
import gradient
import inputs
import specs
import truth

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Reference"))
import nsa_numpy  # noqa: E402

PHI = ["mean", "weighted", "gated", "linear", "mlp, hidden = 5, activation = relu",
       "mlp, hidden = 5, activation = gelu", "mlp, hidden = 5, activation = silu"]
BLOCKS = [(32, 16, 64), (16, 16, 64), (64, 32, 64), (32, 8, 32), (64, 64, 64), (32, 16, 128)]


def check_one(nsa, lengths, rng):
    """Both whole forwards of one packed batch; returns the largest difference."""
    tokens = sum(lengths)
    draw = lambda *shape: torch.from_numpy(rng.standard_normal(shape))
    arguments = {"q": draw(tokens, nsa.heads, nsa.dk), "k": draw(tokens, nsa.kv_heads, nsa.dk),
                 "v": draw(tokens, nsa.kv_heads, nsa.dv), "gates": draw(tokens, nsa.heads, 3)}
    phis = []
    for which, dim in (("k", nsa.dk), ("v", nsa.dv)):
        parameters = {name: draw(*shape) / 4
                      for name, shape in nsa.phi_parameters(dim).items()}
        arguments.update({f"compressed_{which}_{n}": x for n, x in parameters.items()})
        position = parameters.pop("pos", None)
        phis.append(nsa_numpy.Phi(tuple(x.numpy() for x in parameters.values()),
                                  None if position is None else position.numpy()))
    phi = nsa.phi_options()
    options = nsa_numpy.Options(nsa.block, nsa.stride, nsa.select, nsa.count, nsa.initial,
                                nsa.local, nsa.window, phi["kind"],
                                phi.get("activation", "gelu"), nsa.gates)
    batch = expected.Batch(nsa, lengths, arguments)
    batch.indices = torch.full((tokens, nsa.kv_heads, nsa.count), -1)
    worst, begin = 0, 0
    theirs = []
    for length in lengths:
        own = slice(begin, begin + length)
        begin += length
        x = [arguments[name][own].numpy() for name in ("q", "k", "v", "gates")]
        r = nsa_numpy.forward_one(*x, options, *phis) if length else None
        theirs.append((own, r))
        if r is None:
            continue
        positions = torch.arange(length)
        kc = truth.compress(arguments["k"][own], nsa, batch.phi("k"), truth.Mode())
        scores = truth.score_blocks(arguments["q"][own], kc, length, positions, nsa,
                                    nsa.dk**-0.5, truth.Mode())
        worst = max(worst, abs(scores.numpy() - r["scores"]).max(initial=0))
        indices = truth.select_topk(torch.from_numpy(r["scores"]), positions, nsa)
        assert (indices.numpy() == r["indices"]).all(), "a different choice of blocks"
        batch.indices[own] = indices
    compact = expected.nsa_forward(batch, truth.Mode())
    ours = {name: torch.zeros((tokens, *x.shape[1:]), dtype=x.dtype).index_copy_(
        0, batch.query_rows(), x) for name, x in compact.items()}
    names = {"o": "o", "compressed_lse": "lse_cmp", "selected_lse": "lse_slc",
             "window_lse": "lse_win"}
    for own, r in theirs:
        for mine, its in names.items() if r else []:
            a, b = ours[mine][own].numpy(), r[its]
            assert (np.isinf(a) == np.isinf(b)).all(), f"{mine}: -inf in other places"
            finite = np.isfinite(b)
            worst = max(worst, abs(a[finite] - b[finite]).max(initial=0))
    report = expected.check_selection(batch, exact_ties=False)
    assert report["passed"], report
    return worst


def check_gradient(nsa, branches, lengths):
    """The largest difference of gradients, relative to the largest of its array."""
    case = {"data": "normal", "seed": 3, "lengths": lengths, "tail": 0}
    tokens, device = sum(lengths), torch.device("cpu")
    shapes = {"q": (tokens, nsa.heads, nsa.dk), "k": (tokens, nsa.kv_heads, nsa.dk),
              "v": (tokens, nsa.kv_heads, nsa.dv), "gates": (tokens, nsa.heads, len(branches))}
    for which, dim in (("k", nsa.dk), ("v", nsa.dv)):
        shapes.update({f"compressed_{which}_{name}": shape
                       for name, shape in nsa.phi_parameters(dim).items()})
    shapes.update({f"{branch}_sinks": (nsa.heads,) for branch in branches if nsa.sinks})
    learned = specs.SCORE_REGIONS[nsa.scores][1] if nsa.scores else ()
    shapes.update({f"{branch}_{name}": (nsa.heads,) for branch in branches for name in learned})
    batch = expected.Batch(nsa, lengths, {
        name: inputs.make(name, shape, torch.float64, case, nsa, device)
        for name, shape in shapes.items()})
    batch.indices = inputs.make("indices", (tokens, nsa.kv_heads, nsa.count), torch.int32, case,
                                nsa, device).long()
    grad_o = inputs.normal((tokens, nsa.heads, nsa.dv), 4, "grad_o", device)
    exact, explicit = (gradient.differentiate(batch, branches, grad_o, mode)
                       for mode in (truth.Mode(), truth.Mode(narrow=torch.float64)))
    if len(branches) > 1:
        forward = expected.nsa_forward(batch, truth.Mode())["o"]
        assert (forward - exact["o"]).abs().max() < 1e-12, "another forward"
    return max(((explicit[name] - x).abs().max() / x.abs().max().clamp(min=1e-3)).item()
               for name, x in exact.items())


def main():
    truth.CHUNK_BYTES = 1 << 18  # several chunks, also at these sizes
    rng = np.random.default_rng(0)
    worst = 0
    for number, phi in enumerate(PHI):
        for blocks in BLOCKS:
            nsa = specs.Nsa(6, 5, 1 + number % 3, 2, *blocks, 4, number % 2, 1 + number % 2,
                            40, phi=phi, positions=bool(number % 2),
                            gates=["logits", "values"][number % 2])
            l = nsa.block
            worst = max(worst, check_one(nsa, [0, 1, l - 1, l, l + 1, 0, 397], rng))
    print(f"truth.py against nsa_numpy.py: max|difference| = {worst:.1e}")
    nsa = specs.Nsa(8, 4, 2, 2, 16, 8, 16, 3, 1, 1, 20, phi="gated", positions=True, sinks=True)
    gradients = 0
    for branches in (expected.BRANCHES, ("compressed",), ("window",)):
        for phi in PHI:
            drawn = dataclasses.replace(nsa, phi=phi, sinks=phi != "mean")
            gradients = max(gradients, check_gradient(drawn, branches, [50, 0, 1, 33]))
        for scores in specs.SCORE_REGIONS.keys() - {"fast_cap"}:  # whose naive tanh is off
            drawn = dataclasses.replace(nsa, phi="mean", scores=scores)
            gradients = max(gradients, check_gradient(drawn, branches, [50, 0, 1, 33]))
    print(f"gradient.py, autograd and explicit: max|difference| = {gradients:.1e}")
    return 0 if max(worst, gradients) < 1e-11 else 1


if __name__ == "__main__":
    sys.exit(main())
