#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Lists what the machine code of every kernel of some bundles is made of, and checks it.

    test/gpu/prepare.py --foveac build/release/bin/foveac --out build/gpu
    utils/list-kernels.py build/gpu --nvdisasm nvdisasm --out kernels.tsv

A release's check: foveac refuses what ptxas reports, this reads the instructions themselves.
Exits with 1 where a kernel goes through local memory (a spill), or where one that multiplies
for 64 rows or more at head dims from 64 on (an attend, a score) has no wgmma (HGMMA), unless it
merges index lists and multiplies by warp. nvdisasm
is part of the CUDA Toolkit, and on PyPI as nvidia-cuda-nvdisasm."""
import argparse
import collections
import concurrent.futures
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

COLUMNS = ["sha256", "kernel", "threads", "registers", "shared", "instructions", "HGMMA",
           "HMMA", "local", "spec"]
OPCODE = re.compile(r"^\s*/\*[0-9a-f]+\*/\s+(?:@!?U?P\w+\s+)?([A-Z][A-Z0-9]*)")


def read_bundle(path):
    """The kernels of a bundle, each with its cubin: (manifest's kernel, cubin's entry, bytes)."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data, 8)
    end = 48 + length
    manifest = json.loads(data[48:end])
    blobs = (end + 15) // 16 * 16
    for kernel in manifest["kernels"]:
        cubin = manifest["cubins"][kernel["cubin"]]
        begin = blobs + cubin["offset"]
        yield kernel, cubin, data[begin:begin + cubin["bytes"]]


def count_opcodes(cubin, nvdisasm):
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(cubin)
        file.flush()
        text = subprocess.run([nvdisasm, "-c", file.name], check=True, text=True,
                              capture_output=True).stdout
    found = (OPCODE.match(line) for line in text.splitlines())
    return collections.Counter(match[1] for match in found if match)


def read_specs(folder):
    """Which spec a bundle is of, as prepare.py says it: {file name less its suffix: text}."""
    specs = {}
    cases = folder / "cases.jsonl"
    if cases.exists():
        for line in cases.read_text().splitlines():
            case = json.loads(line)
            text = case["label"].split(" batch=")[0]
            specs.setdefault(case["file"], text)
            for name in case["compress"].values():
                specs.setdefault(name, text)
    benchmarks = folder / "benchmarks.json"
    if benchmarks.exists():
        for title, name in json.loads(benchmarks.read_text())["files"].items():
            specs[name] = f"benchmark {title}"
    return specs


def must_hold_hgmma(kernel, opcodes, spec):
    """Attends, and top-k fused with its scores; alone it multiplies nothing. Who merges index
    lists (REDUX) may multiply by warp."""
    dim = re.search(r" D=(\d+)/(\d+)", spec)
    wide = not dim or min(int(dim[1]), int(dim[2])) >= 64
    multiplies = any(param["kind"] == "tensor_map" for param in kernel["params"])
    by_warp = opcodes["REDUX"] and opcodes["HMMA"]
    return (wide and multiplies and not by_warp
            and re.search("attend|score|select|topk", kernel["name"]))


def describe(kernel, cubin, code, spec, nvdisasm):
    """A row of the table, and what is wrong with it."""
    opcodes = count_opcodes(code, nvdisasm)
    local = opcodes["LDL"] + opcodes["STL"]
    row = [cubin["sha256"][:16], kernel["name"], kernel["threads"], kernel["registers"],
           kernel["shared_bytes"], sum(opcodes.values()), opcodes["HGMMA"], opcodes["HMMA"],
           local, spec]
    faults = []
    if not opcodes:
        faults.append("no instructions found")
    if local:
        faults.append(f"{local} accesses to local memory")
    if must_hold_hgmma(kernel, opcodes, spec) and not opcodes["HGMMA"]:
        faults.append("no HGMMA")
    return row, faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", type=pathlib.Path, nargs="+")
    parser.add_argument("--nvdisasm", default="nvdisasm")
    parser.add_argument("--out", type=pathlib.Path, help="where the table goes")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    distinct = {}
    for folder in args.folders:
        specs = read_specs(folder)
        for path in sorted(folder.glob("*.fovea")):
            for kernel, cubin, code in read_bundle(path):
                distinct.setdefault(cubin["sha256"],
                                    (kernel, cubin, code, specs.get(path.stem, path.stem)))
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        rows = list(pool.map(lambda one: describe(*one, args.nvdisasm), distinct.values()))
    rows.sort(key=lambda one: (one[0][-1], one[0][1]))
    if args.out:
        lines = ["\t".join(map(str, line)) for line in [COLUMNS, *(row for row, _ in rows)]]
        args.out.write_text("\n".join(lines) + "\n")
    faulty = [(row, faults) for row, faults in rows if faults]
    for row, faults in faulty:
        print(f"{row[1]} of {row[-1]}: {', '.join(faults)}")
    with_wgmma = sum(1 for row, _ in rows if row[COLUMNS.index("HGMMA")])
    print(f"{len(rows)} distinct kernels, {with_wgmma} with wgmma, {len(faulty)} faulty")
    return 1 if faulty or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
