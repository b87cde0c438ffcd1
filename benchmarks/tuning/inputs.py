# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Inputs of an entry, from what it says of its arguments: packed rows are normal; queries of
`correlated` data follow an AR(1) process along each sequence, as those of models are alike from
token to token; queries and keys of `realistic` data choose blocks as a real model's do. Lists name
distinct blocks that the token may see, which with correlated data change every 64 tokens; what lists
of realistic data are, kernels that rank blocks compute, and nothing else knows."""
import dataclasses
import math

import numpy

from . import table
from .walks import Heads, RealisticRows, Walk, generator_of

RHO = 0.95
LIST_RUN = 64  # tokens with one list, of correlated data
CHUNK_ELEMENTS = 1 << 24


def lengths_of(workload):
    """Tokens of each sequence, as equal as they can be."""
    base, more = divmod(workload["tokens"], workload["sequences"])
    return [base + (i < more) for i in range(workload["sequences"])]


def shape_of(argument, workload):
    """The argument's shape for a batch."""
    rows = {"tokens": workload["tokens"], "sequence_ends": workload["sequences"] + 1}
    counted, _, per_row = argument.rows.partition(" / ")
    first = rows.get(counted, 0) // int(per_row or 1)
    return tuple(size if size >= 0 else first if i == 0 else -1
                 for i, size in enumerate(argument.shape))


def to_bfloat16(values):
    """Bits of f32 numbers rounded to the nearest, ties to even."""
    bits = values.view(numpy.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(numpy.uint16)


def to_bytes(values, dtype):
    """A contiguous array of f32 or i32 numbers, as the device holds them."""
    if dtype == "bfloat16":
        return to_bfloat16(numpy.ascontiguousarray(values, numpy.float32))
    kinds = {"float16": numpy.float16, "float32": numpy.float32, "int32": numpy.int32}
    return numpy.ascontiguousarray(values, kinds[dtype])


def to_numbers(data, dtype):
    """f32 or i32 numbers of what the device holds."""
    if dtype == "bfloat16":
        return (numpy.frombuffer(data, numpy.uint16).astype(numpy.uint32) << 16).view(numpy.float32)
    kinds = {"float16": numpy.float16, "float32": numpy.float32, "int32": numpy.int32}
    values = numpy.frombuffer(data, kinds[dtype])
    return values.astype(numpy.float32) if dtype == "float16" else values


def chunks(rows, width):
    """Runs of rows that NumPy takes at a time."""
    step = max(1, CHUNK_ELEMENTS // max(width, 1))
    return [(begin, min(begin + step, rows)) for begin in range(0, rows, step)]


@dataclasses.dataclass(frozen=True)
class Source:
    """What an entry's inputs are drawn from."""

    arguments: tuple
    workload: dict
    seed: int
    block: int = None  # tokens of the blocks of lists, if any kernel takes lists

    def starts(self):
        """First tokens of the sequences, and the end."""
        return numpy.cumsum([0, *lengths_of(self.workload)]).tolist()


def make_lists(generator, shape, block, workload):
    """[tokens, KV heads, n] of distinct blocks up to the token's own, ascending; -1 in slots
    beyond as many as there are."""
    tokens, heads, count = shape
    token = numpy.concatenate([numpy.arange(length) for length in lengths_of(workload)])
    there = (token // block + 1)[:, None, None]
    draws = generator.random((tokens, heads, count))
    if workload["data"] == "correlated":
        draws = draws[numpy.arange(tokens) // LIST_RUN * LIST_RUN]
    slot = numpy.arange(count)
    begin, end = slot * there // count, (slot + 1) * there // count
    spread = begin + (draws * (end - begin)).astype(numpy.int64)
    lists = numpy.where(there >= count, spread, slot)  # one of each n-th part, or all there are
    return numpy.where(lists < there, lists, -1).astype(numpy.int32)


def is_query(name):
    return name == "q" or name.endswith("_q")


def is_key(name):
    return name == "k" or name.endswith("_k")


def kind_of(name):
    """What queries share with the keys that they meet: index heads have keys of their own."""
    return "index" if name.startswith("index_") else "attention"


def rows_of(argument, source):
    """What draws the argument's rows, chunk by chunk."""
    name, data = argument.name, source.workload["data"]
    if data == "realistic" and (is_query(name) or is_key(name)):
        if argument.rows != "tokens":
            raise table.TuningError(f"expected a key of each token in argument '{name}', got rows "
                                    f"of {argument.rows}: tune the whole spec, or on other --data")
        kind, (_, count, dim) = kind_of(name), argument.shape
        keys = [a.shape[1] for a in source.arguments
                if is_key(a.name) and kind_of(a.name) == kind]
        heads = Heads(name, kind, count, dim, keys[0])
        return RealisticRows(source.seed, heads, source.starts(), is_query(name))
    rho = RHO if data == "correlated" and is_query(name) else 0
    return Walk(generator_of(source.seed, name), math.prod(argument.shape[1:]), source.starts(),
                rho)


def fill_lists(array, argument, source):
    if len(array.shape) != 3 or not source.block:
        raise table.TuningError(f"expected lists of blocks in argument '{argument.name}', got "
                                f"i32 of rank {len(array.shape)}: their values are not known")
    if source.workload["data"] == "realistic":
        raise table.TuningError(f"expected a kernel that chooses blocks, got argument "
                                f"'{argument.name}' of lists: which ones a real model's are is "
                                "not known; tune the whole spec, or on other --data")
    lists = make_lists(generator_of(source.seed, argument.name), array.shape, source.block,
                       source.workload)
    return array.write(to_bytes(lists, argument.dtype))


def fill(array, argument, source):
    """Writes an input."""
    if argument.rows == "sequence_ends":
        return array.write(to_bytes(source.starts(), argument.dtype))
    if argument.dtype == "int32":
        return fill_lists(array, argument, source)
    if not array.nbytes:
        return None
    # Weights keep the size of what they multiply.
    is_weight = argument.rows == "static" and len(array.shape) > 1
    fan_in = math.prod(array.shape[1:-1]) if len(array.shape) > 2 else array.shape[-1]
    scale = 1 / math.sqrt(fan_in) if is_weight else 1.0
    count, width = array.shape[0], math.prod(array.shape[1:])
    rows = rows_of(argument, source)
    for begin, end in chunks(count, width):
        data = to_bytes(rows.make(begin, end) * scale, argument.dtype)
        array.write(data, begin * (array.nbytes // count))
    return None
