# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Loads bundles and launches their kernels on PyTorch tensors.

    from fovea.runtime import Bundle

    bundle = Bundle.load("nsa.fovea")
    forward = bundle.entry("nsa_forward")
    out = forward(q, k, v, gates, cu_seqlens)        # outputs are allocated
    forward(q, k, v, gates, cu_seqlens, out)         # or given

It is fovea/runtime.h over ctypes, with no build step: put this folder's parent on
PYTHONPATH. libfovea_runtime.so is found as the dynamic linker finds it, or named with
use_library. PyTorch is needed only to allocate; any object with data_ptr(), shape and
dtype is a tensor.
"""

import contextlib
import ctypes
import sys
from typing import NamedTuple, Optional, Tuple

ABI = 2
_DTYPES = ("bfloat16", "float16", "float32", "int32", "int64")  # by fovea_type_t
_ROWS = ("static", "tokens", "sequence_ends")  # by fovea_rows_t


class FoveaError(RuntimeError):
    """A call that failed, with the runtime's one line of text.

    status: the number of a fovea_status_t.
    """

    INVALID_ARGUMENT = 1

    def __init__(self, text: str, status: int = INVALID_ARGUMENT):
        super().__init__(text)
        self.status = status


class Argument(NamedTuple):
    """An argument of an entry. A size of -1 is not static."""

    name: str
    dtype: str  # PyTorch's name: "bfloat16"
    # What the first size counts: "tokens", "tokens / 16" (floor(tokens / 16) compressed
    # rows), "sequence_ends" (sequences + 1) or "static".
    rows: str
    output: bool
    shape: Tuple[int, ...]


class Kernel(NamedTuple):
    """A kernel of a bundle. threads and shared_bytes are per block."""

    name: str
    symbol: str
    threads: int
    shared_bytes: int
    registers: int


class _BundleInfo(ctypes.Structure):
    _fields_ = [("producer", ctypes.c_char_p), ("target", ctypes.c_char_p),
                ("entry_count", ctypes.c_size_t), ("kernel_count", ctypes.c_size_t)]


class _KernelInfo(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("symbol", ctypes.c_char_p),
                ("threads", ctypes.c_uint32), ("shared_bytes", ctypes.c_uint32),
                ("registers", ctypes.c_uint32)]


class _EntryInfo(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("argument_count", ctypes.c_size_t),
                ("launch_count", ctypes.c_size_t)]


class _ArgumentInfo(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("type", ctypes.c_int), ("rows", ctypes.c_int),
                ("output", ctypes.c_bool), ("rank", ctypes.c_uint32),
                ("shape", ctypes.POINTER(ctypes.c_int64)),
                ("tokens_per_row", ctypes.c_int64)]


class _Tensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("type", ctypes.c_int32),
                ("rank", ctypes.c_uint32), ("shape", ctypes.POINTER(ctypes.c_int64))]


class _Call(ctypes.Structure):
    _fields_ = [("tensors", ctypes.POINTER(_Tensor)), ("tensor_count", ctypes.c_size_t),
                ("workspace", ctypes.c_void_p), ("workspace_bytes", ctypes.c_size_t),
                ("stream", ctypes.c_void_p)]


_HANDLE = ctypes.c_void_p
_SIZE = ctypes.c_size_t
_SIGNATURES = {
    "fovea_runtime_open": [ctypes.c_char_p],
    "fovea_bundle_load_file": [ctypes.c_char_p, ctypes.POINTER(_HANDLE)],
    "fovea_bundle_prepare": [_HANDLE],
    "fovea_bundle_describe": [_HANDLE, ctypes.POINTER(_BundleInfo)],
    "fovea_bundle_describe_kernel": [_HANDLE, _SIZE, ctypes.POINTER(_KernelInfo)],
    "fovea_bundle_find_entry": [_HANDLE, ctypes.c_char_p, ctypes.POINTER(_HANDLE)],
    "fovea_bundle_get_entry": [_HANDLE, _SIZE, ctypes.POINTER(_HANDLE)],
    "fovea_entry_describe": [_HANDLE, ctypes.POINTER(_EntryInfo)],
    "fovea_entry_describe_argument": [_HANDLE, _SIZE, ctypes.POINTER(_ArgumentInfo)],
    "fovea_entry_get_launch": [_HANDLE, _SIZE, ctypes.POINTER(_SIZE)],
    "fovea_entry_workspace_bytes": [_HANDLE, ctypes.POINTER(_Tensor), _SIZE,
                                    ctypes.POINTER(_SIZE)],
    "fovea_entry_launch_range": [_HANDLE, ctypes.POINTER(_Call), _SIZE, _SIZE],
}

_library: Optional[ctypes.CDLL] = None


def use_library(path: str = "libfovea_runtime.so") -> ctypes.CDLL:
    """Loads the runtime from `path`, for all bundles that are loaded later."""
    global _library
    library = ctypes.CDLL(path)
    library.fovea_runtime_abi.restype = ctypes.c_uint32
    library.fovea_last_error.restype = ctypes.c_char_p
    if (got := library.fovea_runtime_abi()) != ABI:
        raise FoveaError(f"{path}: expected interface version {ABI}, got {got}")
    for name, arguments in _SIGNATURES.items():
        function = getattr(library, name)
        function.argtypes = arguments
        function.restype = ctypes.c_int
    library.fovea_bundle_free.argtypes = [_HANDLE]
    library.fovea_bundle_free.restype = None
    _library = library
    return library


def open_driver(path: Optional[str] = None) -> None:
    """Opens the driver's library now: libcuda.so.1, or the one at `path`."""
    library = _library or use_library()
    _check(library, library.fovea_runtime_open(path.encode() if path else None))


def _check(library: ctypes.CDLL, status: int) -> None:
    if status:
        raise FoveaError(library.fovea_last_error().decode(errors="replace"), status)


class Bundle:
    """A loaded bundle. Its kernels are unloaded when it and its entries are gone."""

    def __init__(self, library: ctypes.CDLL, handle: ctypes.c_void_p):
        self._library = library
        self._handle = handle
        info = self._ask("fovea_bundle_describe", _BundleInfo)
        self.producer = info.producer.decode()
        self.target = info.target.decode()
        self.kernels = tuple(self._kernel(i) for i in range(info.kernel_count))
        self.entries = tuple(self._entry_name(i) for i in range(info.entry_count))

    @classmethod
    def load(cls, path) -> "Bundle":
        """Reads and checks the file; needs no GPU."""
        library = _library or use_library()
        handle = _HANDLE()
        _check(library, library.fovea_bundle_load_file(str(path).encode(),
                                                       ctypes.byref(handle)))
        return cls(library, handle)

    def __del__(self):
        self._library.fovea_bundle_free(self._handle)

    def prepare(self) -> None:
        """Loads the kernels into the current CUDA context: before a graph's capture."""
        _check(self._library, self._library.fovea_bundle_prepare(self._handle))

    def entry(self, name: str) -> "Entry":
        """The entry of that name, ready to be called."""
        handle = _HANDLE()
        _check(self._library, self._library.fovea_bundle_find_entry(
            self._handle, name.encode(), ctypes.byref(handle)))
        return Entry(self, handle)

    def _ask(self, function, result_type, *arguments):
        """The result that `function` leaves of this bundle."""
        result = result_type()
        _check(self._library, getattr(self._library, function)(
            self._handle, *arguments, ctypes.byref(result)))
        return result

    def _kernel(self, number: int) -> Kernel:
        info = self._ask("fovea_bundle_describe_kernel", _KernelInfo, number)
        return Kernel(info.name.decode(), info.symbol.decode(), info.threads,
                      info.shared_bytes, info.registers)

    def _entry_name(self, number: int) -> str:
        handle = self._ask("fovea_bundle_get_entry", _HANDLE, number)
        return Entry(self, handle).name


class Entry:
    """An entry of a bundle: call it with tensors.

    name: its name. arguments: an Argument each. launches: the Kernel of each launch.
    """

    def __init__(self, bundle: Bundle, handle: ctypes.c_void_p):
        self._bundle = bundle  # which must outlive the handle
        self._library = bundle._library
        self._handle = handle
        info = self._ask("fovea_entry_describe", _EntryInfo)
        self.name = info.name.decode()
        self.arguments = tuple(self._argument(i) for i in range(info.argument_count))
        self.launches = tuple(
            bundle.kernels[self._ask("fovea_entry_get_launch", _SIZE, i).value]
            for i in range(info.launch_count))

    def __call__(self, *tensors, workspace=None, stream=None, launches=None):
        """Launches on CUDA tensors and returns the outputs, without waiting for them.

        tensors: one per argument in order, or the inputs only: then outputs are
            allocated with PyTorch. Contiguous, of the arguments' types and shapes.
        workspace: a contiguous tensor of at least workspace_bytes(...) bytes, aligned to
            256; allocated with PyTorch where None.
        stream: a torch.cuda.Stream or a CUstream's number; PyTorch's current one of the
            tensors' device where None.
        launches: (first, last), to launch first <= i < last only.
        Returns the output, or a tuple of them where there are several.
        Raises FoveaError; nothing was launched then.
        """
        with _device_and_stream(tensors, stream) as stream_number:
            tensors = self._with_outputs(tensors)
            packed = self._pack(tensors)
            if workspace is None:
                workspace = self._allocate_workspace(tensors, packed)
            call = _Call(packed, len(tensors), None, 0, stream_number)
            if workspace is not None:
                call.workspace = workspace.data_ptr()
                call.workspace_bytes = workspace.numel() * workspace.element_size()
            first, last = launches or (0, len(self.launches))
            _check(self._library, self._library.fovea_entry_launch_range(
                self._handle, ctypes.byref(call), first, last))
        outputs = tuple(t for t, a in zip(tensors, self.arguments) if a.output)
        return outputs[0] if len(outputs) == 1 else outputs

    def workspace_bytes(self, *tensors) -> int:
        """How much workspace a call with tensors of these types and shapes needs.

        tensors: one per argument in order.
        """
        return self._workspace_bytes(self._pack(tensors), len(tensors))

    def _workspace_bytes(self, packed, count: int) -> int:
        return self._ask("fovea_entry_workspace_bytes", _SIZE, packed, count).value

    def _ask(self, function, result_type, *arguments):
        """The result that `function` leaves of this entry."""
        result = result_type()
        _check(self._library, getattr(self._library, function)(
            self._handle, *arguments, ctypes.byref(result)))
        return result

    def _argument(self, number: int) -> Argument:
        info = self._ask("fovea_entry_describe_argument", _ArgumentInfo, number)
        rows = _ROWS[info.rows]
        if info.tokens_per_row != 1:
            rows += f" / {info.tokens_per_row}"
        return Argument(info.name.decode(), _DTYPES[info.type], rows, info.output,
                        tuple(info.shape[:info.rank]))

    def _pack(self, tensors):
        """The tensors as fovea_tensor_t; the runtime checks them but for what it cannot
        see: where they are and whether they are contiguous."""
        packed = (_Tensor * len(tensors))()
        for i, tensor in enumerate(tensors):
            name = self.arguments[i].name if i < len(self.arguments) else str(i)
            place = f"{self.name}, argument '{name}'"
            dtype = str(tensor.dtype).rsplit(".", 1)[-1]
            if dtype not in _DTYPES:
                raise FoveaError(f"{place}: expected one of {', '.join(_DTYPES)}; "
                                 f"got {dtype}")
            if not getattr(tensor, "is_cuda", True):
                raise FoveaError(f"{place}: expected a CUDA tensor, got one on "
                                 f"{tensor.device}")
            if hasattr(tensor, "is_contiguous") and not tensor.is_contiguous():
                raise FoveaError(f"{place}: expected a contiguous tensor, got strides "
                                 f"{tuple(tensor.stride())}")
            shape = (ctypes.c_int64 * len(tensor.shape))(*tensor.shape)
            packed[i] = _Tensor(tensor.data_ptr(), _DTYPES.index(dtype), len(shape), shape)
        return packed

    def _with_outputs(self, tensors):
        """All arguments' tensors, of which `tensors` may be the inputs only."""
        inputs = [a for a in self.arguments if not a.output]
        if len(tensors) == len(self.arguments):
            return tensors
        if len(tensors) != len(inputs):
            raise FoveaError(f"{self.name}: expected {len(inputs)} inputs or all "
                             f"{len(self.arguments)} arguments, got {len(tensors)} tensors")
        rows = {a.rows: t.shape[0] for a, t in zip(inputs, tensors) if a.rows != "static"}
        given = iter(tensors)
        return tuple(self._allocate_output(a, rows, tensors) if a.output else next(given)
                     for a in self.arguments)

    def _allocate_output(self, argument: Argument, rows: dict, inputs):
        counted, _, per_row = argument.rows.partition(" / ")
        if per_row and counted in rows:
            rows = {argument.rows: rows[counted] // int(per_row), **rows}
        shape = (rows.get(argument.rows, argument.shape[0]), *argument.shape[1:]) \
            if argument.shape else ()
        if -1 in shape:
            raise FoveaError(f"{self.name}, argument '{argument.name}': expected it to be "
                             f"given, for its shape does not follow from the inputs")
        torch = _require_torch()
        return torch.empty(shape, dtype=getattr(torch, argument.dtype),
                           device=inputs[0].device if inputs else "cuda")

    def _allocate_workspace(self, tensors, packed):
        count = self._workspace_bytes(packed, len(tensors))
        if count == 0:
            return None
        torch = _require_torch()
        return torch.empty(count, dtype=torch.uint8, device=tensors[0].device)


def _require_torch():
    try:
        import torch
    except ImportError as error:
        raise FoveaError("expected PyTorch, to allocate outputs and workspace, found "
                         "none: pass them") from error
    return torch


@contextlib.contextmanager
def _device_and_stream(tensors, stream):
    """Makes the tensors' device and the stream PyTorch's current ones, so that what is
    allocated inside belongs to that stream; yields the stream's number."""
    torch = sys.modules.get("torch")
    if torch is None or not any(isinstance(t, torch.Tensor) and t.is_cuda for t in tensors):
        yield stream if stream is None or isinstance(stream, int) else stream.cuda_stream
        return
    device = next(t.device for t in tensors if isinstance(t, torch.Tensor) and t.is_cuda)
    if stream is None:
        stream = torch.cuda.current_stream(device)
    elif isinstance(stream, int):
        stream = torch.cuda.ExternalStream(stream, device) if stream \
            else torch.cuda.default_stream(device)
    with torch.cuda.device(device), torch.cuda.stream(stream):
        yield stream.cuda_stream
