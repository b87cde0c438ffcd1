#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The gradients of each attention of NSA, kernel by kernel: compared with the truth, then timed
beside the backward of dense attention in PyTorch.

    gpu_gradients.py prepare --foveac build/release/bin/foveac --folder build/gradients
    gpu_gradients.py measure --folder build/gradients --runtime build/runtime/libfovea_runtime.so \\
        --json docs/benchmarks/DATE-h200-gradients.json

`prepare` needs foveac and ptxas and no GPU, `measure` a GPU and PyTorch and neither of them. Truth is
PyTorch's autograd in float64 over ragged sequences; beside each error stands that of the same
computation in bf16. A kernel whose error is more than twice that, and a floor, fails the run."""
import argparse
import datetime
import json
import math
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "test" / "gpu"))

import gradient_cases as cases  # noqa: E402
import prepare as bundles  # noqa: E402

RAGGED = [700, 0, 1, 333]
FLOOR = 2.0 ** -8  # of the largest element: one rounding to bf16
PRODUCTS = {"queries": 3, "keys": 4}  # of pairs and columns


def stem(case):
    return case.title.replace(" ", "-")


def compile_texts(args, texts, record):
    """A bundle of each text by its name, and in `record` the commit that they are of."""
    args.folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        source = args.folder / f"{name}.mlir"
        source.write_text(text)
        out = source.with_suffix("." + args.emit)
        subprocess.run([args.foveac, source, f"--target={args.target}", f"--emit={args.emit}",
                        "-o", out], check=True)
        print(out.name, flush=True)
    commit = bundles.commit_of_this_tree()
    (args.folder / record).write_text(json.dumps({"commit": commit}))
    return 0


def prepare(args):
    texts = {stem(case): cases.text(case, cases.Shape()) for case in cases.every()}
    return compile_texts(args, texts, "gradients.json")


def bind(entry, inputs):
    from gpu_bench import bind_entry
    ofs = {"grad_k": inputs["k"], "grad_v": inputs["v"]}
    return bind_entry(entry, inputs, lambda name: len(ofs.get(name, inputs["grad_o"])))


def check(entry, case, shape, seed):
    """Each output's largest error over its largest element, beside bf16 PyTorch's."""
    import gradient_truth as reference
    import torch
    inputs = reference.draw_inputs(case.keys, RAGGED, shape, seed)
    truth = reference.gradients(case, inputs, RAGGED, shape, torch.float64)
    narrow = reference.gradients(case, inputs, RAGGED, shape, torch.bfloat16)
    delta = (truth["o"] * inputs["grad_o"].double()).sum(-1)
    inputs |= {"lse": truth["lse"].float(), "delta": delta.float(), "o": truth["o"].bfloat16()}
    truth["delta"] = (inputs["o"].double() * inputs["grad_o"].double()).sum(-1)
    narrow["delta"] = (inputs["o"] * inputs["grad_o"]).sum(-1)
    run, results = bind(entry, inputs)
    run()
    first = {name: values.clone() for name, values in results.items()}
    run()
    rows = []
    for name, values in first.items():
        largest = truth[name].abs().max()
        error = ((values.double() - truth[name]).abs().max() / largest).item()
        same = ((narrow[name].double() - truth[name]).abs().max() / largest).item()
        rows.append({"output": name, "error": error, "bf16_error": same,
                     "ok": bool(error <= 2 * same + FLOOR and values.equal(results[name]))})
    return rows


def dense_backward(backend, tokens, shape):
    """PyTorch's backward of causal attention over all keys, after its forward."""
    import gpu_peers
    import torch

    def draw(heads):
        sizes = (1, heads, tokens, shape.dim)
        return torch.randn(sizes, device="cuda", dtype=torch.bfloat16)

    leaf = [draw(heads).requires_grad_() for heads in
            (shape.heads, shape.kv_heads, shape.kv_heads)]
    out, grad = gpu_peers.sdpa(backend, *leaf)(), draw(shape.heads)
    return lambda: torch.autograd.grad(out, leaf, grad, retain_graph=True)


def kernel_contestants(title, launch, kernels):
    """Each launch of an entry by itself."""
    from gpu_timing import Contestant
    return [Contestant(f"{title}: {kernel.name}", lambda i=i: launch(i, i + 1))
            for i, kernel in enumerate(kernels)]


def dense_contestants(tokens, shape):
    from gpu_timing import Contestant
    return [Contestant(f"dense {backend}", dense_backward(backend, tokens, shape))
            for backend in ("flash", "cudnn")]


def fovea_contestants(entries, keys, tokens, shape, seed):
    """Those over one key set, all on the same inputs."""
    import gradient_truth as reference
    import torch
    from gpu_timing import Contestant
    inputs = reference.draw_inputs(keys, [tokens], shape, seed)
    pairs = reference.pairs(keys, inputs, tokens, shape)
    # Of this size are sums of as many exponentials of normal scores.
    lse = torch.full((tokens, shape.heads), math.log(pairs / tokens) + 0.5, device="cuda")
    inputs |= {"lse": lse, "delta": torch.zeros_like(lse), "o": inputs["q"]}
    contestants = []
    for case, entry in entries.items():
        if case.keys == keys:
            launch, held = bind(entry, inputs)
            flops = PRODUCTS.get(case.kind, 0) * 2 * pairs * shape.heads * shape.dim
            contestants.append(Contestant(case.title, launch, flops=flops))
            contestants[-1].held = held
            if len(entry.kernels) > 1:
                contestants += kernel_contestants(case.title, launch, entry.kernels)
    return contestants


def measure(args):
    import device as gpu
    import run as runner
    import torch
    from gpu_timing import interleave, print_rows
    gpu.use_library(args.runtime)
    shape = cases.Shape()
    result = {"date": datetime.date.today().isoformat(),
              "commit": json.loads((args.folder / "gradients.json").read_text())["commit"],
              "device": runner.describe_device(), "seed": args.seed, "rounds": args.rounds,
              "shape": vars(shape), "ragged": RAGGED, "checks": [], "times": []}
    entries = {case: gpu.Entry(args.folder / f"{stem(case)}.bundle") for case in cases.every()}
    for case, entry in entries.items():
        for row in check(entry, case, shape, args.seed):
            result["checks"].append({**vars(case), **row})
            print(f"{case.title} {row['output']}: error {row['error']:.2e}, of bf16 in PyTorch "
                  f"{row['bf16_error']:.2e}{'' if row['ok'] else ' FAILED'}", flush=True)
    for tokens in args.tokens:
        contestants = [one for keys in cases.SETS
                       for one in fovea_contestants(entries, keys, tokens, shape, args.seed)]
        contestants += dense_contestants(tokens, shape)
        rows = interleave(contestants, args.rounds)
        print_rows(f"{tokens} tokens", rows)
        result["times"].append({"tokens": tokens, "rows": rows})
        del contestants
        torch.cuda.empty_cache()
    args.json.write_text(json.dumps(result, indent=1) + "\n")
    return 0 if all(row["ok"] for row in result["checks"]) else 1


def make_parser(description, what):
    """A parser of `prepare`, which compiles every `what`, and `measure`; and the latter's own."""
    parser = argparse.ArgumentParser(description=description,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    first = commands.add_parser("prepare", help=f"compile every {what}")
    first.add_argument("--foveac", required=True)
    first.add_argument("--emit", default="bundle", help="what foveac is to emit")
    first.add_argument("--target", default="sm_90a")
    second = commands.add_parser("measure", help="check and time them")
    second.add_argument("--runtime", required=True, help="libfovea_runtime.so")
    second.add_argument("--json", type=pathlib.Path, required=True)
    second.add_argument("--rounds", type=int, default=3)
    second.add_argument("--seed", type=int, default=1)
    for half in (first, second):
        half.add_argument("--folder", type=pathlib.Path, required=True)
    return parser, second


def main():
    parser, second = make_parser(__doc__, "gradient")
    second.add_argument("--tokens", type=int, nargs="+", default=[8192, 65536])
    args = parser.parse_args()
    return {"prepare": prepare, "measure": measure}[args.command](args)


if __name__ == "__main__":
    sys.exit(main())
