#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What attention over several GPUs of one host takes, beside one of them, and how much of it is communication.

    context_parallel.py prepare --out build/gpu-context --foveac build/release/bin/foveac \\
        --runtime build/release/lib/libfovea_runtime.so --heads 64 4 --calls nsa msa
    context_parallel.py run --out build/gpu-context --runtime build/runtime/libfovea_runtime.so --heads 64 4 \\
        --calls nsa msa --json out.json
    context_parallel.py run --device cpu --foveac build/release/bin/foveac --tokens 2048 --heads 4 1 --dim 16  # over Gloo

Milliseconds of the wall, of the slowest process: medians of --rounds in turns, from one barrier to where all results
are there. One device runs alone, while the others wait. Communication is what the collectives of a call take by
themselves, with the copies before and behind them: of forward the gathering of keys and values, of a step this, the
gathering again and the gradients' way back. On the CPU each process has --threads threads, the one that runs alone
as many."""
import argparse
import datetime
import json
import math
import os
import pathlib
import statistics
import sys
import time

import torch
import torch.distributed

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "test" / "gpu"))
import context_cases  # noqa: E402
from fovea.distributed import Zigzag  # noqa: E402


def wait(device):
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def measure(run, device, is_alone):
    """Milliseconds of the slowest process. is_alone: of the first, whose run it is, and the others wait; infinite where
    it lacks the memory for that."""
    torch.distributed.barrier()
    wait(device)
    begin = time.perf_counter()
    spent = 0.0
    if not is_alone or torch.distributed.get_rank() == 0:
        try:
            run()
        except torch.OutOfMemoryError:
            if not is_alone:
                raise
            spent = math.inf
    wait(device)
    spent = torch.tensor([spent + (time.perf_counter() - begin) * 1e3], device=device)
    torch.distributed.all_reduce(spent, torch.distributed.ReduceOp.MAX)
    return spent.item()


def make_runs(args, tokens, name, device):
    """{what: (a function without arguments, whether it is one process's)}."""
    call, rows = context_cases.make_call(name, args, tokens, device)
    where, shards = context_cases.one_sequence(tokens, device), Zigzag([0, tokens], device=device)
    parts = context_cases.spread(shards, rows)
    keys = [x.detach() for x in (parts[1], parts[2])]
    gathered = shards.exchange.gather(keys)
    grad_o, part_grad_o = torch.ones_like(rows[0]), torch.ones_like(parts[0])

    def forward(rows, where):
        with torch.no_grad():
            call(*rows, where)

    def communicate():
        shards.exchange.gather(keys)
        shards.exchange.gather(keys)
        shards.exchange.sum_shares(gathered)
    return {"forward, one": (lambda: forward(rows, where), True),
            "forward, all": (lambda: forward(parts, shards), False),
            "step, one": (lambda: context_cases.differentiate(call, rows, where, grad_o), True),
            "step, all": (lambda: context_cases.differentiate(call, parts, shards, part_grad_o), False),
            "communication of forward": (lambda: shards.exchange.gather(keys), False),
            "communication of a step": (communicate, False)}


def bench(args, tokens, name, device):
    runs = {what: run for what, run in make_runs(args, tokens, name, device).items()
            if measure(run[0], device, run[1]) < math.inf}
    times = {what: [] for what in runs}
    for _ in range(args.rounds):
        for what, (run, is_alone) in runs.items():
            times[what].append(measure(run, device, is_alone))
    medians = {what: statistics.median(some) for what, some in times.items()}
    row = {"call": name, "tokens": tokens, "ms": medians}
    for part, communication in (("forward", "communication of forward"), ("step", "communication of a step")):
        row[f"communication, of {part}"] = medians[communication] / medians[f"{part}, all"]
        if f"{part}, one" in medians:
            row[f"speed-up of {part}"] = medians[f"{part}, one"] / medians[f"{part}, all"]
    return row


def work(args, device):
    torch.set_num_threads(args.threads)
    rows = []
    for tokens in args.tokens:
        for name in args.calls:
            if name == "causal" and tokens > context_cases.DENSE_TOKENS:
                continue
            rows.append(bench(args, tokens, name, device))
            if torch.distributed.get_rank() == 0:
                print(json.dumps(rows[-1]), flush=True)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    context_cases.add_options(parser)
    parser.add_argument("--tokens", type=int, nargs="+", default=(65536, 2 ** 18, 2 ** 20))
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(args.threads)
    if args.what == "prepare":
        context_cases.prepare(args)
        return
    rows = context_cases.start(work, args)
    if args.json:
        where = torch.cuda.get_device_name() if args.device == "cuda" else f"cpu, {args.threads} threads each"
        args.json.write_text(json.dumps(
            {"date": datetime.date.today().isoformat(), "device": where, "processes": args.processes,
             "heads": args.heads, "dim": args.dim, "torch": torch.__version__, "rounds": args.rounds, "rows": rows},
            indent=1) + "\n")


if __name__ == "__main__":
    main()
