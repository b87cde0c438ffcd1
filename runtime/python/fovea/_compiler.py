# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Finds and runs foveac, the compiler, which is a program of its own."""

import hashlib
import os
import pathlib
import shutil
import subprocess
from typing import Dict, List, Optional, Tuple

from ._library import FoveaError, find_packaged
from ._tensors import describe

ENVIRONMENT = "FOVEA_FOVEAC"  # names the compiler, before all other places

_hashes: Dict[Tuple[str, int, int], str] = {}  # by path, size and time of change


def as_path(place: str, path) -> str:
    """`path` as a string; `place` begins the message where it is none."""
    try:
        return os.fsdecode(path)
    except TypeError as error:
        raise FoveaError(f"{place}: expected a path, got {describe(path)}") from error


def find_compiler(path: Optional[str] = None) -> str:
    """The compiler to run: `path`, or that of FOVEA_FOVEAC, of this package, or of PATH.

    Raises FoveaError where there is none, and says how to come by one.
    """
    for name, place in ((path, "the path that was given"), (os.environ.get(ENVIRONMENT), ENVIRONMENT)):
        if name:
            if found := shutil.which(as_path(place, name)):
                return found
            raise FoveaError(f"expected foveac, Fovea's compiler, in {place}, got {name}, which is no "
                             "program")
    if found := find_packaged("bin/foveac") or shutil.which("foveac"):
        return found
    raise FoveaError(
        f"expected foveac, Fovea's compiler, found none: {ENVIRONMENT} is not set, this package was "
        "installed without it, and PATH has none. Build it with LLVM 22 (utils/quickstart.sh) and set "
        f"{ENVIRONMENT} to it, or fovea.load() what was compiled elsewhere")


def hash_file(path: str) -> str:
    """The SHA-256 of a file, read again when the file changes.

    Raises FoveaError where it cannot be read.
    """
    try:
        state = os.stat(path)
        known = (os.path.realpath(path), state.st_size, state.st_mtime_ns)
        if known not in _hashes:
            _hashes[known] = hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
    except OSError as error:
        raise FoveaError(f"expected a file that can be read, got {error}") from error
    return _hashes[known]


def run_compiler(compiler: str, arguments: List[str], text: str, name: str) -> None:
    """Compiles the spec `text`; diagnostics call it `name`.

    Raises FoveaError with what the compiler says.
    """
    try:
        done = subprocess.run([compiler, "-", *arguments], input=text, encoding="utf-8", errors="replace",
                              capture_output=True)
    except OSError as error:
        raise FoveaError(f"expected foveac at {compiler} to run, got: {error}") from error
    if done.returncode:
        said = (done.stderr or done.stdout).replace("<stdin>", name).strip()
        raise FoveaError(f"expected foveac to compile {name}, got exit status {done.returncode}:\n{said}")
