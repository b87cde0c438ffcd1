# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What must not change a bit of a gradient: NaN in another sequence or in rows that are nobody's, the
number of threads, a second run. Every element of a gradient is written.

    gradient_isolation.py FILE LIBOMP"""
import sys
import tempfile

import numpy as np

from isolation import (BLOCK, DIM, HEADS, KV_HEADS, LENGTHS, STARTS, STRIDE, TOKENS, Runner, owned_windows, poison,
                       random_inputs, random_lists, random_windows, same)


def backward_inputs(windows):
    """Of tokens, and of windows where these are the keys."""
    inputs = random_inputs()
    keys = random_windows() if windows else {name: inputs[name] for name in ("k", "v")}
    random = np.random.default_rng(8)
    grad = random.standard_normal((TOKENS, HEADS, DIM)).astype(np.float32)
    return {"q": inputs["q"], "grad_o": grad}, keys


def same_gradients(what, clean, dirty, rows):
    """`rows`: of an array of that many, those that must agree."""
    for name, gradient in clean.items():
        kept = rows(len(gradient))
        same(f"{what}, {name}", gradient[kept], dirty[name][kept])


def check(run, entry, windows=False, lists=None):
    tokens, keys = backward_inputs(windows)
    keys.update(lists or {})
    clean = run.outputs(entry, {**tokens, **keys})
    everything = lambda count: np.arange(count)
    for threads in (1, 3, 8):
        same_gradients(f"{entry}, {threads} threads", clean,
                       run.outputs(entry, {**tokens, **keys}, threads), everything)
    for b in (0, 1, 3):
        begin, end = STARTS[b], STARTS[b + 1]
        # Rows of windows are of a stride of tokens each: those of the sequence, and behind its last one.
        own = lambda count: np.arange(begin // (TOKENS // count), end // (TOKENS // count))
        others = lambda count: np.setdiff1d(np.arange(count), own(count))
        dirty = {name: x if name == "indices" else poison(x, own(len(x)))
                 for name, x in {**tokens, **keys}.items()}
        same_gradients(f"{entry}, NaN in sequence {b}", clean, run.outputs(entry, dirty), others)
    if windows:
        unowned = ~owned_windows()
        dirty = {name: poison(x, unowned) for name, x in keys.items()}
        same_gradients(f"{entry}, NaN in unused rows", clean, run.outputs(entry, {**tokens, **dirty}),
                       everything)
        for name in ("grad_kc", "grad_vc"):
            assert not clean[name][unowned].any(), f"{entry}: expected 0 in unused rows of {name}"
        print(f"{entry}, unused rows: 0")


def check_lists(run):
    """The order of a list, -1 slots, and blocks later than the token, which it does not see."""
    tokens, keys = backward_inputs(windows=False)
    lists, shuffled = random_lists()
    check(run, "selected_backward", lists={"indices": lists})
    clean = run.outputs("selected_backward", {**tokens, **keys, "indices": lists})
    later = lists.copy()
    for begin, end in zip(STARTS, STARTS[1:]):
        for t in range(end - begin):
            free = later[begin + t] == -1
            later[begin + t][free] = t // 32 + 1  # in every free slot: a list may name a block twice
    assert (later != lists).any()
    for what, indices in (("lists in another order", shuffled), ("lists of later blocks", later)):
        same_gradients(what, clean, run.outputs("selected_backward", {**tokens, **keys, "indices": indices}),
                       lambda count: np.arange(count))


def random_parameters(**shapes):
    random = np.random.default_rng(9)
    return {name: random.standard_normal((KV_HEADS, *shape)).astype(np.float32) / 4
            for name, shape in shapes.items()}


def check_compression(run, entry, **parameters):
    """NaN in the tokens and the windows of another sequence, and in windows that are nobody's."""
    keys, grad, owned = random_inputs()["k"], random_windows()["kc"], owned_windows()
    inputs = {"k": keys, "grad_kc": grad, **parameters}
    clean = run.outputs(entry, inputs)
    for threads in (1, 3, 8):
        same_gradients(f"{entry}, {threads} threads", clean, run.outputs(entry, inputs, threads),
                       lambda count: np.arange(count))
    dirty = run.outputs(entry, {**inputs, "grad_kc": poison(grad, ~owned)})
    same_gradients(f"{entry}, NaN in unused rows", clean, dirty, lambda count: np.arange(count))
    for b in (0, 1, 3):
        own = np.arange(STARTS[b], STARTS[b + 1])
        windows = np.unique(own // STRIDE)[:max(0, (LENGTHS[b] - BLOCK) // STRIDE + 1)]
        dirty = run.outputs(entry, {**inputs, "k": poison(keys, own), "grad_kc": poison(grad, windows)})
        others = np.setdiff1d(np.arange(TOKENS), own)
        same(f"{entry}, NaN in sequence {b}, grad_k", clean["grad_k"][others], dirty["grad_k"][others])


def check_hidden_keys(run):
    """Keys whose score is -inf have no probability, so that their gradients are 0, nor do rows of queries
    past the last one, whose product with such a key is NaN. 0 times such a key is NaN: so are the gradients
    of the queries that see it, and of no others of another sequence."""
    tokens, keys = backward_inputs(windows=False)
    tokens["q"] = np.abs(tokens["q"]) + 1
    hidden = STARTS[1:3] - 1  # the last of a sequence
    keys["k"][hidden] = -np.inf
    gradients = run.outputs("full_backward", {**tokens, **keys})
    for name in ("grad_k", "grad_v"):
        assert np.isfinite(gradients[name]).all(), f"expected finite {name}"
        assert not gradients[name][hidden].any(), f"expected 0 in {name} of hidden keys"
        assert gradients[name].any()
    see = np.zeros(TOKENS, bool)
    for begin, end in zip(STARTS, STARTS[1:]):
        see[begin:end] = np.isin(hidden, np.arange(begin, end)).any()
    assert np.isnan(gradients["grad_q"][see]).all(), "expected NaN in grad_q of who sees a hidden key"
    assert np.isfinite(gradients["grad_q"][~see]).all() and not see.all()
    print("hidden keys: 0")


def main():
    with tempfile.TemporaryDirectory() as folder:
        run = Runner(folder, *sys.argv[1:3])
        for entry in ("causal_backward", "window_backward", "full_backward"):
            check(run, entry)
        check(run, "compressed_backward", windows=True)
        check_lists(run)
        check_hidden_keys(run)
        check_compression(run, "mean_backward")
        check_compression(run, "weighted_backward", **random_parameters(w=(BLOCK,), p=(BLOCK, DIM)))
        check_compression(run, "gated_backward", **random_parameters(u=(DIM,), c=(BLOCK,)))
        check_compression(run, "mlp_backward", **random_parameters(B1=(BLOCK * DIM, 8), b1=(8,), B2=(8, DIM), b2=(DIM,)))


main()
