# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Of package_checks.py: MiniMax-M3's attention in vLLM's call, in the model's sizes and bfloat16, against double and in
graphs."""
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Python"))
import fovea.integrations.vllm as integration  # noqa: E402
from vllm_batch import SCALE, Batch  # noqa: E402

SIZES = 64, 4, 128, 128, 16
RANK = 16, 1, 128, 128, 16  # of four
LAYOUTS = "LBHNC", "LBNHC"
# One rounding each of a weight and of a result.
CLOSE = 2 ** -7


def make_step(lengths, queries=1, layout="LBNHC", sizes=SIZES):
    """A step of decoding, of requests that share a page."""
    return Batch(lengths, (queries,) * len(lengths), torch.bfloat16, (1,), layout, sizes)


def make_chunks(layout):
    """Chunks of prompts: behind prefixes, whole, of one query and of none."""
    return Batch((2700, 130, 512, 900, 300), (65, 130, 128, 1, 0), torch.bfloat16, (2,), layout, SIZES)


def check_error(what, out, batch):
    error = (out.double() - batch.expected()).abs().max() / batch.kv_cache.nan_to_num().abs().max()
    assert error < CLOSE, f"{what}: expected an error below {CLOSE} of the largest value, got {error:.4f}"


def check_vllm_numbers(device="cuda"):
    torch.manual_seed(0)
    for layout in LAYOUTS:
        for queries in (1, 4):
            batch = make_step((5000, 4097, 128, 129, 0, 20, 2300), queries, layout).to(device)
            out = batch.decode()
            check_error(f"{layout}, steps of {queries}", out, batch)
            assert (out[4 * queries:5 * queries] == 0).all(), f"{layout}: expected 0 of a request without tokens"
        batch = make_chunks(layout).to(device)
        check_error(f"{layout}, chunks", batch.prefill(), batch)
    batch = make_step((5000, 300), sizes=RANK).to(device)
    check_error("one head of keys", batch.decode(), batch)


def check_vllm_graphs():
    """A captured step reads tables, lengths and lists when it runs, and makes no array of ends."""
    torch.manual_seed(0)
    lengths = 700, 300, 1500, 1
    captured, later = make_step(lengths).to("cuda"), make_step(lengths[::-1]).to("cuda")
    expected = captured.decode().clone(), later.decode().clone()
    made = {key: len(kept) for key, kept in integration._ends.items()}
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        captured.decode()
    for wanted in expected:
        captured.output.fill_(torch.nan)
        graph.replay()
        torch.cuda.synchronize()
        assert torch.equal(captured.output, wanted), "expected what a call without a graph gives, got other numbers"
        for name in ("q", "kv_cache", "topk_idx", "block_table", "seq_lens"):
            getattr(captured, name).copy_(getattr(later, name))
    assert made == {key: len(kept) for key, kept in integration._ends.items()}, "expected no new arrays of ends"


def compile_all(target):
    """What the checks need, where there is no GPU."""
    for batch in (*map(make_chunks, LAYOUTS), make_step((1,), sizes=RANK)):
        call = integration._Call(batch.q, batch.kv_cache, batch.topk_idx, batch.block_table, batch.seq_lens,
                                 batch.kv_cache.shape[1], SCALE, batch.output, None, None)
        for few in (False, True):
            integration._load(*call.kernel, few, target)


CHECKS = check_vllm_numbers, check_vllm_graphs
