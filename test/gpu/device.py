# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Entries of bundles as the tests and benchmarks want them: arguments by name, every byte that a
kernel gets given by the caller, launches one by one. Over Fovea's Python package."""
import dataclasses
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "runtime" / "python"))
from fovea.runtime import Bundle, FoveaError, use_library  # noqa: E402,F401


@dataclasses.dataclass(frozen=True)
class Argument:
    name: str
    dtype: torch.dtype
    rows: str  # what the first size counts
    output: bool
    shape: tuple  # -1 where not static


class _Shaped:
    """A tensor that is not there yet, to ask how much workspace it will need."""

    def __init__(self, tensor):
        self.shape, self.dtype = tuple(tensor.shape), tensor.dtype

    def data_ptr(self):
        return 0


class Entry:
    """The one entry of the bundle at `path` whose name ends in `suffix`, its kernels loaded."""

    def __init__(self, path, suffix=""):
        bundle = Bundle.load(path)
        names = [name for name in bundle.entries if name.endswith(suffix)]
        if len(names) != 1:
            raise FoveaError(f"{path}: expected one entry {suffix}, got {', '.join(bundle.entries)}")
        bundle.prepare()
        self.bundle, self.entry = bundle, bundle.entry(names[0])
        self.name, self.kernels = self.entry.name, self.entry.launches
        self.arguments = [Argument(a.name, getattr(torch, a.dtype), a.rows, a.output, a.shape)
                          for a in self.entry.arguments]

    def workspace_bytes(self, tensors):
        """For tensors by name; meta tensors will do."""
        return self.entry.workspace_bytes(*(_Shaped(tensors[a.name]) for a in self.arguments))

    def bind(self, tensors, workspace):
        """A function that launches [first, last) of the entry's launches, all by default, on
        torch's current stream, with a `report` behind the checks that fill it."""
        ordered, total = [tensors[a.name] for a in self.arguments], len(self.kernels)

        def run(first=0, last=total, report=None):
            self.entry(*ordered, workspace=workspace, launches=(first, last), report=report)
        return run
