# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calls of fovea.attention with tensors of PyTorch. The first call of some heads, dims, types and options writes a
spec, and its plan is kept: a later one, of any number of tokens, looks it up and calls the operation."""

from typing import Callable, NamedTuple, Optional, Tuple

import torch

from . import _torch, autograd
from ._library import FoveaError
from ._operands import Operands
from .specs import Entries

_MAX_KEPT = 1024  # plans, and arrays of ends
_PLAIN = {torch.Tensor, torch.nn.Parameter}
_NUMBERS = {int, float, bool, str, type(None)}


class _Plan(NamedTuple):
    """kernel: the operations' name of it. names: its inputs, in order."""

    kernel: str
    names: Tuple[str, ...]
    needs_gradient: bool


_plans = {}  # by what _make_key gives
_ends = {}  # cu_seqlens, by what it follows from


def call(name: str, options: tuple, write: Callable, operands: Operands) -> torch.Tensor:
    """The first result of @name_forward, which PyTorch differentiates where it is asked to.

    options, write: as of fovea.attention.
    """
    named = operands.by_name()
    if torch.compiler.is_dynamo_compiling():
        plan, inputs = _make_plan(name, write, operands, named)
        return torch.ops.fovea.forward(inputs, plan.kernel)[0]
    sequences = operands.name_sequences()
    key, plan = _find_plan(name, options, named, sequences)
    if plan is not None:
        try:
            return _repeat(plan, named, sequences)
        except (RuntimeError, TypeError):
            pass  # what follows says what is wrong
    plan, inputs = _make_plan(name, write, operands, named)
    out = autograd.call_operation(torch.ops.fovea.forward, inputs, plan.kernel)[0]
    if key is not None and all(type(t) in _PLAIN for t in named.values()) and _NUMBERS.issuperset(key[2]):
        if len(_plans) >= _MAX_KEPT:
            _plans.clear()
        _plans[key] = plan
    return out


def _find_plan(name: str, options: tuple, named: dict, sequences: dict):
    """(all that a plan follows from, the plan of it), each None where there is none. A call that must not be
    repeated has no key. Equal numbers of other types are other options. Of shapes a spec has the last two sizes."""
    if _torch.has_modes(torch):
        return None, None
    try:
        tensors = named.values()
        key = (name, options, tuple([type(option) for option in options]), named["q"].dtype, tuple(named),
               tuple([(type(t), t.dim(), t.shape[-2:], t.device) for t in tensors]),
               tuple([(key, t.device) for key, t in sequences.items()]),
               torch.is_grad_enabled() and any([t.requires_grad for t in tensors]))
        return key, _plans.get(key)
    except (AttributeError, TypeError):  # no tensor, or what has no hash
        return None, None


def _repeat(plan: _Plan, named: dict, sequences: dict) -> torch.Tensor:
    """What the plan's call gives. The operation checks types and shapes itself."""
    if not sequences:
        q = named["q"]
        sequences = {"cu_seqlens": _number_ends(q.shape[:2] if q.dim() == 4 else (1, q.shape[0]), q.device)}
    given = {**named, **sequences}
    inputs = [given[name] for name in plan.names]
    if plan.needs_gradient:
        return autograd.record(plan.kernel, *inputs)[0]
    return torch.ops.fovea.run.default(inputs, plan.kernel)[0]


def _make_plan(name: str, write: Callable, operands: Operands, named: dict):
    """The plan of a call, and its inputs."""
    shape, batch, q = operands.describe(), operands.check_batch(), operands.q
    given = {**named, **operands.name_sequences()}
    autograd.check_tensors(given)
    if len(given) == len(named):
        given["cu_seqlens"] = _make_ends(batch or (1, q.shape[0]), q.device)
    needs_gradient = torch.is_grad_enabled() and any(t.requires_grad for t in named.values())
    entries = Entries(operands.extends(), needs_gradient)
    kernel = name_kernel(name, write(shape, entries), entries, q.device)
    names = autograd.name_inputs(kernel)
    if given.keys() != set(names):
        autograd.find(kernel).order(given)  # which says what is wrong
    return _Plan(kernel, names, needs_gradient), [given[key] for key in names]


def name_kernel(name: str, spec: str, entries: Entries, device: torch.device) -> str:
    """The operations' name of a spec's kernels for tensors on a device."""
    return autograd.name_kernel(spec, f"{name}_extend" if entries.extends else name, find_target(device))


def find_target(device: torch.device) -> str:
    """What kernels for tensors on a device are compiled for."""
    return "cpu" if device.type == "cpu" else _gpu_target(device.type, device.index)


def _make_ends(batch, device: torch.device) -> torch.Tensor:
    return torch.arange(batch[0] + 1, dtype=torch.int32, device=device) * batch[1]


def _number_ends(batch, device: torch.device) -> torch.Tensor:
    """cu_seqlens of sequences of one length, kept for the stream that wrote it. A graph that is captured has its
    own: it needs its memory for longer than that is kept. Only of the current device it is known which is."""
    stream = None
    if device.type == "cuda":
        if device.index != torch.cuda.current_device() or torch.cuda.is_current_stream_capturing():
            return _make_ends(batch, device)
        stream = _torch.current_stream(torch, device.index)
    key = batch, device, stream
    if (ends := _ends.get(key)) is None:
        if len(_ends) >= _MAX_KEPT:
            _ends.clear()
        with torch.inference_mode(False):  # else no later call could keep it for its gradient
            ends = _ends[key] = _make_ends(batch, device)
    return ends


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
