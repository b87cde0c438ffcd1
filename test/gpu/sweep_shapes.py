#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which shapes compile: whole NSA specs over head dim D, heads per KV head G, blocks per list n
and selection block l', each to a bundle, or to the message that refuses it.

    sweep_shapes.py --foveac build/release/bin/foveac --jobs 16 [--ptxas FILE] [--part 0/12]
    sweep_shapes.py --report

The table is docs/results/shapes.tsv, and in words shapes.md beside it, which --report writes
again; --out names another. One line of the table per spec, written when it is done: a run that is
ended goes on where it was, and several with a part each may share a table. Seconds are of a
processor, ptxas' too, so that a busy machine says the same.

Ends with 1 where a spec of the table neither compiles nor is refused by a message at a place that
names a parameter, or takes more than LIMIT_S seconds."""
import argparse
import collections
import concurrent.futures
import fcntl
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

import cover
import specs

RESULTS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "results"
DIMS = list(range(16, 257, 16))
GROUPS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 20, 24, 28, 31, 32, 33, 40,
          48, 56, 63, 64, 65, 80, 96, 127, 128]
COUNTS = [1, 2, 3, 5, 9, 13, 16, 31, 32, 33, 48, 64, 65, 96, 128]
SELECTS = [16, 32, 64, 128, 256]
# What the promise names is there in full, whatever the cover draws.
ALWAYS = [(128, g, n, 64) for g in (1, 3, 5, 6, 7, 12, 24) for n in (9, 13, 16, 64)]
LIMIT_S = 15
# What a message calls the parameters: of these, or of their products.
PARAMETERS = re.compile(r"head dim|heads? per KV head|\bheads\b|top-k of|count of|lists of|"
                        r"selection block|hidden|stride =")
COLUMNS = ["target", "D", "G", "n", "select", "outcome", "seconds", "passed", "detail"]


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


def run(command, timeout):
    """Exit code (none where it was ended), seconds of a processor with those of its children,
    and what it wrote to stderr."""
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        timer = threading.Timer(timeout, process.terminate)  # which takes ptxas with it
        timer.start()
        _, status, used = os.wait4(process.pid, 0)
        ended = not timer.is_alive()
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        return (None if ended else process.returncode, used.ru_utime + used.ru_stime,
                errors.read())


def compile_shape(shape, args, folder):
    """Outcome, seconds, how many schedules were passed over, and detail: the schedules that were
    taken, or the message."""
    source = pathlib.Path(folder) / ("-".join(map(str, shape)) + ".mlir")
    source.write_text(spec_of(shape).text())
    bundle = source.with_suffix(".fovea")
    command = [str(args.foveac), str(source), f"--target={args.target}", "--emit=bundle",
               "--report", "--jobs=1", "-o", str(bundle)]
    command += [f"--ptxas={args.ptxas}"] if args.ptxas else []
    code, seconds, errors = run(command, args.timeout)
    bundle.unlink(missing_ok=True)
    if code is None:
        return "no end", seconds, 0, f"no result after {args.timeout:g} s of the clock"
    passed = errors.count("is not taken:")
    if code == 0:
        found = re.findall(r"^(\S+) +(\d+/\d+/\d+/\d+) +(\S+) +[\d.]+$", errors, re.M)
        short = lambda name, schedule, rows: (f"{name.removeprefix('nsa_forward_')}:{schedule}"
                                              + ("" if rows == "heads" else f"x{rows}"))
        return "compiles", seconds, passed, " ".join(short(*each) for each in found)
    message = first_error(errors)
    placed = re.search(r":\d+:\d+: error: ", errors) and "<unknown>" not in errors
    if code < 0 or "LLVM ERROR" in errors:
        return "crash", seconds, passed, message
    named = placed and PARAMETERS.search(message)
    return ("refused" if named else "unnamed" if placed else "unplaced"), seconds, passed, message


def rows_of(path):
    if not path.exists():
        return []
    lines = path.read_text().splitlines()
    return [dict(zip(COLUMNS, line.split("\t"))) for line in lines[1:]]


def key_of(row):
    return row["target"], int(row["D"]), int(row["G"]), int(row["n"]), int(row["select"])


def name_of(row):
    return "/".join(row[name] for name in ("D", "G", "n", "select"))


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
    args.out.parent.mkdir(parents=True, exist_ok=True)

    def one(shape, folder):
        """Whether there was time for it."""
        if time.monotonic() > deadline:
            return False
        outcome, seconds, passed, detail = compile_shape(shape, args, folder)
        line = "\t".join([args.target, *map(str, shape), outcome, f"{seconds:.1f}", str(passed),
                          detail])
        append(args.out, line)
        print(line, flush=True)
        return True

    missing = [shape for shape in wanted if (args.target, *shape) not in done]
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        every = all(list(pool.map(lambda shape: one(shape, folder), missing)))
    if not every:
        print("out of time: run again to go on", file=sys.stderr)
    return every


def failures(rows):
    """Lines of the table that break the promise."""
    return [row for row in rows
            if row["outcome"] not in ("compiles", "refused") or float(row["seconds"]) > LIMIT_S]


INTRODUCTION = """\
# Shapes that compile

Made by `test/gpu/sweep_shapes.py`: whole NSA specs of bf16 over 2 KV heads, windows of 32 tokens
every 16, a pairwise cover of head dim D, heads per KV head G, blocks per list n and selection
block l' (every pair of values of two of them is there), and all of G 1, 3, 5, 6, 7, 12, 24 with n
9, 13, 16, 64 at D 128 and l' 64. Each line of the [table](shapes.tsv) has the schedules of the
kernels, tokens/keys/stages/query stages and, behind an x, the rows that a token takes where they
are more than its heads, or the message, and the number of schedules that were passed over.

"""


def report(rows, seed):
    """The table in words: how many of each outcome, and each message with its shapes."""
    lines = INTRODUCTION.splitlines() + [
             f"| target | specs | compile | are refused | neither | above {LIMIT_S} s | "
             "a core's seconds: median, 95 %, most |",
             "| --- | --- | --- | --- | --- | --- | --- |"]
    drawn = len(shapes(seed))
    for target in dict.fromkeys(row["target"] for row in rows):
        mine = [row for row in rows if row["target"] == target]
        count = collections.Counter(row["outcome"] for row in mine)
        seconds = sorted(float(row["seconds"]) for row in mine)
        at = lambda part: seconds[min(int(part * len(seconds)), len(seconds) - 1)]
        neither = len(mine) - count["compiles"] - count["refused"]
        slow = sum(each > LIMIT_S for each in seconds)
        lines.append(f"| `{target}` | {len(mine)} of {drawn} | {count['compiles']} | {count['refused']} | "
                     f"{neither} | {slow} | "
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
        named = [name_of(row) for row in members]
        more = f" and {len(named) - 12} more" if len(named) > 12 else ""
        lines.append(f"| `{target}` | {outcome} | {members[0]['detail']} | "
                     f"{', '.join(named[:12])}{more} |")
    slow = [row for row in rows if float(row["seconds"]) > LIMIT_S]
    if slow:
        lines += ["", "| target | D, G, n, l' | outcome | a core's seconds |",
                  "| --- | --- | --- | --- |"]
    lines += [f"| `{row['target']}` | {name_of(row)} | {row['outcome']} | {row['seconds']} |"
              for row in slow]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--foveac", type=pathlib.Path)
    parser.add_argument("--ptxas", type=pathlib.Path, help="the one that foveac is to run")
    parser.add_argument("--jobs", type=int, default=1, help="specs at a time")
    parser.add_argument("--out", type=pathlib.Path, default=RESULTS / "shapes.tsv",
                        help="the table, made or continued")
    parser.add_argument("--target", default="sm_90a")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part", default="0/1", help="i/n: every n-th spec from the i-th on")
    parser.add_argument("--timeout", type=float, default=600,
                        help="seconds of the clock per spec")
    parser.add_argument("--budget", type=float, default=0, help="seconds; 0: until it is done")
    parser.add_argument("--report", action="store_true",
                        help="compile nothing: put the table into words again")
    args = parser.parse_args()
    if not args.foveac and not args.report:
        parser.error("expected --foveac or --report")
    every = args.report or sweep(args)
    rows = sorted(rows_of(args.out), key=key_of)
    if not rows:
        print(f"expected a table in {args.out}, got none", file=sys.stderr)
        return 1
    if args.report:  # else another part may be writing
        lines = [COLUMNS, *([row[name] for name in COLUMNS] for row in rows)]
        args.out.write_text("".join("\t".join(line) + "\n" for line in lines))
    args.out.with_suffix(".md").write_text(report(rows, args.seed))
    bad = failures(rows)
    for row in bad:
        print("broken: " + "\t".join(row.values()))
    return 0 if every and not bad else 1


if __name__ == "__main__":
    sys.exit(main())
