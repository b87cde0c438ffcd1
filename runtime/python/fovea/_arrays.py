# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Arrays of the host's memory: NumPy's, PyTorch's, and what speaks DLPack."""

import sys
from typing import NamedTuple, Optional, Tuple

from . import _dlpack, _tensors
from ._library import FoveaError

BYTES = {"bfloat16": 2, "float16": 2, "float32": 4, "int32": 4}


class View(NamedTuple):
    """Contiguous memory. owner: what keeps it alive."""

    address: int
    dtype: str
    shape: Tuple[int, ...]
    owner: object


def view(place: str, array, output: bool = False) -> View:
    """Where an array lies and what it is; `place` begins each message.

    array: a numpy.ndarray, a tensor of PyTorch on the CPU, or an object with __dlpack__. Row-major,
    contiguous, aligned to its elements, and writable where it is an output.
    Raises FoveaError for others.
    """
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(array, getattr(torch, "Tensor", ())):
        found = _view_torch(place, array)
    elif hasattr(array, "__array_interface__"):
        found = _view_numpy(place, array, output)
    else:
        found = _view_dlpack(place, array)
    if not found.address and 0 not in found.shape:
        raise FoveaError(f"{place}: expected an array with an address, got null")
    width = BYTES.get(found.dtype)
    if width and found.address % width:
        raise FoveaError(f"{place}: expected an address that {width} divides, got {found.address:#x}")
    return found


def get_address(array, width: int) -> Optional[int]:
    """Where a tensor of PyTorch lies, if a kernel may use it there; None for other arrays, which `view` has a
    closer look at. width: the bytes of an element."""
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(array, getattr(torch, "Tensor", ())):
        return None
    if not array.is_cpu or array.requires_grad or not array.is_contiguous():
        return None
    address = array.data_ptr()
    return address if address and address % width == 0 else None


def empty(place: str, shape, dtype: str, like):
    """A new array: PyTorch's where `like` is, else NumPy's."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(like, getattr(torch, "Tensor", ())):
        return torch.empty(shape, dtype=getattr(torch, dtype))
    try:
        import numpy
        return numpy.empty(shape, _numpy_type(dtype))
    except ImportError as error:
        raise FoveaError(f"{place}: expected NumPy, and for bfloat16 ml_dtypes, to allocate outputs, "
                         f"got: {error}; pass them") from error


def _numpy_type(dtype: str):
    if dtype != "bfloat16":
        return dtype
    import ml_dtypes
    return ml_dtypes.bfloat16


def _view_torch(place: str, tensor) -> View:
    if tensor.device.type != "cpu":
        raise FoveaError(f"{place}: expected a tensor on the CPU, got one on {tensor.device}")
    _tensors.check_plain(place, tensor)
    return View(tensor.data_ptr(), str(tensor.dtype).rsplit(".", 1)[-1], tuple(tensor.shape), tensor)


def _view_numpy(place: str, array, output: bool) -> View:
    """The interface gives strides in bytes, and None where there are no gaps."""
    interface = array.__array_interface__
    address, is_constant = interface["data"]
    if output and is_constant:
        raise FoveaError(f"{place}: expected an array that can be written, got one that is read-only")
    if interface.get("strides") is not None:
        _refuse_strides(place, interface["strides"], "bytes")
    if not array.dtype.isnative:
        raise FoveaError(f"{place}: expected the machine's byte order, got {array.dtype.str}")
    return View(address, array.dtype.name, tuple(interface["shape"]), array)


def _view_dlpack(place: str, array) -> View:
    if not hasattr(array, "__dlpack__") or not hasattr(array, "__dlpack_device__"):
        raise FoveaError(f"{place}: expected an array of NumPy, PyTorch or DLPack, got "
                         f"{_tensors.describe(array)}")
    kind, _ = array.__dlpack_device__()
    if kind != _dlpack.CPU:
        raise FoveaError(f"{place}: expected an array on the CPU, got one on DLPack's device {int(kind)}")
    try:
        found = _dlpack.export(array)
    except Exception as error:  # whatever an object of someone else's raises
        raise FoveaError(f"{place}: expected an array that DLPack can pass on, got "
                         f"{_tensors.describe(array)}: {error}") from error
    dense = 1
    for size, stride in zip(reversed(found.shape), reversed(found.strides or ())):
        if size > 1 and stride != dense and 0 not in found.shape:
            _refuse_strides(place, found.strides, "elements")
        dense *= size
    return View(found.address, found.dtype, found.shape, found.owner)


def _refuse_strides(place: str, strides, unit: str):
    raise FoveaError(f"{place}: expected a contiguous array, got strides {tuple(strides)} in {unit}")
