# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tutorial.py PAGE FOLDER: makes the project that a reader of the tutorial makes who begins with the
key set alone: the page's own pieces, less what it says may be left out."""
import pathlib
import re
import sys

PIECE = re.compile(r"<!-- quotes examples/extension/(\S+) -->\n```\w+\n(.*?)```", re.S)


def main():
    page, folder = pathlib.Path(sys.argv[1]).read_text(), pathlib.Path(sys.argv[2])
    pieces = {}
    for name, text in PIECE.findall(page):
        pieces.setdefault(name, []).append(text)
    lists = pieces["CMakeLists.txt"][0]
    for left_out in ("\n  PASSES Example lib/Passes.td", " lib/DilateWindows.cpp", " lib/PooledMax.cpp"):
        assert left_out in lists, f"expected {left_out!r} in the page's CMakeLists.txt"
        lists = lists.replace(left_out, "")
    plugin = pieces["lib/Plugin.cpp"][0].split("/// For --load-pass-plugin.")[0]
    for left_out in ('#include "Passes.h"\n', '#include "mlir/Tools/Plugins/PassPlugin.h"\n'):
        assert left_out in plugin, f"expected {left_out!r} in the page's Plugin.cpp"
        plugin = plugin.replace(left_out, "")
    files = {"CMakeLists.txt": lists, "lib/Example.td": pieces["lib/Example.td"][0],
             "lib/Example.h": pieces["lib/Example.h"][0],
             "lib/Dilated.cpp": "\n".join(pieces["lib/Dilated.cpp"]), "lib/Plugin.cpp": plugin}
    for test in ("dilated", "contract", "run"):
        files[f"tests/{test}.mlir"] = pieces[f"tests/{test}.mlir"][0]
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


main()
