# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a call may be given: tensors of PyTorch, and objects that say as much of
themselves. Everything else is a FoveaError that names its place."""

import ctypes
import operator
import sys

from ._library import DTYPES, FoveaError, Tensor


def describe(value) -> str:
    """What a message calls a value: "a list", "a numpy.ndarray"."""
    kind = type(value)
    name = kind.__name__ if kind.__module__ == "builtins" else \
        f"{kind.__module__}.{kind.__name__}"
    return "None" if value is None else f"a {name}"


def _ask(place: str, value, expected: str, question):
    """The answer to `question` of `value`, which must be able to give one."""
    try:
        return question()
    except FoveaError:
        raise
    except Exception as error:  # whatever an object of someone else's raises
        raise FoveaError(f"{place}: expected {expected}, got {describe(value)}: "
                         f"{error}") from error


def pack(place: str, tensor) -> Tensor:
    """The tensor's type and shape as a fovea_tensor_t, without its address."""
    expected = "a tensor with data_ptr(), shape and dtype"
    for attribute in ("data_ptr", "shape", "dtype"):
        if not hasattr(tensor, attribute):
            raise FoveaError(f"{place}: expected {expected}, got {describe(tensor)}")
    dtype = str(tensor.dtype).rsplit(".", 1)[-1]
    if dtype not in DTYPES:
        raise FoveaError(f"{place}: expected one of {', '.join(DTYPES)}; got {dtype}")

    def build():
        sizes = tuple(operator.index(size) for size in tensor.shape)
        if any(not 0 <= size < 2 ** 63 for size in sizes):
            raise ValueError(f"expected sizes of 0 to 2^63 - 1, got {sizes}")
        shape = (ctypes.c_int64 * len(sizes))(*sizes)
        return Tensor(None, DTYPES.index(dtype), len(sizes), shape)
    return _ask(place, tensor, expected, build)


def get_address(place: str, tensor, device=None) -> int:
    """Where the tensor lies, if kernels may use it there: on PyTorch's device number
    `device`, unless that is None, and without gaps."""
    try:
        _check_use(place, tensor, device)
        address = tensor.data_ptr()
        if isinstance(address, int):
            return address
        problem = TypeError(f"data_ptr() gave {describe(address)}")
    except FoveaError:
        raise
    except Exception as error:  # whatever an object of someone else's raises
        problem = error
    raise FoveaError(f"{place}: expected a tensor with an address, got {describe(tensor)}: "
                     f"{problem}") from problem


def _check_use(place: str, tensor, device) -> None:
    if not getattr(tensor, "is_cuda", True):
        where = getattr(tensor, "device", "another device")
        raise FoveaError(f"{place}: expected a CUDA tensor, got one on {where}")
    if device is not None and hasattr(tensor, "get_device"):
        if (got := tensor.get_device()) != device:
            raise FoveaError(f"{place}: expected a tensor on device {device}, where the "
                             f"first is, got one on device {got}")
    check_plain(place, tensor)


def check_plain(place: str, tensor) -> None:
    """Refuses a tensor whose gradient is asked for, or that has gaps."""
    if getattr(tensor, "requires_grad", False) and _records_gradients():
        raise FoveaError(f"{place}: expected a tensor without requires_grad, got one with "
                         "it: a call records no gradients; fovea.autograd does; else "
                         "detach() it, or call under torch.no_grad()")
    if hasattr(tensor, "is_contiguous") and not tensor.is_contiguous():
        raise FoveaError(f"{place}: expected a contiguous tensor, got strides "
                         f"{tuple(tensor.stride())}")


def get_bytes(place: str, tensor) -> int:
    """How many bytes a contiguous tensor has."""
    def count():
        if hasattr(tensor, "nbytes"):
            return int(tensor.nbytes)
        return int(tensor.numel()) * int(tensor.element_size())
    return _ask(place, tensor, "a tensor with nbytes, or numel() and element_size()", count)


def _records_gradients() -> bool:
    torch = sys.modules.get("torch")
    return torch is None or not hasattr(torch, "is_grad_enabled") or torch.is_grad_enabled()


def require_torch():
    """PyTorch, which allocates what the caller does not give."""
    try:
        import torch
    except ImportError as error:
        raise FoveaError("expected PyTorch, to allocate outputs and workspace, found "
                         "none: pass them") from error
    return torch


def get_stream(entry: str, stream) -> int:
    """The number of a stream that the caller gives."""
    number = getattr(stream, "cuda_stream", stream)
    if isinstance(number, int) and not isinstance(number, bool) and number >= 0:
        return number
    raise FoveaError(f"{entry}, stream: expected a CUstream's number or an object with "
                     f"cuda_stream, got {describe(stream)}")
