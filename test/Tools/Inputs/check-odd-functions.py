"""Compiles and runs each function of a file in the ways that the tools have.

    check-odd-functions.py FILE

FILE is split at lines of `// -----`. A part says what becomes of it:

    // refused: TEXT             every way ends with exit code 1 and one diagnostic, which
                                 has TEXT and a place in the file
    // refused below attn: TEXT  the same, but for --emit=attn and the reference
    // right                     every way ends well, and the CPU agrees with the reference;
                                 with a line `// not for a GPU`, every way but a GPU's

Prints how many parts there were, and whatever is otherwise.
"""

import concurrent.futures
import pathlib
import re
import subprocess
import sys
import tempfile

COMPILES = [["foveac", f"--target={target}", f"--emit={emit}"] for target, emit in (
    ("cpu", "attn"), ("cpu", "header"), ("cpu", "obj"),
    ("sm_90a", "nvvm"), ("sm_90a", "header"), ("sm_80", "tile-placed"), ("sm_80", "ptx"))]
RUNS = [["fovea-run", "--lengths=70,0,30", "--verify", "--verify-tokens=0"],
        ["fovea-run", "--lengths=70,0,30", "--device=reference"]]


def run(command, path):
    """Exit code, output and errors of one way."""
    extra = ["-o", "/dev/null"] if command[0] == "foveac" else []
    done = subprocess.run([*command, str(path), *extra], capture_output=True, text=True,
                          timeout=120)
    return done.returncode, done.stdout, done.stderr


def check(part, path):
    refused = re.search(r"^// refused(?: below attn)?: (.*)$", part, re.M)
    below = "// refused below attn" in part
    cpu_only = "// not for a GPU" in part
    if not refused and not re.search(r"^// right$", part, re.M):
        yield "expected `// refused: TEXT` or `// right`, got neither"
        return
    for command in COMPILES + RUNS:
        if not refused and cpu_only and "--target=sm_" in " ".join(command):
            continue
        if below and ("--emit=attn" in command or "--device=reference" in command):
            continue
        code, output, errors = run(command, path)
        place = " ".join(command)
        if not refused:
            if code != 0 or "FAILED" in output:
                yield f"{place}: expected exit code 0 and agreement, got {code}: {errors}{output}"
            continue
        found = re.findall(r"^(.*?)error: (.*)$", errors, re.M)
        if code != 1 or len(found) != 1:
            yield f"{place}: expected exit code 1 and one error, got {code}: {errors}"
        elif refused.group(1) not in found[0][1]:
            yield f"{place}: expected '{refused.group(1)}', got '{found[0][1]}'"
        elif not re.search(r":\d+:\d+: $", found[0][0]):
            yield f"{place}: expected a place in the file, got '{found[0][0]}'"


def main():
    parts = re.split(r"^// -----$", pathlib.Path(sys.argv[1]).read_text(), flags=re.M)
    bad = 0
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        paths = [pathlib.Path(folder) / f"part{number}.mlir" for number in range(len(parts))]
        for path, part in zip(paths, parts):
            path.write_text(part)
        for number, complaints in enumerate(pool.map(lambda *each: list(check(*each)), parts, paths)):
            bad += len(complaints)
            for complaint in complaints:
                print(f"part {number}: {complaint}")
    print(f"{len(parts)} parts, {bad} complaints")
    return 1 if bad else 0


sys.exit(main())
