"""Compiles specs of large sizes for the CPU and counts the operations that LLVM is given: its time
goes with them, about a second for 2000. Prints `bounded`, and what is not."""

import re
import subprocess
import sys
import tempfile

HEAD = "attn.spec @s heads {heads} over 1 dims {dim} x {dim} of f32 gates logits {{\n{branches}\n}}\n"
MOST_OPERATIONS = 2000  # of a branch: its kernels, and those that its keys and blocks come from


def spec(*branches, heads=4, dim=64):
    lines = (f"  attn.branch @b{i} sees {branch}" for i, branch in enumerate(branches))
    return HEAD.format(heads=heads, dim=dim, branches="\n".join(lines)), len(branches)


def compressed(block, stride, phi="mean"):
    return f"#attn.compressed<block = {block}, stride = {stride}> by #attn.phi<{phi}>"


def selected(block, top=16):
    return f"#attn.selected<block = {block}> top {top} initial 1 local 2 ranked by @b0"


def cases():
    window = [f"#attn.window<{16 * (i + 1)}>" for i in range(8)]
    yield "1 window", spec(window[0])
    yield "8 windows", spec(*window)
    for ratio in (64, 128, 256, 1024, 4096):
        yield (f"selection blocks of {ratio} compressed keys",
               spec(compressed(32, 16), selected(16 * ratio)))
        yield (f"windows of {ratio} strides",
               spec(compressed(ratio, 1), selected(64)))
    for dim, hidden in ((64, 1024), (64, 4096), (256, 1024), (1009, 16)):
        yield (f"hidden = {hidden} at head dim {dim}",
               spec(compressed(32, 16, f"mlp, hidden = {hidden}"), "#attn.causal", dim=dim))
    for dim in (1000, 1009, 4096):
        yield (f"head dim {dim}",
               spec(compressed(32, 16, "linear"), selected(64), dim=dim))
    for heads in (63, 127, 1024):
        yield f"{heads} heads per KV head", spec(compressed(32, 16), selected(64), heads=heads)
    for top in (1024, 4096):
        yield f"a top-k of {top}", spec(compressed(32, 16), selected(64, top))


def main():
    bad = 0
    for title, (text, branches) in cases():
        with tempfile.NamedTemporaryFile("w", suffix=".mlir") as file:
            file.write(text)
            file.flush()
            done = subprocess.run(["foveac", file.name, "--emit=llvm-dialect"],
                                  capture_output=True, text=True, timeout=120)
        count = len(re.findall(r"^ +(?:%\S+ = )?llvm\.", done.stdout, re.M))
        most = MOST_OPERATIONS * (branches + 1)
        if done.returncode or not 0 < count <= most:
            bad += 1
            print(f"{title}: expected 1 to {most} operations, got {count} {done.stderr}")
        elif "-v" in sys.argv:
            print(f"{title}: {count} of {most}")
    print("unbounded" if bad else "bounded")


main()
