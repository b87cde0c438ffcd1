#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""NSA's forward on the GPU in the paper's shape, launch by launch, beside PyTorch's attention and
beside MSA's forward in MiniMax-M3's shape, of as many heads.

    gpu_nsa.py --runtime build/runtime/libfovea_runtime.so --folder build/gpu \\
        --json docs/benchmarks/gpu_nsa.json

64 query heads over 4, D = 128, blocks 32/16/64, n = 16, w = 512, bf16, one sequence. Inputs are
`uncorrelated` (normal), `correlated` (queries drift along the sequence, rho 0.95) and `realistic`
(queries and keys choose blocks as a real model's do); u_8 tells how much 8 adjacent queries share
of their blocks. Results are compared with the truth in
sampled rows before anything is timed. Needs what test/gpu/prepare.py made."""
import argparse
import dataclasses
import datetime
import json
import pathlib
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "test" / "gpu"))
import device as gpu  # noqa: E402
import specs  # noqa: E402

import gpu_peers  # noqa: E402
import gpu_work  # noqa: E402
from gpu_bench import Bench, Prepared, WrongResults, launch_contestants  # noqa: E402
from gpu_timing import Contestant, interleave, print_rows  # noqa: E402

PARTS = ["dense", "softcap", "window", "nsa", "msa", "launches", "unfused", "sdpa", "flex", "peer"]
SOFT_CAPS = {"cap": "soft cap", "fast_cap": "soft cap by tanh.approx"}


def dense_contestants(bench, parts):
    """What does not depend on how queries look: dense and window attention, by all."""
    nsa, n = bench.nsa, bench.tokens
    dense = bench.facts(gpu_work.attend(gpu_work.causal_pairs(n), n, nsa, n))
    window = bench.facts(gpu_work.attend(gpu_work.window_pairs(n, nsa.window), n, nsa, n))
    contestants = []
    for title, kind, facts in (("dense", "causal", dense), ("window", "window", window)):
        if title in parts and bench.has(kind):
            bench.verify(kind, kind)
            contestants.append(Contestant(f"fovea {title}", bench.bind(kind)[0], **facts))
    for region, words in SOFT_CAPS.items() if "softcap" in parts else ():
        if bench.has(f"causal_{region}"):
            bench.verify(f"causal_{region}", "causal", region)
            work = gpu_work.attend(gpu_work.causal_pairs(n), n, nsa, n)
            functions = 2 if region == "fast_cap" else 3  # for each pair, the softmax's among them
            contestants.append(Contestant(
                f"fovea dense, {words}", bench.bind(f"causal_{region}")[0],
                **bench.facts(dataclasses.replace(work, exps=functions * work.exps))))
    heads_first = [gpu_peers.heads_first(bench.inputs[x]) for x in "qkv"]
    if "sdpa" in parts:
        for backend in ("flash", "cudnn"):
            contestants.append(Contestant(f"torch SDPA {backend}, dense",
                                          gpu_peers.sdpa(backend, *heads_first), **dense))
    if "flex" in parts:
        contestants.append(Contestant("torch FlexAttention, dense",
                                      gpu_peers.flex(*heads_first), **dense))
        if "softcap" in parts:
            contestants.append(Contestant("torch FlexAttention, dense, soft cap",
                                          gpu_peers.flex(*heads_first, cap=specs.CAP), **dense))
        contestants.append(Contestant("torch FlexAttention, window",
                                      gpu_peers.flex(*heads_first, nsa.window), **window))
    return contestants


def nsa_contestants(bench, indices, parts):
    """The whole forward, fused and not, and each launch of both."""
    pairs = gpu_work.selected_pairs(indices, bench.nsa.select)
    works, contestants = gpu_work.parts(bench.tokens, bench.nsa, pairs), []
    needed = gpu_work.needed(works)
    chosen = [("nsa", "fovea NSA forward", "nsa"),
              ("unfused", "fovea NSA forward, a kernel per operation", "nsa_unfused")]
    for part, title, file in chosen:
        if part not in parts or not bench.has(file):
            continue
        run, _, kernels = bench.bind(file)
        contestants.append(Contestant(title, run, **bench.facts(needed)))
        if "launches" in parts:
            contestants += launch_contestants(bench, part, run, kernels, works)
    if "peer" in parts:
        x = bench.inputs
        name, peer = gpu_peers.nsa_peer(x["q"], x["k"], x["v"], x["gates"], bench.nsa)
        if name:
            contestants.append(Contestant(name, peer))
        else:
            print(peer)
    return contestants


def msa_contestants(bench, indices, parts):
    """MSA's forward and each launch of it."""
    pairs = gpu_work.selected_pairs(indices, bench.msa.select)
    works = gpu_work.ranked_parts(bench.tokens, bench.msa, pairs)
    run, _, kernels = bench.bind("msa")
    contestants = [Contestant("fovea MSA forward", run,
                              **bench.facts(sum(works.values(), gpu_work.Work())))]
    if "launches" in parts:
        contestants += launch_contestants(bench, "msa", run, kernels, works)
    return contestants


def measure(args, tokens, data, results):
    """One length and one kind of inputs: verifies, times, prints, keeps."""
    prepared = json.loads((args.folder / "benchmarks.json").read_text())
    bench = Bench(Prepared(args.folder, prepared["files"]), specs.Nsa(**prepared["nsa"]),
                  {"lengths": [tokens], "data": data, "seed": args.seed},
                  specs.minimax_m3(), args.time_wrong)
    record = {"tokens": tokens, "data": data, "rows": []}
    if data == args.data[0]:
        record["rows"] += interleave(dense_contestants(bench, args.parts), args.rounds)
        print_rows(f"{tokens} tokens, dense and window", record["rows"])
    # The lists that nsa_aux returns say how much work the selected branch is.
    if {"nsa", "unfused"} & set(args.parts) and bench.has("nsa_aux"):
        indices = bench.verify("nsa_aux", "nsa")
        record["u_8"] = gpu_work.union_share(indices, 8)
        contestants = nsa_contestants(bench, indices, args.parts)
        title = f"{tokens} tokens, NSA, {data} queries, u_8 = {record['u_8']:.3f}"
        if "msa" in args.parts and bench.has("msa") and bench.has("msa_aux"):
            lists = bench.verify("msa_aux", "ranked")
            record["msa_u_4"] = gpu_work.union_share(lists, 4)
            contestants += msa_contestants(bench, lists, args.parts)
            title += f"; MSA, u_4 = {record['msa_u_4']:.3f}"
        rows = interleave(contestants, args.rounds)
        record["rows"] += rows
        print_rows(title, rows)
    torch.cuda.synchronize()  # kernels go with the bench
    results.append(record)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runtime", type=str, required=True)
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="of prepare.py")
    parser.add_argument("--tokens", type=int, nargs="+", default=[8192, 16384, 65536])
    parser.add_argument("--data", nargs="+", default=["uncorrelated", "correlated"],
                        choices=["uncorrelated", "correlated", "realistic"])
    parser.add_argument("--parts", nargs="+", default=PARTS, choices=PARTS)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--budget", type=float, default=360, help="seconds: what would begin "
                        "after them is left out, and said")
    parser.add_argument("--time-wrong", action="store_true",
                        help="time on where results are wrong, and say so")
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()
    prepared = json.loads((args.folder / "benchmarks.json").read_text())
    import run as runner
    device = runner.describe_device()
    gpu.use_library(args.runtime)
    print(f"{device['name']}, driver {device['driver']}, torch {device['torch']}, commit "
          f"{prepared['commit'][:12]}; medians of {args.rounds}", flush=True)
    begin, results = time.monotonic(), []
    left_out = []
    for tokens in args.tokens:
        for data in args.data:
            if time.monotonic() - begin > args.budget:
                left_out.append(f"{tokens} {data}")
                continue
            try:
                measure(args, tokens, data, results)
            except WrongResults as error:
                sys.exit(f"error: expected the truth's results, got {error}")
            torch.cuda.empty_cache()
    if left_out:
        print(f"left out after {args.budget} s: {', '.join(left_out)}")
    if args.json:
        shape = {**prepared["nsa"], "batch": 1}
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(
            {"date": datetime.date.today().isoformat(), "commit": prepared["commit"],
             "device": device, "seed": args.seed, "shape": shape, "rounds": args.rounds,
             "left_out": left_out, "results": results}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
