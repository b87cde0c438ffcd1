#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles the GPU specs with ptxas of every CUDA Toolkit from 12.0 on.

    utils/ptxas-matrix.py --install build/ptxas      # the releases below, by pip
    utils/ptxas-matrix.py build/ptxas --foveac build/release/bin/foveac --out matrix.json

Reads what foveac --report says of each kernel: registers, spills, advisories, and which of its
schedules was taken. Prints a table in Markdown; exits with 1 where a compile is refused."""
import argparse
import datetime
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import zipfile

# The newest of each minor release on PyPI, on 2026-11-28.
RELEASES = {
    "nvidia-cuda-nvcc-cu12": ["12.0.140", "12.1.105", "12.2.140", "12.3.107", "12.4.131", "12.5.82",
                              "12.6.85", "12.8.93", "12.9.86"],
    "nvidia-cuda-nvcc": ["13.0.88", "13.1.115", "13.2.86", "13.3.73", "13.4.92", "13.5.37"]}
ROOT = pathlib.Path(__file__).resolve().parent.parent
SPEC = "attn.spec @{0} heads 64 over 4 dims 128 x 128 of bf16 {{\n  attn.branch @{0} sees {1}\n}}\n"
SPECS = {"NSA": (ROOT / "examples/nsa-gpu.mlir").read_text(),
         "dense": SPEC.format("dense", "#attn.causal"),
         "window": SPEC.format("window", "#attn.window<512>")}
TARGETS = ["sm_90a", "sm_80"]
ROW = re.compile(r"^(\w+) +(\d+) +(\d+) +(\d+) B +(\d+) B +(\d+)$")
ADVISORY = re.compile(r"^\w+: (C\d+: .*)$")
NOT_TAKEN = re.compile(r"^(\w+): #tile\.schedule<.*?> is not taken: (.*)$")


def install(folder):
    """One folder per release, 12.0/bin/ptxas and so on."""
    for package, versions in RELEASES.items():
        for version in versions:
            place = folder / version.rpartition(".")[0] / "bin"
            with tempfile.TemporaryDirectory() as downloads:
                subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
                                "--dest", downloads, f"{package}=={version}"], check=True)
                (wheel,) = pathlib.Path(downloads).iterdir()
                with zipfile.ZipFile(wheel) as files:
                    (name,) = (n for n in files.namelist() if n.endswith("/bin/ptxas"))
                    place.mkdir(parents=True, exist_ok=True)
                    (place / "ptxas").write_bytes(files.read(name))
            (place / "ptxas").chmod(0o755)


def compile_spec(foveac, ptxas, target, text):
    with tempfile.TemporaryDirectory() as folder:
        spec = pathlib.Path(folder) / "spec.mlir"
        spec.write_text(text)
        begin = time.monotonic()
        result = subprocess.run(
            [foveac, spec, f"--target={target}", "--emit=bundle", "--report", f"--ptxas={ptxas}",
             "--jobs=1", "-o", spec.with_suffix(".fovea")], text=True, capture_output=True)
        seconds = time.monotonic() - begin
    kernels, advisories, not_taken, errors = {}, [], {}, []
    for line in result.stderr.splitlines():
        if found := ROW.match(line):
            name, *numbers = found.groups()
            keys = ["threads", "registers", "shared_bytes", "spill_bytes", "blocks"]
            kernels[name] = dict(zip(keys, map(int, numbers)))
        elif found := NOT_TAKEN.match(line):
            not_taken.setdefault(found[1], []).append(found[2])
        elif found := ADVISORY.match(line):
            advisories.append(found[1])
        elif " error: " in line or line.startswith("error: "):
            errors.append(line)
    return {"ok": result.returncode == 0, "seconds": round(seconds, 1), "kernels": kernels,
            "advisories": advisories, "not_taken": not_taken, "errors": errors}


def describe(cell):
    """Registers of each kernel, and what is not as it should be."""
    if not cell["ok"]:
        return "refused: " + "; ".join(cell["errors"])
    registers = ", ".join(str(kernel["registers"]) for kernel in cell["kernels"].values())
    notes = [f"{sum(k['spill_bytes'] for k in cell['kernels'].values())} B"]
    notes.append(f"{len(cell['advisories'])}")
    taken = [f"{name.split('_forward_')[-1]} {len(reasons) + 1}"
             for name, reasons in cell["not_taken"].items()]
    notes.append(", ".join(taken) or "first")
    notes.append(f"{cell['seconds']:.0f}")
    return f"{registers} | " + " | ".join(notes)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="folders of releases: 12.0/bin/ptxas, ...")
    parser.add_argument("--install", action="store_true", help="download the releases there first")
    parser.add_argument("--foveac", help="compile with it; without, only install")
    parser.add_argument("--only", nargs="*", help="these releases, as in 12.0")
    parser.add_argument("--out", type=pathlib.Path, help="write all readings as JSON")
    options = parser.parse_args()
    if options.install:
        install(options.folder)
    if not options.foveac:
        return 0
    def number(path):
        return [int(part) for part in path.name.split(".")]
    releases = sorted((path for path in options.folder.iterdir()
                       if (path / "bin/ptxas").exists()), key=number)
    if options.only:
        releases = [path for path in releases if path.name in options.only]
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, text=True,
                            capture_output=True).stdout.strip()
    readings, refused = [], 0
    print("| ptxas | target | spec | registers | spills | advisories | schedule | seconds |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
    for path in releases:
        for target in TARGETS:
            for name, text in SPECS.items():
                cell = compile_spec(options.foveac, path / "bin/ptxas", target, text)
                readings.append({"ptxas": path.name, "target": target, "spec": name, **cell})
                refused += not cell["ok"]
                print(f"| {path.name} | {target} | {name} | {describe(cell)} |", flush=True)
    if options.out:
        options.out.write_text(json.dumps(
            {"date": datetime.date.today().isoformat(), "commit": commit, "readings": readings},
            indent=1) + "\n")
    return 1 if refused else 0


sys.exit(main())
