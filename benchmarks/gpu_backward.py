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
import datetime
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "test" / "gpu"))

import specs  # noqa: E402

import gpu_gradients  # noqa: E402

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
    return gpu_gradients.compile_texts(args, texts(), "backward.json")


def draw(entry, name, tokens, data, seed):
    """The inputs of a spec's forward entry, by name."""
    import inputs
    case = {"seed": seed, "data": data, "lengths": [tokens]}
    shape = specs.minimax_m3() if name == "msa" else specs.Nsa()
    found = {}
    for a in entry.arguments:
        if not a.output:
            sizes = [tokens if size < 0 else size for size in a.shape]
            found[a.name] = inputs.make(a.name, sizes, a.dtype, case, shape, "cuda")
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
    arrays = draw(forward, name, tokens, data, seed)
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
    return run, results, backward.kernels, workspace


def measure(args):
    import device as gpu
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
        contestants += gpu_gradients.kernel_contestants(f"{name} backward", run, kernels)
        contestants += gpu_gradients.dense_contestants(tokens, gradient_cases.Shape())
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
    parser, second = gpu_gradients.make_parser(__doc__, "spec")
    second.add_argument("--points", nargs="+", metavar="SPEC:TOKENS:DATA",
                        default=["nsa:65536:realistic", "nsa:65536:normal", "nsa:8192:realistic",
                                 "nsa:8192:normal", "dense:16384:normal"])
    args = parser.parse_args()
    return {"prepare": prepare, "measure": measure}[args.command](args)


if __name__ == "__main__":
    sys.exit(main())
