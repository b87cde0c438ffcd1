# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attention to listed blocks, by with_cuda.cu: compiled by nvcc into a shared library, called through ctypes."""
import ctypes
import functools
import os
import pathlib
import shutil
import subprocess

import torch

SOURCE = pathlib.Path(__file__).with_suffix(".cu")


def build(library, arch):
    part = library.with_suffix(f".{os.getpid()}")
    nvcc = shutil.which("nvcc") or "/usr/local/cuda/bin/nvcc"
    subprocess.run([nvcc, "-O3", "-std=c++17", f"-arch={arch}", "-shared", "-Xcompiler", "-fPIC", SOURCE, "-o", part],
                   check=True)
    part.rename(library)


@functools.cache
def load():
    """The library's function. It is kept in the folder of BESIDE_CACHE."""
    library = pathlib.Path(os.environ.get("BESIDE_CACHE", ".")).absolute() / "libbeside.so"
    if not library.exists():
        build(library, "sm_{}{}".format(*torch.cuda.get_device_capability()))
    function = ctypes.CDLL(str(library)).attend
    function.argtypes = [ctypes.c_void_p] * 5 + [ctypes.c_int] * 3 + [ctypes.c_float, ctypes.c_void_p]
    return function


def attend(q, k, v, lists):
    """q [T, HQ, 128], k and v [T, HKV, 128], bf16, HQ = 16 HKV; lists int32 [T, HKV, N], blocks of 64 keys, ascending,
    -1 last. All contiguous."""
    o = torch.empty_like(q)
    scale = q.shape[2] ** -0.5 * 1.4426950408889634  # by log2(e), for exponentials are of 2
    error = load()(*(x.data_ptr() for x in (q, k, v, lists, o)), len(q), k.shape[1], lists.shape[2], scale,
                   torch.cuda.current_stream().cuda_stream)
    if error:
        raise RuntimeError(f"expected the launch to succeed, got CUDA error {error}")
    return o
