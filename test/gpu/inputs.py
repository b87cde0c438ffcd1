# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Seeded inputs of a case, by argument name, and the NaN and infinities planted in them."""
import math
import pathlib
import sys
import zlib

import torch

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "benchmarks"))
from tuning.realistic import Realistic  # noqa: E402

TYPES = {"bf16": torch.bfloat16, "f16": torch.float16, "f32": torch.float32,
         "i32": torch.int32}
RHO = 0.95  # of correlated queries, from one token to the next
TIE_PERIOD = 256  # tokens after which keys repeat, so that whole blocks tie
AR_CHUNK = 256


def offsets_of(lengths):
    offsets = [0]
    for length in lengths:
        offsets.append(offsets[-1] + length)
    return offsets


def generator_of(seed, name, device):
    # Each argument has its own stream: adding one leaves the others as they were.
    return torch.Generator(device).manual_seed(seed ^ (zlib.crc32(name.encode()) << 20))


def normal(shape, seed, name, device):
    return torch.randn(shape, generator=generator_of(seed, name, device), device=device)


def _quarters(shape, seed, name, device):
    """-1, -3/4, .. 1: products and short sums of them are exact."""
    generator = generator_of(seed, name, device)
    return torch.randint(-4, 5, shape, generator=generator, device=device) / 4


def correlated(noise, rho=RHO):
    """A stationary AR(1) walk along the first axis, variance 1, in chunks: inside one it is
    a product with the lower triangle of powers of rho."""
    result = torch.empty_like(noise)
    flat, out = noise.reshape(len(noise), -1), result.view(len(noise), -1)
    i = torch.arange(AR_CHUNK, device=noise.device, dtype=torch.float64)
    powers = torch.tril(rho ** (i[:, None] - i).clamp(min=0)).to(noise.dtype)
    decay = (rho ** (i + 1)).to(noise.dtype)[:, None]
    innovation = math.sqrt(1 - rho * rho)
    carry = None
    for begin in range(0, len(noise), AR_CHUNK):
        part = flat[begin:begin + AR_CHUNK] * innovation
        if carry is None:  # the first token has the variance that all have
            part[0] = flat[0]
        r = len(part)
        out[begin:begin + r] = powers[:r, :r] @ part
        if carry is not None:
            out[begin:begin + r] += decay[:r] * carry
        carry = out[begin + r - 1]
    return result


class RealisticRows(Realistic):
    """Rows of queries and of keys, drawn by these parameters."""

    def _directions(self, name, heads, kv_heads, dim, seed, device):
        kind, role = name[:-1], name[-1]  # "index_" and "q", say
        of_keys = normal((kv_heads, dim), seed, f"{kind}direction", device)
        if role == "k":
            return of_keys
        own = normal((heads, dim), seed, f"{kind}direction of queries", device)
        shared = of_keys.repeat_interleave(heads // kv_heads, 0)
        return self.align * shared + math.sqrt(1 - self.align ** 2) * own

    def _turn(self, rows):
        """RoPE, in place: neighbouring elements are a pair."""
        tokens, _, dim = rows.shape
        pairs = torch.arange(0, dim, 2, device=rows.device, dtype=torch.float64)
        angle = torch.arange(tokens, device=rows.device)[:, None] * self.theta ** (-pairs / dim)
        cos, sin = (f(angle).to(rows.dtype)[:, None] for f in (torch.cos, torch.sin))
        even, odd = rows[..., 0::2].clone(), rows[..., 1::2].clone()
        rows[..., 0::2] = even * cos - odd * sin
        rows[..., 1::2] = even * sin + odd * cos

    def make(self, name, shape, kv_heads, seed, device):
        tokens, heads, dim = shape
        pairs = torch.arange(dim // 2, device=device) / (dim // 2)
        energy = torch.exp(self.tilt * pairs)
        weight = (energy / energy.mean()).sqrt().repeat_interleave(2)
        ratio = self.amplitude / self.noise
        mean = ratio / math.sqrt(dim + ratio * ratio)
        size = math.sqrt(self.amplitude / (mean * math.sqrt(dim)))
        direction = self._directions(name, heads, kv_heads, dim, seed, device) * weight
        direction *= math.sqrt(dim) / direction.norm(dim=-1, keepdim=True)
        rows = math.sqrt(mean) * direction.expand(shape)
        for part, share, rho in (("slow", self.slow, self.rho_slow),
                                 ("fast", 1 - self.slow, self.rho_fast)):
            walk = correlated(normal(shape, seed, f"{name} {part}", device), rho)
            rows = rows + math.sqrt((1 - mean) * share) * walk
        self._turn(rows)
        return rows * size


def _rows(shape, case, nsa, name, device):
    """Rows [T, H, D] of q, k, v; those of every sequence by itself where they depend on
    their neighbours."""
    data, seed, role = case["data"], case["seed"], name.split("_")[-1]
    if data == "realistic" and role in ("q", "k"):
        key_heads = nsa.index_key_heads if name.startswith("index_") else nsa.kv_heads
        rows = torch.empty(shape, device=device)
        offsets = offsets_of(case["lengths"])
        for begin, end in zip(offsets, offsets[1:]):
            rows[begin:end] = RealisticRows().make(name, (end - begin, *shape[1:]), key_heads,
                                                   seed + begin, device)
        return rows
    if data == "ties":
        rows = _quarters(shape, seed, name, device)
        if role == "q":
            return rows
        offsets = offsets_of(case["lengths"])
        for begin, end in zip(offsets, offsets[1:]):
            for at in range(begin + TIE_PERIOD, end, TIE_PERIOD):
                size = min(TIE_PERIOD, end - at)
                rows[at:at + size] = rows[begin:begin + size]
        return rows
    rows = normal(shape, seed, name, device)
    if data == "correlated" and role == "q":
        offsets = offsets_of(case["lengths"])
        for begin, end in zip(offsets, offsets[1:]):
            if end > begin:
                rows[begin:end] = correlated(rows[begin:end])
    return rows


def _index_lists(shape, case, nsa, device):
    """Up to n distinct blocks in any order, -1 in the slots between."""
    generator = generator_of(case["seed"], "indices", device)
    lists = torch.full(shape, -1, dtype=torch.int32, device=device)
    offsets = offsets_of(case["lengths"])
    for begin, end in zip(offsets, offsets[1:]):
        length, blocks = end - begin, -(-(end - begin) // nsa.select)
        if length == 0:
            continue
        slots = shape[2]
        keys = torch.rand((length, shape[1], max(blocks, slots)), generator=generator,
                          device=device)
        own = torch.arange(length, device=device)[:, None, None] // nsa.select
        j = torch.arange(keys.shape[2], device=device)
        # Random blocks first, those that do not exist last: a permutation of what there is.
        order = torch.where(j > own, 2.0, keys).argsort(-1)[..., :slots]
        order = torch.where(order > own, -1, order)
        shuffle = torch.rand(order.shape, generator=generator, device=device).argsort(-1)
        lists[begin:end] = order.gather(-1, shuffle).int()
    return lists


def shared_prefixes(case):
    """Of each two sequences behind one another the numbers, and how many tokens of the second are the first's."""
    lengths = case["lengths"]
    return [(b, b + 1, min(case.get("prefix", 0), *lengths[b:b + 2])) for b in range(0, len(lengths) - 1, 2)]


def _share_prefixes(rows, case):
    offsets = offsets_of(case["lengths"])
    for first, second, tokens in shared_prefixes(case):
        rows[offsets[second]:offsets[second] + tokens] = rows[offsets[first]:offsets[first] + tokens]
    return rows


def empty_holes(rows, case):
    """0 for keys whose page no table names: of each sequence those of its second page, if a case has holes."""
    hole, lengths = case.get("hole", 0), case["lengths"]
    for begin, length in zip(offsets_of(lengths), lengths):
        rows[begin + hole:begin + min(2 * hole, length)] = 0
    return rows


def make(name, shape, dtype, case, nsa, device):
    """The tensor of one argument."""
    seed = case["seed"]
    if name == "cu_seqlens":
        return torch.tensor(offsets_of(case["lengths"]), dtype=torch.int32, device=device)
    if name == "indices":
        return _index_lists(shape, case, nsa, device)
    if name == "gates":
        gates = normal(shape, seed, name, device)
        return (gates if nsa.gates == "logits" else torch.sigmoid(gates)).to(dtype)
    if name in ("q", "k", "v") or name.endswith(("_q", "_k", "_v")):
        rows = _rows(shape, case, nsa, name, device).to(dtype)
        return rows if name.endswith("q") else empty_holes(_share_prefixes(rows, case), case)
    if len(shape) == 1:  # a number per head
        numbers = normal(shape, seed, name, device)
        return (0.05 * numbers.abs() if name.endswith("slope") else numbers).to(dtype)
    # phi's parameters. N(0, 1 / fan-in) keeps the size of what they multiply; the last axis
    # of a matrix is its output, a vector is all input.
    fan_in = shape[-1] if len(shape) <= 2 else math.prod(shape[1:-1])
    if case["data"] == "ties":  # by a power of two, to stay exact
        shrink = 2.0 ** math.ceil(math.log2(fan_in) / 2)
        return (_quarters(shape, seed, name, device) / shrink).to(dtype)
    return (normal(shape, seed, name, device) / math.sqrt(fan_in)).to(dtype)


def plant(tensor, rows):
    """Puts NaN and infinities of both signs into `rows` (bool), of the first axis or of the first ones."""
    bad = torch.tensor([math.nan, math.inf, -math.inf], dtype=tensor.dtype, device=tensor.device)
    sizes = tensor.shape[rows.dim():]
    tensor[rows] = bad[torch.arange(math.prod(sizes), device=tensor.device) % 3].view(sizes)


def victims(case):
    """Every third sequence that has tokens."""
    filled = [b for b, length in enumerate(case["lengths"]) if length]
    return filled[::3] if len(filled) > 1 else []
