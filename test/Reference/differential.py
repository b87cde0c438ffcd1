#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""fovea-run against spec_numpy.py, from the text of specs alone: a wrong key set, a wrong Eq 9
or a wrong expansion differs here, where fovea-run --verify, whose reference shares them, passes.

    differential.py --draw 500 --jobs 16 --json results.json    drawn specs
    differential.py SPEC --lengths 40,0,7                       one spec
    differential.py SPEC --lengths 40,0,7 --state OTHER         what OTHER means, of what SPEC does

Exits with 1 if anything differs. A drawn spec follows from the seed and its number alone, and --json
is written in the order of the numbers, whatever --jobs: a run that was ended goes on after the last
spec that its file counts."""
import argparse
import collections
import concurrent.futures
import functools
import json
import multiprocessing
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

os.environ["OMP_NUM_THREADS"] = "1"  # of NumPy, which reads it when it is loaded, and of each fovea-run
import numpy as np

import spec_draw
import spec_numpy
import spec_text

UNITS = {"reference": 2.0**-44, "cpu": 2.0**-24}  # relative error of one operation
TIMEOUT = 600  # seconds of one fovea-run
DTYPES = {"f32": np.float32, "f16": np.float16}


class Difference(Exception):
    """Something is not as the spec says."""


def save(path, array, kind):
    if kind == "bf16":  # NumPy has none: the upper half of an f32
        array = (array.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
    np.save(path, array.astype(np.int32) if kind == "i32" else
            array if kind == "bf16" else array.astype(DTYPES[kind]))


def load(path):
    array = np.load(path)
    if array.dtype.kind in "Vu" and array.dtype.itemsize == 2:
        array = (array.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
    return array.astype(np.int64 if array.dtype.kind == "i" else np.float64)


def read_table(text):
    """[(name, shape)] of the arrays that a run prints, in its order: inputs, outputs."""
    lines = text.split("\n")
    start = next(i for i, line in enumerate(lines) if line.startswith("array "))
    inputs, outputs = [], []
    for line in lines[start + 1:]:
        match = re.match(r"(\S+)\s+(\d+(?: x \d+)*) \S+\s+(.*)", line)
        if not match:
            break
        row = (match[1], tuple(int(size) for size in match[2].split(" x ")))
        (outputs if match[3] == "computed" else inputs).append(row)
    return inputs, outputs


def run(folder, spec_path, spec, device, arrays, options):
    """Outputs by name, after comparing the names and shapes of what it takes and gives."""
    command = ["fovea-run", str(spec_path), f"--device={device}", *options]
    for name, array in arrays.items():
        save(folder / f"in_{name}.npy", array, spec_numpy.argument_type(spec, name))
        command.append(f"--input={name}={folder}/in_{name}.npy")
    tokens, sequences = int(arrays["cu_seqlens"][-1]), len(arrays["cu_seqlens"]) - 1
    expected = spec_numpy.results(spec, tokens)
    command += [f"--output={name}={folder}/out_{name}.npy" for name, _ in expected]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        raise Difference(f"expected {device} to end within {TIMEOUT} s")
    if done.returncode:
        raise Difference(f"expected success of {device}, got: {done.stderr.strip()}")
    inputs, outputs = read_table(done.stdout)
    wanted = spec_numpy.arguments(spec, tokens, sequences)
    if inputs != wanted:
        raise Difference(f"expected arguments {wanted}, got {inputs}")
    if outputs != expected[:len(outputs)] or not outputs:
        raise Difference(f"expected results {expected}, got {outputs}")
    return {name: load(folder / f"out_{name}.npy") for name, _ in expected}


def compare_values(name, actual, expected, place):
    """Every element within its own bound; an infinity where one belongs."""
    value, error = expected.value, expected.error
    with np.errstate(invalid="ignore"):
        right = (actual == value) | (np.abs(actual - value) <= error)
    if not right.all():
        at = tuple(int(i) for i in np.argwhere(~right)[0])
        raise Difference(f"{place}: {name}{list(at)}: expected {value[at]} within "
                         f"{error[at]:.2e}, got {actual[at]}")


def compare_choice(branch, actual, scored, place):
    scores, slack, same = scored
    for t in range(len(actual)):
        for g in range(actual.shape[1]):
            problem = spec_numpy.check_choice(actual[t, g].tolist(), scores[t, g], t, branch,
                                              slack[t, g], lambda i, j: same(t, g, i, j))
            if problem:
                raise Difference(f"{place}: {branch.name}_indices of token {t}, kv head {g}: "
                                 f"{problem}")


def compare(spec, arrays, outputs, device):
    offsets = arrays["cu_seqlens"]
    packed = {name for name, shape in spec_numpy.arguments(spec, -1, 0) if shape[0] == -1}
    chosen = [branch for branch in spec.branches if branch.keys.kind == "selected"]
    for b, (begin, end) in enumerate(zip(offsets[:-1], offsets[1:])):
        own, place = slice(begin, end), f"{device}, sequence {b}"
        if begin == end:
            continue
        given = {name: x[own] if name in packed else x for name, x in arrays.items()}
        lists = {branch.name: outputs[f"{branch.name}_indices"][own] for branch in chosen}
        values, scored = spec_numpy.forward(spec, given, lists, UNITS[device],
                                            may_keep=device != "reference")
        for branch in chosen:
            compare_choice(branch, lists[branch.name], scored[branch.name], place)
        for name, value in values.items():
            compare_values(name, outputs[name][own], value, place)


def check(folder, path, text, lengths, seed, devices, options=()):
    """Runs the spec in `path` and compares it with what `text` says; "" or the difference."""
    try:
        spec = spec_text.read_spec(text)
        arrays = spec_draw.draw_arrays(np.random.default_rng(seed), spec, lengths)
        for device in devices:
            extra = [*options, "--threads=1"] if device == "cpu" else []
            compare(spec, arrays, run(folder, path, spec, device, arrays, extra), device)
    except Difference as difference:
        return str(difference)
    return ""


def commit_of_this_tree(but):
    """The commit, and whether anything is changed besides the file `but`."""
    run = lambda *words: subprocess.run(["git", "-C", pathlib.Path(__file__).parent, *words], text=True,
                                        capture_output=True).stdout.rstrip()
    root = pathlib.Path(run("rev-parse", "--show-toplevel"))
    changed = [line for line in run("status", "--porcelain").splitlines()
               if not but or root / line[3:] != but.resolve()]
    return run("rev-parse", "HEAD") + ("+changes" if changed else "")


def check_number(seed, devices, number):
    """A drawn spec: the words that it uses, and how it failed, or None."""
    rng = np.random.default_rng([seed, number])
    text, lengths = spec_draw.draw_spec(rng), spec_draw.draw_lengths(rng)
    fused = bool(rng.random() < 0.5)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "spec.mlir").write_text(text)
        problem = check(folder, folder / "spec.mlir", text, lengths, [seed, number, 1], devices,
                        [] if fused else ["--no-fuse"])
    words = set(re.findall(r"#attn\.phi<\w+|#attn\.\w+|own_kv|with_positions|sinks|math\.tanh|arith\.select|arith\.sitofp|gates \w+|of \w+|scale", text))
    return words, {"number": number, "spec": text, "lengths": lengths, "problem": problem} if problem else None


class Record:
    """What the drawn specs gave so far, in the order of their numbers: a file, if one is asked for."""

    def __init__(self, args):
        self.path, self.begin = args.json, time.monotonic()
        self.head = {"seed": args.seed, "first": args.first, "devices": args.devices,
                     "commit": args.commit or commit_of_this_tree(args.json)}
        self.drawn, self.failures, self.counts = 0, [], collections.Counter()
        if not self.path or not self.path.exists():
            return
        old = json.loads(self.path.read_text())
        for name, value in self.head.items():
            if old[name] != value:
                sys.exit(f"error: {self.path}: expected {name} {value} to go on from, got {old[name]}; "
                         f"remove the file, or name another")
        self.drawn, self.failures = old["drawn"], old["failures"]
        self.counts.update(old["specs_with"])
        self.begin -= old["seconds"]

    def add(self, words, failure):
        self.drawn += 1
        self.counts.update(words)
        if failure:
            self.failures.append(failure)
            print("FAILED {number}, lengths {lengths}\n{spec}{problem}".format(**failure), flush=True)
        if self.path:
            self.write()

    def write(self):
        """At once: a run that is ended here leaves the file before or the file after."""
        text = json.dumps(
            {**self.head, "drawn": self.drawn, "failed": len(self.failures),
             "seconds": round(time.monotonic() - self.begin),
             "specs_with": dict(sorted(self.counts.items())), "failures": self.failures}, indent=1,
            allow_nan=False)
        partial = self.path.with_name(self.path.name + ".partial")
        partial.write_text(text + "\n")
        partial.replace(self.path)


def check_drawn(args):
    record = Record(args)
    numbers = range(args.first + record.drawn, args.first + args.draw)
    # Processes that start afresh: a copy of this one may hold a lock of NumPy's.
    with concurrent.futures.ProcessPoolExecutor(args.jobs, multiprocessing.get_context("spawn")) as pool:
        for words, failure in pool.map(functools.partial(check_number, args.seed, args.devices), numbers):
            record.add(words, failure)
    print(f"{record.drawn - len(record.failures)} of {record.drawn} drawn specs agree on "
          f"{' and '.join(args.devices)}")
    return 1 if record.failures else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("spec", nargs="?", type=pathlib.Path)
    parser.add_argument("--state", type=pathlib.Path, help="says what SPEC should do")
    parser.add_argument("--lengths", default="70,0,1,33")
    parser.add_argument("--draw", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first drawn spec")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--devices", type=lambda x: x.split(","), default=["reference", "cpu"])
    parser.add_argument("--jobs", type=int, default=1, help="specs at a time, each by one thread")
    parser.add_argument("--json", type=pathlib.Path, help="counts and failures; goes on from there")
    parser.add_argument("--commit", help="what --json states (default: what git says of this tree)")
    args = parser.parse_args()
    if bool(args.spec) == bool(args.draw):
        parser.error("expected a spec or --draw")
    if args.draw:
        return check_drawn(args)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        problem = check(folder, args.spec, (args.state or args.spec).read_text(),
                        [int(x) for x in args.lengths.split(",")], args.seed, args.devices)
        print(problem or "agrees")
        return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
