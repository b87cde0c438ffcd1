# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Who decodes a step at a point: Fovea's specs and PyTorch's dense attention, each checked before it is timed."""
import dataclasses
import pathlib

import torch

import decode_batch
import decode_check
import decode_peers
import device as gpu
import inputs
from decode_specs import SPECS, lists_title
from decode_steps import Steps
from gpu_bench import WrongResults, bind_entry

FAILURES = (WrongResults, RuntimeError, ValueError, TypeError, ImportError, KeyError, AttributeError)


@dataclasses.dataclass(frozen=True)
class Bench:
    """A batch, bundles by the title of what they hold, and how many bytes all turns of a contestant read at least."""

    batch: decode_batch.Batch
    folder: pathlib.Path
    files: dict
    at_least: int

    def turns(self, bytes_of_step):
        return range(decode_batch.turns_for(bytes_of_step, self.at_least))

    def bind(self, name, title, turns):
        """An entry; its arguments, launcher and results in each of these turns."""
        entry = gpu.Entry(self.folder / f"{self.files[title]}.fovea", SPECS[name].suffix)
        steps = []
        for turn in turns:
            arguments = self.batch.arguments(entry, SPECS[name].nsa, turn)
            steps.append((arguments, *bind_entry(entry, arguments, lambda _: self.batch.point.tokens)))
        return entry, steps


def make_bench(point, names, folder, files, at_least, seed, device):
    """The Bench whose batch has turns enough for PyTorch and for these specs."""
    sizes = [decode_batch.read_bytes(SPECS[name].nsa, SPECS[name].kind, point) for name in ("dense", *names)]
    turns = decode_batch.turns_for(min(sizes), at_least)
    return Bench(decode_batch.Batch(point, turns, seed, device), folder, files, at_least)


def _choose(bench, name, turn):
    """The blocks that a spec chooses in a turn, checked; None where it chooses none."""
    spec = SPECS[name]
    if not spec.chooses:
        return None
    entry, [(arguments, run, results)] = bench.bind(name, lists_title(name), [turn])
    run()
    lists = results["selected_indices"]
    decode_check.check_step(spec, bench.batch, turn, entry, arguments, results, lists)
    return lists


def fovea(bench, name):
    spec, batch = SPECS[name], bench.batch
    lists = {0: _choose(bench, name, 0)}
    size = decode_batch.read_bytes(spec.nsa, spec.kind, batch.point, lists[0])
    turns = bench.turns(size)
    lists[turns[-1]] = _choose(bench, name, turns[-1])
    entry, steps = bench.bind(name, name, turns)
    worst = 0.0
    for turn, some in lists.items():
        arguments, run, results = steps[turn]
        run()
        worst = max(worst, decode_check.check_step(spec, batch, turn, entry, arguments, results, some))
    contestant = Steps(f"fovea {name}", [run for _, run, _ in steps], read_bytes=size, error_over_tolerance=worst,
                       kernels=[kernel.name for kernel in entry.kernels])
    for turn in lists:
        decode_check.check_same_bits(contestant.run, steps[turn][2])
    return contestant


def dense(bench, backend, form):
    batch, nsa = bench.batch, SPECS["dense"].nsa
    q = inputs.normal((batch.point.tokens, nsa.heads, nsa.dk), batch.seed, "q", batch.device).bfloat16()
    q = q.unflatten(0, (-1, batch.point.queries))
    size = decode_batch.read_bytes(nsa, "causal", batch.point)
    peer = decode_peers.make(batch, nsa, q, backend, form, len(bench.turns(size)))
    worst = decode_check.check_dense(batch.point, q, peer.unfold(peer.steps[0]()), peer.keys_of)
    return Steps(f"torch {backend}, {form}", peer.steps, read_bytes=size, error_over_tolerance=worst)


def every(bench, names, backends):
    """What can be timed of these specs and of PyTorch, and a row for each that cannot."""
    makers = {f"fovea {name}": lambda name=name: fovea(bench, name) for name in names}
    makers |= {f"torch {backend}, {form}": lambda backend=backend, form=form: dense(bench, backend, form)
               for backend in backends for form in decode_peers.forms(bench.batch.point)}
    contestants, failed = [], []
    for title, make in makers.items():
        try:
            contestants.append(make())
        except FAILURES as error:
            failed.append({"name": title, "error": f"{type(error).__name__}: {error}".splitlines()[0][:300]})
        if torch.cuda.is_available():
            torch.cuda.synchronize()  # behind a fault nothing else can be timed: end here
    return contestants, failed
