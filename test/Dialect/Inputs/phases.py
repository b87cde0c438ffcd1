# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""phases.py SPEC FOLDER: runs every pass on IR of every phase and compares with the table below.

Kernels get a schedule of overlap, so that every pass has something to do, and of small tiles."""
import itertools
import pathlib
import re
import subprocess
import sys

KERNEL = "--pass-pipeline=builtin.module(tile.kernel({}))"
FUNCTION = "--pass-pipeline=builtin.module(func.func({}))"
DELAYS = "--pass-pipeline=builtin.module(gpu.module(simt-inject-delays))"
NARROW = "--pass-pipeline=builtin.module(gpu.module(simt-narrow-indices))"

SCHEDULE = "#tile.schedule<tokens = 4, keys = 16, gpu = <stages = 2, overlap = true>>"

# How each phase is made of an earlier one.
PHASES = {
    "spec": (None, None),
    "attn": ("spec", "--attn-expand-spec"),
    "listed": ("attn", FUNCTION.format("attn-list-schedules")),
    "scheduled": ("listed", FUNCTION.format("attn-choose-schedules")),
    "logical": ("scheduled", "--convert-attn-to-tile"),
    "loops": ("logical", "--convert-tile-to-loops"),
    "placed": ("logical", KERNEL.format("tile-place")),
    "rotated": ("placed", KERNEL.format("tile-overlap-products")),
    "specialized": ("rotated", KERNEL.format("tile-specialize")),
    "waits": ("specialized", KERNEL.format("tile-place-waits")),
    "simt": ("waits", "--convert-tile-to-simt"),
    "delayed": ("simt", DELAYS),
    "nvvm": ("simt", "--convert-simt-to-nvvm"),
}

# What each pass refuses; everything else it takes, if only because nothing in it concerns the pass.
REFUSED = {
    "--attn-check-key-sets": [],
    "--attn-expand-spec": [],
    "--attn-differentiate": [],
    FUNCTION.format("attn-infer-rows"): [],
    FUNCTION.format("attn-split-combine"): [],
    FUNCTION.format("attn-fold-gates"): [],
    FUNCTION.format("attn-chain-gradients"): [],
    FUNCTION.format("attn-fuse"): [],
    FUNCTION.format("attn-list-schedules"): [],
    FUNCTION.format("attn-choose-schedules"): [],
    FUNCTION.format("attn-estimate-work"): ["attn", "listed"],
    "--convert-attn-to-tile": ["spec", "attn", "listed"],
    "--convert-tile-to-loops": ["placed", "rotated", "specialized", "waits", "simt",
                                "delayed", "nvvm"],
    KERNEL.format("tile-place"): ["placed", "rotated", "specialized", "waits"],
    KERNEL.format("tile-fill-branches"): ["logical", "specialized", "waits"],
    KERNEL.format("tile-overlap-products"): ["logical", "rotated", "specialized", "waits"],
    KERNEL.format("tile-specialize"): ["logical", "specialized", "waits"],
    KERNEL.format("tile-place-waits"): ["logical", "placed", "rotated", "waits"],
    "--convert-tile-to-simt": ["logical", "placed", "rotated", "specialized"],
    NARROW: [],
    DELAYS: ["delayed"],
    "--convert-simt-to-nvvm": [],
}


def find_unlisted():
    """The passes that have a page and no row in the table."""
    pages = (pathlib.Path(__file__).parents[3] / "docs" / "reference").glob("*-passes.md")
    names = [name for page in pages for name in re.findall(r"^### `-(\S+)`", page.read_text(), re.M)]
    rows = set(re.findall(r"[a-z]+(?:-[a-z]+)+", " ".join(REFUSED)))
    return [name for name in names if name not in rows]


def run(path, option, output):
    return subprocess.run(["fovea-opt", str(path), option, "-o", str(output)], capture_output=True, text=True)


def find_fault(result, refused):
    """What is not as the table says, or nothing."""
    if result.returncode not in (0, 1):
        return f"exit {result.returncode}"
    if result.returncode != int(refused):
        return f"expected it to be {'refused' if refused else 'taken'}"
    places = re.findall(r"^(.*?):\d+:\d+: error: ", result.stderr, re.M)
    errors = result.stderr.count("error:")
    if refused and (errors != 1 or len(places) != 1):
        return f"expected one error with a place, got {errors} with {len(places)} places"
    return ""


def main():
    if unlisted := find_unlisted():
        sys.exit(f"expected a row for each pass, got none for {', '.join(unlisted)}")
    folder = pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    paths = {"spec": pathlib.Path(sys.argv[1])}
    for phase, (earlier, option) in PHASES.items():
        if earlier:
            paths[phase] = folder / f"{phase}.mlir"
            subprocess.run(["fovea-opt", str(paths[earlier]), option, "-o", str(paths[phase])], check=True)
        if phase == "scheduled":
            text, count = re.subn(r"#tile\.schedule<.*?>>", SCHEDULE, paths[phase].read_text())
            if not count:
                sys.exit("expected operations with schedules")
            paths[phase].write_text(text)
    faults = 0
    for option, phase in itertools.product(REFUSED, PHASES):
        refused = phase in REFUSED[option]
        result = run(paths[phase], option, folder / "once.mlir")
        fault = find_fault(result, refused)
        # On what it left as it was, it does the same again.
        if not fault and not refused and (folder / "once.mlir").read_bytes() != paths[phase].read_bytes():
            twice = run(folder / "once.mlir", option, folder / "twice.mlir")
            if twice.returncode not in (0, 1) or twice.stderr.count("error:") != twice.returncode:
                fault, result = "the second time", twice
        if fault:
            faults += 1
            print(f"{option} on {phase}: {fault}\n{result.stderr[:1000]}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
