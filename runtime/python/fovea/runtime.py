# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Loads Fovea's bundles and launches their kernels on PyTorch tensors.

    from fovea.runtime import Bundle

    bundle = Bundle.load("nsa.fovea")
    forward = bundle.entry("nsa_forward")
    out = forward(q, k, v, gates, cu_seqlens)        # outputs are allocated
    forward(q, k, v, gates, cu_seqlens, out)         # or given
    forward(q=q, k=k, v=v, gates=gates, cu_seqlens=cu_seqlens)

It is fovea/runtime.h over ctypes, with no build step of its own: `pip install` brings the
library, or this folder's parent is put on PYTHONPATH, and libfovea_runtime.so is found as the
dynamic linker finds it, or named with use_library. PyTorch is needed only to allocate; any object with data_ptr(), shape and
dtype is a tensor.
"""

import ctypes
import operator
import sys
from typing import NamedTuple, Optional, Tuple

from . import _operations, _tensors, _torch
from ._arguments import Argument, Batch, order_arguments
from ._library import (CHECKED, DTYPES, HANDLE, ROWS, SEPARATE, SIZE, ArgumentInfo, BundleInfo, Call,
                       EntryInfo, FoveaError, KernelInfo, Tensor, ask, check, get_library,
                       use_library)

__all__ = ["Argument", "BoundCall", "Bundle", "Entry", "FoveaError", "Kernel", "open_driver", "use_library"]

_MAX_PREPARED = 64  # shapes whose structs an entry keeps


class Kernel(NamedTuple):
    """A kernel of a bundle. threads and shared_bytes are per block."""

    name: str
    symbol: str
    threads: int
    shared_bytes: int
    registers: int


def open_driver(path: Optional[str] = None) -> None:
    """Opens the driver's library now: libcuda.so.1, or the one at `path`."""
    library = get_library()
    check(library, library.fovea_runtime_open(path.encode() if path else None))


class Bundle:
    """A loaded bundle. Its kernels are unloaded when it and its entries are gone, or when it is
    closed, but for those that were launched in a CUDA graph's capture: they stay for the graph.

    producer, target: what made it, and for what. kernels: a Kernel each. entries: their names. tag:
    says which code it is.
    """

    def __init__(self, library: ctypes.CDLL, handle: ctypes.c_void_p, tag: str):
        self._library = library
        self._handle = handle
        self._closing = []
        self.tag = tag
        info = self._ask("fovea_bundle_describe", BundleInfo)
        self.producer = info.producer.decode()
        self.target = info.target.decode()
        self.kernels = tuple(self._kernel(i) for i in range(info.kernel_count))
        self.entries = tuple(self._entry_name(i) for i in range(info.entry_count))

    @classmethod
    def load(cls, path) -> "Bundle":
        """Reads and checks the file; needs no GPU."""
        library = get_library()
        handle = HANDLE()
        check(library, library.fovea_bundle_load_file(str(path).encode(),
                                                      ctypes.byref(handle)))
        with open(path, "rb") as file:
            tag = file.read(24)[16:].hex()  # of the manifest's hash, which covers all
        return cls(library, handle, tag)

    def __del__(self):
        self.close()

    def close(self) -> None:
        """Frees it now: nothing of it may run any more, and a later use of it or of its entries
        is a FoveaError."""
        if self._handle:
            for call in self._closing:
                call()
            self._library.fovea_bundle_free(self._handle)
            self._handle = None

    def before_close(self, call) -> None:
        """Has call() be called before it is freed."""
        self._closing.append(call)

    def check_open(self) -> None:
        """Raises FoveaError if it is closed."""
        if not self._handle:
            raise FoveaError("expected an open bundle, got one that was closed")

    def prepare(self) -> None:
        """Loads the kernels into the current CUDA context: before a graph's capture."""
        self.check_open()
        check(self._library, self._library.fovea_bundle_prepare(self._handle))

    def entry(self, name: str) -> "Entry":
        """The entry of that name, ready to be called."""
        self.check_open()
        handle = HANDLE()
        check(self._library, self._library.fovea_bundle_find_entry(
            self._handle, name.encode(), ctypes.byref(handle)))
        return Entry(self, handle)

    def _ask(self, function, result_type, *arguments):
        return ask(self._library, function, result_type, self._handle, *arguments)

    def _kernel(self, number: int) -> Kernel:
        info = self._ask("fovea_bundle_describe_kernel", KernelInfo, number)
        return Kernel(info.name.decode(), info.symbol.decode(), info.threads,
                      info.shared_bytes, info.registers)

    def _entry_name(self, number: int) -> str:
        handle = self._ask("fovea_bundle_get_entry", HANDLE, number)
        return Entry(self, handle).name


class _Prepared:
    """The structs of a call with tensors of some types and shapes: what is left to a call is
    to write addresses. One call at a time uses it."""

    def __init__(self, given, missing, tensors, workspace_bytes):
        self.tensors = tensors  # the array of all arguments'
        self.given = [tensors[i] for i in given]
        self.places = given
        self.missing = missing  # (number, shape, dtype) of outputs to allocate
        self.workspace_bytes = workspace_bytes
        self.call = Call(tensors, len(tensors))
        self.reference = ctypes.byref(self.call)


class Entry:
    """An entry of a bundle: call it with tensors.

    name: its name. arguments: an Argument each. launches: the Kernel of each launch.
    checkable: whether it can be called with checked=True. on_cuda: where its tensors are.
    """

    on_cuda = True

    def __init__(self, bundle: Bundle, handle: ctypes.c_void_p):
        self._bundle = bundle  # which must outlive the handle
        self._library = bundle._library
        self._launch = bundle._library.fovea_entry_launch_range
        self._handle = handle
        info = self._ask("fovea_entry_describe", EntryInfo)
        self.name = info.name.decode()
        self.checkable = info.checkable
        self.arguments = tuple(self._argument(i) for i in range(info.argument_count))
        self.launches = tuple(
            bundle.kernels[self._ask("fovea_entry_get_launch", SIZE, i).value]
            for i in range(info.launch_count))
        numbers = range(len(self.arguments))
        self._all = list(numbers)
        self._inputs = [i for i in numbers if not self.arguments[i].output]
        self._outputs = [i for i in numbers if self.arguments[i].output]
        self._whole = (0, len(self.launches))
        self._places = [f"{self.name}, argument '{a.name}'" for a in self.arguments]
        self._number = None  # of the library of operations; 0: it does not know the entry
        self._free = {}  # by types and shapes, the _Prepared that no call is using

    def __call__(self, *tensors, workspace=None, stream=None, launches=None, checked=False,
                 report=None, separate=False, **named):
        """Launches on CUDA tensors and returns the outputs, without waiting for them.

        tensors: one per argument in order, or the inputs only: then outputs are
            allocated with PyTorch. Contiguous, of the arguments' types and shapes, all on
            one device, without requires_grad. Arguments may be given by name, too.
        workspace: a contiguous tensor of at least workspace_bytes(...) bytes on the same
            device, aligned to 256; allocated with PyTorch where None.
        stream: a torch.cuda.Stream or a CUstream's number; PyTorch's current one of the
            tensors' device where None.
        launches: (first, last), to launch first <= i < last only.
        checked: checks first that offsets such as cu_seqlens are well-formed, and waits for
            the stream to say so.
        report: an int32 tensor of one element per such argument, for a check without
            waiting: the kernels leave -1 there, or where the offsets are malformed (see
            FOVEA_CALL_CHECKED in fovea/runtime.h).
        separate: launches each kernel by itself, not all as one graph: for a stream with
            attributes that a graph's kernels do not have (see FOVEA_CALL_SEPARATE).
        Returns the output, or a tuple of them where there are several.
        Raises FoveaError; nothing was launched then.
        """
        self._bundle.check_open()
        if "torch._dynamo" in sys.modules:
            _torch.keep_out_of_graphs(sys.modules["torch"], Entry)
        if named:
            tensors = order_arguments(self.name, self.arguments, tensors, named)
        if stream is None and launches is None and report is None and not checked and not separate:
            results = self._launch_by_operation(tensors, workspace)
            if results is not None:
                return results
        try:
            key = tuple([(tensor.dtype, tensor.shape) for tensor in tensors])
            free = self._free.get(key)
        except (AttributeError, TypeError):
            key = free = None  # no tensors, or shapes that are lists
        try:
            prepared = free.pop() if free else self._prepare(tensors)
        except IndexError:  # another thread was faster
            prepared = self._prepare(tensors)
        results = self._run(prepared, tensors, workspace, stream, launches, checked, report,
                            separate)
        if key is not None:
            if len(self._free) > _MAX_PREPARED:
                self._free = {}
            self._free.setdefault(key, []).append(prepared)
        return results

    # torch.compile breaks its graph at a call: addresses are known when it runs only.
    __call__._torchdynamo_disable = True
    __call__._torchdynamo_disable_msg = "Fovea's kernels take addresses"

    def _launch_by_operation(self, tensors, workspace):
        """The results of a call without options, of the library of operations; None where that is not there, or does
        not take the call: what follows does, or says what is wrong."""
        torch = sys.modules.get("torch")
        if torch is None or not tensors or type(tensors[0]) is not torch.Tensor:
            return None
        if self._number is None:
            self._operations = _operations.load(str(getattr(torch, "__version__", "0.0")))
            self._number = self._operations.add_entry(self)
        if not self._number or (torch.is_grad_enabled() and any([tensor.requires_grad for tensor in tensors])):
            return None
        try:
            outputs = torch.ops.fovea.launch.default(tensors, workspace, self._number)
        except (RuntimeError, TypeError):
            return None
        if len(tensors) == len(self.arguments):
            outputs = [tensors[i] for i in self._outputs]
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    def __del__(self):
        if number := getattr(self, "_number", None):
            self._operations.remove_entry(number)

    def workspace_bytes(self, *tensors) -> int:
        """How much workspace a call with tensors of these types and shapes needs.

        tensors: one per argument in order; where they are does not matter.
        """
        self._bundle.check_open()
        if len(tensors) != len(self.arguments):
            raise FoveaError(f"{self.name}: expected {len(self.arguments)} tensors, got "
                             f"{len(tensors)}")
        packed = (Tensor * len(tensors))(*map(_tensors.pack, self._places, tensors))
        return self._ask("fovea_entry_workspace_bytes", SIZE, packed, len(tensors)).value

    def bind(self, *tensors, workspace=None, **named) -> "BoundCall":
        """A call with these tensors, to be repeated: types, shapes and devices are checked now, addresses by each call,
        which costs the host a launch.

        tensors: all arguments, outputs included, as of a call. workspace: as of a call, of which the bound one keeps
            its own where None. The bound call keeps all of them.
        Raises FoveaError.
        """
        self._bundle.check_open()
        if named:
            tensors = order_arguments(self.name, self.arguments, tensors, named)
        if len(tensors) != len(self.arguments):
            raise FoveaError(f"{self.name}: expected all {len(self.arguments)} arguments to bind, outputs included, "
                             f"got {len(tensors)}")
        prepared = self._prepare(tensors)
        device, where = self._write_addresses(prepared, tensors)
        workspace = self._set_workspace(prepared, workspace, device, where)
        return BoundCall(self, prepared, (tensors, workspace), device)

    def _write_addresses(self, prepared, tensors):
        """Has the call use `tensors`. Returns PyTorch's number of their device, and the device; None where no tensor is
        PyTorch's."""
        torch = sys.modules.get("torch")
        kind = getattr(torch, "Tensor", None)
        device = where = None
        for i, struct, tensor in zip(prepared.places, prepared.given, tensors):
            if kind and isinstance(tensor, kind):
                if device is None and tensor.is_cuda:
                    where, device = tensor.device, tensor.get_device()
                if (not tensor.requires_grad and tensor.get_device() == device and
                        tensor.is_contiguous()):
                    struct.data = tensor.data_ptr()
                    continue
            struct.data = _tensors.get_address(self._places[i], tensor, device)
        return device, where

    def _run(self, prepared, tensors, workspace, stream, launches, checked, report, separate):
        torch = sys.modules.get("torch")
        device, where = self._write_addresses(prepared, tensors)
        first, last = self._whole if launches is None else self._range(launches)
        if stream is not None:
            number = _tensors.get_stream(self.name, stream)
        else:
            number = None if device is None else _torch.current_stream(torch, device)
        allocates = bool(prepared.missing) or (workspace is None and prepared.workspace_bytes)
        scope = None if device is None else \
            _torch.scope_of(torch, device, number if stream is not None and allocates else None)
        prepared.call.stream = number
        with scope or _torch.NO_SCOPE:
            if prepared.missing:
                tensors = self._with_outputs(prepared, tensors, where)
            workspace = self._set_workspace(prepared, workspace, device, where)
            self._launch_prepared(prepared, first, last, checked, report, separate, device)
        outputs = tuple([tensors[i] for i in self._outputs])
        return outputs[0] if len(outputs) == 1 else outputs

    def _set_workspace(self, prepared, workspace, device, where):
        """Has the call use `workspace`, or one of its own; returns it, for it must live
        until the launch."""
        call = prepared.call
        if workspace is None and prepared.workspace_bytes:
            torch = _tensors.require_torch()
            workspace = torch.empty(prepared.workspace_bytes, dtype=torch.uint8,
                                    device=where or "cuda")
            call.workspace, call.workspace_bytes = (workspace.data_ptr(),
                                                    prepared.workspace_bytes)
        elif workspace is None:
            call.workspace, call.workspace_bytes = None, 0
        else:
            place = f"{self.name}, workspace"
            call.workspace = _tensors.get_address(place, workspace, device)
            call.workspace_bytes = _tensors.get_bytes(place, workspace)
        return workspace

    def _launch_prepared(self, prepared, first, last, checked, report, separate,
                         device) -> None:
        self._set_report(prepared.call, report, device)
        if checked:
            prepared.call.flags = 0
            check(self._library,
                  self._library.fovea_entry_check(self._handle, prepared.reference))
        prepared.call.flags = (0 if report is None else CHECKED) | \
            (SEPARATE if separate else 0)
        if status := self._launch(self._handle, prepared.reference, first, last):
            check(self._library, status)

    def _set_report(self, call, report, device) -> None:
        call.report, call.report_count = None, 0
        if report is None:
            return
        place = f"{self.name}, report"
        packed = _tensors.pack(place, report)
        if DTYPES[packed.type] != "int32":
            raise FoveaError(f"{place}: expected int32, got {DTYPES[packed.type]}")
        call.report = _tensors.get_address(place, report, device)
        call.report_count = _tensors.get_bytes(place, report) // 4

    def _prepare(self, tensors) -> _Prepared:
        """The structs of a call with these tensors, all arguments' or the inputs'."""
        if len(tensors) == len(self.arguments):
            given = self._all
        elif len(tensors) == len(self._inputs):
            given = self._inputs
        else:
            raise FoveaError(f"{self.name}: expected {len(self._inputs)} inputs or all "
                             f"{len(self.arguments)} arguments, got {len(tensors)} tensors")
        packed = (Tensor * len(self.arguments))()
        for i, tensor in zip(given, tensors):
            packed[i] = _tensors.pack(self._places[i], tensor)
        missing = []
        batch = Batch(self.name, self.arguments)
        for i in given if given is self._inputs else ():
            batch.check(i, DTYPES[packed[i].type], packed[i].shape[:packed[i].rank])
        batch.finish()
        for i in self._outputs if given is self._inputs else ():
            shape = batch.shape(i)
            sizes = (ctypes.c_int64 * len(shape))(*shape)
            packed[i] = Tensor(None, DTYPES.index(self.arguments[i].dtype), len(shape), sizes)
            missing.append((i, shape, self.arguments[i].dtype))
        count = self._ask("fovea_entry_workspace_bytes", SIZE, packed, len(packed)).value
        return _Prepared(given, missing, packed, count)

    def _with_outputs(self, prepared, tensors, device):
        """All arguments' tensors, of which `tensors` are the inputs."""
        torch = _tensors.require_torch()
        ordered = [None] * len(self.arguments)
        for i, tensor in zip(prepared.places, tensors):
            ordered[i] = tensor
        for i, shape, dtype in prepared.missing:
            ordered[i] = torch.empty(shape, dtype=getattr(torch, dtype),
                                     device=device or "cuda")
            prepared.tensors[i].data = ordered[i].data_ptr()
        return ordered

    def _range(self, launches) -> Tuple[int, int]:
        """(first, last), which ctypes would take as huge numbers where they are below 0."""
        count = len(self.launches)
        expected = f"{self.name}, launches: expected (first, last) with 0 <= first <= last " \
                   f"<= {count}, got {launches!r}"
        try:
            first, last = (operator.index(number) for number in launches)
        except (TypeError, ValueError) as error:
            raise FoveaError(expected) from error
        if not 0 <= first <= last <= count:
            raise FoveaError(expected)
        return first, last

    def _ask(self, function, result_type, *arguments):
        return ask(self._library, function, result_type, self._handle, *arguments)

    def _argument(self, number: int) -> Argument:
        info = self._ask("fovea_entry_describe_argument", ArgumentInfo, number)
        rows = ROWS[info.rows]
        if info.tokens_per_row != 1:
            rows += f" / {info.tokens_per_row}"
        return Argument(info.name.decode(), DTYPES[info.type], rows, info.output,
                        tuple(info.shape[:info.rank]))


class BoundCall:
    """A call of an entry with tensors that stay where they are (Entry.bind). One thread at a time calls it.

    entry: the Entry.
    """

    def __init__(self, entry: Entry, prepared: _Prepared, keeps: tuple, device: Optional[int]):
        self.entry = entry
        self._keeps = keeps  # what the addresses are of
        self._prepared = prepared
        self._device = device
        self._bundle = entry._bundle
        self._launch, self._handle = entry._launch, entry._handle
        self._count = len(entry.launches)

    def __call__(self, stream=None) -> None:
        """Launches, without waiting. stream: a torch.cuda.Stream or a CUstream's number; PyTorch's current one of the
        tensors' device where None.

        Raises FoveaError; nothing was launched then.
        """
        prepared, device = self._prepared, self._device
        self._bundle.check_open()
        if stream is not None:
            stream = _tensors.get_stream(self.entry.name, stream)
        if device is None:
            prepared.call.stream = stream
            status = self._launch(self._handle, prepared.reference, 0, self._count)
        else:
            torch = sys.modules["torch"]
            prepared.call.stream = _torch.current_stream(torch, device) if stream is None else stream
            with _torch.scope_of(torch, device, None) or _torch.NO_SCOPE:
                status = self._launch(self._handle, prepared.reference, 0, self._count)
        if status:
            check(self.entry._library, status)

    # torch.compile breaks its graph at a call, as at one of an entry.
    __call__._torchdynamo_disable = True
    __call__._torchdynamo_disable_msg = "Fovea's kernels take addresses"
