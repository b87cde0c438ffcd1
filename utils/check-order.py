#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that no two arguments of one call emit IR.

    utils/check-order.py [FILE...]

C++ leaves the order of arguments open: g++ evaluates them from the right, clang++ from the left. So
`b.add(b.mul(x, 2), b.index(1))` would emit its operations in an order, and kernels with a schedule,
that depend on the compiler that Fovea was built by. All but one of such arguments get a statement of
their own first.

Reads text, not types: an argument emits if it calls a method of a builder (`b.`, `builder.`, `math.`) or gives
one to a function, calls an operation's `create`, a function named emit… or load…, or one of the
emitters' short names. A lambda emits when it is called, not as an argument.
Prints each finding as file:line: what, and exits 1 if there is one.
"""
import pathlib
import re
import subprocess
import sys

SHORT_NAMES = ("add|sub|mul|min|max|less|index|i32|i64|f32|zeros|scratchAt|placeIn|addressOf|offsetOf|"
               "widen|byAllLanes|byOneLane|shared|programId|tokens|toScratch|constant|splat")
EMITS = re.compile(
    r"\b(?:b|builder|rewriter|math)\.(?!get[A-Z])\w+\("  # get...: types, attributes, contexts
    r"|\bbox\.(?:address|isInView|unflatten)\("
    r"|(?<!ThreadNumber)\((?:b|builder|rewriter)[,)]|\b(?:emit|load)[A-Z]\w*\("
    rf"|(?<![\w.>:])(?:{SHORT_NAMES})\(")
CALL = re.compile(r"[\w>]\(")


def list_braces(text):
    """Where the braces of lists stand, which hold no statement."""
    places, opened = set(), []
    for at, char in enumerate(text):
        if char == "{":
            opened.append([at, True])
        elif char == ";" and opened:
            opened[-1][1] = False
        elif char == "}" and opened:
            begin, is_list = opened.pop()
            if is_list:
                places |= {begin, at}
            elif opened:
                opened[-1][1] = False
    return places


def statements(text):
    """(line, statement) of each piece between `;`, `{` and `}`, but for the braces of lists."""
    lists = list_braces(text)
    line = start = 1
    piece = ""
    for at, char in enumerate(text):
        if char in ";{}" and at not in lists:
            yield start, piece
            piece = ""
        elif piece or not char.isspace():
            if not piece:
                start = line
            piece += char
        line += char == "\n"


def arguments(text, start):
    """The arguments of the call whose parenthesis opens before `start`; none if it stays open."""
    depth, begin, found = 0, start, []
    for at in range(start, len(text)):
        char = text[at]
        if depth == 0 and char in ",)":
            found.append(text[begin:at])
            begin = at + 1
            if char == ")":
                return found
        depth += (char in "([{") - (char in ")]}")
    # A lambda's body is a statement of its own: what stands before it is all that is seen.
    return found + [text[begin:]]


def findings(path):
    text = re.sub(r"//[^\n]*", "", path.read_text())
    for line, statement in statements(text):
        for call in CALL.finditer(statement):
            emitting = [a.strip() for a in arguments(statement, call.end()) if EMITS.search(a)]
            if len(emitting) > 1:
                got = " and ".join(" ".join(argument.split()) for argument in emitting)
                yield f"{path}:{line}: expected one argument of a call to emit, got {got}"
                break


def main():
    names = sys.argv[1:] or subprocess.run(
        ["find", "lib", "include", "test/lib", "examples", "-name", "*.cpp", "-o", "-name", "*.h"],
        cwd=pathlib.Path(__file__).resolve().parent.parent, capture_output=True, text=True,
        check=True).stdout.split()
    files = [pathlib.Path(name) for name in sorted(names)]
    found = [finding for path in files for finding in findings(path)]
    print("\n".join(found + [f"{len(files)} files, {len(found)} findings"]))
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
