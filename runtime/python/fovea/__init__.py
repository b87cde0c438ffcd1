# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sparse attention, compiled.

    import fovea

    o = fovea.nsa(q, k, v, gates)                          # arrays of NumPy, tensors of PyTorch
    kernels = fovea.compile("nsa.mlir", target="cpu")      # or fovea.load(file)
    o = kernels.entry("nsa_forward")(q, k, v, gates, cu_seqlens)

See docs/python.md. Importing this loads neither PyTorch nor NumPy.
"""

from ._cache import KernelCache
from ._library import FoveaError
from .attention import causal, compressed, msa, nsa, selected, window
from .kernels import Options, compile, load

__all__ = ["FoveaError", "KernelCache", "Options", "causal", "compile", "compressed", "load", "msa", "nsa",
           "selected", "window"]
