# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Arguments side by side in one block of memory with guards between them: a write outside a
buffer changes a guard, and a read outside one gives NaN."""
import torch

ALIGNMENT = 256
GUARD = 4096
GUARD_BYTE = 0xFF  # as bf16, f16 and f32 a NaN
# Not -1, which an index list may hold: a slot that was not written must show.
INTEGER_POISON = 0x5A5A5A5A


def poison(tensor):
    """Fills an output with what no kernel writes."""
    if tensor.dtype.is_floating_point:
        tensor.fill_(float("nan"))
    else:
        tensor.fill_(INTEGER_POISON)


class Arena:
    """Buffers {name: (shape, dtype)}; `arena[name]` is the tensor."""

    def __init__(self, buffers, device):
        self.places, end = {}, GUARD
        for name, (shape, dtype) in buffers.items():
            begin = -(-end // ALIGNMENT) * ALIGNMENT
            elements = 1
            for size in shape:
                elements *= size
            end = begin + elements * dtype.itemsize
            self.places[name] = (begin, end, shape, dtype)
            end += GUARD
        block = torch.full((end + ALIGNMENT,), GUARD_BYTE, dtype=torch.uint8, device=device)
        self.bytes = block[-block.data_ptr() % ALIGNMENT:]

    def __getitem__(self, name):
        begin, end, shape, dtype = self.places[name]
        return self.bytes[begin:end].view(dtype).view(shape)

    def broken_guards(self):
        """Names of the buffers behind whose end a byte changed; `first` is the begin."""
        ends = [0] + [end for _, end, _, _ in self.places.values()]
        begins = [begin for begin, _, _, _ in self.places.values()] + [len(self.bytes)]
        names = ["first"] + list(self.places)
        bad = torch.stack([(self.bytes[end:begin] != GUARD_BYTE).any()
                           for end, begin in zip(ends, begins)])
        return [name for name, is_bad in zip(names, bad.tolist()) if is_bad]
