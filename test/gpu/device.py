# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Bundles through the runtime's C interface (runtime/include/fovea/runtime.h), on torch
tensors. The tests use it rather than the Python package because they own every byte that a
kernel gets, the workspace included, and time launches one by one."""
import ctypes
import dataclasses

import torch

ABI = 1
TYPES = [torch.bfloat16, torch.float16, torch.float32, torch.int32, torch.int64]
ROWS = ["static", "tokens", "sequence_ends"]


class _EntryInfo(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("argument_count", ctypes.c_size_t),
                ("launch_count", ctypes.c_size_t)]


class _ArgumentInfo(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("type", ctypes.c_int), ("rows", ctypes.c_int),
                ("output", ctypes.c_bool), ("rank", ctypes.c_uint32),
                ("shape", ctypes.POINTER(ctypes.c_int64))]


class _KernelInfo(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("symbol", ctypes.c_char_p),
                ("threads", ctypes.c_uint32), ("shared_bytes", ctypes.c_uint32),
                ("registers", ctypes.c_uint32)]


class _BundleInfo(ctypes.Structure):
    _fields_ = [("producer", ctypes.c_char_p), ("target", ctypes.c_char_p),
                ("entry_count", ctypes.c_size_t), ("kernel_count", ctypes.c_size_t)]


class _Tensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("type", ctypes.c_int32), ("rank", ctypes.c_uint32),
                ("shape", ctypes.POINTER(ctypes.c_int64))]


class _Call(ctypes.Structure):
    _fields_ = [("tensors", ctypes.POINTER(_Tensor)), ("tensor_count", ctypes.c_size_t),
                ("workspace", ctypes.c_void_p), ("workspace_bytes", ctypes.c_size_t),
                ("stream", ctypes.c_void_p)]


class FoveaError(Exception):
    """A call of the runtime failed; its text."""


class Runtime:
    """The shared library at `path`."""

    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        self.library.fovea_last_error.restype = ctypes.c_char_p
        abi = self.library.fovea_runtime_abi()
        if abi != ABI:
            raise FoveaError(f"expected a runtime of ABI {ABI}, got {abi}: {path}")

    def check(self, status):
        if status:
            raise FoveaError(self.library.fovea_last_error().decode())

    def call(self, name, *arguments):
        self.check(getattr(self.library, name)(*arguments))

    def load(self, path):
        return Bundle(self, path)


@dataclasses.dataclass(frozen=True)
class Argument:
    name: str
    dtype: torch.dtype
    rows: str
    output: bool
    shape: tuple  # -1 where not static


@dataclasses.dataclass(frozen=True)
class Kernel:
    name: str
    threads: int
    shared_bytes: int
    registers: int


class Bundle:
    def __init__(self, runtime, path):
        self.runtime, self.handle = runtime, ctypes.c_void_p()
        runtime.call("fovea_bundle_load_file", str(path).encode(), ctypes.byref(self.handle))
        torch.cuda.current_stream()  # makes torch's context current
        runtime.call("fovea_bundle_prepare", self.handle)

    def entries(self):
        info = _BundleInfo()
        self.runtime.call("fovea_bundle_describe", self.handle, ctypes.byref(info))
        return [Entry(self, i) for i in range(info.entry_count)]

    def only_entry(self):
        entries = self.entries()
        if len(entries) != 1:
            raise FoveaError(f"expected one entry, got {[e.name for e in entries]}")
        return entries[0]

    def kernel(self, number):
        info = _KernelInfo()
        self.runtime.call("fovea_bundle_describe_kernel", self.handle,
                          ctypes.c_size_t(number), ctypes.byref(info))
        return Kernel(info.name.decode(), info.threads, info.shared_bytes, info.registers)

    def free(self):
        self.runtime.library.fovea_bundle_free(self.handle)
        self.handle = None


class Entry:
    def __init__(self, bundle, index):
        self.bundle, self.runtime, self.handle = bundle, bundle.runtime, ctypes.c_void_p()
        self.runtime.call("fovea_bundle_get_entry", bundle.handle, ctypes.c_size_t(index),
                          ctypes.byref(self.handle))
        info = _EntryInfo()
        self.runtime.call("fovea_entry_describe", self.handle, ctypes.byref(info))
        self.name = info.name.decode()
        self.arguments = [self._argument(i) for i in range(info.argument_count)]
        self.kernels = [self._kernel(i) for i in range(info.launch_count)]

    def _argument(self, i):
        info = _ArgumentInfo()
        self.runtime.call("fovea_entry_describe_argument", self.handle, ctypes.c_size_t(i),
                          ctypes.byref(info))
        return Argument(info.name.decode(), TYPES[info.type], ROWS[info.rows], info.output,
                        tuple(info.shape[axis] for axis in range(info.rank)))

    def _kernel(self, launch):
        number = ctypes.c_size_t()
        self.runtime.call("fovea_entry_get_launch", self.handle, ctypes.c_size_t(launch),
                          ctypes.byref(number))
        return self.bundle.kernel(number.value)

    def _tensors(self, tensors):
        """`tensors` by name -> the array of structs, which keeps its shapes alive."""
        array = (_Tensor * len(self.arguments))()
        array.kept = []
        for i, argument in enumerate(self.arguments):
            tensor = tensors[argument.name]
            if tensor.dtype != argument.dtype or not tensor.is_contiguous():
                raise FoveaError(f"expected {argument.name} to be contiguous "
                                    f"{argument.dtype}, got {tensor.dtype}")
            shape = (ctypes.c_int64 * tensor.dim())(*tensor.shape)
            array.kept.append((tensor, shape))
            array[i] = _Tensor(tensor.data_ptr(), TYPES.index(tensor.dtype), tensor.dim(),
                               shape)
        return array

    def workspace_bytes(self, tensors):
        array, size = self._tensors(tensors), ctypes.c_size_t()
        self.runtime.call("fovea_entry_workspace_bytes", self.handle, array,
                          ctypes.c_size_t(len(array)), ctypes.byref(size))
        return size.value

    def bind(self, tensors, workspace):
        """A function that launches [first, last) of the entry's launches, all by default, on
        torch's current stream. Built once, so that a call costs the host little."""
        array = self._tensors(tensors)
        pointer = ctypes.c_void_p(workspace.data_ptr() if workspace.numel() else None)
        call = _Call(array, len(array), pointer, workspace.numel(), None)
        launch, total = self.runtime.library.fovea_entry_launch_range, len(self.kernels)

        def run(first=0, last=total):
            call.stream = torch.cuda.current_stream().cuda_stream
            self.runtime.check(launch(self.handle, ctypes.byref(call),
                                      ctypes.c_size_t(first), ctypes.c_size_t(last)))

        run.kept = (array, workspace)
        return run
