# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calls of fovea.attention with tensors of PyTorch."""

from typing import Callable, Optional, Tuple

import torch

from . import autograd
from ._library import FoveaError


def call(name: str, write: Callable[[bool], str], named: dict, ends: Optional[torch.Tensor],
         batch: Optional[Tuple[int, int]]) -> torch.Tensor:
    """The first result of @name_forward, which PyTorch differentiates where it is asked to.

    write: gives the spec, with a backward function or without. named: the inputs, but for cu_seqlens,
    which is `ends`, or follows from `batch`, (sequences, tokens of each).
    """
    q = named["q"]
    autograd.check_tensors(named if ends is None else {**named, "cu_seqlens": ends})
    if ends is None:
        count, size = batch or (1, q.shape[0])
        ends = torch.arange(count + 1, dtype=torch.int32, device=q.device) * size
    needs_gradient = torch.is_grad_enabled() and any(t.requires_grad for t in named.values())
    target = "cpu" if q.device.type == "cpu" else _gpu_target(q.device.type, q.device.index)
    kernel = autograd.name_kernel(write(needs_gradient), name, target)
    named["cu_seqlens"] = ends
    names = autograd.name_inputs(kernel)
    if named.keys() != set(names):
        return autograd.find(kernel)(**named)  # which says what is wrong
    return torch.ops.fovea.forward([named[key] for key in names], kernel)[0]


def _gpu_target(kind: str, index: Optional[int]) -> str:
    """What kernels for a device are compiled for."""
    if kind != "cuda":
        raise FoveaError(f"q: expected a tensor on the CPU or a CUDA device, got one on {kind}")
    capability = torch.cuda.get_device_capability(index)
    if capability == (9, 0):
        return "sm_90a"
    if capability >= (8, 0):
        return "sm_80"
    raise FoveaError("expected a device of compute capability 8.0 or later, got "
                     f"{capability[0]}.{capability[1]}")


# What torch.compiler.assume_constant_result marks, whose import takes a second.
_gpu_target._dynamo_marked_constant = True
