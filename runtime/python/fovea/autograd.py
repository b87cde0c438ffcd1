# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Entries as operations of PyTorch: differentiated, traced by torch.compile, on the CPU and GPUs.

    from fovea.autograd import Differentiable
    import fovea

    attention = Differentiable(fovea.load("near.fovea"), "near")
    o = attention(q, k, v, cu_seqlens)
    o.backward(grad_o)                   # q.grad, k.grad, v.grad

Two operations serve all kernels, told apart by a string, as a graph that is stored keeps it:

    fovea::forward(Tensor[] inputs, str kernel) -> Tensor[]     o, and what is saved
    fovea::backward(Tensor[] inputs, str kernel) -> Tensor[]
"""

from typing import Dict, List, Mapping, Optional, Tuple

import torch
from torch.autograd import forward_ad

from . import kernels
from ._arguments import Batch, order_arguments
from ._library import FoveaError
from ._tensors import describe

__all__ = ["Differentiable", "find", "name_inputs", "name_kernel"]

_OLDEST_TORCH = (2, 4)  # the first with torch.library.register_fake and opcheck as used here
if tuple(int(part) for part in torch.__version__.split(".")[:2]) < _OLDEST_TORCH:
    raise FoveaError(f"expected PyTorch {'.'.join(map(str, _OLDEST_TORCH))} or later, got "
                     f"{torch.__version__}")


class Differentiable:
    """The entries @name_forward and, where the bundle has it, @name_backward, of a bundle or a library.

    Called with the forward entry's inputs, in order or by name, it returns `o`; the rest of what that
    entry gives is kept for the backward one, by PyTorch's rules. forward, backward: the Entry of each. They
    stay loaded as long as the process: a trace may call them at any time.
    Raises FoveaError where the backward entry takes what the forward one has not.
    """

    def __init__(self, bundle, name: str, kernel: Optional[str] = None):
        self.forward = bundle.entry(f"{name}_forward")
        has_backward = f"{name}_backward" in bundle.entries
        self.backward = bundle.entry(f"{name}_backward") if has_backward else None
        self._inputs = [a.name for a in self.forward.arguments if not a.output]
        self._names = set(self._inputs)
        self._outputs = [a.name for a in self.forward.arguments if a.output]
        self._takes: List[str] = []  # the inputs of the backward entry
        self._kept: List[str] = []  # those that the forward one has
        if has_backward:
            self._plan_backward()
        self.kernel = kernel or f"{bundle.tag} {name}"
        _known[self.kernel] = self

    def __call__(self, *tensors, **named):
        if not tensors and named.keys() == self._names:
            tensors = [named[name] for name in self._inputs]
        elif named:
            tensors = order_arguments(self.forward.name, self.forward.arguments, tensors, named)
        if len(tensors) != len(self._inputs):
            raise FoveaError(f"{self.forward.name}: expected {', '.join(self._inputs)}, each once; got "
                             f"{len(tensors)} tensors")
        check_tensors(dict(zip(self._inputs, tensors)))
        return torch.ops.fovea.forward(list(tensors), self.kernel)[0]

    def _plan_backward(self) -> None:
        self._takes = [a.name for a in self.backward.arguments if not a.output]
        self._gives = [a.name for a in self.backward.arguments if a.output]
        self._kept = [name for name in self._inputs + self._outputs if name in self._takes]
        self._grad = f"grad_{self._outputs[0]}"
        if sorted(self._takes) != sorted(self._kept + [self._grad]):
            raise FoveaError(f"{self.backward.name}: expected arguments that {self.forward.name} has, and "
                             f"{self._grad}; got {', '.join(self._takes)}")

    def choose_kept(self, inputs, outputs):
        """Of the tensors of a forward call, those that the backward one is to have."""
        known = dict(zip(self._inputs + self._outputs, (*inputs, *outputs)))
        return [known[name] for name in self._kept]

    def differentiate(self, kept, grad_output):
        """The gradient of each input, None for those that have none."""
        known = {**dict(zip(self._kept, kept)), self._grad: grad_output.contiguous()}
        gradients = torch.ops.fovea.backward([known[name] for name in self._takes], self.kernel)
        found = dict(zip(self._gives, gradients))
        return [found.get(f"grad_{name}") for name in self._inputs]


def check_tensors(named: Mapping[str, object]) -> None:
    """Raises FoveaError where one is no tensor, or is not where the first is."""
    first, where = None, None
    for name, tensor in named.items():
        if not isinstance(tensor, torch.Tensor):
            raise FoveaError(f"{name}: expected a tensor, got {describe(tensor)}")
        if first is None:
            first, where = name, tensor.device
        if tensor.device != where:
            raise FoveaError(f"{name}: expected a tensor on {where}, where {first} is, got one on {tensor.device}")


def name_kernel(spec: str, name: str, target: str) -> str:
    """The string by which the operations know a spec's kernels: all that it takes to make them."""
    return f"compile {target} {name}\n{spec}"


_known: Dict[str, Differentiable] = {}


def find(kernel: str) -> Differentiable:
    """The kernels of that string, compiled if they can be; a stored graph may be the first to ask."""
    if kernel in _known:
        return _known[kernel]
    head, _, spec = kernel.partition("\n")
    kind, target, *name = head.split(" ")
    if kind != "compile" or len(name) != 1:
        raise FoveaError(f"expected a bundle that was loaded, got the tag and name {head}: make a "
                         "Differentiable of it first")
    return Differentiable(kernels.compile(spec, target=target), name[0], kernel)


def name_inputs(kernel: str) -> Tuple[str, ...]:
    """The inputs of the forward entry, in order."""
    return tuple(find(kernel)._inputs)


# A trace does not look into it, for it may be the first to ask, and then compiles: what
# torch.compiler.assume_constant_result marks, whose import takes a second.
name_inputs._dynamo_marked_constant = True


def _find_backward(kernel: str):
    found = find(kernel)
    if found.backward is None:
        raise FoveaError(f"{found.forward.name}: expected a spec with `entries backward`, got one without "
                         "and a tensor with requires_grad")
    return found.backward


def _run(entry, inputs) -> List[torch.Tensor]:
    results = entry(*inputs)
    return list(results) if isinstance(results, tuple) else [results]


def _fake(entry, inputs) -> List[torch.Tensor]:
    """Tensors of the results' shapes, which follow from those of the inputs."""
    batch = Batch(entry.name, entry.arguments)
    for i, tensor in enumerate(inputs):
        batch.check(i, str(tensor.dtype).rpartition(".")[2], tensor.shape)
    return [inputs[0].new_empty(batch.shape(i), dtype=getattr(torch, argument.dtype))
            for i, argument in enumerate(entry.arguments) if argument.output]


class _Recorded(torch.autograd.Function):
    """A forward call that PyTorch is to differentiate."""

    @staticmethod
    def forward(ctx, kernel, *inputs):
        _find_backward(kernel)
        with torch._C._AutoDispatchBelowAutograd():
            outputs = torch.ops.fovea.forward(list(inputs), kernel)
        ctx.kernel = kernel
        ctx.save_for_backward(*find(kernel).choose_kept(inputs, outputs))
        ctx.mark_non_differentiable(*outputs[1:])
        ctx.set_materialize_grads(False)
        return tuple(outputs)

    @staticmethod
    def backward(ctx, grad_output, *_):
        if grad_output is None:
            return (None,) * len(ctx.needs_input_grad)
        return (None, *_Gradients.apply(ctx.kernel, grad_output, *ctx.saved_tensors))


class _Gradients(torch.autograd.Function):
    """The gradients of a call. PyTorch's once_differentiable would hand them on as constants where the output's
    gradient is one, and a second derivative would be 0 without a word."""

    @staticmethod
    def forward(ctx, kernel, grad_output, *kept):
        ctx.name = find(kernel).backward.name
        return tuple(find(kernel).differentiate(kept, grad_output))

    @staticmethod
    def backward(ctx, *_):
        raise FoveaError(f"{ctx.name}: expected to be differentiated once, got a second derivative, which "
                         "has no kernel")


def _refuse_tangents(inputs) -> None:
    """Without this the derivative in forward mode would be 0 without a word."""
    if forward_ad._current_level >= 0 and any(forward_ad.unpack_dual(tensor).tangent is not None for tensor in inputs):
        raise FoveaError("expected tensors without tangents, got some with: there are kernels for gradients, "
                         "none for derivatives in forward mode")


def _forward_recorded(inputs, kernel):
    _refuse_tangents(inputs)
    if torch.is_grad_enabled() and any(tensor.requires_grad for tensor in inputs):
        return list(_Recorded.apply(kernel, *inputs))
    with torch._C._AutoDispatchBelowAutograd():
        return torch.ops.fovea.forward(inputs, kernel)


_library = torch.library.Library("fovea", "FRAGMENT")
for _name in ("forward", "backward"):
    _library.define(f"{_name}(Tensor[] inputs, str kernel) -> Tensor[]")
for _device in ("CPU", "CUDA"):
    _library.impl("forward", lambda inputs, kernel: _run(find(kernel).forward, inputs), _device)
    _library.impl("backward", lambda inputs, kernel: _run(_find_backward(kernel), inputs), _device)
_library.impl("forward", _forward_recorded, "Autograd")
torch.library.register_fake("fovea::forward", lambda inputs, kernel: _fake(find(kernel).forward, inputs),
                            lib=_library)
torch.library.register_fake("fovea::backward", lambda inputs, kernel: _fake(_find_backward(kernel), inputs),
                            lib=_library)
