# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A device's memory, and timed launches, for programs without PyTorch.

    from fovea.device import Device
    from fovea.runtime import Bundle

    device = Device()
    forward = Bundle.load("nsa.fovea").entry("nsa_forward")
    arrays = [device.array(shape, argument.dtype) for argument in forward.arguments]
    arrays[0].write(q)                                  # any contiguous buffer of as many bytes
    workspace = device.array([forward.workspace_bytes(*arrays)], "uint8")
    seconds = device.time_launches(forward, arrays, workspace)

It is fovea/device.h over ctypes. An array is a tensor for every entry.
"""

import ctypes
import math
from typing import List, Sequence

from ._library import HANDLE, SIZE, FoveaError, ask, check, get_library
from .runtime import Entry

__all__ = ["Array", "Device"]

_BYTES = {"bfloat16": 2, "float16": 2, "float32": 4, "int32": 4, "int64": 8, "uint8": 1}


class _Info(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("major", ctypes.c_uint32),
                ("minor", ctypes.c_uint32), ("multiprocessors", ctypes.c_uint32)]


class Device:
    """An open device: its primary context. It outlives its arrays, and bundles launched on it.

    name: such as "NVIDIA H200". capability: such as (9, 0). multiprocessors: how many.
    """

    def __init__(self, ordinal: int = 0):
        self._library = get_library()
        self._handle = ask(self._library, "fovea_device_open", HANDLE, ordinal)
        info = ask(self._library, "fovea_device_describe", _Info, self._handle)
        self.name = info.name.decode()
        self.capability = (info.major, info.minor)
        self.multiprocessors = info.multiprocessors

    def __del__(self):
        if handle := getattr(self, "_handle", None):
            self._library.fovea_device_close(handle)

    def array(self, shape: Sequence[int], dtype: str) -> "Array":
        """Memory of PyTorch's type `dtype`, or "uint8", whatever it holds."""
        return Array(self, shape, dtype)

    def time_launches(self, entry: Entry, arrays: Sequence["Array"],
                      workspace: "Array") -> List[float]:
        """Seconds of each launch of the entry, by the device's own clock.

        arrays: one per argument in order. workspace: entry.workspace_bytes(*arrays) at least.
        The entry runs twice, and the second time is timed (fovea_device_time_launches).
        """
        entry._bundle.check_open()
        if len(arrays) != len(entry.arguments):
            raise FoveaError(f"{entry.name}: expected {len(entry.arguments)} arrays, got "
                             f"{len(arrays)}")
        prepared = entry._prepare(arrays)
        for struct, array in zip(prepared.given, arrays):
            struct.data = array.data_ptr()
        prepared.call.workspace = workspace.data_ptr()
        prepared.call.workspace_bytes = workspace.nbytes
        seconds = (ctypes.c_double * len(entry.launches))()
        check(self._library, self._library.fovea_device_time_launches(
            self._handle, entry._handle, prepared.reference, seconds, len(seconds)))
        return list(seconds)


class Array:
    """Contiguous memory of a device, row-major, freed with this object."""

    def __init__(self, device: Device, shape: Sequence[int], dtype: str):
        if dtype not in _BYTES:
            raise FoveaError(f"expected one of {', '.join(_BYTES)}; got {dtype}")
        self._device, self._library = device, device._library
        self.shape, self.dtype = tuple(shape), dtype
        self.nbytes = math.prod(self.shape) * _BYTES[dtype]
        self._address = ask(self._library, "fovea_device_allocate", HANDLE, device._handle,
                            self.nbytes).value

    def __del__(self):
        if address := getattr(self, "_address", None):
            self._library.fovea_device_free(self._device._handle, address)

    def data_ptr(self) -> int:
        """Its address; 0 where it has no bytes."""
        return self._address or 0

    def write(self, data, offset: int = 0) -> None:
        """Copies a contiguous buffer to `offset` bytes from the start."""
        view = memoryview(data).cast("B")
        self._check_range(offset, view.nbytes)
        source = (ctypes.c_char * view.nbytes).from_buffer(bytearray(view) if view.readonly else view)
        check(self._library, self._library.fovea_device_write(
            self._device._handle, self.data_ptr() + offset, source, view.nbytes))

    def read(self, offset: int = 0, nbytes: int = -1) -> bytearray:
        """Bytes from `offset` on; all that follow where nbytes is -1."""
        nbytes = self.nbytes - offset if nbytes < 0 else nbytes
        self._check_range(offset, nbytes)
        result = bytearray(nbytes)
        target = (ctypes.c_char * nbytes).from_buffer(result)
        check(self._library, self._library.fovea_device_read(
            self._device._handle, target, self.data_ptr() + offset, nbytes))
        return result

    def _check_range(self, offset: int, nbytes: int) -> None:
        if not 0 <= offset <= offset + nbytes <= self.nbytes:
            raise FoveaError(f"expected bytes of an array of {self.nbytes}, got {nbytes} "
                             f"from {offset} on")
