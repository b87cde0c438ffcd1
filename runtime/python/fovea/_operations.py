# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""runtime/torch over ctypes: the library of operations that calls kernels without Python. The package has it
where PyTorch was there when it was built; fovea.autograd does without it elsewhere."""

import ctypes
import functools
import os
from typing import NamedTuple, Optional, Tuple

from ._arguments import parse_rows
from ._library import DTYPES, HANDLE, ROWS, SIZE, ArgumentInfo, find_packaged
from .cpu import Entry as CpuEntry

_ABI = 1  # FOVEA_TORCH_ABI
OLDEST_TORCH = (2, 10)  # the first whose stable interface has lists and strings


class _Runtime(ctypes.Structure):
    _fields_ = [("workspace_bytes", ctypes.c_void_p), ("launch", ctypes.c_void_p)]


class _Entry(ctypes.Structure):
    _fields_ = [("arguments", ctypes.POINTER(ArgumentInfo)), ("argument_count", SIZE),
                ("function", ctypes.c_void_p), ("most_tokens", ctypes.c_int64), ("handle", HANDLE),
                ("runtime", _Runtime), ("on_cuda", ctypes.c_bool)]


class Operations(NamedTuple):
    """The library that is loaded, or None and why. path: its file."""

    library: Optional[ctypes.CDLL]
    path: Optional[str]
    reason: str = ""

    def add(self, kernel: str, forward, backward) -> None:
        """Has the library know a kernel: its entries, of a bundle or a library for the CPU."""
        if self.library is None:
            return
        entries = [ctypes.byref(_describe(entry)) if entry else None for entry in (forward, backward)]
        self.library.fovea_torch_add(*_bytes(kernel), *entries)

    def remove(self, kernel: str, handle) -> None:
        """Has it forget the kernel, if its forward entry has that handle."""
        if self.library is not None:
            self.library.fovea_torch_remove(*_bytes(kernel), handle)

    def add_entry(self, entry) -> int:
        """The number by which fovea::launch knows an entry of a bundle; 0 where it does not."""
        if self.library is None:
            return 0
        return self.library.fovea_torch_add_entry(ctypes.byref(_describe(entry)))

    def remove_entry(self, number: int) -> None:
        """Has it forget the entry, whose bundle may be freed then."""
        self.library.fovea_torch_remove_entry(number)

    def fail(self, text: str) -> None:
        """Has the call that it left to Python in this thread fail with that text."""
        self.library.fovea_torch_fail(text.encode())

    def count(self) -> Tuple[int, int]:
        """How many calls the library made, and how many it left to Python."""
        counts = ctypes.c_uint64(), ctypes.c_uint64()
        if self.library is not None:
            self.library.fovea_torch_count(*map(ctypes.byref, counts))
        return counts[0].value, counts[1].value


@functools.lru_cache(maxsize=None)
def load(torch_version: str) -> Operations:
    """The package's library, for the PyTorch that is loaded."""
    path = find_packaged("lib/libfovea_torch.so")
    if path is None:
        return Operations(None, None, "expected lib/libfovea_torch.so in the package, found none: its build saw no "
                          f"PyTorch {_dotted(OLDEST_TORCH)} or later; pip shows it none without --no-build-isolation")
    if tuple(int(part) for part in torch_version.split(".")[:2]) < OLDEST_TORCH:
        return Operations(None, None, f"{path}: expected PyTorch {_dotted(OLDEST_TORCH)} or later, got {torch_version}")
    try:
        library = ctypes.CDLL(path)
    except OSError as error:
        return Operations(None, None, f"expected Fovea's library of operations, got: {error}")
    library.fovea_torch_abi.restype = ctypes.c_uint32
    if (got := library.fovea_torch_abi()) != _ABI:
        return Operations(None, None, f"{path}: expected interface version {_ABI}, got {got}")
    library.fovea_torch_add.argtypes = [ctypes.c_char_p, SIZE, ctypes.POINTER(_Entry), ctypes.POINTER(_Entry)]
    library.fovea_torch_add.restype = ctypes.c_bool
    library.fovea_torch_remove.argtypes = [ctypes.c_char_p, SIZE, HANDLE]
    library.fovea_torch_remove.restype = None
    library.fovea_torch_add_entry.argtypes = [ctypes.POINTER(_Entry)]
    library.fovea_torch_add_entry.restype = ctypes.c_int64
    library.fovea_torch_remove_entry.argtypes = [ctypes.c_int64]
    library.fovea_torch_remove_entry.restype = None
    library.fovea_torch_fail.argtypes, library.fovea_torch_fail.restype = [ctypes.c_char_p], None
    library.fovea_torch_count.argtypes = [ctypes.POINTER(ctypes.c_uint64)] * 2
    library.fovea_torch_count.restype = None
    return Operations(library, os.path.abspath(path))


def _dotted(version: Tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _bytes(kernel: str) -> Tuple[bytes, int]:
    text = kernel.encode()
    return text, len(text)


def _describe(entry) -> _Entry:
    infos = (ArgumentInfo * len(entry.arguments))(*map(_describe_argument, entry.arguments))
    described = _Entry(infos, len(infos), None, -1, None)
    if isinstance(entry, CpuEntry):
        described.function = ctypes.cast(entry._function, ctypes.c_void_p)
        described.most_tokens = -1 if entry._most_tokens is None else entry._most_tokens
    else:
        library = entry._library
        described.handle, described.on_cuda = entry._handle, entry.on_cuda
        described.runtime = _Runtime(*(ctypes.cast(function, ctypes.c_void_p) for function in (
            library.fovea_entry_workspace_bytes, library.fovea_entry_launch)))
    return described


def _describe_argument(argument) -> ArgumentInfo:
    kind, per_row = parse_rows(argument.rows)
    shape = (ctypes.c_int64 * len(argument.shape))(*argument.shape)
    return ArgumentInfo(None, DTYPES.index(argument.dtype), ROWS.index(kind), argument.output, len(shape), shape,
                        per_row)
