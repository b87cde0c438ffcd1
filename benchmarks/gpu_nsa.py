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
import arena  # noqa: E402
import checks  # noqa: E402
import device as gpu  # noqa: E402
import expected  # noqa: E402
import inputs  # noqa: E402
import specs  # noqa: E402

import gpu_peers  # noqa: E402
import gpu_work  # noqa: E402
from gpu_timing import Contestant, interleave, print_rows  # noqa: E402

PARTS = ["dense", "softcap", "window", "nsa", "msa", "launches", "unfused", "sdpa", "flex", "peer"]
SOFT_CAPS = {"cap": "soft cap", "fast_cap": "soft cap by tanh.approx"}
SAMPLED_ROWS = 24


class Bench:
    """The prepared bundles and one batch of inputs."""

    def __init__(self, args, tokens, data):
        self.args, self.tokens, self.data = args, tokens, data
        prepared = json.loads((args.folder / "benchmarks.json").read_text())
        self.nsa, self.files = specs.Nsa(**prepared["nsa"]), prepared["files"]
        name = torch.cuda.get_device_name()
        self.memory = gpu_work.MEMORY_BYTES["H200" if "H200" in name else "H100"]
        self.case = {"lengths": [tokens], "data": data, "seed": args.seed}
        self.device = torch.device("cuda")
        heads, kv, dk, dv = self.nsa.heads, self.nsa.kv_heads, self.nsa.dk, self.nsa.dv
        shapes = {"q": (tokens, heads, dk), "k": (tokens, kv, dk), "v": (tokens, kv, dv),
                  "gates": (tokens, heads, 3), "cu_seqlens": (2,)}
        self.msa = specs.minimax_m3()
        index = (tokens, self.msa.index_heads * self.msa.kv_heads, self.msa.index_dim)
        shapes |= {"index_q": index, "index_k": (tokens, self.msa.index_key_heads, index[2])}
        self.inputs = {name: inputs.make(name, shape, torch.bfloat16, self.case,
                                         self.msa if name.startswith("index_") else self.nsa,
                                         self.device) for name, shape in shapes.items()}

    def bind(self, title):
        """An entry's launcher, its results by name, and its kernels' names."""
        entry = gpu.Entry(self.args.folder / f"{self.files[title]}.fovea")
        tensors = dict(self.inputs)
        for a in entry.arguments:
            if a.output:
                shape = [self.tokens if size < 0 else size for size in a.shape]
                tensors[a.name] = torch.empty(shape, dtype=a.dtype, device=self.device)
                arena.poison(tensors[a.name])
        workspace = torch.empty(entry.workspace_bytes(tensors), dtype=torch.uint8,
                                device=self.device)
        results = {a.name: tensors[a.name] for a in entry.arguments if a.output}
        return entry.bind(tensors, workspace), results, [k.name for k in entry.kernels]

    def has(self, title):
        """Whether a bundle was prepared; says so if not, and the rest is timed without it."""
        there = (self.args.folder / f"{self.files[title]}.fovea").exists()
        if not there:
            print(f"{title}: not compiled, see failures.txt", flush=True)
        return there

    def sampled(self):
        generator = torch.Generator().manual_seed(self.args.seed)
        rows = torch.randint(0, self.tokens, (SAMPLED_ROWS,), generator=generator)
        fixed = torch.tensor([0, 31, 1000 % self.tokens, self.tokens - 1])
        return torch.cat([fixed, rows]).unique().to(self.device)

    def verify(self, title, kind, scores=""):
        """Compares an entry's results with the truth in sampled rows, with a score region of
        specs.SCORE_REGIONS if it has one; exits if they differ. Returns its blocks, if it gives
        them."""
        run, results, _ = self.bind(title)
        run()
        torch.cuda.synchronize()
        rows = self.sampled()
        nsa = self.msa if kind == "ranked" else dataclasses.replace(self.nsa, scores=scores)
        batch = expected.Batch(nsa, [self.tokens], self.inputs,
                               indices=results.get("selected_indices"), positions=[rows])
        compute = {"nsa": expected.nsa_forward, "ranked": expected.ranked_forward}.get(
            kind, lambda b, mode: expected.single_attend(b, kind, mode))
        check = {"nsa": expected.check_selection, "ranked": expected.check_ranked_selection}
        problems = []
        if kind in check:
            problems.append(check[kind](batch, exact_ties=False)["problem"])
        exact, *naive = (compute(batch, mode) for mode in checks.modes(torch.bfloat16))
        for name, x in results.items():
            if name == "selected_indices":
                continue
            compared = expected.compare(name, x[rows], exact[name],
                                        [n[name] for n in naive])
            if not compared["passed"]:
                problems.append(f"{name}: error {compared['error']:.2e} > "
                                f"{compared['tolerance']:.2e}")
        problems = [p for p in problems if p]
        if problems:
            message = f"{title} at {self.tokens} {self.data}: " + "; ".join(problems)
            if not self.args.time_wrong:
                sys.exit(f"error: expected the truth's results, got {message}")
            print(f"WRONG {message}", flush=True)
        return results.get("selected_indices")

    def facts(self, work):
        return work.facts(self.memory)


def dense_contestants(bench):
    """What does not depend on how queries look: dense and window attention, by all."""
    nsa, n, parts = bench.nsa, bench.tokens, bench.args.parts
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


def launch_contestants(bench, part, run, kernels, works):
    """Each launch of a forward on its own. The launches before it are queued untimed, since
    they leave in the workspace what it reads."""
    for i, (title, does) in enumerate(gpu_work.launch_parts(kernels)):
        yield Contestant(f"  {part} {i}: {title}", lambda i=i: run(i, i + 1),
                         before=lambda i=i: run(0, i + 1),
                         **(bench.facts(works[does]) if does else {}))


def nsa_contestants(bench, indices):
    """The whole forward, fused and not, and each launch of both."""
    pairs = gpu_work.selected_pairs(indices, bench.nsa.select)
    works, contestants = gpu_work.parts(bench.tokens, bench.nsa, pairs), []
    needed = sum((works[p] for p in ("compressed", "score + top-k", "selected", "window")),
                 gpu_work.Work())
    chosen = [("nsa", "fovea NSA forward", "nsa"),
              ("unfused", "fovea NSA forward, a kernel per operation", "nsa_unfused")]
    for part, title, file in chosen:
        if part not in bench.args.parts or not bench.has(file):
            continue
        run, _, kernels = bench.bind(file)
        contestants.append(Contestant(title, run, **bench.facts(needed)))
        if "launches" in bench.args.parts:
            contestants += launch_contestants(bench, part, run, kernels, works)
    if "peer" in bench.args.parts:
        x = bench.inputs
        name, peer = gpu_peers.nsa_peer(x["q"], x["k"], x["v"], x["gates"], bench.nsa)
        if name:
            contestants.append(Contestant(name, peer))
        else:
            print(peer)
    return contestants


def msa_contestants(bench, indices):
    """MSA's forward and each launch of it."""
    pairs = gpu_work.selected_pairs(indices, bench.msa.select)
    works = gpu_work.ranked_parts(bench.tokens, bench.msa, pairs)
    run, _, kernels = bench.bind("msa")
    contestants = [Contestant("fovea MSA forward", run,
                              **bench.facts(sum(works.values(), gpu_work.Work())))]
    if "launches" in bench.args.parts:
        contestants += launch_contestants(bench, "msa", run, kernels, works)
    return contestants


def measure(args, tokens, data, results):
    """One length and one kind of inputs: verifies, times, prints, keeps."""
    bench = Bench(args, tokens, data)
    record = {"tokens": tokens, "data": data, "rows": []}
    if data == args.data[0]:
        record["rows"] += interleave(dense_contestants(bench), args.rounds)
        print_rows(f"{tokens} tokens, dense and window", record["rows"])
    # The lists that nsa_aux returns say how much work the selected branch is.
    if {"nsa", "unfused"} & set(args.parts) and bench.has("nsa_aux"):
        indices = bench.verify("nsa_aux", "nsa")
        record["u_8"] = gpu_work.union_share(indices, 8)
        contestants = nsa_contestants(bench, indices)
        title = f"{tokens} tokens, NSA, {data} queries, u_8 = {record['u_8']:.3f}"
        if "msa" in args.parts and bench.has("msa") and bench.has("msa_aux"):
            lists = bench.verify("msa_aux", "ranked")
            record["msa_u_4"] = gpu_work.union_share(lists, 4)
            contestants += msa_contestants(bench, lists)
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
            measure(args, tokens, data, results)
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
