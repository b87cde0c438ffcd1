# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attention to listed blocks, by Fovea: the kernels follow from shapes and types."""
import fovea


def attend(q, k, v, lists):
    """q [T, HQ, D], k and v [T, HKV, D]; lists int32 [T, HKV, N], blocks of 64 keys, ascending, -1 last."""
    return fovea.selected(q, k, v, lists, block=64)
