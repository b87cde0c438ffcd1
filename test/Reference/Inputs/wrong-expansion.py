# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Shows that differential.py finds a wrong expansion and a wrong key set: expands a spec, plants
one mistake at a time into the function, and states the spec. What --verify compares a device with
is evaluated from that same function, and so cannot see any of them."""
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import differential  # noqa: E402

LENGTHS = [70, 0, 1, 33]


def swap(text, a, b):
    return text.replace(a, "\0").replace(b, a).replace("\0", b)


def in_line(text, mark, old, new):
    """`old` to `new` in the line that holds `mark`."""
    lines = text.split("\n")
    at = next(i for i, line in enumerate(lines) if mark in line)
    lines[at] = lines[at].replace(old, new)
    return "\n".join(lines)


MISTAKES = {
    "k and v change places": lambda t: swap(t, 'attn.name = "k"', 'attn.name = "v"'),
    "phi's positions change places": lambda t: swap(t, '"far_k_pos"', '"far_v_pos"'),
    "phi's weights change places": lambda t: swap(t, "params(%arg3, %arg4", "params(%arg6, %arg7"),
    "values are compressed from keys": lambda t: t.replace("compress %arg2", "compress %arg1"),
    "keys and values change places": lambda t: t.replace("%arg17, %arg18,", "%arg18, %arg17,"),
    "own keys are not used": lambda t: t.replace("in %arg17, %arg18,", "in %arg1, %arg2,"),
    "scores from another's lse": lambda t: in_line(t, "score_blocks", "%lse,", "%lse_1,"),
    "scores from another's rows": lambda t: in_line(t, "score_blocks", "in %0,", "in %2,"),
    "scores from the values' rows": lambda t: in_line(t, "score_blocks", "in %0,", "in %1,"),
    "scores without the scale": lambda t: in_line(t, "score_blocks", " scale 5.000000e-01", ""),
    "attention without the scale": lambda t: in_line(t, "#attn.causal", " scale 5.000000e-01", ""),
    "scores of other windows": lambda t: in_line(t, "score_blocks", "block = 8, stride = 4",
                                                 "block = 4, stride = 4"),
    "no local block": lambda t: t.replace("local 1", "local 0"),
    "no initial block": lambda t: t.replace("initial 1", "initial 0"),
    "gates change places": lambda t: t.replace("combine %out, %out_0", "combine %out_0, %out"),
    "gates are not logits": lambda t: t.replace("%arg19 logits", "%arg19 values"),
    "a window that is short by one": lambda t: t.replace("window<7>", "window<6>"),
    "a window that is long by one": lambda t: t.replace("window<7>", "window<8>"),
    "the future is seen": lambda t: t.replace("#attn.causal", "#attn.full"),
    "other blocks are attended": lambda t: in_line(t, "indices(%5", "selected<block = 8>",
                                                   "selected<block = 7>"),
    "windows are seen early": lambda t: in_line(t, "in %2, %3", "block = 16", "block = 12"),
    "logarithms change places": lambda t: t.replace("return %6, %lse, %lse_1",
                                                    "return %6, %lse_1, %lse"),
}


def main():
    spec = pathlib.Path(sys.argv[1])
    expanded = subprocess.run(["fovea-opt", str(spec), "--attn-expand-spec=aux-outputs=true"],
                              check=True, capture_output=True, text=True).stdout
    missed = []
    with tempfile.TemporaryDirectory() as name:
        path = pathlib.Path(name) / "function.mlir"

        def check(function):
            path.write_text(function)
            return differential.check(pathlib.Path(name), path, spec.read_text(), LENGTHS, 3,
                                      ["reference"])

        assert check(expanded) == "", check(expanded)
        for what, plant in MISTAKES.items():
            function = plant(expanded)
            assert function != expanded, what
            problem = check(function)
            print(f"{what}: {problem[:100] or 'NOT FOUND'}", flush=True)
            missed += [] if problem else [what]
    print(f"{len(MISTAKES) - len(missed)} of {len(MISTAKES)} mistakes found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
