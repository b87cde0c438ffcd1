# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A spec with `entries backward` as one function that PyTorch differentiates.

    from fovea.autograd import Differentiable
    from fovea.runtime import Bundle

    attention = Differentiable(Bundle.load("near.fovea"), "near")
    o = attention(q, k, v, cu_seqlens)
    o.backward(grad_o)                   # q.grad, k.grad, v.grad
"""

import torch

from ._library import FoveaError

__all__ = ["Differentiable"]


class Differentiable:
    """The entries @name_forward and @name_backward of a bundle.

    Called with the forward entry's inputs, in order or by name, it returns `o`; the rest of what that
    entry gives is kept for the backward one, by PyTorch's rules. forward, backward: the Entry of each.
    """

    def __init__(self, bundle, name: str):
        self.forward = bundle.entry(f"{name}_forward")
        self.backward = bundle.entry(f"{name}_backward")
        self._inputs = [a.name for a in self.forward.arguments if not a.output]
        self._function = _make_function(self.forward, self.backward, self._inputs)

    def __call__(self, *tensors, **named):
        given = dict(zip(self._inputs, tensors))
        repeated = [name for name in named if name in given or name not in self._inputs]
        given.update(named)
        if repeated or len(tensors) > len(self._inputs) or len(given) < len(self._inputs):
            raise FoveaError(f"{self.forward.name}: expected {', '.join(self._inputs)}, each once; got "
                             f"{len(tensors)} tensors and {', '.join(named) or 'none'} by name")
        return self._function.apply(*(given[name] for name in self._inputs))


def _make_function(forward_entry, backward_entry, inputs):
    outputs = [a.name for a in forward_entry.arguments if a.output]
    takes = [a.name for a in backward_entry.arguments if not a.output]
    gives = [a.name for a in backward_entry.arguments if a.output]
    kept = [name for name in inputs + outputs if name in takes]
    grad = f"grad_{outputs[0]}"
    if sorted(takes) != sorted(kept + [grad]):
        raise FoveaError(f"{backward_entry.name}: expected arguments that {forward_entry.name} has, and "
                         f"{grad}; got {', '.join(takes)}")

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *tensors):
            results = _as_tuple(forward_entry(*tensors))
            known = dict(zip(inputs + outputs, (*tensors, *results)))
            ctx.save_for_backward(*(known[name] for name in kept))
            return results[0]

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, grad_output):
            known = {**dict(zip(kept, ctx.saved_tensors)), grad: grad_output.contiguous()}
            gradients = _as_tuple(backward_entry(*(known[name] for name in takes)))
            found = dict(zip(gives, gradients))
            return tuple(found.get(f"grad_{name}") for name in inputs)

    return Function


def _as_tuple(results):
    return results if isinstance(results, tuple) else (results,)
