# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What `realistic` queries and keys are drawn by, with NumPy (walks.py) or with PyTorch (test/gpu/inputs.py)."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Realistic:
    """Queries and keys that choose blocks as a real model's do: neighbours share most of theirs,
    the chosen are near and adjacent. Each is RoPE of a mean along a head's direction, which
    those of a group nearly share, and of a slow and a fast walk beside it. Read off a model of
    135M parameters over 8192 tokens (u_8 = 0.18), at other sizes an extrapolation."""

    amplitude: float = 22.0
    noise: float = 2.8
    slow: float = 0.15  # of the walks' variance
    rho_slow: float = 0.985
    rho_fast: float = 0.45
    align: float = 0.9  # of a query head's direction with its keys'
    theta: float = 5e4
    tilt: float = 3.0  # of energy towards the slowly turning pairs
