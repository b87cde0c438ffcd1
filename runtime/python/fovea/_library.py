# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""fovea/runtime.h and fovea/device.h over ctypes: their structs, functions and errors."""

import ctypes
import pathlib
import sys
from typing import Optional

ABI = 3
CHECKED = 1  # FOVEA_CALL_CHECKED
SEPARATE = 2  # FOVEA_CALL_SEPARATE
DTYPES = ("bfloat16", "float16", "float32", "int32", "int64")  # by fovea_type_t
# By fovea_rows_t.
ROWS = ("static", "tokens", "sequence_ends", "sequences", "key_tokens", "key_sequence_ends", "pages")


class FoveaError(RuntimeError):
    """A call that failed, with the runtime's one line of text.

    status: the number of a fovea_status_t.
    """

    INVALID_ARGUMENT = 1

    def __init__(self, text: str, status: int = INVALID_ARGUMENT):
        super().__init__(text)
        self.status = status


class BundleInfo(ctypes.Structure):
    _fields_ = [("producer", ctypes.c_char_p), ("target", ctypes.c_char_p),
                ("entry_count", ctypes.c_size_t), ("kernel_count", ctypes.c_size_t)]


class KernelInfo(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("symbol", ctypes.c_char_p),
                ("threads", ctypes.c_uint32), ("shared_bytes", ctypes.c_uint32),
                ("registers", ctypes.c_uint32)]


class EntryInfo(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("argument_count", ctypes.c_size_t),
                ("launch_count", ctypes.c_size_t), ("checkable", ctypes.c_bool),
                ("check_count", ctypes.c_size_t)]


class ArgumentInfo(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("type", ctypes.c_int), ("rows", ctypes.c_int),
                ("output", ctypes.c_bool), ("rank", ctypes.c_uint32),
                ("shape", ctypes.POINTER(ctypes.c_int64)),
                ("tokens_per_row", ctypes.c_int64)]


class Tensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("type", ctypes.c_int32),
                ("rank", ctypes.c_uint32), ("shape", ctypes.POINTER(ctypes.c_int64))]


class Call(ctypes.Structure):
    _fields_ = [("tensors", ctypes.POINTER(Tensor)), ("tensor_count", ctypes.c_size_t),
                ("workspace", ctypes.c_void_p), ("workspace_bytes", ctypes.c_size_t),
                ("stream", ctypes.c_void_p), ("flags", ctypes.c_uint32),
                ("report", ctypes.c_void_p), ("report_count", ctypes.c_size_t)]


HANDLE = ctypes.c_void_p
SIZE = ctypes.c_size_t
_SIGNATURES = {
    "fovea_runtime_open": [ctypes.c_char_p],
    "fovea_bundle_load_file": [ctypes.c_char_p, ctypes.POINTER(HANDLE)],
    "fovea_bundle_prepare": [HANDLE],
    "fovea_bundle_describe": [HANDLE, ctypes.POINTER(BundleInfo)],
    "fovea_bundle_describe_kernel": [HANDLE, SIZE, ctypes.POINTER(KernelInfo)],
    "fovea_bundle_find_entry": [HANDLE, ctypes.c_char_p, ctypes.POINTER(HANDLE)],
    "fovea_bundle_get_entry": [HANDLE, SIZE, ctypes.POINTER(HANDLE)],
    "fovea_entry_describe": [HANDLE, ctypes.POINTER(EntryInfo)],
    "fovea_entry_describe_argument": [HANDLE, SIZE, ctypes.POINTER(ArgumentInfo)],
    "fovea_entry_get_launch": [HANDLE, SIZE, ctypes.POINTER(SIZE)],
    "fovea_entry_workspace_bytes": [HANDLE, ctypes.POINTER(Tensor), SIZE,
                                    ctypes.POINTER(SIZE)],
    "fovea_entry_launch_range": [HANDLE, ctypes.POINTER(Call), SIZE, SIZE],
    "fovea_entry_check": [HANDLE, ctypes.POINTER(Call)],
    "fovea_device_open": [ctypes.c_int, ctypes.POINTER(HANDLE)],
    "fovea_device_describe": [HANDLE, ctypes.c_void_p],
    "fovea_device_allocate": [HANDLE, SIZE, ctypes.POINTER(HANDLE)],
    "fovea_device_free": [HANDLE, ctypes.c_void_p],
    "fovea_device_write": [HANDLE, ctypes.c_void_p, ctypes.c_void_p, SIZE],
    "fovea_device_read": [HANDLE, ctypes.c_void_p, ctypes.c_void_p, SIZE],
    "fovea_device_time_launches": [HANDLE, HANDLE, ctypes.POINTER(Call),
                                   ctypes.POINTER(ctypes.c_double), SIZE],
}

_library: Optional[ctypes.CDLL] = None


def find_packaged(name: str) -> Optional[str]:
    """A file that was installed with this package, in one of its folders: of an editable install the
    sources are in another."""
    files = (pathlib.Path(folder) / name for folder in sys.modules[__package__].__path__)
    return next((str(file) for file in files if file.is_file()), None)


def use_library(path: Optional[str] = None) -> ctypes.CDLL:
    """Loads the runtime from `path`, for all bundles that are loaded later: that of this package
    where None, or else the one that the dynamic linker finds.

    Raises FoveaError where it cannot be loaded, or is of another version.
    """
    global _library
    path = path or find_packaged("lib/libfovea_runtime.so") or "libfovea_runtime.so"
    try:
        library = ctypes.CDLL(path)
    except OSError as error:
        raise FoveaError(f"expected Fovea's runtime, got: {error}") from error
    library.fovea_runtime_abi.restype = ctypes.c_uint32
    library.fovea_last_error.restype = ctypes.c_char_p
    if (got := library.fovea_runtime_abi()) != ABI:
        raise FoveaError(f"{path}: expected interface version {ABI}, got {got}")
    for name, arguments in _SIGNATURES.items():
        function = getattr(library, name)
        function.argtypes = arguments
        function.restype = ctypes.c_int
    for name in ("fovea_bundle_free", "fovea_device_close"):
        getattr(library, name).argtypes = [HANDLE]
        getattr(library, name).restype = None
    _library = library
    return library


def get_library() -> ctypes.CDLL:
    """The library that was named, or else use_library's."""
    return _library or use_library()


def check(library: ctypes.CDLL, status: int) -> None:
    """Raises the failure that `status` is, if it is one."""
    if status:
        raise FoveaError(library.fovea_last_error().decode(errors="replace"), status)


def ask(library: ctypes.CDLL, function: str, result_type, *arguments):
    """The result that a function of the library leaves in its last argument."""
    result = result_type()
    check(library, getattr(library, function)(*arguments, ctypes.byref(result)))
    return result
