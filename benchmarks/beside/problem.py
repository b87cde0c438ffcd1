# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The attention that all of this folder compute, its inputs, and what it is in float64."""
import dataclasses
import pathlib
import sys

import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in ("test/gpu", "test/Python", "runtime/python")]
import checks  # noqa: E402
import expected  # noqa: E402
import inputs  # noqa: E402
import plain_torch  # noqa: E402
import specs  # noqa: E402
import truth  # noqa: E402

SHAPE = specs.Nsa()  # 64 query heads over 4 of 128, 16 blocks of 64, the first and the last two among them
SAMPLED = 64  # queries that are compared where there are too many for all
AT_A_TIME = 8192  # queries whose blocks are ranked together


@dataclasses.dataclass
class Problem:
    """One sequence: q and grad_o [T, HQ, D], k and v [T, HKV, D], lists int32 [T, HKV, N]."""

    shape: specs.Nsa
    q: torch.Tensor
    k: torch.Tensor
    v: torch.Tensor
    lists: torch.Tensor
    grad_o: torch.Tensor

    def arguments(self):
        return self.q, self.k, self.v, self.lists

    def differentiable(self):
        """The same, with copies that PyTorch differentiates."""
        return *(x.clone().requires_grad_() for x in (self.q, self.k, self.v)), self.lists


def draw(shape, tokens, data, seed, device, dtype=torch.bfloat16):
    """data: of test/gpu/inputs.py. Blocks are those that Native Sparse Attention chooses for these queries and keys."""
    case = {"lengths": [tokens], "data": data, "seed": seed}
    sizes = {name: (tokens, heads, shape.dk) for name, heads in
             (("q", shape.heads), ("k", shape.kv_heads), ("v", shape.kv_heads))}
    q, k, v = (inputs.make(name, size, dtype, case, shape, device) for name, size in sizes.items())
    grad_o = inputs.normal(q.shape, seed, "grad_o", device).to(dtype)
    return Problem(shape, q, k, v, choose_lists(shape, q, k), grad_o)


def choose_lists(shape, q, k):
    mode = truth.Mode(torch.float32)
    windows, lists = truth.compress(k, shape, {}, mode), []
    for t in torch.arange(len(q), device=q.device).split(AT_A_TIME):
        scores = truth.score_blocks(q[t], windows, len(q), t, shape, shape.dk ** -0.5, mode)
        lists.append(truth.select_topk(scores, t, shape).int())
    return torch.cat(lists)


def differentiate(attend, problem):
    """[the output, the gradients of q, k and v]."""
    *leaves, lists = problem.differentiable()
    o = attend(*leaves, lists)
    return [o.detach(), *torch.autograd.grad(o, leaves, problem.grad_o)]


def differentiate_exactly(problem):
    """The same in float64, through whole matrices of scores."""
    def attend(q, k, v, lists):
        return plain_torch.listed(q, k, v, lists.transpose(0, 1), problem.shape.select)
    wide = {name: getattr(problem, name).double() for name in ("q", "k", "v", "grad_o")}
    return differentiate(attend, dataclasses.replace(problem, **wide))


def errors(got, exact):
    """Each tensor's largest error, over its largest element."""
    return plain_torch.errors(got, exact)


def compare_sampled(problem, o):
    """expected.compare of some queries' rows with float64: are they as close as the same computation in bf16?"""
    tokens = len(problem.q)
    t = torch.randint(tokens, (SAMPLED,), generator=torch.Generator().manual_seed(tokens))
    t = torch.cat([t, torch.tensor([0, tokens - 1])]).unique().to(o.device)
    named = {"q": problem.q, "k": problem.k, "v": problem.v, "indices": problem.lists}
    batch = expected.Batch(problem.shape, [tokens], named, positions=[t])
    exact, *naive = (expected.single_attend(batch, "selected", mode)["o"] for mode in checks.modes(o.dtype))
    return expected.compare("o", o[t], exact, naive)
