#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests fovea.integrations.vllm on the CPU, against what the functions are to compute, said in plain PyTorch of double.
vLLM itself is not needed. Where PyTorch is not installed the test is skipped.

Usage: vllm_test.py <foveac>
"""

import sys
import types
import unittest
from unittest import mock

import support

try:
    import torch
except ImportError:
    support.skip("PyTorch is not installed")
import fovea
import fovea.integrations.vllm as integration
from torch.utils._python_dispatch import TorchDispatchMode
from vllm_batch import SIZES, Batch, ints

torch.set_num_threads(1)
HQ, HKV, D, P, N = SIZES
# Of the largest value: of f32 some tens of roundings of sums; of bf16 one each of a weight and of the result.
CLOSE = {torch.float32: 1e-5, torch.bfloat16: 2 ** -7, torch.float16: 2 ** -10}


class Case(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(0)

    def compare(self, out, batch):
        wanted = batch.expected()
        values = batch.kv_cache[..., batch.q.shape[2]:].nan_to_num().abs().max().double()
        self.assertGreater(wanted.abs().max(), values / 8)
        self.assertLess((out.double() - wanted).abs().max(), CLOSE[batch.q.dtype] * values)


class PrefillTest(Case):
    # Whole prompts, chunks behind prefixes, lengths at the ends of pages, one query, no queries, no tokens.
    LENGTHS, QUERIES = (53, 16, 17, 64, 33, 20, 0, 48), (53, 16, 3, 16, 1, 0, 0, 31)

    def test_against_double(self):
        for dtype in CLOSE:
            for layout in ("LBHNC", "LBNHC"):
                with self.subTest(dtype=dtype, layout=layout):
                    batch = Batch(self.LENGTHS, self.QUERIES, dtype, layout=layout)
                    self.assertEqual(batch.kv_cache.is_contiguous(), layout == "LBHNC")
                    self.compare(batch.prefill(), batch)

    def test_requests_that_share_pages(self):
        batch = Batch((40, 40, 20), (8, 24, 4), shared=(1, 2))
        self.assertEqual(len(batch.block_table[:, 0].unique()), 1)
        self.compare(batch.prefill(), batch)

    def test_the_model_s_sizes_of_a_rank(self):
        """64 heads over 4, on four ranks, in bf16: a chunk behind a prefix of many pages."""
        batch = Batch((2200, 140), (6, 3), torch.bfloat16, sizes=(16, 1, 128, 128, 16))
        self.compare(batch.prefill(), batch)

    def test_parts_of_a_mixed_batch(self):
        """As vLLM cuts them: the decoding requests come first in what all arrays are."""
        whole = Batch((19, 35, 50), (1, 1, 20))
        parts = whole.output.clone()
        step = dict(q=whole.q[:2], topk_idx=whole.topk_idx[:, :2], block_table=whole.block_table[:2],
                    seq_lens=whole.seq_lens[:2], output=parts[:2])
        whole.decode(**step)
        self.assertTrue(whole.seq_lens[2:].data_ptr() % 16)
        whole.prefill(q=whole.q[2:], topk_idx=whole.topk_idx[:, 2:], block_table=whole.block_table[2:],
                      cu_seqlens_q=whole.cu_seqlens_q[2:] - 2, seq_lens=whole.seq_lens[2:],
                      prefix_lens=whole.prefix_lens[2:], output=parts[2:])
        self.compare(parts, whole)

    def test_no_queries_at_all(self):
        batch = Batch((20, 0), (0, 0))
        self.assertEqual(batch.prefill().shape, (0, HQ, D))


class DecodeTest(Case):
    def test_against_double(self):
        for dtype in (torch.float32, torch.bfloat16):
            for layout in ("LBHNC", "LBNHC"):
                for queries in (1, 4):
                    with self.subTest(dtype=dtype, layout=layout, queries=queries):
                        lengths = (4, 16, 17, 50, 64, 31)
                        batch = Batch(lengths, (queries,) * len(lengths), dtype, shared=(4,), layout=layout)
                        self.compare(batch.decode(), batch)

    def test_requests_that_fill_a_graph_s_batch_up(self):
        """They have no tokens, and get 0, whatever is listed for them."""
        for queries in (1, 4):
            batch = Batch((33, 0, 20, 0), (queries,) * 4)
            batch.topk_idx[:, queries:2 * queries] = 0
            batch.block_table[1, 0] = batch.block_table[0, 0]
            out = batch.decode()
            empty = (batch.seq_lens == 0).repeat_interleave(queries)
            self.assertTrue((out[empty] == 0).all())
            self.compare(out, batch)

    def test_lists(self):
        """Empty ones give 0, and -1 may stand anywhere."""
        batch = Batch((60, 60, 60), (1, 1, 1))
        batch.topk_idx[:, 1] = -1
        batch.topk_idx[:, 2] = ints([-1, 2, -1])
        out = batch.decode()
        self.assertTrue((out[1] == 0).all())
        self.compare(out, batch)
        self.assertFalse((out == 0).all())

    def test_every_listed_block_counts(self):
        """What the comparisons would see: one block more or less."""
        batch = Batch((60,), (1,))
        batch.topk_idx[:, 0] = ints([3, 0, 1])
        out, wanted = batch.decode(), batch.expected()
        batch.topk_idx[:, 0, 2] = -1
        self.assertGreater((batch.expected() - wanted).abs().max(), 1e-2)
        self.assertLess((out.double() - wanted).abs().max(), 1e-4)

    def test_lists_and_tables_in_other_memory(self):
        batch = Batch((19, 35), (1, 1))
        wanted = batch.decode().clone()
        wide = torch.full((2, 9), 10 ** 6, dtype=torch.int32)
        wide[:, :batch.block_table.shape[1]] = batch.block_table
        for other in (dict(topk_idx=batch.topk_idx.contiguous()),
                      dict(block_table=wide[:, :batch.block_table.shape[1]]),
                      dict(seq_lens=ints([0, 19, 35])[1:])):
            with self.subTest(list(other)):
                self.assertTrue(torch.equal(batch.decode(output=torch.full_like(wanted, torch.nan), **other), wanted))


class Operations(TorchDispatchMode):
    """The names of PyTorch's operations that run inside."""

    def __enter__(self):
        self.names = set()
        return super().__enter__()

    def __torch_dispatch__(self, operation, kinds, arguments=(), options=None):
        self.names.add(operation.overloadpacket.__name__)
        return operation(*arguments, **(options or {}))


class KeptTest(Case):
    """What a call makes for itself, and what later ones find."""

    def test_a_steady_step_copies_nothing(self):
        """The kernel has vLLM's arrays, and what else it takes is that of the step before."""
        for layout in ("LBHNC", "LBNHC"):
            batch = Batch((19, 35), (1, 1), layout=layout)
            batch.decode()
            with mock.patch.object(integration, "_load") as load, Operations() as operations:
                batch.decode()
                batch.decode()
            first, second = ([array.data_ptr() for array in call.args] for call in load.return_value.call_args_list)
            self.assertEqual(first, second)
            for array in (batch.q, batch.kv_cache, batch.topk_idx, batch.block_table, batch.seq_lens, batch.output):
                self.assertIn(array.data_ptr(), first)
            of_cpu = {"eq", "any", "is_nonzero", "_local_scalar_dense"}  # which looks for requests without tokens
            self.assertEqual(operations.names - of_cpu, {"transpose", "as_strided", "slice"})

    def test_kernels_have_addresses_that_a_gpu_s_take(self):
        """Of numbers that begin anywhere, as those of a mixed batch's prompts do."""
        batch = Batch((19, 35), (2, 3))
        odd = {}
        for name in ("topk_idx", "block_table", "cu_seqlens_q", "seq_lens"):
            array = getattr(batch, name)
            lists = array.transpose(0, 1) if name == "topk_idx" else array
            odd[name] = torch.empty(array.numel() + 1, dtype=torch.int32)[1:].view(lists.shape).copy_(lists)
            self.assertTrue(odd[name].data_ptr() % 16)
        odd["topk_idx"] = odd["topk_idx"].transpose(0, 1)
        with mock.patch.object(integration, "_load") as load:
            batch.prefill(**odd)
        self.assertEqual([array.data_ptr() % 16 for array in load.return_value.call_args.args], 8 * [0])
        self.compare(batch.prefill(**odd), batch)

    def test_inference_mode(self):
        """What a call under it keeps serves later ones without."""
        integration._ends.clear()
        batch = Batch((19, 35), (1, 1))
        with torch.inference_mode():
            batch.decode()
        self.assertFalse(any(ends.is_inference() for kept in integration._ends.values() for ends in kept))
        self.compare(batch.decode(), batch)

    def test_a_kernel_of_chunks_and_one_of_steps_serve_all_batches(self):
        integration._load.cache_clear()
        for lengths in ((19,), (35, 20), (64, 1, 7)):
            batch = Batch(lengths, (1,) * len(lengths))
            batch.decode()
            batch.prefill()
        self.assertEqual(integration._load.cache_info().misses, 2)

    def test_ends(self):
        integration._ends.clear()
        cpu = torch.device("cpu")
        first = integration._number_ends(3, 7, cpu)
        self.assertEqual(first.tolist(), [0, 7, 14, 21])
        for count in (0, 2, 3):
            self.assertEqual(integration._number_ends(count, 7, cpu).data_ptr(), first.data_ptr())
        self.assertEqual(integration._number_ends(5, 7, cpu).tolist(), [0, 7, 14, 21, 28, 35])
        self.assertEqual([ends.shape[0] for ends in integration._ends[7, cpu]], [4, 8])  # a graph may read the first
        self.assertEqual(integration._number_ends(1, 2 ** 31 - 1, cpu).tolist(), [0, 2 ** 31 - 1])


class RefusalTest(Case):
    """Before anything is compiled."""

    def setUp(self):
        super().setUp()
        patch = mock.patch.object(integration, "_load", side_effect=AssertionError("a kernel was asked for"))
        patch.start()
        self.addCleanup(patch.stop)
        self.batch = Batch((19, 35), (1, 1))

    def refuse(self, text, both=True, **other):
        for call in (self.batch.decode, self.batch.prefill)[not both:]:
            with self.subTest(text, call=call.__name__), self.assertRaises(fovea.FoveaError) as caught:
                call(**other)
            self.assertIn(text, str(caught.exception))

    def test_what_is_no_tensor(self):
        for name in ("q", "kv_cache", "topk_idx", "block_table", "seq_lens", "output"):
            self.refuse(f"{name}: expected a tensor, got a list", **{name: [1]})
        for name in ("cu_seqlens_q", "prefix_lens"):
            self.refuse(f"{name}: expected a tensor, got None", both=False, **{name: None})

    def test_devices(self):
        for name in ("kv_cache", "topk_idx", "block_table", "seq_lens", "output"):
            meta = self.batch.output if name == "output" else getattr(self.batch, name)
            self.refuse(f"{name}: expected a tensor on cpu, where q is, got one on meta", **{name: meta.to("meta")})

    def test_types(self):
        batch = self.batch
        self.refuse("q: expected one of float32, bfloat16, float16; got float64", q=batch.q.double())
        self.refuse("kv_cache: expected torch.float32, got torch.bfloat16", kv_cache=batch.kv_cache.bfloat16())
        self.refuse("output: expected torch.float32, got torch.bfloat16", output=batch.output.bfloat16())
        for name in ("topk_idx", "block_table", "seq_lens"):
            self.refuse(f"{name}: expected torch.int32, got torch.int64", **{name: getattr(batch, name).long()})
        for name, array in (("cu_seqlens_q", batch.cu_seqlens_q), ("prefix_lens", batch.prefix_lens)):
            self.refuse(f"{name}: expected torch.int32, got torch.int64", both=False, **{name: array.long()})

    def test_caches_of_fp8(self):
        fp8 = self.batch.kv_cache.to(torch.float8_e4m3fn)
        for cache in (fp8, fp8.view(torch.uint8)):
            self.refuse(f"kv_cache: expected torch.float32, got {cache.dtype}; caches of fp8 have no kernel",
                        kv_cache=cache)

    def test_scales_of_the_cache(self):
        for name in ("k_scale", "v_scale"):
            self.refuse(f"{name}: expected None or 1.0, for the cache is of q's type, got 0.5", **{name: 0.5})
            self.refuse(f"{name}: expected None or 1.0, for the cache is of q's type, got a torch.Tensor",
                        **{name: torch.ones(())})

    def test_numbers(self):
        self.refuse("sm_scale: expected a number, got a torch.Tensor", sm_scale=torch.tensor(0.3))
        self.refuse("sm_scale: expected a number, got None", sm_scale=None)
        self.refuse("num_kv_heads: expected an integer, got a float", num_kv_heads=2.0)
        self.refuse("max_query_len: expected an integer, got None", both=False, max_query_len=None)
        with self.assertRaisesRegex(fovea.FoveaError, "decode_query_len: expected an integer, got a float"):
            self.batch.decode(decode_query_len=1.0)
        for wrong in (0, 2, -1):
            with self.assertRaisesRegex(fovea.FoveaError, "decode_query_len: expected the 2 rows of q over the 2 "
                                        f"requests, got {wrong}"):
                self.batch.decode(decode_query_len=wrong)

    def test_shapes(self):
        batch = self.batch
        self.refuse("q: expected the shape (tokens, heads, dim), got (2, 64)", q=batch.q.flatten(1))
        self.refuse(f"kv_cache: expected the shape (pages, 4, tokens, {2 * D}), got", num_kv_heads=4)
        self.refuse(f"kv_cache: expected the shape (pages, {HKV}, tokens, {2 * D}), got",
                    kv_cache=batch.kv_cache[..., :D].contiguous())
        self.refuse(f"topk_idx: expected the shape ({HKV}, 2, blocks), got (2, 1, {N})", topk_idx=batch.topk_idx[:, :1])
        self.refuse("block_table: expected the shape (requests, blocks), got", block_table=batch.block_table.flatten())
        self.refuse("seq_lens: expected the shape (2), got (1,)", seq_lens=batch.seq_lens[:1])
        self.refuse(f"output: expected the shape (2, {HQ}, {D}), got (1, {HQ}, {D})", output=batch.output[:1])
        self.refuse("cu_seqlens_q: expected the shape (3), got (2,)", both=False, cu_seqlens_q=batch.cu_seqlens_q[:2])
        self.refuse("prefix_lens: expected the shape (2), got (3,)", both=False, prefix_lens=ints([0, 0, 0]))
        three = torch.zeros(len(batch.kv_cache), 3, P, 2 * D)
        self.refuse("num_kv_heads: expected a divisor of the 4 heads of q, got 3", kv_cache=three, num_kv_heads=3,
                    topk_idx=torch.zeros(3, 2, N, dtype=torch.int32))

    def test_pages(self):
        for page in (8, 100, 512):
            self.refuse(f"kv_cache: expected pages of 16, 32, 64, 128, 256 tokens; got {page}",
                        kv_cache=torch.zeros(4, HKV, page, 2 * D))

    def test_strides(self):
        batch = self.batch
        for gaps in (torch.zeros(5, HKV, P, 2, 2 * D)[..., 0, :], torch.zeros(9, HKV, P, 2 * D)[::2],
                     torch.zeros(5, P, 2 * D, HKV).permute(0, 3, 1, 2)):
            self.refuse("kv_cache: expected [pages, heads, tokens, 2 dim] or [pages, tokens, heads, 2 dim] without",
                        kv_cache=gaps)
        for name in ("q", "output"):
            gaps = torch.zeros(2, 2 * HQ, D)[:, :HQ]
            self.refuse(f"{name}: expected a contiguous tensor, got strides ({2 * HQ * D}, {D}, 1)", **{name: gaps})
        self.refuse("seq_lens: expected a contiguous tensor, got strides (2,)", seq_lens=ints([19, 0, 35, 0])[::2])
        table = batch.block_table
        for gaps in (table.T.contiguous().T, torch.zeros(2, 9, dtype=torch.int32)[:, 3:], table[:1].expand(2, -1)):
            self.refuse("block_table: expected a contiguous tensor, or the first columns of one, got strides",
                        block_table=gaps)

    def test_tables_of_too_many_tokens(self):
        self.refuse(f"block_table: expected room for {2 ** 31 - 1} tokens at most, got 2 x {2 ** 26} pages of 16",
                    block_table=torch.empty(2, 2 ** 26, dtype=torch.int32))

    def test_prefixes_that_do_not_follow(self):
        self.refuse("prefix_lens: expected seq_lens less the queries of each request, [18, 34], got [18, 33]",
                    both=False, prefix_lens=ints([18, 33]))


class NumbersTest(Case):
    """What the kernels' entry refuses."""

    def test_batches_that_are_none(self):
        batch = Batch((19, 35), (1, 1))
        room = batch.block_table.shape[1] * P
        with self.assertRaisesRegex(fovea.FoveaError, "expected cu_seqlens to start at 0"):
            batch.decode(seq_lens=ints([19, room + 1]))
        ends = ints([0, 2, 1])
        with self.assertRaisesRegex(fovea.FoveaError, "expected cu_seqlens to start at 0"):
            batch.prefill(cu_seqlens_q=ends, prefix_lens=batch.seq_lens - ends.diff())


    def test_gradients(self):
        batch = Batch((19, 35), (1, 1))
        with self.assertRaisesRegex(fovea.FoveaError, "expected a tensor without requires_grad"):
            batch.decode(q=batch.q.clone().requires_grad_())
        with torch.no_grad():
            self.compare(batch.decode(q=batch.q.clone().requires_grad_()), batch)


    def test_scales(self):
        batch = Batch((19, 35), (1, 1))
        with self.assertRaisesRegex(fovea.FoveaError, "scale: expected a finite number, got inf"):
            batch.decode(sm_scale=float("inf"))
        with self.assertRaisesRegex(fovea.FoveaError, "scale"):
            batch.decode(sm_scale=-1.0)


class RegisterTest(unittest.TestCase):
    def test_layers_call_fovea(self):
        def make(**functions):
            module = types.ModuleType(integration._CALLER)
            vars(module).update(functions)
            return mock.patch.dict(sys.modules, {integration._CALLER: module})
        both = dict(minimax_m3_sparse_attn=None, minimax_m3_sparse_attn_decode=None)
        with make(**both):
            integration.register()
            for name in both:
                self.assertIs(getattr(sys.modules[integration._CALLER], name), getattr(integration, name))
        with make(minimax_m3_sparse_attn=None), self.assertRaisesRegex(
                fovea.FoveaError, "expected vLLM 0.33, whose .* has minimax_m3_sparse_attn_decode, got one without"):
            integration.register()

    def test_without_vllm(self):
        with mock.patch.dict(sys.modules, {"vllm": None}), \
                self.assertRaisesRegex(fovea.FoveaError, "expected vLLM 0.33, with MiniMax-M3, got"):
            integration.register()


if __name__ == "__main__":
    support.main(sys.argv[1])
