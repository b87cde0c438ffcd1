# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sparse attention, compiled.

    import fovea

    kernels = fovea.compile("nsa.mlir", target="cpu")      # or fovea.load(file)
    o = kernels.entry("nsa_forward")(q, k, v, gates, cu_seqlens)

Importing this loads neither PyTorch nor NumPy.
"""

from ._cache import KernelCache
from ._library import FoveaError
from .kernels import Options, compile, load

__all__ = ["FoveaError", "KernelCache", "Options", "compile", "load"]
