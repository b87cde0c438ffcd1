# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels for the CPU: shared libraries of `foveac --emit=shared`, called with arrays.

    import numpy
    from fovea.cpu import Library

    forward = Library.load("nsa.so").entry("nsa_forward")
    o = forward(q, k, v, gates, cu_seqlens)        # arrays of NumPy; outputs are allocated
    forward(q, k, v, gates, cu_seqlens, o)         # or given
"""

import ctypes
import hashlib
import json
import os
import pathlib
from typing import List, NamedTuple, Optional, Tuple

from . import _arrays
from ._arguments import Argument, Batch, order_arguments
from ._library import FoveaError
from ._machine import check_machine

__all__ = ["Entry", "Library"]

_FORMAT = 1
_MAX_PREPARED = 64  # shapes that an entry keeps
_TYPES = {"bf16": "bfloat16", "f16": "float16", "f32": "float32", "i32": "int32"}


class Library:
    """A loaded shared library. entries: their names. target: "cpu". cpu: the processor that it is
    for, as LLVM names it. tag: says which code it is."""

    target = "cpu"

    def __init__(self, library: ctypes.CDLL, interface: dict, tag: str):
        self._library = library
        self._entries = {entry["name"]: entry for entry in interface["entries"]}
        self._statuses = interface["statuses"]
        self.producer, self.cpu, self.tag = interface["producer"], interface["cpu"], tag
        self.entries = tuple(self._entries)

    @classmethod
    def load(cls, path) -> "Library":
        """Loads the file.

        Raises FoveaError where it is no such library, or for another machine.
        """
        path = os.path.abspath(path)
        try:
            library = ctypes.CDLL(path)
            text = (ctypes.c_char * ctypes.c_uint64.in_dll(
                library, "fovea_cpu_interface_bytes").value).in_dll(library, "fovea_cpu_interface")
            tag = hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()[:16]
        except (OSError, ValueError) as error:
            raise FoveaError(f"{path}: expected a shared library of foveac --emit=shared, got: "
                             f"{error}") from error
        interface = json.loads(text.raw)
        if (got := interface["format"]) != _FORMAT:
            raise FoveaError(f"{path}: expected interface {_FORMAT}, got {got}: compile it again")
        check_machine(path, interface["machine"], interface["features"])
        return cls(library, interface, tag)

    def entry(self, name: str) -> "Entry":
        """The entry of that name, ready to be called."""
        if name not in self._entries:
            raise FoveaError(f"expected one of the entries {', '.join(self.entries)}; got '{name}'")
        return Entry(self._library, self._entries[name], self._statuses)


class _Prepared(NamedTuple):
    """What follows from the types and shapes of a call's arrays. places: their arguments' numbers. missing: (number,
    shape) of outputs to allocate. counts: tokens and sequences, and rows of keys where these are apart. fields: the
    type of what the function takes."""

    places: Tuple[int, ...]
    missing: List[Tuple[int, Tuple[int, ...]]]
    counts: Tuple[int, ...]
    fields: type


class Entry:
    """An entry of a library: call it with arrays. name: its name. arguments: an Argument each."""

    def __init__(self, library: ctypes.CDLL, interface: dict, statuses):
        self.name = interface["name"]
        self.arguments = tuple(
            Argument(a["name"], _TYPES[a["type"]], a["rows"], a["output"], tuple(a["shape"]))
            for a in interface["arguments"])
        self._most_tokens: Optional[int] = interface.get("most_tokens")
        self._statuses = statuses
        self._function = library[f"fovea_cpu_{self.name}"]  # keeps the library
        self._function.restype = ctypes.c_int32
        self._function.argtypes = [ctypes.c_void_p]
        self._inputs = [i for i, a in enumerate(self.arguments) if not a.output]
        self._outputs = [i for i, a in enumerate(self.arguments) if a.output]
        self._places = [f"{self.name}, argument '{a.name}'" for a in self.arguments]
        self._widths = [_arrays.BYTES[a.dtype] for a in self.arguments]
        self._prepared = {}  # by types and shapes

    def __call__(self, *arrays, **named):
        """Computes, on the threads of OpenMP, and returns the outputs.

        arrays: one per argument in order, or the inputs only: then outputs are allocated. Arrays of
            NumPy, tensors of PyTorch on the CPU, or of any library that speaks DLPack; contiguous, of
            the arguments' types and shapes. Arguments may be given by name, too.
        Returns the output, or a tuple of them where there are several.
        Raises FoveaError.
        """
        if named:
            arrays = order_arguments(self.name, self.arguments, arrays, named)
        try:
            key = tuple([(type(array), array.dtype, array.shape) for array in arrays])
            prepared = self._prepared.get(key)
        except (AttributeError, TypeError):
            key = prepared = None  # what speaks DLPack alone, or shapes that are lists
        if prepared is None:
            prepared = self._prepare(arrays)
            if key is not None:
                if len(self._prepared) >= _MAX_PREPARED:
                    self._prepared = {}
                self._prepared[key] = prepared
        given = [None] * len(self.arguments)
        for i, array in zip(prepared.places, arrays):
            given[i] = array
        for i, shape in prepared.missing:
            given[i] = _arrays.empty(self._places[i], shape, self.arguments[i].dtype, arrays[0])
        self._run(prepared, given)
        outputs = tuple([given[i] for i in self._outputs])
        return outputs[0] if len(outputs) == 1 else outputs

    def _prepare(self, arrays) -> _Prepared:
        """Checks the types and shapes of a call's arrays, all arguments' or the inputs'."""
        if len(arrays) == len(self.arguments):
            places = range(len(arrays))
        elif len(arrays) == len(self._inputs):
            places = self._inputs
        else:
            raise FoveaError(f"{self.name}: expected {len(self._inputs)} inputs or all "
                             f"{len(self.arguments)} arguments, got {len(arrays)} arrays")
        batch = Batch(self.name, self.arguments)
        views = [_arrays.view(self._places[i], array, self.arguments[i].output)
                 for i, array in zip(places, arrays)]
        for i, view in zip(places, views):
            batch.check(i, view.dtype, view.shape)
        batch.finish()
        missing = [(i, batch.shape(i)) for i in range(len(self.arguments)) if i not in places]
        if self._most_tokens is not None and batch.tokens > self._most_tokens:
            raise FoveaError(f"{self.name}: expected at most {self._most_tokens} tokens, got {batch.tokens}")
        apart = (batch.key_tokens, batch.pages)
        counts = (batch.tokens, batch.sequences, *[count for count in apart if count is not None])
        return _Prepared(tuple(places), missing, counts, ctypes.c_int64 * (len(counts) + len(self.arguments)))

    def _run(self, prepared: _Prepared, arrays) -> None:
        owners, addresses = [], []  # what an array exports must live as long as the call
        for i, array in enumerate(arrays):
            address = _arrays.get_address(array, self._widths[i])
            if address is None:
                owners.append(_arrays.view(self._places[i], array, self.arguments[i].output))
                address = owners[-1].address
            addresses.append(address)
        fields = prepared.fields(*prepared.counts, *addresses)
        if status := self._function(ctypes.addressof(fields)):
            text = self._statuses[status] if status < len(self._statuses) else f"status {status}"
            raise FoveaError(f"{self.name}: {text}")
