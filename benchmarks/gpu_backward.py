#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whole backward functions, kernel by kernel, beside the backward of dense attention in PyTorch.

    gpu_backward.py prepare --foveac build/release/bin/foveac --folder build/backward
    gpu_backward.py measure --folder build/backward --runtime build/runtime/libfovea_runtime.so \\
        --json docs/benchmarks/DATE-h200-backward.json

`prepare` needs foveac and ptxas and no GPU, `measure` a GPU and PyTorch and neither of them. The
forward entry runs on drawn inputs and saves what the backward one takes; each backward runs twice
first, and gives the same bits. What is right is for test/gpu/run.py to say."""
import argparse
import datetime
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "test" / "gpu"))

import prepare as bundles  # noqa: E402
import specs  # noqa: E402

EXAMPLES = pathlib.Path(__file__).resolve().parents[1] / "examples"
DENSE = """attn.spec @dense heads 64 over 4 dims 128 x 128 of bf16 {
  attn.branch @all sees #attn.causal
}
"""


def texts():
    """A spec of each name, with its gradient."""
    plain = {"nsa": (EXAMPLES / "nsa-gpu.mlir").read_text(),
             "msa": (EXAMPLES / "msa.mlir").read_text(), "dense": DENSE}
    return {name: text.replace(" {\n", " entries backward {\n", 1) for name, text in plain.items()}


def prepare(args):
    args.folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts().items():
        source = args.folder / f"{name}.mlir"
        source.write_text(text)
        out = source.with_suffix("." + args.emit)
        subprocess.run([args.foveac, source, f"--target={args.target}", f"--emit={args.emit}",
                        "-o", out], check=True)
        print(out.name, flush=True)
    commit = bundles.commit_of_this_tree()
    (args.folder / "backward.json").write_text(json.dumps({"commit": commit}))
    return 0


def draw(entry, tokens, data, seed):
    """The inputs of a forward entry, by name."""
    import inputs
    case = {"seed": seed, "data": data, "lengths": [tokens]}
    found = {}
    for a in entry.arguments:
        if not a.output:
            shape = [tokens if size < 0 else size for size in a.shape]
            found[a.name] = inputs.make(a.name, shape, a.dtype, case, specs.Nsa(), "cuda")
    return found


def rows_of(entry, tokens):
    """Rows of what an entry gives, by name: compressed ones are fewer."""
    rows = {}
    for a in entry.arguments:
        _, slash, divisor = a.rows.partition("/")
        rows[a.name] = tokens // int(divisor) if slash else tokens
    return lambda name: rows[name]


def backward_of(path, name, tokens, data, seed):
    """A backward entry's launcher, what it gives, its kernels and its workspace's bytes, on what
    the forward entry took and gave."""
    import device as gpu
    import torch
    from gpu_bench import bind_entry
    forward, backward = (gpu.Entry(path, f"{name}_{way}") for way in ("forward", "backward"))
    arrays = draw(forward, tokens, data, seed)
    run, results = bind_entry(forward, arrays, rows_of(forward, tokens))
    run()
    arrays |= results
    torch.manual_seed(seed)
    arrays["grad_o"] = torch.randn_like(arrays["o"])
    run, results = bind_entry(backward, arrays, rows_of(backward, tokens))
    workspace = backward.workspace_bytes(arrays | results)
    run()
    first = {key: value.clone() for key, value in results.items()}
    run()
    if not all(first[key].equal(value) for key, value in results.items()):
        raise RuntimeError(f"{path}: expected the same bits from a second run, got others")
    return run, results, [kernel.name for kernel in backward.kernels], workspace


def measure(args):
    import device as gpu
    import gpu_gradients
    import gradient_cases
    import run as runner
    import torch
    from gpu_timing import Contestant, interleave, print_rows
    gpu.use_library(args.runtime)
    result = {"date": datetime.date.today().isoformat(),
              "commit": json.loads((args.folder / "backward.json").read_text())["commit"],
              "device": runner.describe_device(), "seed": args.seed, "rounds": args.rounds,
              "shape": vars(gradient_cases.Shape()), "times": []}
    for point in args.points:
        name, tokens, data = point.split(":")
        tokens = int(tokens)
        run, held, kernels, workspace = backward_of(args.folder / f"{name}.bundle", name, tokens, data,
                                                    args.seed)
        contestants = [Contestant(f"{name} backward", run)]
        for i, kernel in enumerate(kernels):
            part = lambda run=run, i=i: run(i, i + 1)  # noqa: E731
            contestants.append(Contestant(f"{name} backward: {kernel}", part))
        for backend in ("flash", "cudnn"):
            dense = gpu_gradients.dense_backward(backend, tokens, gradient_cases.Shape())
            contestants.append(Contestant(f"dense {backend}", dense))
        rows = interleave(contestants, args.rounds)
        print_rows(f"{point}, workspace {workspace / 1e9:.2f} GB", rows)
        times = {row["name"]: row.get("ms") for row in rows}
        own = times[f"{name} backward"]
        for backend in ("flash", "cudnn"):
            if times[f"dense {backend}"]:
                print(f"dense {backend} / {name}: {times[f'dense {backend}'] / own:.2f}", flush=True)
        result["times"].append({"spec": name, "tokens": tokens, "data": data,
                                "workspace_bytes": workspace, "rows": rows})
        args.json.write_text(json.dumps(result, indent=1) + "\n")
        del contestants, held, run
        torch.cuda.empty_cache()
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    first = commands.add_parser("prepare", help="compile every spec")
    first.add_argument("--foveac", required=True)
    first.add_argument("--emit", default="bundle", help="what foveac is to emit")
    first.add_argument("--target", default="sm_90a")
    second = commands.add_parser("measure", help="time them")
    second.add_argument("--runtime", required=True, help="libfovea_runtime.so")
    second.add_argument("--json", type=pathlib.Path, required=True)
    second.add_argument("--points", nargs="+", metavar="SPEC:TOKENS:DATA",
                        default=["nsa:65536:realistic", "nsa:65536:normal", "nsa:8192:realistic",
                                 "nsa:8192:normal", "dense:16384:normal"])
    second.add_argument("--rounds", type=int, default=3)
    second.add_argument("--seed", type=int, default=1)
    for half in (first, second):
        half.add_argument("--folder", type=pathlib.Path, required=True)
    args = parser.parse_args()
    return {"prepare": prepare, "measure": measure}[args.command](args)


if __name__ == "__main__":
    sys.exit(main())
