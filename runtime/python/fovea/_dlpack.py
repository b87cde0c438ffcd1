# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""DLPack: the address, type and shape of an array of any library, without that library."""

import ctypes
from typing import NamedTuple, Optional, Tuple

CPU = 1  # kDLCPU
_KINDS = {0: "int", 1: "uint", 2: "float", 4: "bfloat"}


class _Tensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("device_type", ctypes.c_int32),
                ("device_id", ctypes.c_int32), ("rank", ctypes.c_int32),
                ("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16),
                ("shape", ctypes.POINTER(ctypes.c_int64)),
                ("strides", ctypes.POINTER(ctypes.c_int64)), ("byte_offset", ctypes.c_uint64)]


class Exported(NamedTuple):
    """What a capsule holds. strides are in elements; None: contiguous. owner: keeps it alive."""

    address: int
    dtype: str
    shape: Tuple[int, ...]
    strides: Optional[Tuple[int, ...]]
    owner: object


def export(array) -> Exported:
    """The memory that `array.__dlpack__()` gives.

    Raises what the array raises, and TypeError where the answer is no DLPack capsule.
    """
    capsule = array.__dlpack__()
    address = ctypes.pythonapi.PyCapsule_GetPointer
    address.restype, address.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    try:
        tensor = _Tensor.from_address(address(capsule, b"dltensor"))
    except ValueError as error:
        raise TypeError(f"__dlpack__() gave no DLPack capsule: {error}") from error
    kind = _KINDS.get(tensor.code, f"kind {tensor.code} of ")
    lanes = "" if tensor.lanes == 1 else f" x {tensor.lanes}"
    strides = tuple(tensor.strides[:tensor.rank]) if tensor.strides else None
    return Exported((tensor.data or 0) + tensor.byte_offset, f"{kind}{tensor.bits}{lanes}",
                    tuple(tensor.shape[:tensor.rank]), strides, capsule)
