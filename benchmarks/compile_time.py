#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What compiling a spec to a bundle costs one core: foveac's own CPU time and ptxas', as JSON.

    compile_time.py --foveac build/release/bin/foveac [--spec examples/nsa-gpu.mlir] [--json out.json]

Milliseconds of user and system time, of which the least of --runs counts: they grow with what else
the machine does, and never shrink. Each run is two compiles. The first is measured whole, and the
second says which part of it was ptxas', by a script in its place that notes what each call took.
--commit names that of a foveac that is not this tree's."""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
WRAPPER = """#!/bin/bash
{ptxas} "$@"
status=$?
times >> {log}
exit $status
"""


def run(command):
    """Its CPU milliseconds, with those of what it ran."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"expected {' '.join(map(str, command))} to end well, got {process.returncode}")
    return (usage.ru_utime + usage.ru_stime) * 1e3


def milliseconds(text):
    """Of 0m1.234s."""
    minutes, seconds = text.rstrip("s").split("m")
    return (int(minutes) * 60 + float(seconds)) * 1e3


def measure(args, folder):
    log, wrapper = folder / "log", folder / "ptxas"
    wrapper.write_text(WRAPPER.format(ptxas=args.ptxas, log=log))
    wrapper.chmod(0o755)
    command = [args.foveac, args.spec, f"--target={args.target}", "--emit=bundle", "-o", folder / "bundle"]
    if not args.without_jobs:
        command.append("-j1")
    totals, shares = [], []
    for _ in range(args.runs):
        totals.append(run([*command, f"--ptxas={args.ptxas}"]))
        log.unlink(missing_ok=True)
        run([*command, f"--ptxas={wrapper}"])
        calls = log.read_text().splitlines()[1::2]  # the other lines are of bash itself
        shares.append(sum(milliseconds(t) for call in calls for t in call.split()))
    total, ptxas = min(totals), min(shares)
    return {"foveac_ms": round(total - ptxas, 1), "ptxas_ms": round(ptxas, 1), "total_ms": round(total, 1),
            "ptxas_calls": len(calls)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--foveac", type=pathlib.Path, required=True)
    parser.add_argument("--ptxas", type=pathlib.Path, default=shutil.which("ptxas"))
    parser.add_argument("--spec", type=pathlib.Path, default=ROOT / "examples/nsa-gpu.mlir")
    parser.add_argument("--target", default="sm_90a")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--without-jobs", action="store_true", help="for a foveac that has no -j")
    parser.add_argument("--commit")
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()
    if not args.ptxas:
        parser.error("expected a ptxas in PATH, or --ptxas")
    commit = args.commit or subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], check=True,
                                           capture_output=True, text=True).stdout.strip()
    with tempfile.TemporaryDirectory() as folder:
        result = {"commit": commit, "spec": args.spec.name, "target": args.target, "runs": args.runs,
                  **measure(args, pathlib.Path(folder))}
    text = json.dumps(result)
    print(text)
    if args.json:
        args.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
