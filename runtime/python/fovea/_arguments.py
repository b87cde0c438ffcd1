# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The arguments of an entry: which of them a call gives, and what their shapes must be."""

from typing import List, NamedTuple, Optional, Sequence, Tuple

from ._library import FoveaError


class Argument(NamedTuple):
    """An argument of an entry. A size of -1 is not static."""

    name: str
    dtype: str  # PyTorch's name: "bfloat16"
    # What the first size counts: "tokens", "tokens / 16" (floor(tokens / 16) compressed
    # rows), "sequence_ends" (sequences + 1), "sequences" or "static". Where queries are not
    # the same tokens as keys, "key_tokens" and "key_sequence_ends" are of the latter; "pages" are
    # those of caches.
    rows: str
    output: bool
    shape: Tuple[int, ...]


def order_arguments(entry: str, arguments: Sequence[Argument], given, named: dict) -> tuple:
    """What a call gives, in the order of all arguments, or of the inputs where it gives no output.

    given: by place. named: by name. Raises FoveaError where that is not each of them once.
    """
    if not named:
        return given
    names = [argument.name for argument in arguments]
    found = dict(zip(names, given))
    for name, value in named.items():
        if name not in names:
            raise FoveaError(f"{entry}: expected one of the arguments {', '.join(names)}; got '{name}'")
        if name in found:
            raise FoveaError(f"{entry}: expected argument '{name}' once, got it by place and by name")
        found[name] = value
    if len(given) > len(names):
        raise FoveaError(f"{entry}: expected {len(names)} tensors, got {len(given)} beside those by name")
    gives_outputs = any(a.name in found for a in arguments if a.output)
    wanted = [a.name for a in arguments if gives_outputs or not a.output]
    for name in wanted:
        if name not in found:
            raise FoveaError(f"{entry}, argument '{name}': expected a tensor, got none")
    return tuple(found[name] for name in wanted)


def parse_rows(rows: str) -> Tuple[str, int]:
    """("tokens", 16) of "tokens / 16"."""
    kind, _, per_row = rows.partition(" / ")
    return kind, int(per_row or 1)


def is_per_token(argument: Argument) -> bool:
    """Whether an array has a row for each token."""
    return argument.rows == "tokens"


def join_rows(entry: str, arguments: Sequence[Argument],
              shapes: Sequence[Sequence[int]]) -> Tuple[List[Sequence[int]], Optional[Tuple[int, int]]]:
    """The shapes that the entry takes, [B * S, ...] for [B, S, ...], and (B, S), or None where there is no
    dimension of sequences. shapes: of the inputs. Raises FoveaError where they do not agree."""
    joined, first = [], None
    for argument, shape in zip((argument for argument in arguments if not argument.output), shapes):
        if is_per_token(argument):
            sizes = tuple(shape[:2]) if len(shape) == len(argument.shape) + 1 else None
            first = first or (argument.name, sizes)
            if sizes != first[1]:
                wanted = f"[{first[1][0]}, {first[1][1]}, ...]" if first[1] else "[tokens, ...]"
                raise FoveaError(f"{entry}, argument '{argument.name}': expected {wanted} as '{first[0]}' has, got the "
                                 f"shape {tuple(shape)}")
            shape = (sizes[0] * sizes[1], *shape[2:]) if sizes else shape
        joined.append(shape)
    return [*joined, *shapes[len(joined):]], first and first[1]


class Batch:
    """How many tokens and sequences the arrays of a call have, which must agree.

    tokens, sequences: as far as arrays have told; 0 until then. key_tokens: tokens that arrays of
        keys have rows for, where those are not the queries'; else None. pages: of caches; else None.
    """

    def __init__(self, entry: str, arguments: Sequence[Argument]):
        self._entry, self._arguments = entry, arguments
        self._counts = {}  # by what rows count, (how many, who has them)
        self._waiting = []  # rows that count several tokens, until an array says how many there are
        self.tokens = self.sequences = 0
        counted = {parse_rows(argument.rows)[0] for argument in arguments}
        self.key_tokens = 0 if "key_tokens" in counted else None
        self.pages = 0 if "pages" in counted else None

    def place(self, number: int) -> str:
        """How a message about an argument begins."""
        return f"{self._entry}, argument '{self._arguments[number].name}'"

    def check(self, number: int, dtype: str, shape: Sequence[int]) -> None:
        """Notes the rows of an argument. Raises FoveaError where the array does not fit it, or the
        others."""
        argument, place = self._arguments[number], self.place(number)
        if dtype != argument.dtype:
            raise FoveaError(f"{place}: expected {argument.dtype}, got {dtype}")
        if len(shape) != len(argument.shape) or any(
                wanted != -1 and wanted != size for wanted, size in zip(argument.shape, shape)):
            raise FoveaError(f"{place}: expected the shape {_describe(argument)}, got {tuple(shape)}")
        kind, per_row = parse_rows(argument.rows)
        if kind == "static":
            return
        if kind.endswith("sequence_ends") and shape[0] == 0:
            raise FoveaError(f"{place}: expected a 0 and where each sequence ends, got no number")
        counted, extra = _split(kind)
        self._waiting.append((place, kind, per_row, shape[0]))
        if counted not in self._counts and per_row == 1:
            self._count(counted, shape[0] - extra, argument.name)
        if counted in self._counts:
            self._check_waiting()

    def finish(self) -> None:
        """Counts what only rows of several tokens count, as many tokens as there can be, once all arrays that are
        given were checked. Raises FoveaError where they do not agree."""
        while self._waiting:
            place, kind, _, _ = self._waiting[0]
            most = min((rows + 1) * per_row - 1 for _, other, per_row, rows in self._waiting if other == kind)
            self._count(_split(kind)[0], most, place)
            self._check_waiting()

    def _count(self, counted: str, count: int, name: str) -> None:
        self._counts[counted] = (count, name)
        setattr(self, counted, count)

    def _check_waiting(self) -> None:
        known = [rows for rows in self._waiting if _split(rows[1])[0] in self._counts]
        self._waiting = [rows for rows in self._waiting if rows not in known]
        for rows in known:
            self._check_rows(*rows)

    def _check_rows(self, place: str, kind: str, per_row: int, got: int) -> None:
        counted, extra = _split(kind)
        count, name = self._counts[counted]
        count += extra
        if got == count // per_row:
            return
        words = kind.replace("_", " ")
        if per_row == 1:
            raise FoveaError(f"{place}: expected {count} {words} as '{name}' has, got {got}")
        raise FoveaError(f"{place}: expected {count // per_row} rows as '{name}' has {count} {words}, of "
                         f"which a row counts {per_row}, got {got}")

    def shape(self, number: int) -> Tuple[int, ...]:
        """The shape of an argument that is not given. Raises FoveaError where none follows."""
        argument = self._arguments[number]
        kind, per_row = parse_rows(argument.rows)
        if -1 not in argument.shape:
            return argument.shape
        counted, extra = _split(kind)
        if counted not in self._counts:
            raise FoveaError(f"{self.place(number)}: expected it to be given, for its shape does not "
                             "follow from the inputs")
        return ((self._counts[counted][0] + extra) // per_row, *argument.shape[1:])


def _split(kind: str) -> Tuple[str, int]:
    """What rows count of a batch, and how many more there are."""
    return ("sequences", 1) if kind.endswith("sequence_ends") else (kind, 0)


def _describe(argument: Argument) -> str:
    rows = argument.rows.replace("sequence_ends", "sequences + 1")
    return "(" + ", ".join(rows if size == -1 else str(size) for size in argument.shape) + ")"
