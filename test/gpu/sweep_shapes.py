#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which shapes compile: whole NSA specs over head dim D, heads per KV head G, blocks per list n
and selection block l', each to a bundle, or to the message that refuses it.

    sweep_shapes.py --foveac build/release/bin/foveac --out shapes.tsv [--part 0/2]
    sweep_shapes.py --report shapes.tsv > shapes.md

One line of the table per spec, written when it is done: a run that is ended goes on where it
was, and several with a part each may share a table. Seconds are of a processor, ptxas' too, so
that a busy machine says the same."""
import argparse
import collections
import fcntl
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import time

import cover
import specs

DIMS = [16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256]
GROUPS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 20, 24, 28, 31, 32, 33, 40,
          48, 56, 63, 64]
COUNTS = [1, 2, 3, 5, 9, 13, 16, 31, 32, 33, 64]
SELECTS = [16, 32, 64, 128]
# What the promise names is there in full, whatever the cover draws.
ALWAYS = [(128, g, n, 64) for g in (1, 3, 5, 6, 7, 12, 24) for n in (9, 13, 16, 64)]
COLUMNS = ["target", "D", "G", "n", "select", "outcome", "seconds", "detail"]


def shapes(seed):
    sizes = [len(DIMS), len(GROUPS), len(COUNTS), len(SELECTS)]
    drawn = [(DIMS[d], GROUPS[g], COUNTS[n], SELECTS[s])
             for d, g, n, s in cover.pairwise_cover(sizes, 0, seed)]
    return list(dict.fromkeys(ALWAYS + drawn))


def spec_of(shape):
    """Two KV heads, so that the rows past a group's heads are another's."""
    dim, group, count, select = shape
    initial = 0 if count < 2 else 1
    return specs.Nsa(dk=dim, dv=dim, group=group, kv_heads=2, block=32,
                     stride=min(16, select), select=select, count=count, initial=initial,
                     local=min(2, count - initial))


def first_error(text):
    errors = [line for line in text.splitlines() if "error:" in line]
    return re.sub(r"^.*?error: ", "", errors[0]) if errors else (text.splitlines() or [""])[0]


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def compile_shape(shape, args, folder):
    """Outcome, seconds and detail: the schedules, or the message."""
    source = pathlib.Path(folder) / "spec.mlir"
    source.write_text(spec_of(shape).text())
    command = [str(args.foveac), str(source), f"--target={args.target}", "--emit=bundle",
               "--report", "-o", str(source.with_suffix(".fovea"))]
    begin = processor_seconds()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=args.timeout)
    except subprocess.TimeoutExpired:
        seconds = processor_seconds() - begin
        return "no end", seconds, f"no result after {args.timeout:g} s of the clock"
    seconds = processor_seconds() - begin
    if done.returncode == 0:
        found = re.findall(r"^(\S+) +(\d+/\d+/\d+/\d+) +(\S+)$", done.stderr, re.M)
        short = lambda name, schedule, rows: (f"{name.removeprefix('nsa_forward_')}:{schedule}"
                                              + ("" if rows == "heads" else f"x{rows}"))
        return "compiles", seconds, " ".join(short(*each) for each in found)
    message = first_error(done.stderr)
    placed = re.search(r":\d+:\d+: error: ", done.stderr) and "<unknown>" not in done.stderr
    crashed = done.returncode < 0 or "LLVM ERROR" in done.stderr
    return ("crash" if crashed else "refused" if placed else "unplaced"), seconds, message


def rows_of(path):
    if not path.exists():
        return []
    lines = path.read_text().splitlines()
    return [dict(zip(COLUMNS, line.split("\t"))) for line in lines[1:]]


def key_of(row):
    return row["target"], int(row["D"]), int(row["G"]), int(row["n"]), int(row["select"])


def append(path, line):
    """One line, whole, though other runs write too."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if file.tell() == 0:
            file.write("\t".join(COLUMNS) + "\n")
        file.write(line + "\n")


def sweep(args):
    part, parts = map(int, args.part.split("/"))
    wanted = shapes(args.seed)[part::parts]
    done = {key_of(row) for row in rows_of(args.out)}
    deadline = time.monotonic() + args.budget if args.budget else float("inf")
    with tempfile.TemporaryDirectory() as folder:
        for shape in wanted:
            if (args.target, *shape) in done:
                continue
            if time.monotonic() > deadline:
                print("out of time: run again to go on", file=sys.stderr)
                return 1
            outcome, seconds, detail = compile_shape(shape, args, folder)
            line = "\t".join([args.target, *map(str, shape), outcome, f"{seconds:.1f}", detail])
            append(args.out, line)
            print(line, flush=True)
    return 0


INTRODUCTION = """\
# Shapes that compile

Made by `test/gpu/sweep_shapes.py`: whole NSA specs of bf16 over 2 KV heads, windows of 32 tokens
every 16, a pairwise cover of head dim D, heads per KV head G, blocks per list n and selection
block l' (every pair of values of two of them is there), and all of G 1, 3, 5, 6, 7, 12, 24 with n
9, 13, 16, 64 at D 128 and l' 64. Each line of the [table](shapes.tsv) has the schedules of the
kernels, tokens/keys/stages/query stages and, behind an x, the rows that a token takes where they
are more than its heads, or the message.

"""


def report(rows):
    """The table in words: how many of each outcome, and each message with its shapes."""
    lines = INTRODUCTION.splitlines() + [
             "| target | compile | are refused | neither | a core's seconds: median, 95 %, most |",
             "| --- | --- | --- | --- | --- |"]
    for target in dict.fromkeys(row["target"] for row in rows):
        mine = [row for row in rows if row["target"] == target]
        count = collections.Counter(row["outcome"] for row in mine)
        seconds = sorted(float(row["seconds"]) for row in mine)
        at = lambda part: seconds[min(int(part * len(seconds)), len(seconds) - 1)]
        neither = len(mine) - count["compiles"] - count["refused"]
        lines.append(f"| `{target}` | {count['compiles']} | {count['refused']} | {neither} | "
                     f"{at(0.5):.1f}, {at(0.95):.1f}, {seconds[-1]:.1f} |")
    groups = collections.defaultdict(list)
    for row in rows:
        if row["outcome"] != "compiles":
            general = re.sub(r"\d+", "N", row["detail"])
            groups[row["target"], row["outcome"], general].append(row)
    if groups:
        lines += ["", "| target | outcome | message, of the first | D, G, n, l' |",
                  "| --- | --- | --- | --- |"]
    for (target, outcome, _), members in groups.items():
        named = ["/".join(row[name] for name in ("D", "G", "n", "select")) for row in members]
        more = f" and {len(named) - 12} more" if len(named) > 12 else ""
        lines.append(f"| `{target}` | {outcome} | {members[0]['detail']} | "
                     f"{', '.join(named[:12])}{more} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--foveac", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, help="the table, made or continued")
    parser.add_argument("--target", default="sm_90a")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part", default="0/1", help="i/n: every n-th spec from the i-th on")
    parser.add_argument("--timeout", type=float, default=600,
                        help="seconds of the clock per spec")
    parser.add_argument("--budget", type=float, default=0, help="seconds; 0: until it is done")
    parser.add_argument("--report", type=pathlib.Path, help="a table, to be put into words")
    args = parser.parse_args()
    if args.report:
        print(report(rows_of(args.report)), end="")
        return 0
    if not args.foveac or not args.out:
        parser.error("expected --foveac and --out, or --report")
    return sweep(args)


if __name__ == "__main__":
    sys.exit(main())
