# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How steps of decoding are timed: one behind another in a CUDA graph."""
import torch

from gpu_timing import Contestant


def capture(steps):
    """A graph of these calls, which run once before: libraries choose their kernels then."""
    for step in steps:
        step()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for step in steps:
            step()
    return graph


class Steps(Contestant):
    """Steps in turn; a time is one step's."""

    def __init__(self, name, steps, **facts):
        self.steps = steps  # which hold what the graph's kernels read
        self.graph = capture(steps)
        super().__init__(name, self.graph.replay, turns=len(steps), **facts)

    def row(self):
        row = super().row()
        for figure in ("ms", "min_ms", "max_ms"):
            row[figure] /= len(self.steps)
        row["tb_per_s"] = row["read_bytes"] / row["ms"] * 1e-9
        return row
