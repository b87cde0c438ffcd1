# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Entries of a file, compiled for this CPU once and called on NumPy arrays as often as a test wants: most
of a run of fovea-run is LLVM's time."""
import ctypes
import pathlib
import re
import subprocess

import numpy as np

TYPES = {"f32": np.float32, "i32": np.int32}


class Compiled:
    """The entries of `source` by foveac's object and header, in `folder`. `openmp` is LLVM's libomp."""

    def __init__(self, folder, source, openmp, options=()):
        stem = pathlib.Path(folder) / "-".join(["compiled", *(o.strip("-") for o in options)])
        part = lambda suffix: str(stem.with_suffix(suffix))
        for emit, suffix in (("obj", ".o"), ("header", ".h")):
            subprocess.run(["foveac", str(source), "--target=cpu", "--mcpu=native", f"--emit={emit}",
                            *options, "-o", part(suffix)], check=True)
        subprocess.run(["cc", "-shared", part(".o"), openmp, "-lm", "-o", part(".so")], check=True)
        self.openmp = ctypes.CDLL(openmp)
        self.library = ctypes.CDLL(part(".so"))
        self.header = pathlib.Path(part(".h")).read_text()

    def arguments(self, entry):
        """[(input or output, sizes as the header's C says them, type, name)], in the struct's order."""
        struct = re.search(rf"struct {entry}_args {{(.*?)}};", self.header, re.S)[1]
        return re.findall(r"/\*\* (Input|Output), \[(.*?)\] of (\w+).*?\*/\s.*?\*(\w+);", struct)

    def __call__(self, entry, lengths, inputs, threads=2):
        """Outputs by name. An output starts as NaN, or as -2 where it is of integers."""
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        tokens, sequences = int(offsets[-1]), len(lengths)
        inputs, outputs, fields = {**inputs, "cu_seqlens": offsets}, {}, []
        for role, sizes, kind, name in self.arguments(entry):
            shape = tuple(eval(size.replace("/", "//"), {"tokens": tokens, "sequences": sequences})
                          for size in sizes.split(","))
            if role == "Output":
                outputs[name] = np.full(shape, np.nan if kind == "f32" else -2, TYPES[kind])
            else:
                inputs[name] = np.ascontiguousarray(inputs[name], TYPES[kind])
                assert inputs[name].shape == shape, f"{name}: expected {shape}, got {inputs[name].shape}"
            fields.append((outputs if role == "Output" else inputs)[name])
        assert len(fields) == len(inputs) + len(outputs), f"expected inputs of {entry}, got {list(inputs)}"
        words = (ctypes.c_int64 * (2 + len(fields)))(tokens, sequences, *(x.ctypes.data for x in fields))
        self.openmp.omp_set_num_threads(threads)
        status = self.library[f"fovea_cpu_{entry}"](words)
        assert status == 0, f"{entry}: expected status 0, got {status}"
        return outputs
