# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What must not change a bit: NaN that is nobody's, the order of an index list, the number
of threads, a second run. Compares the raw bytes of outputs.

    isolation.py FILE LIBOMP"""
import functools
import sys
import tempfile

import numpy as np

from compiled import Compiled

LENGTHS = [33, 200, 0, 5, 129]
STARTS = np.concatenate([[0], np.cumsum(LENGTHS)])
TOKENS = int(STARTS[-1])
HEADS, KV_HEADS, DIM, STRIDE, BLOCK = 4, 2, 16, 8, 16


class Runner:
    """Compiles once for each set of options."""

    def __init__(self, folder, spec, openmp):
        self.compile = functools.cache(lambda *options: Compiled(folder, spec, openmp, options))

    def outputs(self, entry, inputs, threads=2, extra=()):
        """Outputs by name for these inputs."""
        return self.compile(*extra)(entry, LENGTHS, inputs, threads)

    def __call__(self, *arguments, **options):
        """Output `o` alone."""
        return self.outputs(*arguments, **options)["o"]


def same(what, a, b):
    if a.tobytes() != b.tobytes():
        differing = int(np.sum(a.view(np.uint32) != b.view(np.uint32)))
        sys.exit(f"{what}: {differing} of {a.size} elements differ")
    if not np.isfinite(a).all():
        sys.exit(f"{what}: not finite")
    print(f"{what}: same bits")


def random_inputs():
    random = np.random.default_rng(5)
    normal = lambda *shape: random.standard_normal(shape).astype(np.float32)
    return {"q": normal(TOKENS, HEADS, DIM), "k": normal(TOKENS, KV_HEADS, DIM),
            "v": normal(TOKENS, KV_HEADS, DIM), "gates": normal(TOKENS, HEADS, 3)}


def poison(array, rows):
    result = array.copy()
    result[rows] = np.nan
    result[rows, ..., ::2] = np.inf
    return result


def check_sequences(run):
    """NaN and Inf in one sequence leave every other one alone."""
    inputs = random_inputs()
    clean = run("nsa_forward", inputs)
    for b in (0, 1, 3):
        rows = np.arange(STARTS[b], STARTS[b + 1])
        others = np.setdiff1d(np.arange(TOKENS), rows)
        dirty = run("nsa_forward", {name: poison(x, rows) for name, x in inputs.items()})
        same(f"NaN in sequence {b}", clean[others], dirty[others])
    same("a second run", clean, run("nsa_forward", inputs))
    for threads in (1, 3, 8):
        same(f"{threads} threads", clean, run("nsa_forward", inputs, threads))
    # Not bit for bit, but the same function: gates or not, fused or not.
    unfused = run("nsa_forward", inputs, extra=["--no-fuse"])
    if np.abs(unfused - clean).max() > 1e-5 * np.abs(clean).max():
        sys.exit("fused and unfused disagree")


def owned_windows():
    """Which compressed rows are a sequence's; others, between two sequences' windows, are nobody's."""
    owned = np.zeros(TOKENS // STRIDE, bool)
    for b, length in enumerate(LENGTHS):
        first = STARTS[b] // STRIDE
        owned[first:first + max(0, (length - BLOCK) // STRIDE + 1)] = True
    assert not owned.all()
    return owned


def random_windows():
    random = np.random.default_rng(6)
    return {name: random.standard_normal((TOKENS // STRIDE, KV_HEADS, DIM)).astype(np.float32)
            for name in ("kc", "vc")}


def check_compressed_gaps(run):
    """NaN in compressed rows that are nobody's reaches no query."""
    inputs, owned, compressed = random_inputs(), owned_windows(), random_windows()
    clean = run("compressed", {"q": inputs["q"], **compressed})
    dirty = {name: poison(x, ~owned) for name, x in compressed.items()}
    same("NaN in unused compressed rows", clean, run("compressed", {"q": inputs["q"], **dirty}))


def random_lists():
    """Lists of up to 5 blocks of 32 tokens, and the same in another order with -1 slots anywhere."""
    random = np.random.default_rng(7)
    lists = np.full((TOKENS, KV_HEADS, 5), -1, np.int32)
    shuffled = lists.copy()
    for b, length in enumerate(LENGTHS):
        for t in range(length):
            for g in range(KV_HEADS):
                own = t // 32
                chosen = random.permutation(own + 1)[:5]
                lists[STARTS[b] + t, g, :len(chosen)] = np.sort(chosen)
                slots = random.permutation(5)
                shuffled[STARTS[b] + t, g, slots[:len(chosen)]] = random.permutation(chosen)
    return lists, shuffled


def check_index_order(run):
    """Any order of an index list, and -1 slots anywhere, give the same answer."""
    inputs = random_inputs()
    lists, shuffled = random_lists()
    operands = {name: inputs[name] for name in ("q", "k", "v")}
    same("permuted index lists", run("selected", {**operands, "indices": lists}),
         run("selected", {**operands, "indices": shuffled}))


def main():
    with tempfile.TemporaryDirectory() as folder:
        run = Runner(folder, *sys.argv[1:3])
        check_sequences(run)
        check_compressed_gaps(run)
        check_index_order(run)


if __name__ == "__main__":
    main()
