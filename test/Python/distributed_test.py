#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests fovea.distributed by 1 to 4 processes that talk over Gloo, against the same calls of whole sequences in one.

Usage: distributed_test.py <foveac>
"""

import itertools
import json
import pathlib
import subprocess
import sys
import tempfile
import traceback
import unittest

import support

try:
    import torch
except ImportError:
    support.skip("PyTorch is not installed")
if not torch.distributed.is_available() or not torch.distributed.is_gloo_available():
    support.skip("this PyTorch has no torch.distributed with Gloo")
import torch.multiprocessing
import fovea
from fovea.distributed import Zigzag
from fovea.distributed._chunks import list_chunks, list_rows

HQ, HKV, D = 4, 2, 16
# Lengths that no number of chunks divides, an empty sequence, and sequences with fewer tokens than chunks.
ENDS = [0, 50, 50, 53, 153, 154, 218]
NSA = dict(block=8, stride=4, selected_block=8, top=3, initial=1, local=1, window=20)
# Of the largest: sums of some hundred products come in another order.
CLOSE = 32 * torch.finfo(torch.float32).eps


def draw(*shape):
    return torch.randn(shape, requires_grad=True)


def make_calls():
    """{name: (function of arrays and what says where sequences are, arrays with rows, weights)}."""
    torch.manual_seed(0)
    tokens = ENDS[-1]
    q, k, v, gates = draw(tokens, HQ, D), draw(tokens, HKV, D), draw(tokens, HKV, D), draw(tokens, HQ, 3)
    index = draw(tokens, HKV, D).detach(), draw(tokens, 1, D).detach()
    sinks = draw(HQ)
    position = torch.cat([torch.arange(end - begin) for begin, end in zip(ENDS, ENDS[1:])])
    lists = torch.stack([torch.zeros_like(position), torch.where(position >= 8, position // 8, -1)], -1)
    lists = lists.to(torch.int32)[:, None].repeat(1, HKV, 1)
    shapes = {"B1": (HKV, 8 * D, 16), "b1": (HKV, 16), "B2": (HKV, 16, D), "b2": (HKV, D), "pos": (HKV, 8, D)}
    names = [f"{of}_{name}" for of in "kv" for name in shapes]
    mlp = [(0.1 * torch.randn(shapes[name[2:]])).requires_grad_() for name in names]

    def with_mlp(rows, weights, where):
        return fovea.nsa(*rows, where, phi="mlp gelu", parameters=dict(zip(names, weights)), **NSA)

    def with_own(rows, weights, where):
        q, k0, k1, k2, v0, v1, v2, gates = rows
        return fovea.nsa(q, [k0, k1, k2], [v0, v1, v2], gates, where, gate_logits=False, **NSA)
    return {
        "nsa": (lambda rows, weights, where: fovea.nsa(*rows, where, **NSA), (q, k, v, gates), ()),
        "mlp": (with_mlp, (q, k, v, gates), mlp),
        "own": (with_own, (q, k, *(draw(tokens, HKV, D) for _ in range(4)), v, gates), ()),
        "msa": (lambda rows, weights, where: fovea.msa(*rows, where, block=8, top=3), (q, k, v, *index), ()),
        "window": (lambda rows, weights, where: fovea.window(*rows, where, size=20), (q, k, v), ()),
        "causal": (lambda rows, weights, where: fovea.causal(*rows, where, sinks=weights[0]), (q, k, v), (sinks,)),
        "compressed": (lambda rows, weights, where: fovea.compressed(*rows, where, block=8, stride=4), (q, k, v), ()),
        "selected": (lambda rows, weights, where: fovea.selected(*rows, where, block=8), (q, k, v, lists), ())}


def differentiate(call, rows, weights, where, grad_o):
    """The output, and the gradients of what has some."""
    o = call(rows, weights, where)
    wanted = [x for x in (*rows, *weights) if x.requires_grad]
    return o.detach(), torch.autograd.grad(o, wanted, grad_o)


def check_call(name, call, rows, weights):
    where = torch.tensor(ENDS, dtype=torch.int32)
    grad_o = torch.randn(rows[0].shape)
    o, gradients = differentiate(call, rows, weights, where, grad_o)
    results = []
    for keep_gathered in (False, True, False):
        shards = Zigzag(where, keep_gathered=keep_gathered)
        parts = [shards.shard(x.detach()).requires_grad_(x.requires_grad) for x in rows]
        part, found = differentiate(call, parts, weights, shards, shards.shard(grad_o))
        results.append((part, found))
        assert torch.equal(shards.unshard(part), o), f"{name}: expected the bits that one process gives"
    for again in results[1:]:
        for a, b in zip((results[0][0], *results[0][1]), (again[0], *again[1])):
            assert torch.equal(a, b), f"{name}: expected the same bits in every run"
    with torch.no_grad():
        assert torch.equal(call(parts, weights, shards), part), f"{name}: expected the same bits without gradients"
    of_rows = sum(x.requires_grad for x in rows)
    for i, (got, wanted) in enumerate(zip(found, gradients)):
        # That of an mlp's last bias of keys is 0 but for roundings: keys that all move alike change no weight.
        largest = max(x.abs().max().item() for x in (gradients[of_rows:] if i >= of_rows else [wanted]))
        if i < of_rows:
            got = shards.unshard(got)
            assert torch.equal(got, wanted) or got.shape[1] != HQ, f"{name}: expected a query's gradients to be equal"
        else:
            torch.distributed.all_reduce(got)
        error = (got - wanted).abs().max().item() / largest
        assert largest > 0 and error < CLOSE, \
            f"{name}, gradient {i}: expected an error below {CLOSE:.1e} of the largest, got {error:.1e}"


def check_calls():
    for name, (call, rows, weights) in make_calls().items():
        check_call(name, call, rows, weights)


def check_types():
    """Gradients of bfloat16 are added up in float32: one rounding, and those of a process's two calls."""
    torch.manual_seed(0)
    rows = [torch.randn(ENDS[-1], heads, D).bfloat16().requires_grad_() for heads in (HQ, HKV, HKV)]
    grad_o = torch.randn(rows[0].shape).bfloat16()
    where, shards = torch.tensor(ENDS, dtype=torch.int32), Zigzag(ENDS)
    o, gradients = differentiate(lambda x, _, where: fovea.causal(*x, where), rows, (), where, grad_o)
    parts = [shards.shard(x.detach()).requires_grad_() for x in rows]
    part, found = differentiate(lambda x, _, where: fovea.causal(*x, where), parts, (), shards, shards.shard(grad_o))
    assert torch.equal(shards.unshard(part), o)
    for got, wanted in zip(found, gradients):
        error = (shards.unshard(got).float() - wanted.float()).abs().max() / wanted.float().abs().max()
        assert got.dtype == torch.bfloat16 and error < 4 * 2 ** -8, error


def check_parts():
    """What a process has, and how it gets all of it, numbers and gradients."""
    shards, rank = Zigzag(ENDS), torch.distributed.get_rank()
    tokens = torch.arange(ENDS[-1])
    assert torch.equal(shards.rows, shards.shard(tokens)) and shards.tokens == ENDS[-1]
    assert torch.equal(shards.unshard(shards.rows), tokens)
    first = torch.tensor(ENDS)[torch.bucketize(shards.rows, torch.tensor(ENDS[1:]), right=True)]
    assert torch.equal(shards.positions, shards.rows - first)
    part = torch.randn(len(shards.rows), 3, requires_grad=True)
    weights = torch.arange(ENDS[-1] * 3.).view(-1, 3)
    [gradient] = torch.autograd.grad((shards.unshard(part) * weights * (rank + 1)).sum(), part)
    ranks = torch.distributed.get_world_size()
    assert torch.equal(gradient, shards.shard(weights) * (ranks * (ranks + 1) // 2))


def check_traces():
    """torch.compile takes a call into its graph, the collectives too, and it has the same bits."""
    call, rows, weights = make_calls()["causal"]
    shards = Zigzag(ENDS)
    parts = [shards.shard(x.detach()).requires_grad_() for x in rows]
    traced = torch.compile(lambda *x: call(x, weights, shards) + 1, fullgraph=True, backend="aot_eager")
    grad_o = torch.randn(parts[0].shape)
    o = traced(*parts)
    expected, gradients = differentiate(lambda *x: call(*x) + 1, parts, weights, shards, grad_o)
    assert torch.equal(o, expected)
    for got, wanted in zip(torch.autograd.grad(o, (*parts, *weights), grad_o), gradients):
        assert torch.equal(got, wanted)


def check_groups():
    """A group of some processes, and a process that is not of it."""
    group = torch.distributed.new_group([0])
    if torch.distributed.get_rank() == 0:
        q, k, v = (torch.randn(9, heads, D) for heads in (HQ, HKV, HKV))
        shards = Zigzag([0, 9], group)
        o = fovea.causal(*(shards.shard(x) for x in (q, k, v)), shards)
        assert torch.equal(shards.unshard(o), fovea.causal(q, k, v))
    else:
        check_refused("group: expected one that this process is of", lambda: Zigzag([0, 9], group))


def check_empty():
    """No tokens at all."""
    shards = Zigzag([0, 0])
    q, k, v = (torch.randn(0, heads, D, requires_grad=True) for heads in (HQ, HKV, HKV))
    o = fovea.causal(q, k, v, shards)
    assert o.shape == (0, HQ, D)
    assert [x.shape for x in torch.autograd.grad(o.sum(), (q, k, v))] == [q.shape, k.shape, v.shape]


def check_refused(text, call):
    try:
        call()
    except fovea.FoveaError as error:
        assert text in str(error), f"expected '{text}' in '{error}'"
    else:
        raise AssertionError(f"expected a FoveaError: {text}")


def check_errors():
    """Each before anything is sent."""
    shards = Zigzag([0, 9])
    count = len(shards.rows)
    q, k, v = (torch.randn(count, heads, D, requires_grad=True) for heads in (HQ, HKV, HKV))
    ends = torch.tensor([0, count], dtype=torch.int32)
    for text, call in (
            (f"k: expected {count} rows, of this process's tokens, got the shape ({count + 1}, 2, 16)",
             lambda: fovea.causal(q, torch.cat([k, k[:1]]), v, shards)),
            ("q: expected a tensor, got a numpy.ndarray", lambda: fovea.causal(q.detach().numpy(), k, v, shards)),
            ("v: expected a tensor on cpu, as Zigzag was told, got one on meta",
             lambda: fovea.causal(q, k, v.to("meta"), shards)),
            ("v: expected float32, got float16",
             lambda: fovea.causal(q, k, v.half(), shards)),
            (f"v: expected the shape (rows, 2, 16), got ({count}, 1, 16)",
             lambda: fovea.causal(q, k, v[:, :1], shards)),
            ("sinks: expected a tensor, got a float", lambda: fovea.causal(q, k, v, shards, sinks=0.0)),
            ("cu_seqlens_k: expected none beside a Zigzag, which has keys gathered, got a torch.Tensor",
             lambda: fovea.causal(q, k, v, shards, cu_seqlens_k=ends)),
            ("cu_seqlens: expected integers [B + 1], got a float", lambda: Zigzag(9.0)),
            ("cu_seqlens: expected integers [B + 1], got a torch.Tensor", lambda: Zigzag(torch.tensor([0., 9.]))),
            ("cu_seqlens: expected numbers that start at 0 and do not decrease, got [0, 9, 8]",
             lambda: Zigzag([0, 9, 8])),
            ("cu_seqlens: expected numbers that start at 0 and do not decrease, got [1, 9]", lambda: Zigzag([1, 9])),
            (f"whole: expected 9 rows, tokens of all sequences, got the shape ({count + 9}, 1)",
             lambda: shards.shard(torch.zeros(count + 9, 1))),
            (f"part: expected {count} rows, of this process's tokens, got the shape ()",
             lambda: shards.unshard(torch.zeros(())))):
        check_refused(text, call)
    gradients = torch.autograd.grad(fovea.causal(q, k, v, shards).sum(), (q, k, v), create_graph=True)
    check_refused("causal_extend_backward: expected to be differentiated once, got a second derivative",
                  lambda: torch.autograd.grad(gradients[0].sum(), q))


CHECKS = (check_parts, check_calls, check_types, check_groups, check_empty, check_errors)


def run(rank, ranks, folder):
    """All checks in one process of `ranks`; what failed is in a file of the folder."""
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=ranks)
    try:
        for check in CHECKS + ((check_traces,) if ranks == 2 else ()):  # a trace takes seconds
            check()
    except BaseException:  # before the others notice that this one is gone
        pathlib.Path(folder, f"failed{rank}").write_text(traceback.format_exc())
        raise
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


class DistributedTest(unittest.TestCase):
    def test_processes(self):
        for ranks in (1, 2, 3, 4):
            with self.subTest(processes=ranks), tempfile.TemporaryDirectory() as folder:
                try:
                    torch.multiprocessing.spawn(run, (ranks, folder), nprocs=ranks)
                except Exception as error:  # noqa: BLE001, whichever process was the first to end
                    texts = [file.read_text() for file in sorted(pathlib.Path(folder).glob("failed*"))]
                    self.fail("\n".join(texts) or str(error))

    def test_chunks(self):
        """Each token is in one, their sizes differ by at most one, and so do a process's and another's by two."""
        for length, ranks in itertools.product((0, 1, 2, 3, 7, 8, 9, 100, 101), (1, 2, 3, 5)):
            ends = [0, 4, 4 + length]
            every = [list_chunks(ends, rank, ranks) for rank in range(ranks)]
            rows = sorted(row for early, late in every for some in list_rows(early + late) for row in some)
            self.assertEqual(rows, list(range(ends[-1])))
            sizes = [chunk.end - chunk.begin for early, late in every for chunk in (early[1], late[1])]
            self.assertLessEqual(max(sizes) - min(sizes), 1)
            for early, late in every:
                self.assertLessEqual(early[1].end, late[1].begin)

    def test_programs_for_gpus_run_on_the_cpu(self):
        for program in ("test/gpu/context_checks.py", "benchmarks/context_parallel.py"):
            with self.subTest(program), tempfile.TemporaryDirectory() as folder:
                result = pathlib.Path(folder, "result.json")
                more = ["--rounds", "1"] if "benchmarks" in program else []
                done = subprocess.run([sys.executable, str(support.root / program), "run", "--device", "cpu", "--tokens",
                                       "300", "--heads", "2", "1", "--dim", "16", "--json", str(result), *more],
                                      text=True, capture_output=True)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertEqual({row["call"] for row in json.loads(result.read_text())["rows"]},
                                 {"nsa", "weighted", "msa", "window", "causal"})

    def test_needs_a_group(self):
        with self.assertRaisesRegex(fovea.FoveaError, "expected torch.distributed.init_process_group to have been"):
            Zigzag([0, 4])


if __name__ == "__main__":
    support.main(sys.argv[1])
