#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that no two arguments of one call emit IR.

    utils/check-order.py [FILE...]

C++ leaves the order of arguments open: g++ evaluates them from the right, clang++ from the left. So
`b.add(b.mul(x, 2), b.index(1))` would emit its operations in an order, and kernels with a schedule,
that depend on the compiler that Fovea was built by. All but one of such arguments get a statement of
their own first.

Reads text, not types: an argument emits if it calls a method of a builder (`b.`, `builder.`, `math.`)
or gives one to a function, calls an operation's `create`, a function named emit… or load…, what its
file or the headers beside it declare to return a Value (but for lookups), or a lambda that does one
of these. A lambda emits when it is called, not as an argument. Prints each finding as
file:line: what, and exits 1 if there is one.
"""
import pathlib
import re
import sys

EMITS = (
    r"\b(?:b|builder|rewriter|math)\.(?!get[A-Z])\w+\("  # get...: types, attributes, contexts
    r"|\bbox\.(?:address|isInView|unflatten)\("
    r"|(?<!ThreadNumber)\((?:b|builder|rewriter)[,)]|\b(?:emit|load)[A-Z]\w*\(")
LOOKUP = re.compile(r"(?:get|is)[A-Z]|lookup|scalar|operator")
FUNCTION = re.compile(r"\b(?:mlir::)?(?:Value|Values|SmallVector<Value>) (?:\w+::)*(\w+)\(")
LAMBDA = re.compile(r"\bauto (\w+) = \[[^\]]*\](.*?)\};", re.S)
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
    """The arguments of the call whose parenthesis opens before `start`."""
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


def read(path):
    return re.sub(r"//[^\n]*", "", path.read_text())


def emitting_calls(path, text):
    """What calls that emit look like in a file."""
    texts = [text] + [read(header) for header in path.parent.glob("*.h")]
    names = {name for text in texts for name in FUNCTION.findall(text)}
    names |= {name for name, rest in LAMBDA.findall(text) if re.search(EMITS + "|-> Value", rest)}
    emitters = sorted(name for name in names if not LOOKUP.match(name))
    return re.compile(EMITS + rf"|(?<![\w.>:])(?:{'|'.join(emitters)})\(" if emitters else EMITS)


def findings(path):
    text = read(path)
    emits = emitting_calls(path, text)
    for line, statement in statements(text):
        for call in CALL.finditer(statement):
            emitting = [a.strip() for a in arguments(statement, call.end()) if emits.search(a)]
            if len(emitting) > 1:
                got = " and ".join(" ".join(argument.split()) for argument in emitting)
                yield f"{path}:{line}: expected one argument of a call to emit, got {got}"
                break


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    files = [pathlib.Path(name) for name in sys.argv[1:]] or sorted(
        path for place in ("lib", "include", "test/lib", "examples")
        for path in (root / place).rglob("*") if path.suffix in (".cpp", ".h"))
    found = [finding for path in files for finding in findings(path)]
    print("\n".join(found + [f"{len(files)} files, {len(found)} findings"]))
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
