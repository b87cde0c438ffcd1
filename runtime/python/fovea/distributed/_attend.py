# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One attention over a group of processes: keys and values are gathered, queries stay where they are.

Every process gathers all keys and values, by one collective, and calls a kernel for each of its two chunks, whose keys
are the tokens up to the chunk's end. Sequences of one call do not share keys, so these are two calls. Backward, what
they give for keys and values is added up and goes to the processes that have these.
"""

from typing import NamedTuple, Tuple

import torch

from .. import _attend_torch, autograd
from .._library import FoveaError
from .._operands import Operands
from ..specs import Entries

_SEQUENCES = ("cu_seqlens_q", "cu_seqlens_k", "seqused_k")


class _Plan(NamedTuple):
    """kernel: the operations' name of it. names: its inputs but for those that say where sequences are. of_queries,
    of_keys: the numbers of those that have rows of either. sequences: how tokens are spread, a Zigzag."""

    kernel: str
    names: Tuple[str, ...]
    of_queries: Tuple[int, ...]
    of_keys: Tuple[int, ...]
    sequences: object

    def find(self) -> autograd.Differentiable:
        return autograd.find(self.kernel)


def call(sequences, name: str, write, operands: Operands) -> torch.Tensor:
    """The result of a call of fovea.attention whose tokens are spread as `sequences` says."""
    named = operands.by_name()
    autograd.check_tensors(named)
    needs_gradient = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in named.values())
    entries = Entries(True, needs_gradient)
    kernel = _attend_torch.name_kernel(name, write(operands.describe(), entries), entries, operands.q.device)
    plan = _make_plan(kernel, sequences, named)
    inputs = [named[key] for key in plan.names]
    return _Attention.apply(plan, *inputs) if needs_gradient else _attend(plan, inputs)[0]


def _list_inputs(kernel: str) -> tuple:
    """Of each input of the kernel its name, type, rows and shape."""
    return tuple((a.name, a.dtype, a.rows, a.shape) for a in autograd.find(kernel).forward.arguments if not a.output)


_list_inputs._dynamo_marked_constant = True  # see autograd.name_inputs


def _make_plan(kernel: str, sequences, named: dict) -> _Plan:
    arrays = [found for found in _list_inputs(kernel) if found[0] not in _SEQUENCES]
    names = tuple(name for name, *_ in arrays)
    if named.keys() != set(names):
        autograd.find(kernel).order({**named, **dict.fromkeys(_SEQUENCES)})  # which says what is wrong
    for name, dtype, _, shape in arrays:
        _check(name, dtype, shape, named[name])
    of_queries, of_keys = (tuple(i for i, (_, _, rows, _) in enumerate(arrays) if rows == wanted)
                           for wanted in ("tokens", "key_tokens"))
    return _Plan(kernel, names, of_queries, of_keys, sequences)


def _check(name: str, dtype: str, shape, tensor: torch.Tensor) -> None:
    """That a tensor has the type and the sizes that the kernel takes, before any is sent; its rows were counted."""
    if (got := str(tensor.dtype).rpartition(".")[2]) != dtype:
        raise FoveaError(f"{name}: expected {dtype}, got {got}")
    if tensor.dim() != len(shape) or any(size not in (-1, got) for size, got in zip(shape, tensor.shape)):
        wanted = ", ".join("rows" if size == -1 else str(size) for size in shape)
        raise FoveaError(f"{name}: expected the shape ({wanted}), got {tuple(tensor.shape)}")


def _gather(plan: _Plan, inputs) -> list:
    """The inputs with all processes' keys."""
    inputs = list(inputs)
    wholes = plan.sequences.exchange.gather([inputs[i] for i in plan.of_keys])
    for i, whole in zip(plan.of_keys, wholes):
        inputs[i] = whole
    return inputs


def _cut(plan: _Plan, half, inputs) -> list:
    """The inputs of one half, in the entry's order: the queries' rows are its own. inputs: with all keys."""
    arrays = [tensor[half.begin:half.end].contiguous() if i in plan.of_queries else tensor
              for i, tensor in enumerate(inputs)]
    named = dict(zip(plan.names, arrays), cu_seqlens_q=half.cu_seqlens_q, cu_seqlens_k=plan.sequences.cu_seqlens_k,
                 seqused_k=half.seqused_k)
    return [named[name] for name in autograd.name_inputs(plan.kernel)]


def _attend(plan: _Plan, inputs):
    """The outputs of this process's queries; for each half what is saved beside these; and the inputs
    with all keys."""
    wholes, outputs, saved = _gather(plan, inputs), [], []
    for half in plan.sequences.halves:
        results = autograd.call_operation(torch.ops.fovea.run, _cut(plan, half, wholes), plan.kernel)
        outputs.append(results[0])
        saved.append(results[1:])
    return torch.cat(outputs), saved, wholes


class _Attention(torch.autograd.Function):
    """A call that PyTorch is to differentiate."""

    @staticmethod
    def forward(ctx, plan, *inputs):
        o, saved, wholes = _attend(plan, inputs)
        keeps = plan.sequences.keep_gathered
        ctx.plan, ctx.count = plan, len(saved[0])
        ctx.save_for_backward(*(wholes if keeps else inputs), o, *saved[0], *saved[1])
        ctx.set_materialize_grads(False)
        return o

    @staticmethod
    def backward(ctx, grad_output):
        if grad_output is None:
            # The other processes wait for this one's share of the keys' gradients.
            grad_output = torch.zeros_like(ctx.saved_tensors[len(ctx.plan.names)])
        return (None, *_Gradients.apply(ctx.plan, ctx.count, ctx.needs_input_grad[1:], grad_output, *ctx.saved_tensors))


class _Gradients(torch.autograd.Function):
    """The gradients of a call, which have none themselves: see fovea.autograd."""

    @staticmethod
    def forward(ctx, plan, count, needed, grad_output, *kept):
        ctx.name = plan.find().backward.name
        return tuple(_differentiate(plan, needed, grad_output.contiguous(), kept, count))

    @staticmethod
    def backward(ctx, *_):
        raise FoveaError(f"{ctx.name}: expected to be differentiated once, got a second derivative, which has no "
                         "kernel")


def _differentiate(plan: _Plan, needed, grad_output, kept, count: int) -> list:
    """The gradient of each input. kept: the inputs, the output, and of each half the `count` others saved."""
    found, sequences = plan.find(), plan.sequences
    inputs, o, saved = kept[:len(plan.names)], kept[len(plan.names)], kept[len(plan.names) + 1:]
    wholes = inputs if sequences.keep_gathered else _gather(plan, inputs)
    parts = []
    for number, half in enumerate(sequences.halves):
        rows = slice(half.begin, half.end)
        arrays = _cut(plan, half, wholes)
        chosen = found.choose_kept(arrays, [o[rows], *saved[number * count:(number + 1) * count]])
        gradients = dict(zip(autograd.name_inputs(plan.kernel), found.differentiate(chosen, grad_output[rows])))
        parts.append([gradients[name] for name in plan.names])
    return _join(plan, needed, parts)


def _join(plan: _Plan, needed, parts) -> list:
    """The gradients of this process's inputs, of those of its halves."""
    joined = []
    for i, (early, late) in enumerate(zip(*parts)):
        if early is None or not needed[i]:
            joined.append(None)
        else:
            joined.append(torch.cat([early, late]) if i in plan.of_queries else early + late)
    of_keys = [i for i in plan.of_keys if joined[i] is not None]
    if of_keys:
        for i, share in zip(of_keys, plan.sequences.exchange.sum_shares([joined[i] for i in of_keys])):
            joined[i] = share
    return joined


class Gathered(torch.autograd.Function):
    """Rows of all processes, and of their gradients' sum this process's."""

    @staticmethod
    def forward(ctx, exchange, part):
        ctx.exchange = exchange
        return exchange.gather([part])[0]

    @staticmethod
    def backward(ctx, gradient):
        return None, ctx.exchange.sum_shares([gradient])[0]
