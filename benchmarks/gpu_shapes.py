#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""NSA's forward in other shapes than the standard one, kernel by kernel beside it, and whole
beside dense attention of PyTorch's cuDNN.

    gpu_shapes.py prepare --foveac build/release/bin/foveac --folder build/shapes
    gpu_shapes.py measure --folder build/shapes --runtime build/runtime/libfovea_runtime.so \\
        --budget 300 --json docs/benchmarks/DATE-h200-shapes.json
    gpu_shapes.py table docs/benchmarks/DATE-h200-shapes.json

`prepare` needs foveac and ptxas and no GPU, `measure` a GPU and PyTorch and neither of them. The
shapes are those of tuning/shapes.py, which differ from the standard one, `nsa`, in one choice, and
`nsa_packed`, the standard one over 16 sequences of 4096 tokens. Each is timed in turns with the
standard one, on the same kind of data, after both were compared with the truth in sampled rows.
What would begin after the budget is left out, and said; each shape that is done is in the JSON."""
import argparse
import dataclasses
import datetime
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "test" / "gpu"))
import prepare as bundles  # noqa: E402
import specs  # noqa: E402

import gpu_shapes_table as table  # noqa: E402
import halves  # noqa: E402
from tuning import shapes  # noqa: E402

RECORD = "shapes.json"
SIZE_LIMIT = 50 << 20  # of all bundles, to travel to the GPU machine
PACKED, SEQUENCES, PACKED_TOKENS = "nsa_packed", 16, 4096
DATA = ["uncorrelated", "correlated", "realistic"]


def all_shapes():
    """Each shape's choices by its name, the standard one first."""
    forwards = shapes.forwards()
    return {table.STANDARD: forwards.pop(table.STANDARD), PACKED: specs.Nsa(), **forwards}


def lengths_of(name, tokens):
    return [PACKED_TOKENS] * SEQUENCES if name == PACKED else [tokens]


def prepare(args):
    """Two bundles of each shape: what is timed, and what gives its lists of blocks."""
    names = list(dict.fromkeys([table.STANDARD, *args.shapes]))
    chosen = {name: nsa for name, nsa in all_shapes().items() if name in names}
    jobs, files = {}, {}
    for name, nsa in chosen.items():
        files[name] = {}
        for title, aux in (("forward", False), ("lists", True)):
            file = files[name][title] = specs.file_name(nsa.text(), True, aux)
            jobs[file] = bundles.Job(name=file, text=nsa.text(), aux=aux,
                                     wanted_by=f"{name}, {title}")
    args.out, args.emit = args.folder, " ".join(
        [f"--target={args.target}", "--emit=bundle", *args.option])
    args.out.mkdir(parents=True, exist_ok=True)
    bundles.clean(args, jobs.values())
    errors = bundles.compile_all(args, list(jobs.values()))
    failed = {name: errors[file][1] for name in chosen for file in files[name].values()
              if file in errors}
    record = {"commit": bundles.commit_of_this_tree(), "emit": args.emit, "failed": failed,
              "shapes": {name: {"nsa": dataclasses.asdict(nsa), "files": files[name]}
                         for name, nsa in chosen.items() if name not in failed}}
    (args.folder / RECORD).write_text(json.dumps(record, indent=1) + "\n")
    size = sum(path.stat().st_size for path in args.folder.glob("*.fovea"))
    print(f"{len(record['shapes'])} shapes, {size / 2**20:.1f} MiB, {len(failed)} failed")
    if size > SIZE_LIMIT:
        print(f"expected at most {SIZE_LIMIT >> 20} MiB of bundles: prepare fewer --shapes")
    return 1 if failed or size > SIZE_LIMIT else 0


class Forward:
    """The forward of a shape on one batch of inputs, compared with the truth."""

    def __init__(self, args, name, shape, data):
        import gpu_bench
        import gpu_work
        import inputs
        self.name, self.lengths = name, lengths_of(name, args.tokens)
        self.bench = gpu_bench.Bench(
            gpu_bench.Prepared(args.folder, shape["files"]), specs.Nsa(**shape["nsa"]),
            {"lengths": self.lengths, "data": data, "seed": args.seed})
        lists = self.bench.verify("lists", "nsa")
        self.bench.verify("forward", "nsa", lists=lists)
        self.run, _, self.kernels = self.bench.bind("forward")
        offsets, nsa = inputs.offsets_of(self.lengths), self.bench.nsa
        pairs = [gpu_work.selected_pairs(lists[begin:end], nsa.select)
                 for begin, end in zip(offsets, offsets[1:])]
        self.works = gpu_work.packed_parts(self.lengths, nsa, pairs)
        self.facts = self.bench.facts(gpu_work.needed(self.works))
        self.shared = gpu_work.union_share(lists, 8)

    def contestants(self):
        """The whole and each launch, to be timed once more."""
        from gpu_bench import launch_contestants
        from gpu_timing import Contestant
        whole = Contestant(f"{self.name}: forward", self.run, shape=self.name,
                           part=table.FORWARD, **self.facts)
        return [whole, *launch_contestants(self.bench, self.name, self.run, self.kernels,
                                           self.works, shape=self.name)]

    def dense(self):
        """cuDNN's dense attention of the same heads, dims and lengths."""
        import gpu_peers
        import gpu_work
        from gpu_timing import Contestant
        bench, count = self.bench, len(self.lengths)
        work = sum((gpu_work.attend(gpu_work.causal_pairs(n), n, bench.nsa, n)
                    for n in self.lengths), gpu_work.Work())
        run = gpu_peers.sdpa("cudnn", *(gpu_peers.heads_first(bench.inputs[x], count)
                                        for x in "qkv"))
        return Contestant(f"{self.name}: torch SDPA cudnn, dense", run, shape=self.name,
                          part=table.DENSE, **bench.facts(work))


def measure_shape(args, name, shape, data, standard):
    """The record of one shape and kind of data, beside the standard one on the same kind."""
    from gpu_bench import WrongResults
    from gpu_timing import interleave, print_rows
    record = {"shape": name, "nsa": shape["nsa"], "lengths": lengths_of(name, args.tokens),
              "data": data, "rows": []}
    try:
        is_standard = name == table.STANDARD
        forward = standard if is_standard else Forward(args, name, shape, data)
    except (WrongResults, RuntimeError) as error:  # of the runtime and of torch
        print(f"WRONG, not timed: {name}: {error}", flush=True)
        return {**record, "wrong": str(error).splitlines()[0]}
    record["u_8"] = forward.shared
    contestants = [*forward.contestants(), *([] if is_standard else standard.contestants()),
                   forward.dense()]
    record["rows"] = interleave(contestants, args.rounds)
    print_rows(f"{name}, {data} queries, u_8 = {forward.shared:.3f}", record["rows"])
    return record


def measure(args):
    record = json.loads((args.folder / RECORD).read_text())
    missing = [name for name in args.shapes if name not in record["shapes"]]
    names = [name for name in args.shapes if name not in missing]
    import torch

    import device as gpu
    import run as runner
    device = runner.describe_device()
    gpu.use_library(args.runtime)
    print(f"{device['name']}, driver {device['driver']}, torch {device['torch']}, commit "
          f"{record['commit'][:12]}; medians of {args.rounds}", flush=True)
    result = {"date": datetime.date.today().isoformat(), "commit": record["commit"],
              "device": device, "seed": args.seed, "rounds": args.rounds,
              "not_prepared": missing, "left_out": [], "results": []}
    begin = time.monotonic()
    standard = {data: Forward(args, table.STANDARD, record["shapes"][table.STANDARD], data)
                for data in args.data}
    for name in names:
        for data in args.data:
            if time.monotonic() - begin > args.budget:
                result["left_out"].append(f"{name} {data}")
                continue
            result["results"].append(measure_shape(args, name, record["shapes"][name], data,
                                                   standard[data]))
            torch.cuda.synchronize()  # kernels go with the bench
            torch.cuda.empty_cache()
            args.json.parent.mkdir(parents=True, exist_ok=True)
            args.json.write_text(json.dumps(result, indent=1) + "\n")
    args.json.write_text(json.dumps(result, indent=1) + "\n")
    print(f"\n{table.describe(result)}\n\n{time.monotonic() - begin:.0f} s", flush=True)
    return 1 if any("wrong" in each for each in result["results"]) else 0


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    first = commands.add_parser("prepare", help="compile the shapes")
    second = commands.add_parser("measure", help="run them")
    for command in (first, second):
        command.add_argument("--folder", type=pathlib.Path, required=True, help="of the bundles")
        command.add_argument("--shapes", nargs="+", default=list(all_shapes()), metavar="NAME",
                             choices=list(all_shapes()),
                             help=f"all by default: {', '.join(all_shapes())}")
    halves.add_compiler(first)
    first.add_argument("--timeout", type=float, default=900, help="seconds per file")
    second.add_argument("--runtime", type=str, required=True, help="libfovea_runtime.so")
    second.add_argument("--json", type=pathlib.Path, required=True)
    second.add_argument("--tokens", type=int, default=32768,
                        help="of one sequence, in all shapes but the packed one")
    second.add_argument("--data", nargs="+", default=["uncorrelated", "realistic"], choices=DATA)
    second.add_argument("--rounds", type=int, default=5)
    second.add_argument("--seed", type=int, default=1)
    second.add_argument("--budget", type=float, default=300, help="seconds")
    halves.add_table(commands)
    return parser.parse_args(arguments)


def main(arguments=None):
    args = parse(arguments)
    return {"prepare": prepare, "measure": measure,
            "table": lambda args: halves.show(args, table.describe)}[args.command](args)


if __name__ == "__main__":
    sys.exit(main())
