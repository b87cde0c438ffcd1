# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Entries as operations of PyTorch: differentiated, traced by torch.compile, on the CPU and GPUs.

    from fovea.autograd import Differentiable
    import fovea

    attention = Differentiable(fovea.load("near.fovea"), "near")
    o = attention(q, k, v, cu_seqlens)
    o.backward(grad_o)                   # q.grad, k.grad, v.grad

Three operations serve all kernels, told apart by a string, as a graph that is stored keeps it:

    fovea::forward(Tensor[] inputs, str kernel) -> Tensor[]     o, and what is saved; differentiated
    fovea::run(Tensor[] inputs, str kernel) -> Tensor[]         the same without a gradient
    fovea::backward(Tensor[] inputs, str kernel) -> Tensor[]

Arrays that have a row for each token may have sequences of one length as a dimension of their own, all or none
of them: [B, S, ...] for [B * S, ...]. What is returned then has it too.

A trace of the first has the others in it. They are the package's library of operations where there is one
(`operations`), and are written in Python elsewhere.
"""

import threading
from typing import Dict, List, Mapping, Optional, Tuple

import torch
from torch.autograd import forward_ad

from . import _operations, kernels
from ._arguments import Batch, is_per_token, join_rows, order_arguments
from ._library import FoveaError
from ._tensors import check_plain, describe

__all__ = ["Differentiable", "describe_operations", "find", "name_inputs", "name_kernel"]

_OLDEST_TORCH = (2, 4)  # the first with torch.library.register_fake and opcheck as used here
if tuple(int(part) for part in torch.__version__.split(".")[:2]) < _OLDEST_TORCH:
    raise FoveaError(f"expected PyTorch {'.'.join(map(str, _OLDEST_TORCH))} or later, got "
                     f"{torch.__version__}")


class Differentiable:
    """The entries @name_forward and, where the bundle has it, @name_backward, of a bundle or a library; where one has
    the entry @name itself, as of "nsa_extend", that one and @nsa_extend_backward.

    Called with the forward entry's inputs, in order or by name, it returns `o`; the rest of what that
    entry gives is kept for the backward one, by PyTorch's rules. forward, backward: the Entry of each. They
    stay loaded as long as the process: a trace may call them at any time.
    Raises FoveaError where the backward entry takes what the forward one has not.
    """

    def __init__(self, bundle, name: str, kernel: Optional[str] = None):
        self.forward = bundle.entry(name if name in bundle.entries else f"{name}_forward")
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
        operations.add(self.kernel, self.forward, self.backward)
        if handle := getattr(self.forward, "_handle", None):
            text = self.kernel
            bundle.before_close(lambda: operations.remove(text, handle))

    def __call__(self, *tensors, **named):
        if not tensors and named.keys() == self._names:
            tensors = [named[name] for name in self._inputs]
        elif named:
            tensors = self.order(named, tensors)
        if len(tensors) != len(self._inputs):
            raise FoveaError(f"{self.forward.name}: expected {', '.join(self._inputs)}, each once; got "
                             f"{len(tensors)} tensors")
        check_tensors(dict(zip(self._inputs, tensors)))
        if torch.compiler.is_dynamo_compiling():
            return torch.ops.fovea.forward(list(tensors), self.kernel)[0]
        return call_operation(torch.ops.fovea.forward, list(tensors), self.kernel)[0]

    def order(self, named: dict, given=()) -> tuple:
        """The inputs of a call in order. named: by name. given: the first ones, by place. Raises FoveaError where that
        is not each of them once."""
        return order_arguments(self.forward.name, self.forward.arguments, given, named)

    def _plan_backward(self) -> None:
        self._takes = [a.name for a in self.backward.arguments if not a.output]
        self._gives = [a.name for a in self.backward.arguments if a.output]
        self._kept = [name for name in self._inputs + self._outputs if name in self._takes]
        self._grad = f"grad_{self._outputs[0]}"
        if sorted(self._takes) != sorted(self._kept + [self._grad]):
            raise FoveaError(f"{self.backward.name}: expected arguments that {self.forward.name} has, and "
                             f"{self._grad}; got {', '.join(self._takes)}")
        known, given = self._inputs + self._outputs, self._kept + [self._grad]
        self._keep_at = [known.index(name) for name in self._kept]
        self._take_at = [given.index(name) for name in self._takes]
        gradients = [f"grad_{name}" for name in self._inputs]
        self._give_at = [self._gives.index(name) if name in self._gives else None for name in gradients]

    def choose_kept(self, inputs, outputs):
        """Of the tensors of a forward call, those that the backward one is to have."""
        known = (*inputs, *outputs)
        return [known[i] for i in self._keep_at]

    def differentiate(self, kept, grad_output):
        """The gradient of each input, None for those that have none."""
        given = (*kept, grad_output.contiguous())
        gradients = call_operation(torch.ops.fovea.backward, [given[i] for i in self._take_at], self.kernel)
        return [None if i is None else gradients[i] for i in self._give_at]


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


operations = _operations.load(torch.__version__)  # the package's library of operations, or why there is none


def describe_operations() -> str:
    """Which code calls kernels: "C++, <the library>", or "Python: <why>"."""
    return f"Python: {operations.reason}" if operations.library is None else f"C++, {operations.path}"


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
    """What the entry gives, of arrays with or without a dimension of sequences."""
    joined = None
    if any([tensor.dim() > len(argument.shape) for argument, tensor in zip(entry.arguments, inputs)]):
        shapes, joined = join_rows(entry.name, entry.arguments, [tensor.shape for tensor in inputs])
        for argument, tensor in zip(entry.arguments, inputs):
            check_plain(f"{entry.name}, argument '{argument.name}'", tensor)
        inputs = [tensor.view(shape) for tensor, shape in zip(inputs, shapes)]
    results = entry(*inputs)
    results = list(results) if isinstance(results, tuple) else [results]
    if joined is None:
        return results
    outputs = [argument for argument in entry.arguments if argument.output]
    return [tensor.view(*joined, *tensor.shape[1:]) if is_per_token(argument) else tensor
            for argument, tensor in zip(outputs, results)]


def _fake(entry, inputs) -> List[torch.Tensor]:
    """Tensors of the results' shapes, which follow from those of the inputs."""
    shapes, joined = join_rows(entry.name, entry.arguments, [tensor.shape for tensor in inputs])
    batch = Batch(entry.name, entry.arguments)
    for i, (tensor, shape) in enumerate(zip(inputs, shapes)):
        batch.check(i, str(tensor.dtype).rpartition(".")[2], shape)
    batch.finish()
    results = []
    for i, argument in enumerate(entry.arguments):
        if argument.output:
            shape = batch.shape(i)
            shape = (*joined, *shape[1:]) if joined and is_per_token(argument) else shape
            results.append(inputs[0].new_empty(shape, dtype=getattr(torch, argument.dtype)))
    return results


class _Said(threading.local):
    """The exception of this thread that is on its way through the library of operations, which has only its text."""

    error: Optional[BaseException] = None


_said = _Said()


def _run_in_python(inputs, kernel, is_backward) -> List[torch.Tensor]:
    """A call that the library leaves to Python."""
    try:
        return _run(_find_backward(kernel) if is_backward else find(kernel).forward, inputs)
    except BaseException as error:  # call_operation raises it, also where a user interrupts a compilation
        _said.error = error.with_traceback(None)  # whose frames would keep the tensors
        operations.fail(_text_of(error))
        return []


def call_operation(operation, inputs, kernel) -> List[torch.Tensor]:
    """operation(inputs, kernel), with errors as Python raised them: the library of operations gives a RuntimeError of
    the same text."""
    try:
        return operation(inputs, kernel)
    except RuntimeError as error:
        said, _said.error = _said.error, None
        if said is None or _text_of(said) != str(error):
            raise
        raise said from None


def _text_of(error: BaseException) -> str:
    return str(error) or type(error).__name__


class _Recorded(torch.autograd.Function):
    """A forward call that PyTorch is to differentiate."""

    @staticmethod
    def forward(ctx, kernel, *inputs):
        _find_backward(kernel)
        outputs = call_operation(torch.ops.fovea.run, list(inputs), kernel)
        ctx.kernel = kernel
        ctx.save_for_backward(*find(kernel).choose_kept(inputs, outputs))
        ctx.mark_non_differentiable(*outputs[1:])
        ctx.set_materialize_grads(False)
        return tuple(outputs)

    @staticmethod
    def backward(ctx, grad_output, *_):
        if grad_output is None:
            return (None,) * len(ctx.needs_input_grad)
        if torch.is_grad_enabled():  # a derivative of the gradient may be asked for
            return (None, *_Gradients.apply(ctx.kernel, grad_output, *ctx.saved_tensors))
        return (None, *find(ctx.kernel).differentiate(ctx.saved_tensors, grad_output))


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
        return list(record(kernel, *inputs))
    return call_operation(torch.ops.fovea.run, inputs, kernel)


record = _Recorded.apply  # what fovea::forward is where a gradient is asked for: (kernel, *inputs)

_library = torch.library.Library("fovea", "FRAGMENT")
for _name in ("forward", "run", "backward"):
    _library.define(f"{_name}(Tensor[] inputs, str kernel) -> Tensor[]")
if operations.library is not None:
    _library.define("in_python(Tensor[] inputs, str kernel, bool is_backward) -> Tensor[]")
for _device in ("CPU", "CUDA"):
    if operations.library is not None:
        _library.impl("in_python", _run_in_python, _device)
        continue
    for _name in ("forward", "run"):
        _library.impl(_name, lambda inputs, kernel: _run(find(kernel).forward, inputs), _device)
    _library.impl("backward", lambda inputs, kernel: _run(_find_backward(kernel), inputs), _device)
_library.impl("forward", _forward_recorded, "Autograd")
for _name in ("forward", "run"):
    torch.library.register_fake(f"fovea::{_name}", lambda inputs, kernel: _fake(find(kernel).forward, inputs),
                                lib=_library)
torch.library.register_fake("fovea::backward", lambda inputs, kernel: _fake(_find_backward(kernel), inputs),
                            lib=_library)
