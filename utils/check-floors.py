#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that arrows between the libraries go down.

    utils/check-floors.py [ROOT]

lib/CMakeLists.txt lists the folders from the ground up. A library links only those that stand
above it there, includes only headers of what it links, directly or not, and of its own folder, and
runtime/ includes none of the compiler's. Prints each finding as file: what, and exits 1 if there
is one.
"""
import pathlib
import re
import sys

HEADER = re.compile(r'^#include "(fovea/[^"]+)"', re.M)
LIBRARY = re.compile(r"fovea_add_library\((\w+)(.*?)\)", re.S)


def read_libraries(root, folder):
    """{library: (its sources, what it links)} of one folder."""
    libraries = {}
    for name, rest in LIBRARY.findall((root / "lib" / folder / "CMakeLists.txt").read_text()):
        words = rest.split()
        link = words[words.index("LINK") + 1:] if "LINK" in words else []
        link = link[:link.index("DEPENDS")] if "DEPENDS" in link else link
        libraries[name] = ([word for word in words if word.endswith(".cpp")], link)
    return libraries


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
    root = root.parent.parent if root.is_file() else root
    folders = re.findall(r"^add_subdirectory\((\S+)\)", (root / "lib/CMakeLists.txt").read_text(), re.M)
    home, linked, findings = {}, {}, []
    for folder in folders:
        for name, (sources, link) in read_libraries(root, folder).items():
            home[name] = folder
            linked[name] = {folder}
            for other in link:
                if other == "FoveaRuntime":
                    continue
                if other not in home:
                    findings.append(f"lib/{folder}: expected {name} to link what stands above it in "
                                    f"lib/CMakeLists.txt, got {other}")
                else:
                    linked[name] |= linked[other]
            for source in sources:
                for header in HEADER.findall((root / "lib" / folder / source).read_text()):
                    place = str(pathlib.Path(header).relative_to("fovea").parent)
                    if place == "." or place in linked[name] or place not in folders:
                        continue  # of the runtime, or of folders that have no library
                    findings.append(f"lib/{folder}/{source}: expected headers of what {name} links, "
                                    f"got {header}")
    for path in sorted((root / "runtime").rglob("*.cpp")):
        for header in HEADER.findall(path.read_text()):
            if "/" in header[len("fovea/"):]:
                findings.append(f"{path.relative_to(root)}: expected none of the compiler's headers, "
                                f"got {header}")
    for finding in findings:
        print(finding)
    print(f"{len(home)} libraries in {len(folders)} folders, {len(findings)} findings")
    return 1 if findings or not home else 0


if __name__ == "__main__":
    sys.exit(main())
