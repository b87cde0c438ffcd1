# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which sequences the rows of a batch hold, read from a mask that is a function of indices."""

from typing import Callable, NamedTuple, Optional

import torch


class Layout(NamedTuple):
    """Rows of S tokens each, in which every token sees its sequence up to itself.

    ends: cu_seqlens of all B * S tokens; None where each row is one sequence. Padding is a sequence too.
    window: how many tokens one sees at most, or None. fills_rows: no sequence of real tokens begins inside
    of a row.
    """

    ends: Optional[torch.Tensor] = None
    window: Optional[int] = None
    fills_rows: bool = True


@torch.compiler.disable  # how many sequences there are follows from data
def read_layout(sees: Callable, real: Optional[torch.Tensor], batch: int, tokens: int, window: Optional[int],
                device) -> Optional[Layout]:
    """The layout that a mask describes, None where it is none.

    sees: (row, head, query, key) -> bool, as the library's mask functions are, over tensors of indices that
        are broadcast. It sees a token of a sequence's begin, but for one that is further away than `window`.
    real: bool [B, S], False for padding.
    """
    row = torch.arange(batch, device=device)[:, None]
    t = torch.arange(tokens, device=device)[None]

    def ask(key):
        return sees(row, 0, t, key.clamp(0, tokens - 1)).expand(batch, tokens) & (key >= 0) & (key < tokens)
    starts = ~ask(t - 1)
    first = torch.where(starts, t, 0).cummax(1).values
    if ask(t + 1).any() or (ask(0 * t) & (first > 0)).any():
        return None  # it sees what comes, or past what it does not see
    if ask(first).all():
        window = None
    elif window is None or not _is_window(ask, t, first, window):
        return None
    if real is not None:
        edges = real[:, 1:] != real[:, :-1]
        if (edges & real[:, 1:] & (real.cumsum(1)[:, :-1] > 0)).any():
            return None  # real tokens on both sides of padding, which see each other
        starts = starts | torch.nn.functional.pad(edges, (1, 0))
    begins = starts[:, 1:]
    inside = begins if real is None else begins & real[:, 1:]
    if not begins.any():
        return Layout(None, window)
    ends = starts.flatten().nonzero().flatten().to(torch.int32)
    return Layout(torch.nn.functional.pad(ends, (0, 1), value=batch * tokens), window, not inside.any())


def _is_window(ask: Callable, t, first, window: int) -> bool:
    """Whether each token sees the last `window` ones of its sequence, as far as the ends of a window say."""
    last, hidden = torch.maximum(first, t - window + 1), t - window
    return bool(ask(last).all() and not (ask(hidden) & (hidden >= first)).any())
