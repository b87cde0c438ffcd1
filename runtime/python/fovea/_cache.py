# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiled kernels on disk, which any number of processes make and use at the same time.

A key has a folder, and in it at most a few files:

    <folder>/<key>/<hash>.so       the entry; the hash is of the key and of what the file holds
                  /lock            held by whoever compiles; gone when nobody does
                  /new-....        where that one writes, a leftover where it was killed

So a file that was cut off, changed, or put there for another key does not bear its name, and is
made again. What compiles writes beside the entry, and renames: an entry is there whole or not at
all. The lock is the kernel's and ends with its process, however that ends.
"""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import stat
import tempfile
from typing import Callable, Iterator, Optional, Union

from ._library import FoveaError

ENVIRONMENT = "FOVEA_CACHE"
LIMIT_BYTES = 2 ** 30
_KEY = re.compile("[0-9a-f]{64}")  # nothing else in the folder is ours to remove


def default_folder() -> pathlib.Path:
    """FOVEA_CACHE, or fovea of XDG_CACHE_HOME or ~/.cache."""
    if named := os.environ.get(ENVIRONMENT):
        return pathlib.Path(named)
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "fovea"


class KernelCache:
    """Entries of a folder, at most `limit_bytes` of them: those used last stay.

    folder: default_folder() where None; made where it is not there.
    """

    def __init__(self, folder: Union[None, str, os.PathLike] = None, limit_bytes: int = LIMIT_BYTES):
        self.folder = pathlib.Path(folder) if folder is not None else default_folder()
        self.limit_bytes = limit_bytes

    def get(self, key: str, suffix: str, build: Callable[[pathlib.Path], None]) -> pathlib.Path:
        """The entry of `key`, 64 hexadecimal digits, which `build` writes to the path that it
        is given, where there is none yet. Of all processes that ask, one builds; the others wait.

        Another process may remove the entry to make room, as long as it is not open.
        Raises FoveaError where the folder cannot be written, and what `build` raises.
        """
        if found := self._find(key, suffix):
            return found
        try:
            with self._lock(key):
                entry = self._find(key, suffix) or self._build(key, suffix, build)
        except OSError as error:
            raise FoveaError(f"expected a folder for kernels that can be written, got {error}; "
                             f"{ENVIRONMENT} names another") from error
        self._make_room(entry)
        return entry

    def _find(self, key: str, suffix: str) -> Optional[pathlib.Path]:
        """The entry of `key`, if there is one that is whole; used now."""
        with contextlib.suppress(OSError):  # others may remove all of it meanwhile
            self._check_folders(key)
            for path in map((self.folder / key).joinpath, os.listdir(self.folder / key)):
                if path.suffix == suffix and _is_ours(path) and _hash(key, path) == path.stem:
                    with contextlib.suppress(OSError):  # a folder that is only read is one too
                        os.utime(path)
                    return path
        return None

    def _build(self, key: str, suffix: str, build: Callable[[pathlib.Path], None]) -> pathlib.Path:
        folder = self.folder / key
        for path in folder.iterdir():  # of those who were killed, and what is not whole
            if path.name != "lock":
                _remove(path)
        new = pathlib.Path(tempfile.mkdtemp(prefix="new-", dir=folder))
        try:
            made = new / f"made{suffix}"
            build(made)
            made.chmod(0o600)
            _sync(made)
            entry = folder / (_hash(key, made) + suffix)
            os.replace(made, entry)
            _sync(folder)
        finally:
            shutil.rmtree(new, ignore_errors=True)
        return entry

    @contextlib.contextmanager
    def _lock(self, key: str) -> Iterator[None]:
        """Alone with a key among all processes."""
        while (held := self._try_lock(key, fcntl.LOCK_EX)) is None:
            pass
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                os.unlink(self.folder / key / "lock")
            os.close(held)

    def _try_lock(self, key: str, how: int) -> Optional[int]:
        """The locked file, if it is the one that others would find; it may have been removed
        between its opening and its lock."""
        path = self.folder / key / "lock"
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.mkdir(path.parent, mode=0o700)
        try:
            self._check_folders(key)
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(file, how)
            if os.path.samestat(os.fstat(file), os.stat(path)):
                return file
        except (FileNotFoundError, BlockingIOError):
            pass
        os.close(file)
        return None

    def _check_folders(self, key: str) -> None:
        """What others can rename in is no place for what is to be run."""
        for folder in (self.folder, self.folder / key):
            state = folder.stat()
            if state.st_uid not in (os.geteuid(), 0) or state.st_mode & stat.S_IWOTH:
                raise PermissionError(f"{folder}, which another user can write")

    def _make_room(self, keep: pathlib.Path) -> None:
        """Removes what was used least recently, while all takes more than the limit."""
        sizes = {path: _measure(path) for path in self.folder.iterdir()
                 if _KEY.fullmatch(path.name)}
        total = sum(size for size, _ in sizes.values())
        for path in sorted(sizes, key=lambda path: sizes[path][1]):
            if total <= self.limit_bytes:
                return
            if path == keep.parent:
                continue
            held = self._try_lock(path.name, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if held is not None:  # nobody compiles it
                _remove(path)
                os.close(held)
                total -= sizes[path][0]


def _is_ours(path: pathlib.Path) -> bool:
    """Whether only we, or root, can have written the file."""
    state = path.lstat()
    return stat.S_ISREG(state.st_mode) and state.st_uid in (os.geteuid(), 0) and \
        not state.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _hash(key: str, path: pathlib.Path) -> str:
    return hashlib.sha256(key.encode() + b"\0" + path.read_bytes()).hexdigest()


def _measure(folder: pathlib.Path):
    """Bytes of all files of a folder, and when one was used last."""
    bytes_, last = 0, 0
    with contextlib.suppress(OSError):  # others remove files meanwhile
        for path in folder.rglob("*"):
            state = path.lstat()
            bytes_ += state.st_size
            last = max(last, state.st_mtime_ns)
    return bytes_, last


def _remove(path: pathlib.Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _sync(path: pathlib.Path) -> None:
    """Has the disk hold what a file or a folder holds."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
