# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels of the Python package, compiled where there is no GPU into a cache that is carried to where one is. The
compiler and ptxas go along: by their contents kernels are known, and on the GPU's machine they need not run."""
import contextlib
import os
import pathlib
import shutil
import sys
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "runtime" / "python"))
from fovea import _attend_torch  # noqa: E402


def use(out):
    """Has this process, and those that it starts, find the kernels of a folder."""
    folder = (out / "bin").absolute()
    os.environ.update(FOVEA_FOVEAC=str(folder / "foveac"), FOVEA_CACHE=str((out / "cache").absolute()),
                      PATH=f"{folder}:{os.environ['PATH']}")


@contextlib.contextmanager
def compiling(out, foveac, target):
    """Inside, tensors are fake, on any device, and a call compiles into the folder and runs nothing."""
    from torch._subclasses.fake_tensor import FakeTensorMode
    folder = out / "bin"
    folder.mkdir(parents=True, exist_ok=True)
    for program, found in (("foveac", foveac), ("ptxas", shutil.which("ptxas"))):
        shutil.copy(found, folder / program)
    use(out)
    with mock.patch.object(_attend_torch, "_gpu_target", lambda *_: target), FakeTensorMode():
        yield
