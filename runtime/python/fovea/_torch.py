# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""PyTorch around a call: its streams, its current device, its compiler. `torch` is that module."""

import contextlib

NO_SCOPE = contextlib.nullcontext()


def current_stream(torch, device: int) -> int:
    """PyTorch's current stream of a device; its own number without an object around it
    where this PyTorch has that."""
    raw = getattr(getattr(torch, "_C", None), "_cuda_getCurrentRawStream", None)
    return raw(device) if raw else torch.cuda.current_stream(device).cuda_stream


def has_modes(torch) -> bool:
    """Whether calls are transformed (torch.func), differentiated in forward mode, or seen by a mode of dispatch
    (a fake tensor's, a trace's): tensors may be other than they say then. True where this PyTorch does not tell."""
    try:
        return (torch._C._functorch.peek_interpreter_stack() is not None or
                torch._C._len_torch_dispatch_stack() != 0 or
                torch.autograd.forward_ad._current_level >= 0)
    except AttributeError:
        return True


def scope_of(torch, device: int, stream):
    """What makes `device` PyTorch's current one, and `stream` its current stream, so that
    what is allocated inside belongs to that stream; None where nothing is to change."""
    is_current = torch.cuda.current_device() == device
    if is_current and stream is None:
        return None
    scope = contextlib.ExitStack()
    if not is_current:
        scope.enter_context(torch.cuda.device(device))
    if stream is not None:
        scope.enter_context(torch.cuda.stream(
            torch.cuda.ExternalStream(stream, device) if stream
            else torch.cuda.default_stream(device)))
    return scope


def keep_out_of_graphs(torch, kind: type) -> None:
    """Has torch.compile leave calls of `kind` alone, and what they call. Before it is first
    used, asking for that would load all of it."""
    disable = getattr(getattr(torch, "compiler", None), "disable", None)
    if disable and not hasattr(kind, "_traced_call"):
        kind._traced_call = kind.__call__
        kind.__call__ = disable(kind.__call__)
