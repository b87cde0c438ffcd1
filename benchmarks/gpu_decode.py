#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One step of decoding over a paged cache, beside PyTorch's dense attention over contiguous keys of the same lengths.

    gpu_decode.py prepare --foveac build/release/bin/foveac --folder build/decode
    gpu_decode.py measure --folder build/decode --runtime build/runtime/libfovea_runtime.so \\
        --json docs/benchmarks/DATE-h200-decode.json
    gpu_decode.py table docs/benchmarks/DATE-h200-decode.json

`prepare` needs foveac and ptxas and no GPU, `measure` a GPU and PyTorch and neither of them. 64 query heads over 4,
D = 128, bf16, pages of 64 tokens, shuffled. A point is SEQUENCESxTOKENS[:QUERIES], as of a draft of so many tokens;
32xmixed has lengths from 1 to 2^17 whose logarithms are uniform.

Nothing may be answered from L2. A contestant's steps are one behind another in a CUDA graph, in turns, each over pages
(or contiguous keys) of its own, as the layers of a model have caches of their own: so many that what all read is at
least L2_TIMES as large as L2, be it one step at 64k and B = 32 or hundreds of a window's. A figure is the median of
replays over the steps, the gaps between kernels included, each replay right behind another one; contestants take turns.

Each result is compared with the truth in sampled sequences, in the first and in the last turn, and a graph's with the
bits of a call, before anything is timed. Bytes are what a step must read, once: keys and values that some query of a
sequence sees, index keys, queries. A point is timed in a process of its own; where that dies, each contestant is."""
import argparse
import datetime
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "test" / "gpu"))

import prepare as bundles  # noqa: E402
import specs  # noqa: E402

import gpu_decode_table as table  # noqa: E402
import halves  # noqa: E402
from decode_specs import BACKENDS, PAGE, SPECS, lists_title, titles  # noqa: E402

RECORD = "decode.json"
L2_TIMES = 4
POINTS = ["32x65536", "8x65536", "1x65536", "32x8192", "8x8192", "1x8192", "32x65536:4", "32x8192:4", "64xmixed"]


def prepare(args):
    """A bundle of each spec, and of those that choose blocks another, which gives the lists."""
    args.out, args.emit = args.folder, " ".join([f"--target={args.target}", f"--emit={args.emit}", *args.option])
    args.out.mkdir(parents=True, exist_ok=True)
    jobs, files = [], {}
    for name in args.specs:
        text = SPECS[name].text()
        for title in titles(name):
            aux = title == lists_title(name)
            files[title] = specs.file_name(text, True, aux)
            jobs.append(bundles.Job(name=files[title], text=text, aux=aux, wanted_by=title))
    bundles.clean(args, jobs)
    errors = bundles.compile_all(args, jobs)
    record = {"commit": bundles.commit_of_this_tree(), "emit": args.emit, "files": files,
              "failed": {title: errors[file][1] for title, file in files.items() if file in errors}}
    (args.folder / RECORD).write_text(json.dumps(record, indent=1) + "\n")
    return 1 if errors else 0


def time_point(args):
    """One point, in this process: what `measure` starts for each."""
    import torch

    import decode_batch
    import decode_contestants
    import device as gpu
    from gpu_timing import interleave
    gpu.use_library(args.runtime)
    l2 = torch.cuda.get_device_properties(0).L2_cache_size
    files = json.loads((args.folder / RECORD).read_text())["files"]
    point = decode_batch.parse_point(args.point, args.seed)
    bench = decode_contestants.make_bench(point, args.specs, args.folder, files, L2_TIMES * l2, args.seed,
                                          torch.device("cuda"))
    contestants, failed = decode_contestants.every(bench, args.specs, args.backends)
    rows = interleave(contestants, args.rounds) + failed
    record = {"point": args.point, "lengths": point.lengths, "queries": point.queries, "l2_bytes": l2,
              "pages": bench.batch.pages, "rows": rows}
    args.json.write_text(json.dumps(record))
    return 0


def time_apart(args, point, names, backends):
    """The record of a point with these contestants, or a line that says why its process died."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out.json"
        command = [sys.executable, __file__, "point", "--folder", args.folder, "--runtime", args.runtime, "--json", out,
                   "--rounds", args.rounds, "--seed", args.seed, "--point", point, "--specs", *names,
                   "--backends", *backends]
        try:
            done = subprocess.run([str(word) for word in command], stderr=subprocess.PIPE, text=True,
                                  timeout=args.timeout)
        except subprocess.TimeoutExpired:
            return f"no result after {args.timeout} s"
        if out.exists():
            return json.loads(out.read_text())
        return (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1][:300]


def measure_point(args, point, names):
    """The record of a point; behind a death, of each contestant by itself."""
    record = time_apart(args, point, names, args.backends)
    if isinstance(record, dict):
        return record
    record = {"point": point, "died": record, "rows": []}
    for title, only in ([(f"fovea {name}", ([name], [])) for name in names]
                        + [(f"torch {backend}", ([], [backend])) for backend in args.backends]):
        own = time_apart(args, point, *only)
        if isinstance(own, dict):
            record = {**own, "died": record["died"], "rows": record["rows"] + own["rows"]}
        else:
            record["rows"].append({"name": title, "error": own})
    return record


def measure(args):
    import run as runner
    prepared = json.loads((args.folder / RECORD).read_text())
    names = [name for name in args.specs
             if all(title in prepared["files"] and title not in prepared["failed"] for title in titles(name))]
    result = {"date": datetime.date.today().isoformat(), "commit": prepared["commit"],
              "device": runner.describe_device(), "seed": args.seed, "rounds": args.rounds, "page": PAGE,
              "l2_times": L2_TIMES, "not_compiled": prepared["failed"], "points": []}
    for point in args.points:
        result["points"].append(measure_point(args, point, names))
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(result, indent=1) + "\n")
        print(table.describe_point(result["points"][-1]), flush=True)
    print(f"\n{table.describe(result)}", flush=True)
    return 1 if any("error" in row for record in result["points"] for row in record["rows"]) else 0


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    first = commands.add_parser("prepare", help="compile the specs")
    second = commands.add_parser("measure", help="check and time them")
    one = commands.add_parser("point", help="time one point, in this process")
    for half in (first, second, one):
        half.add_argument("--folder", type=pathlib.Path, required=True, help="of the bundles")
        half.add_argument("--specs", nargs="*", default=list(SPECS), choices=list(SPECS), metavar="NAME",
                          help=f"all by default: {'; '.join(SPECS)}")
    halves.add_compiler(first)
    first.add_argument("--emit", default="bundle", help="what foveac is to emit")
    for half in (second, one):
        half.add_argument("--runtime", required=True, help="libfovea_runtime.so")
        half.add_argument("--backends", nargs="*", default=BACKENDS, choices=BACKENDS,
                          help="of PyTorch; all by default")
        half.add_argument("--json", type=pathlib.Path, required=True)
        half.add_argument("--rounds", type=int, default=9)
        half.add_argument("--seed", type=int, default=1)
    one.add_argument("--point", required=True)
    second.add_argument("--points", nargs="+", default=POINTS, metavar="SEQUENCESxTOKENS[:QUERIES]")
    for half, seconds in ((first, 900), (second, 180)):
        half.add_argument("--timeout", type=float, default=seconds, help="seconds for a file, or for a point")
    halves.add_table(commands)
    return parser.parse_args(arguments)


def main(arguments=None):
    args = parse(arguments)
    return {"prepare": prepare, "measure": measure, "point": time_point,
            "table": lambda args: halves.show(args, table.describe)}[args.command](args)


if __name__ == "__main__":
    sys.exit(main())
