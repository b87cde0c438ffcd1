#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Measures which schedules are fastest, and writes the table that foveac takes (docs/tuning.md).

    tune.py tune nsa.mlir --foveac build/release/bin/foveac \\
        --runtime build/release/lib/libfovea_runtime.so --folder build/tune --out nsa.json

compiles the kernels of the specs under the most promising of their schedules, runs each on
device 0, and writes the table. Its halves can run on two machines: `prepare` needs foveac and
ptxas and no GPU, `measure` a GPU, the runtime, NumPy, and neither LLVM nor PyTorch. Both go on
where they were ended. `regret` says how far the cost model's own choice was from the best of a
table, `merge` makes one table of several, `specs` writes those of the built-in table, and `unused`
names the entries that no kernel takes."""
import argparse
import os
import pathlib
import sys

from tuning import prepare, table, unused


def add_prepare(parser):
    parser.add_argument("specs", type=pathlib.Path, nargs="+", help="spec files")
    parser.add_argument("--foveac", type=pathlib.Path, required=True)
    parser.add_argument("--target", default="sm_90a", help="of foveac")
    parser.add_argument("--variants", type=int, default=12, help="schedules of a kernel, at most")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="compiles at a time")
    parser.add_argument("--option", action="append", default=[],
                        help="of foveac, for each spec: --option=--no-fuse")


def add_measure(parser):
    parser.add_argument("--runtime", type=pathlib.Path, required=True,
                        help="libfovea_runtime.so")
    parser.add_argument("--driver", help="the driver's library, libcuda.so.1 by default")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="the table")
    parser.add_argument("--journal", type=pathlib.Path,
                        help="what was measured so far; journal.jsonl of the folder by default")
    parser.add_argument("--tokens", type=int, nargs="+", default=[8192, 65536])
    parser.add_argument("--sequences", type=int, default=1, help="of equal length")
    parser.add_argument("--data", nargs="+", default=["uncorrelated", "correlated"],
                        choices=["uncorrelated", "correlated", "realistic"],
                        help="how queries, and index lists, are alike from token to token")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--budget", type=float, default=0,
                        help="seconds; 0: until it is done. Run again to go on")


def measure_folder(args):
    from tuning import measure, nvidia  # NumPy and the runtime, which the rest does without
    device = nvidia.open_device(args.runtime, args.driver)
    return measure.run(args, device)


def write_specs(folder):
    try:
        from tuning import shapes
    except ImportError as error:  # an installed Fovea has none
        raise table.TuningError("expected Fovea's repository, whose tests have these specs: "
                                f"{error}") from error
    print("\n".join(map(str, shapes.write(folder))))


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name, adds, words in (
            ("tune", (add_prepare, add_measure), "prepare, then measure"),
            ("prepare", (add_prepare,), "compile each kernel under several schedules"),
            ("measure", (add_measure,), "run them, and write the table")):
        command = commands.add_parser(name, help=words)
        command.add_argument("--folder", type=pathlib.Path, required=True,
                             help="of the bundles: what prepare leaves for measure")
        for add in adds:
            add(command)
    specs = commands.add_parser("specs", help="the specs that the built-in table is made of")
    specs.add_argument("--folder", type=pathlib.Path, required=True, help="where to")
    regret = commands.add_parser("regret", help="the cost model's choice beside the best")
    regret.add_argument("table", type=pathlib.Path)
    idle = commands.add_parser("unused", help="entries that no kernel of the specs takes")
    idle.add_argument("tables", type=pathlib.Path, nargs="+")
    idle.add_argument("--specs", type=pathlib.Path, nargs="+", required=True)
    idle.add_argument("--foveac", type=pathlib.Path, required=True)
    idle.add_argument("--target", default="sm_90a", help="of foveac")
    merge = commands.add_parser("merge", help="one table of several; later ones count more")
    merge.add_argument("out", type=pathlib.Path)
    merge.add_argument("tables", type=pathlib.Path, nargs="+")
    return parser.parse_args(arguments)


def main(arguments=None):
    args = parse(arguments)
    try:
        if args.command == "specs":
            write_specs(args.folder)
            return 0
        if args.command == "unused":
            return 0 if unused.run(args) else 1
        if args.command == "regret":
            print(table.describe_regret(table.read(args.table)))
            return 0
        if args.command == "merge":
            table.write(args.out, table.merge([table.read(path) for path in args.tables]))
            return 0
        if args.command in ("prepare", "tune"):
            prepare.run(args)
        return 0 if args.command == "prepare" or measure_folder(args) else 1
    except table.TuningError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
