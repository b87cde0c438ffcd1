# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Files of kernels, loaded, or compiled from a spec and kept for the next process."""

import hashlib
import json
import os
import pathlib
import shutil
from typing import List, NamedTuple, Optional, Sequence, Union

from . import _compiler
from ._cache import KernelCache
from ._library import FoveaError
from ._machine import describe_machine
from .cpu import Library
from .runtime import Bundle

Path = Union[str, os.PathLike]
Kernels = Union[Bundle, Library]

_KEY_FORMAT = 1  # counts changes of what a key is made of
_ELF = b"\x7fELF"


def load(path: Path) -> Kernels:
    """The kernels of a file: a bundle for a GPU (`foveac --emit=bundle`), or a shared library for the
    CPU (`foveac --emit=shared`). Needs neither a GPU nor the compiler.

    Raises FoveaError where it cannot be read, is neither, or is damaged.
    """
    path = _compiler.as_path("path", path)
    try:
        with open(path, "rb") as file:
            begin = file.read(len(_ELF))
    except OSError as error:
        raise FoveaError(f"expected a file of kernels, got {error}") from error
    return Library.load(path) if begin == _ELF else Bundle.load(path)


class Options(NamedTuple):
    """How a spec is compiled; each is the option of foveac of that name.

    entry: compile this function only. save: what a forward entry keeps for its backward one.
    aux_outputs: also return lse and block indices. fuse: several operations in a kernel. plugins: shared
    libraries of dialects. cpu: the processor of target "cpu", an LLVM name or "native". schedule_table:
    a file of measured schedules. built_in_table: use those that come with the compiler. ptxas: the
    one to run.
    """

    entry: Optional[str] = None
    save: Optional[Sequence[str]] = None
    aux_outputs: bool = False
    fuse: bool = True
    plugins: Sequence[str] = ()
    cpu: str = "native"
    schedule_table: Optional[Path] = None
    built_in_table: bool = True
    ptxas: Optional[Path] = None

    def as_arguments(self, target: str) -> List[str]:
        """foveac's."""
        words = [f"--target={target}"]
        words += [f"--entry={self.entry}"] if self.entry else []
        words += [f"--save={','.join(self.save)}"] if self.save is not None else []
        words += ["--aux-outputs"] if self.aux_outputs else []
        words += [] if self.fuse else ["--no-fuse"]
        words += [f"--load-dialect-plugin={plugin}" for plugin in self.plugins]
        if target == "cpu":
            return words + ["--emit=shared", f"--mcpu={self.cpu}"]
        words += [f"--schedule-table={os.fspath(self.schedule_table)}"] if self.schedule_table else []
        words += [] if self.built_in_table else ["--no-built-in-table"]
        words += [f"--ptxas={os.fspath(self.ptxas)}"] if self.ptxas else []
        return words + ["--emit=bundle"]

    def read_files(self, target: str) -> List[str]:
        """The hashes of all files that the code depends on."""
        files = list(self.plugins)
        if target != "cpu":
            files += [self.schedule_table] if self.schedule_table else []
            files += [ptxas] if (ptxas := self.ptxas or shutil.which("ptxas")) else []
        return [_compiler.hash_file(os.fspath(file)) for file in files]


def compile(spec: Path, *, target: str = "cpu", foveac: Optional[str] = None,
            cache: Optional[KernelCache] = None, **options) -> Kernels:
    """The kernels of a spec, from the cache, or compiled into it.

    spec: its text, or its file: a path, or a string of one line that ends in ".mlir".
    target: "cpu", or a GPU's, such as "sm_90a".
    foveac: the compiler; else that of FOVEA_FOVEAC, of the package, or of PATH.
    cache: KernelCache() where None: FOVEA_CACHE, or ~/.cache/fovea.
    options: the fields of Options.
    Raises FoveaError, with what the compiler says of the spec.
    """
    try:
        chosen = Options(**options)
    except TypeError:
        unknown = ", ".join(sorted(set(options) - set(Options._fields)))
        raise FoveaError(f"expected options {', '.join(Options._fields)}; got {unknown}") from None
    text, name = _read_spec(spec)
    compiler = _compiler.find_compiler(foveac)
    key = _make_key(text, target, compiler, chosen)
    cache = cache or KernelCache()

    def build(path: pathlib.Path) -> None:
        _compiler.run_compiler(compiler, [*chosen.as_arguments(target), "-o", str(path)], text, name)
        if not path.is_file():
            raise FoveaError(f"expected {compiler} to write a file, got none and no error")

    suffix = ".so" if target == "cpu" else ".fovea"
    while True:
        path = cache.get(key, suffix, build)
        try:
            return load(path)
        except FoveaError:
            if path.exists():
                raise
            # Another process made room between the two lines.


def _read_spec(spec: Path):
    """(text, what diagnostics call it)."""
    if isinstance(spec, str) and ("\n" in spec or not spec.endswith(".mlir")):
        return spec, "<spec>"
    path = _compiler.as_path("spec", spec)
    try:
        return pathlib.Path(path).read_text(encoding="utf-8"), path
    except (OSError, UnicodeDecodeError) as error:
        raise FoveaError(f"expected a spec's text or file, got {error}") from error


def _make_key(text: str, target: str, compiler: str, options: Options) -> str:
    """Equal for compiles that give the same code, for this machine where that is native."""
    parts = {"format": _KEY_FORMAT, "compiler": _compiler.hash_file(compiler), "spec": text,
             "arguments": options.as_arguments(target), "files": options.read_files(target)}
    if target == "cpu" and options.cpu == "native":
        parts["machine"] = describe_machine()
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
