# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests of the package share: where it is, a cache of their own, and attention said plainly."""

import multiprocessing
import os
import pathlib
import stat
import sys
import tempfile
import unittest

root = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(root / "runtime" / "python"))
SKIPPED = 77  # ctest's, by SKIP_RETURN_CODE

NEAR = """attn.spec @near heads 4 over 2 dims 8 x 4 of f32 entries backward {
  attn.branch @window sees #attn.window<5>
}
"""


def skip(reason):
    """Ends the process; ctest counts the test as skipped."""
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def main(compiler):
    """Runs the tests of the calling file, with `compiler` and a cache that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(FOVEA_FOVEAC=str(pathlib.Path(compiler).absolute()), FOVEA_CACHE=folder,
                          PYTHONPATH=str(root / "runtime" / "python"))
        unittest.main(argv=sys.argv[:1], verbosity=2)


def logged_compiler(folder):
    """A compiler that notes in folder/log each time that it runs. (its path, the log)"""
    path, log = pathlib.Path(folder) / "foveac", pathlib.Path(folder) / "log"
    log.touch()
    path.write_text(f"#!/bin/sh\necho ran >> {log}\nexec {os.environ['FOVEA_FOVEAC']} \"$@\"\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path), log


def run_together(run, count):
    """Exit codes of `count` processes, each of which calls `run` with an event that all wait for."""
    fork = multiprocessing.get_context("fork")
    start = fork.Event()
    processes = [fork.Process(target=run, args=(start,)) for _ in range(count)]
    for process in processes:
        process.start()
    start.set()
    for process in processes:
        process.join()
    return [process.exitcode for process in processes]


def attend(q, k, v, sees, scale=None, sinks=None):
    """Attention of one sequence in double. sees: whether query t sees key u, [T, HQ, U] or what NumPy
    makes that of. A query that sees nothing gets 0."""
    import numpy
    q, k, v = (numpy.asarray(x, "f8") for x in (q, k, v))
    k, v = (numpy.repeat(x, q.shape[1] // x.shape[1], axis=1) for x in (k, v))
    scores = numpy.einsum("thd,uhd->thu", q, k) * (q.shape[2] ** -0.5 if scale is None else scale)
    scores = numpy.where(sees, scores, -numpy.inf)
    top = scores.max(-1, keepdims=True, initial=-1e30)
    weights = numpy.exp(scores - top)
    total = weights.sum(-1, keepdims=True)
    if sinks is not None:
        total = total + numpy.exp(numpy.asarray(sinks, "f8")[:, None] - top)
    return numpy.einsum("thu,uhd->thd", weights / numpy.maximum(total, 1e-300), v)
