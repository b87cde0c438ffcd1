#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""fovea-run against spec_numpy.py, from the text of specs alone: a wrong key set, a wrong Eq 9
or a wrong expansion differs here, where fovea-run --verify, whose reference shares them, passes.

    differential.py --draw 500 --seed 1 --json results.json     drawn specs
    differential.py SPEC --lengths 40,0,7                       one spec
    differential.py SPEC --lengths 40,0,7 --state OTHER         what OTHER means, of what SPEC does

Exits with 1 if anything differs."""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import numpy as np

import spec_draw
import spec_numpy
import spec_text

UNITS = {"reference": 2.0**-44, "cpu": 2.0**-24}  # relative error of one operation
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
        kind = "i32" if name == "cu_seqlens" else spec.type
        save(folder / f"in_{name}.npy", array, kind)
        command.append(f"--input={name}={folder}/in_{name}.npy")
    tokens, sequences = int(arrays["cu_seqlens"][-1]), len(arrays["cu_seqlens"]) - 1
    expected = spec_numpy.results(spec, tokens)
    command += [f"--output={name}={folder}/out_{name}.npy" for name, _ in expected]
    done = subprocess.run(command, capture_output=True, text=True)
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
    scores, slack = scored
    for t in range(len(actual)):
        for g in range(actual.shape[1]):
            problem = spec_numpy.check_choice(actual[t, g].tolist(), scores[t, g], t, branch,
                                              slack[t])
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


def commit_of(folder):
    git = lambda *words: subprocess.run(["git", "-C", str(folder), *words], text=True,
                                        capture_output=True).stdout.strip()
    return git("rev-parse", "HEAD") + ("+changes" if git("status", "--porcelain") else "")


def check_drawn(args, folder):
    failures, counts, begin = [], {}, time.monotonic()
    for number in range(args.first, args.first + args.draw):
        rng = np.random.default_rng([args.seed, number])
        text, lengths = spec_draw.draw_spec(rng), spec_draw.draw_lengths(rng)
        fused = bool(rng.random() < 0.5)
        (folder / "spec.mlir").write_text(text)
        problem = check(folder, folder / "spec.mlir", text, lengths, [args.seed, number, 1],
                        args.devices, [] if fused else ["--no-fuse"])
        for word in set(re.findall(r"#attn\.phi<\w+|#attn\.\w+|own_kv|with_positions|gates \w+|"
                                   r"of \w+|scale", text)):
            counts[word] = counts.get(word, 0) + 1
        if problem:
            failures.append({"number": number, "spec": text, "lengths": lengths,
                             "problem": problem})
            print(f"FAILED {number}, lengths {lengths}\n{text}{problem}", flush=True)
    print(f"{args.draw - len(failures)} of {args.draw} drawn specs agree on "
          f"{' and '.join(args.devices)}")
    if args.json:
        args.json.write_text(json.dumps(
            {"seed": args.seed, "first": args.first, "drawn": args.draw, "devices": args.devices,
             "failed": len(failures), "commit": commit_of(pathlib.Path(__file__).parent),
             "seconds": round(time.monotonic() - begin), "specs_with": dict(sorted(
                 counts.items())), "failures": failures}, indent=1, allow_nan=False) + "\n")
    return 1 if failures else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("spec", nargs="?", type=pathlib.Path)
    parser.add_argument("--state", type=pathlib.Path, help="says what SPEC should do")
    parser.add_argument("--lengths", default="70,0,1,33")
    parser.add_argument("--draw", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first drawn spec")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--devices", type=lambda x: x.split(","), default=["reference", "cpu"])
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()
    if bool(args.spec) == bool(args.draw):
        parser.error("expected a spec or --draw")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if args.draw:
            return check_drawn(args, folder)
        problem = check(folder, args.spec, (args.state or args.spec).read_text(),
                        [int(x) for x in args.lengths.split(",")], args.seed, args.devices)
        print(problem or "agrees")
        return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
