# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tutorial.py alone|whole PAGE FOLDER: makes a project that a reader of the tutorial makes, of the
page's own pieces: the key set alone, less what the page says may be left out, or all but
the program and the test in NumPy, of which the page has parts."""
import pathlib
import re
import sys

PIECE = re.compile(r"<!-- quotes examples/extension/(\S+) -->\n```\w+\n(.*?)```", re.S)
OTHER_SOURCES = (" lib/Sinks.cpp", " lib/DilateWindows.cpp", " lib/PooledMax.cpp")


def leave_out(name, text, parts):
    for part in parts:
        assert part in text, f"expected {part!r} in the page's {name}"
        text = text.replace(part, "")
    return text


def make_alone(pieces):
    lists = leave_out("CMakeLists.txt", pieces["CMakeLists.txt"][0],
                      ("\n  PASSES Example lib/Passes.td", *OTHER_SOURCES))
    plugin = leave_out("Plugin.cpp", pieces["lib/Plugin.cpp"][0].split("/// For --load-pass-plugin.")[0],
                       ('#include "Passes.h"\n', '#include "mlir/Tools/Plugins/PassPlugin.h"\n'))
    files = {"CMakeLists.txt": lists, "lib/Example.td": pieces["lib/Example.td"][0],
             "lib/Example.h": pieces["lib/Example.h"][0],
             "lib/Dilated.cpp": "\n".join(pieces["lib/Dilated.cpp"]), "lib/Plugin.cpp": plugin}
    for test in ("dilated", "contract", "run"):
        files[f"tests/{test}.mlir"] = pieces[f"tests/{test}.mlir"][0]
    return files


def make_whole(pieces):
    files = {name: "\n".join(texts) for name, texts in pieces.items()
             if name != "main.cpp" and "pooled-max-numpy" not in name and "Inputs" not in name}
    files["CMakeLists.txt"] = pieces["CMakeLists.txt"][0]
    return files


def main():
    pieces = {}
    for name, text in PIECE.findall(pathlib.Path(sys.argv[2]).read_text()):
        pieces.setdefault(name, []).append(text)
    files = {"alone": make_alone, "whole": make_whole}[sys.argv[1]](pieces)
    for name, text in files.items():
        path = pathlib.Path(sys.argv[3]) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


main()
