# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Results of steps of decoding against the truth, in sampled sequences, by the tolerance of the GPU's tests."""
import torch

import arena
import checks
import expected
import truth
from gpu_bench import WrongResults


def _compare(name, got, wanted):
    """Error over tolerance; `wanted` is the truth's, then those of the same-precision computations."""
    compared = expected.compare(name, got, wanted[0], wanted[1:])
    if not compared["passed"]:
        raise WrongResults(f"{name}: error {compared['error']:.2e} > {compared['tolerance']:.2e}")
    return compared["error"] / (compared["tolerance"] or 1)


def check_written(results):
    for name, x in results.items():
        if checks.is_poison(x).any():
            raise WrongResults(f"{name}: some of it is not written")


def check_step(spec, batch, turn, entry, arguments, results, lists=None):
    """The largest error over its tolerance. `lists` [Tq, Hkv, n] are the blocks that were chosen; with
    `selected_indices` among the results, so are they."""
    check_written(results)
    kind, nsa, queries, worst = spec.kind, spec.nsa, batch.point.queries, 0.0
    for b in batch.point.sampled():
        length, own = batch.point.lengths[b], slice(b * queries, (b + 1) * queries)
        arrays = batch.of_sequence(entry, arguments, nsa, b, turn)
        positions = torch.arange(length - queries, length, device=batch.device)
        alone = expected.Batch(nsa, [length], arrays, positions=[positions])
        if lists is not None:
            alone.indices = torch.full((length, *lists.shape[1:]), -1, device=batch.device)
            alone.indices[positions] = lists[own].long()
        if "selected_indices" in results:
            check = expected.check_ranked_selection if kind == "ranked" else expected.check_selection
            if problem := check(alone, exact_ties=False)["problem"]:
                raise WrongResults(f"sequence {b}, {problem}")
        compute = {"nsa": expected.nsa_forward, "ranked": expected.ranked_forward}.get(
            kind, lambda alone, mode: expected.single_attend(alone, kind, mode))
        wanted = [compute(alone, mode) for mode in checks.modes(torch.bfloat16)]
        for name in results.keys() - {"selected_indices"}:
            worst = max(worst, _compare(f"sequence {b}, {name}", results[name][own], [x[name] for x in wanted]))
    return worst


def check_dense(point, q, o, keys_of):
    """As check_step, of attention to all keys: q and o [B, queries, Hq, D], keys_of(b) K and V [n, Hkv, D]."""
    worst = 0.0
    for b in point.sampled():
        k, v = keys_of(b)
        positions = torch.arange(point.queries, device=q.device)
        wanted = [truth.attend(q[b], k, v, truth.sees_full(len(k)), positions, q.shape[-1] ** -0.5, mode)[0]
                  for mode in checks.modes(torch.bfloat16)]
        worst = max(worst, _compare(f"sequence {b}, o", o[b], wanted))
    return worst


def check_same_bits(run, results):
    """That another run, over what no kernel writes, gives the same."""
    before = {name: x.clone() for name, x in results.items()}
    for x in results.values():
        arena.poison(x)
    run()
    if differing := checks.differing_bits(before, results):
        raise WrongResults(f"other bits from a graph: {', '.join(differing)}")
