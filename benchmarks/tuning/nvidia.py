# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The device that measure.py runs on, through Fovea's runtime and no other library: arguments
made of an entry's own description, one launch's time by the device's clock."""
import pathlib
import subprocess
import sys

import numpy

from . import inputs, table

# In the repository; an installed package is beside this one.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "runtime" / "python"))
from fovea import runtime  # noqa: E402
from fovea.device import Device  # noqa: E402

COMPARED_ROWS = 64
MOST_ERROR = 0.02  # of two schedules' results, whose sums are in other orders
MOST_OTHER = 0.02  # of lists' entries, where scores tie but for rounding


def ask_driver():
    """The driver's version, from the tool that comes with it; "unknown" without it."""
    try:
        done = subprocess.run(["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"],
                              text=True, capture_output=True)
    except OSError:
        return "unknown"
    return done.stdout.strip().splitlines()[0] if done.stdout.strip() else "unknown"


def open_device(library, driver):
    try:
        runtime.use_library(str(library))
        runtime.open_driver(driver)
        return Nvidia()
    except (OSError, runtime.FoveaError) as error:
        raise table.TuningError(f"expected a GPU and Fovea's runtime: {error}") from error


class Nvidia:
    """Device 0. One batch of inputs at a time is in its memory."""

    errors = (runtime.FoveaError,)

    def __init__(self):
        self.device = Device()
        self.name, self.driver = self.device.name, ask_driver()
        self.batch_key, self.batch = None, None

    @staticmethod
    def open(path):
        return runtime.Bundle.load(path).entries

    def prepare(self, path, entry, workload, seed, block):
        bundle = runtime.Bundle.load(path)
        described = bundle.entry(entry)
        key = (described.arguments, tuple(workload.items()), seed, block)
        if key != self.batch_key:
            self.batch_key = self.batch = None  # its memory goes first
            self.batch = Batch(self.device, described.arguments, workload, seed, block)
            self.batch_key = key
        return Session(self.device, described, self.batch)


class Batch:
    """The arguments of an entry on the device, and a workspace for whoever runs."""

    def __init__(self, device, arguments, workload, seed, block):
        self.device, self.arguments = device, arguments
        self.arrays, source = [], inputs.Source(arguments, workload, seed, block)
        for argument in arguments:
            shape = inputs.shape_of(argument, workload)
            array = device.array(shape, argument.dtype)
            if argument.output:
                clear(array)
            else:
                inputs.fill(array, argument, source)
            self.arrays.append(array)
        self.workspace = device.array([1], "uint8")

    def ensure_workspace(self, nbytes):
        if self.workspace.nbytes < nbytes:
            self.workspace = None  # before there is another
            self.workspace = self.device.array([nbytes], "uint8")
        return self.workspace

    def results(self):
        """The outputs that have values, and rows of each."""
        for argument, array in zip(self.arguments, self.arrays):
            if argument.output:
                yield argument, array


def clear(array):
    step = 1 << 24
    zeros = bytearray(min(step, array.nbytes))
    for begin in range(0, array.nbytes, step):
        array.write(memoryview(zeros)[:min(step, array.nbytes - begin)], begin)


def read_rows(array, dtype):
    """Rows spread over the first axis, as numbers."""
    count = array.shape[0]
    width = array.nbytes // max(count, 1)
    rows = sorted({i * (count - 1) // (COMPARED_ROWS - 1) for i in range(COMPARED_ROWS)})
    data = b"".join(array.read(row * width, width) for row in rows) if count else b""
    return inputs.to_numbers(data, dtype)


class Session:
    def __init__(self, device, entry, batch):
        self.device, self.entry, self.batch = device, entry, batch
        self.kernels = [kernel.name for kernel in entry.launches]
        self.compared = None

    def sample(self):
        workspace = self.batch.ensure_workspace(self.entry.workspace_bytes(*self.batch.arrays))
        return [1e3 * seconds for seconds in
                self.device.time_launches(self.entry, self.batch.arrays, workspace)]

    def outputs(self):
        """Sampled rows of each output of a run into cleared arrays."""
        if self.compared is None:
            for _, array in self.batch.results():
                clear(array)
            self.sample()
            self.compared = {argument.name: read_rows(array, argument.dtype)
                             for argument, array in self.batch.results()}
        return self.compared

    def compare(self, other):
        """What of the results differs from `other`'s, in words; empty where they agree."""
        return "; ".join(filter(None, (compare(name, values, other.outputs()[name])
                                       for name, values in self.outputs().items())))


def compare(name, values, expected):
    if values.dtype == numpy.int32:
        share = float(numpy.mean(values != expected)) if values.size else 0.0
        return f"{name}: {share:.1%} of the lists differ" if share > MOST_OTHER else ""
    finite = numpy.isfinite(expected)
    if not numpy.array_equal(finite, numpy.isfinite(values)):
        return f"{name}: infinities and NaN elsewhere"
    difference = numpy.linalg.norm(values[finite] - expected[finite])
    size = numpy.linalg.norm(expected[finite])
    if difference <= MOST_ERROR * size:
        return ""
    return f"{name}: error {difference:.2e} of {size:.2e}"
