# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rows that are drawn chunk by chunk, along packed sequences: walks, and the queries and keys of
`realistic` data, which choose blocks as a real model's do.

The latter are what test/gpu/inputs.py makes in PyTorch, of the same parameters (realistic.py)."""
import dataclasses
import math
import zlib

import numpy

from .realistic import Realistic


def generator_of(seed, name):
    """Each name has its own stream: another argument leaves the others as they were."""
    return numpy.random.default_rng([seed, zlib.crc32(name.encode())])


class Walk:
    """A stationary AR(1) walk of variance 1, afresh in each sequence; with rho = 0, normal rows."""

    def __init__(self, generator, width, starts, rho):
        self.generator, self.width, self.starts, self.rho = generator, width, set(starts), rho
        self.last = None

    def make(self, begin, end):
        rows = self.generator.standard_normal((end - begin, self.width), dtype=numpy.float32)
        if self.rho:
            for i, row in enumerate(rows):
                if self.last is not None and begin + i not in self.starts:
                    row *= math.sqrt(1 - self.rho * self.rho)
                    row += self.rho * self.last
                self.last = row
            self.last = self.last.copy()
        return rows


@dataclasses.dataclass(frozen=True)
class Heads:
    """Whose rows they are: `name` is the argument's, `kind` what keys and their queries share."""

    name: str
    kind: str
    count: int
    dim: int
    key_heads: int


class RealisticRows:
    """Rows of queries, or of keys, that are `count * dim` wide."""

    def __init__(self, seed, heads, starts, is_query, p=Realistic()):
        self.starts, self.heads, self.p = numpy.array(sorted(set(starts))), heads, p
        ratio = p.amplitude / p.noise
        mean = ratio / math.sqrt(heads.dim + ratio * ratio)
        self.size = math.sqrt(p.amplitude / (mean * math.sqrt(heads.dim)))
        self.mean = (math.sqrt(mean) * self._directions(seed, is_query)).astype(numpy.float32)
        self.walks = [(math.sqrt((1 - mean) * share),
                       Walk(generator_of(seed, f"{heads.name} {speed}"), heads.count * heads.dim,
                            starts, rho))
                      for speed, share, rho in (("slow", p.slow, p.rho_slow),
                                                ("fast", 1 - p.slow, p.rho_fast))]

    def _directions(self, seed, is_query):
        """[count, dim], each of norm sqrt(dim)."""
        heads, p = self.heads, self.p
        result = generator_of(seed, f"{heads.kind} direction").standard_normal(
            (heads.key_heads, heads.dim))
        if is_query:
            own = generator_of(seed, f"{heads.name} direction").standard_normal(
                (heads.count, heads.dim))
            result = (p.align * result.repeat(heads.count // heads.key_heads, 0)
                      + math.sqrt(1 - p.align ** 2) * own)
        pairs = heads.dim // 2
        energy = numpy.exp(p.tilt * numpy.arange(pairs) / pairs)
        result *= numpy.sqrt(energy / energy.mean()).repeat(2)
        return result * math.sqrt(heads.dim) / numpy.linalg.norm(result, axis=-1, keepdims=True)

    def make(self, begin, end):
        heads, rows = self.heads, numpy.float32(0)
        for share, walk in self.walks:
            part = walk.make(begin, end)
            part *= share
            rows = part if rows.ndim == 0 else numpy.add(rows, part, out=rows)
        rows += self.mean.reshape(-1)
        rows *= self.size
        # Neighbouring elements are a pair, and a pair is a complex number that turns.
        token = numpy.arange(begin, end)
        place = token - self.starts[numpy.searchsorted(self.starts, token, "right") - 1]
        frequency = self.p.theta ** (-numpy.arange(0, heads.dim, 2) / heads.dim)
        turn = numpy.exp(1j * place[:, None] * frequency).astype(numpy.complex64)
        pairs = rows.view(numpy.complex64).reshape(end - begin, heads.count, heads.dim // 2)
        pairs *= turn[:, None]
        return rows
