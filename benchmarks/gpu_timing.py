# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How kernels are timed on the GPU: warmed up, interleaved, with pauses, medians of events."""
import statistics
import time

import torch

PAUSE_SECONDS = 0.05  # without it the clock sinks and all look 10 to 15% slower
MOST_SECONDS = 15  # on one contestant's samples: a slow one gets fewer, at least 3
SPIN_CYCLES = 4_000_000  # about 2 ms: the host queues the launches while the GPU spins


class Contestant:
    """Something to time. `run` is timed; `before`, `run` by default, is queued untimed
    directly before it, so that the host's launch time does not count."""

    def __init__(self, name, run, before=None, **facts):
        self.name, self.run, self.before, self.facts = name, run, before or run, facts
        self.milliseconds, self.affordable = [], 0

    def warm_up(self):
        for _ in range(2):  # the first may compile
            begin = time.monotonic()
            self.before()
            self.run()
            torch.cuda.synchronize()
        self.affordable = max(3, int(MOST_SECONDS / (time.monotonic() - begin)))

    def sample(self):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        torch.cuda._sleep(SPIN_CYCLES)
        self.before()
        begin.record()
        self.run()
        end.record()
        end.synchronize()
        self.milliseconds.append(begin.elapsed_time(end))

    def row(self):
        """What is printed and kept: the median, and rates where FLOPs are known."""
        median = statistics.median(self.milliseconds)
        row = {"name": self.name, "ms": median, "min_ms": min(self.milliseconds),
               "max_ms": max(self.milliseconds), "samples": len(self.milliseconds),
               **self.facts}
        if self.facts.get("flops"):
            row["tflops_per_s"] = self.facts["flops"] / median * 1e-9
        return row


def interleave(contestants, rounds):
    """Times all of them in turns; one that fails is dropped, and says why in its row."""
    alive, rows = [], []
    for contestant in contestants:
        try:
            contestant.warm_up()
            alive.append(contestant)
        except (RuntimeError, ValueError, TypeError, ImportError) as error:
            rows.append({"name": contestant.name, "error": str(error).splitlines()[0][:200]})
    for i in range(rounds):
        for contestant in alive:
            if i >= contestant.affordable:
                continue
            time.sleep(PAUSE_SECONDS)
            contestant.sample()
    return [contestant.row() for contestant in alive] + rows


def print_rows(title, rows):
    print(f"\n{title}\n{'':44} {'ms':>9} {'min':>9} {'max':>9} {'TF/s':>6} {'bound':>9}  of it",
          flush=True)
    for row in rows:
        if "error" in row:
            print(f"{row['name']:44} not timed: {row['error']}")
            continue
        rate = f"{row['tflops_per_s']:6.0f}" if "tflops_per_s" in row else f"{'':6}"
        bound = row.get("bound_ms")
        share = f"{bound:9.3f}  {bound / row['ms']:4.0%} {row['bound_by']}" if bound else ""
        print(f"{row['name']:44} {row['ms']:9.3f} {row['min_ms']:9.3f} {row['max_ms']:9.3f} "
              f"{rate} {share}", flush=True)
