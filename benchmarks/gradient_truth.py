# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Inputs of gradients of attention, and what the results should be: PyTorch's autograd of masked
attention, one sequence and KV head at a time."""
import math

import torch

import gpu_work
import truth
from gradient_cases import (BLOCK, LISTED, REGIONS, SELECTED, STRIDE, WINDOW, Case, key_stride)


def mask(keys, length, lists):
    """Which of its keys each query of a sequence sees, [length, keys]; `lists` [length, 1, n]."""
    if keys == "compressed":
        visible = truth.sees_compressed(truth.window_count(length, BLOCK, STRIDE), BLOCK, STRIDE)
    elif keys == "window":
        visible = truth.sees_window(length, WINDOW)
    else:
        visible = truth.sees_selected(length, SELECTED, lists)
    every = torch.arange(length, device="cuda")
    return visible(every, slice(None))[:, 0]


def draw_lists(length, kv_heads, generator):
    """The first block, the own and the one before, and others of the past, drawn anew for each
    token: -1 where there are no more."""
    own = torch.arange(length, device="cuda")[:, None] // SELECTED
    lists = torch.full((length, kv_heads, LISTED), -1, dtype=torch.int32, device="cuda")
    for head in range(kv_heads):
        blocks = -(-length // SELECTED)
        for first in range(0, length, 4096):  # as many rows as fit memory
            of = own[first:first + 4096]
            score = torch.rand(of.shape[0], blocks, device="cuda", generator=generator)
            number = torch.arange(blocks, device="cuda")[None]
            score[:, :1] = 2
            score = torch.where((number == of) | (number == of - 1), 3.0, score)
            score = torch.where(number > of, -1.0, score)
            value, index = score.topk(min(LISTED, blocks), dim=1)
            lists[first:first + 4096, head, :value.shape[1]] = torch.where(
                value < 0, -1, index).int()
    return lists


def draw_inputs(keys, lengths, shape, seed):
    generator = torch.Generator("cuda").manual_seed(seed)
    tokens = sum(lengths)

    def normal(*sizes):
        return torch.randn(*sizes, device="cuda", generator=generator).bfloat16()

    rows = tokens // key_stride(keys)
    ends = torch.tensor([0, *lengths]).cumsum(0).int().cuda()
    inputs = {"q": normal(tokens, shape.heads, shape.dim),
              "k": normal(rows, shape.kv_heads, shape.dim),
              "v": normal(rows, shape.kv_heads, shape.dim),
              "grad_o": normal(tokens, shape.heads, shape.dim), "cu_seqlens": ends}
    if keys == "selected":
        inputs["indices"] = torch.cat(
            [draw_lists(n, shape.kv_heads, generator) for n in lengths if n])
    for name in sorted({name for region in REGIONS for name in Case("queries", keys, region).learned}):
        numbers = torch.randn(shape.heads, device="cuda", generator=generator)
        inputs[name] = 0.05 * numbers.abs() if name == "slope" else numbers
    return inputs


def put_through(case, score, learned, dtype):
    """Scores [T, G, U] of one KV head, behind the region, which computes in `dtype`."""
    if not case.region:
        return score
    scoring = truth.Scoring(case.region, learned, stride=key_stride(case.keys))
    positions = torch.arange(len(score), device=score.device)
    return scoring.apply(score.to(dtype)[None], positions, truth.Mode(dtype))[0]


def gradients(case, inputs, lengths, shape, dtype):
    """out, lse and the gradients as autograd computes them in `dtype`, from bf16 inputs; what scores
    go through, in f32 at least."""
    q, k, v, grad = (inputs[name].to(dtype) for name in ("q", "k", "v", "grad_o"))
    wide = torch.promote_types(dtype, torch.float32)
    learned = {name: inputs[name].to(wide, copy=True).requires_grad_() for name in case.learned}
    result = {"o": torch.zeros_like(q), "grad_q": torch.zeros_like(q),
              "grad_k": torch.zeros_like(k), "grad_v": torch.zeros_like(v),
              "lse": torch.full(q.shape[:2], -math.inf, dtype=torch.float64, device="cuda")}
    group, first, stride = shape.heads // shape.kv_heads, 0, key_stride(case.keys)
    for length in lengths:
        tokens, row = slice(first, first + length), first // stride
        first += length
        for g in range(shape.kv_heads):
            lists = inputs["indices"][tokens, g:g + 1] if case.keys == "selected" else None
            seen = mask(case.keys, length, lists) if length else None
            if seen is None or not seen.shape[1]:
                continue
            heads, of = slice(g * group, (g + 1) * group), slice(row, row + seen.shape[1])
            leaf = [x.detach().requires_grad_() for x in (q[tokens, heads], k[of, g], v[of, g])]
            empty = ~seen.any(1)
            score = torch.einsum("tgd,ud->tgu", leaf[0], leaf[1]) * shape.dim ** -0.5
            score = put_through(case, score, {name: x[heads] for name, x in learned.items()}, wide)
            score = score.masked_fill(~seen[:, None], -math.inf)
            score = score.masked_fill(empty[:, None, None], 0.0)
            # With a sink, for one bias of all keys alike has no gradient without.
            score = torch.nn.functional.pad(score, (0, 1 if case.region else 0))
            weight = torch.softmax(score, -1)[..., :seen.shape[1]].to(dtype) * ~empty[:, None, None]
            out = torch.einsum("tgu,ud->tgd", weight, leaf[2])
            out.backward(grad[tokens, heads])
            lse = torch.logsumexp(score.detach().double(), -1)
            result["o"][tokens, heads] = out.detach()
            result["lse"][tokens, heads] = lse.masked_fill(empty[:, None], -math.inf)
            result["grad_q"][tokens, heads] = leaf[0].grad
            result["grad_k"][of, g], result["grad_v"][of, g] = leaf[1].grad, leaf[2].grad
    return result | {f"grad_{name}": x.grad for name, x in learned.items()}


def pairs(keys, inputs, tokens, shape):
    """Of queries and the keys that they see, of a head, in one sequence of `tokens`."""
    if keys == "compressed":
        return gpu_work.compressed_pairs(tokens, BLOCK, STRIDE)
    if keys == "window":
        return gpu_work.window_pairs(tokens, WINDOW)
    return gpu_work.selected_pairs(inputs["indices"], SELECTED) / shape.kv_heads
