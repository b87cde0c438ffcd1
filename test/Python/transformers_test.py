#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests fovea.integrations.transformers on the CPU, by tiny models against the library's eager path: logits and
gradients. Where PyTorch or transformers is not installed the test is skipped.

Usage: transformers_test.py <foveac>
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
try:
    import transformers
except ImportError:
    support.skip("transformers is not installed")
import fovea
import fovea.integrations.transformers as integration
import plain_torch
from fovea.integrations._layout import read_layout
from transformers import masking_utils

try:
    from transformers.models.minimax_m3_vl import modeling_minimax_m3_vl as m3
except ImportError:
    m3 = None

torch.set_num_threads(1)
transformers.logging.set_verbosity_error()
B, S, WORDS = 3, 44, 64
SIZES = dict(vocab_size=WORDS, hidden_size=32, intermediate_size=48, num_attention_heads=4, num_key_value_heads=2,
             head_dim=16, max_position_embeddings=256, initializer_range=0.3, bos_token_id=1, eos_token_id=2,
             pad_token_id=0)


def make(kind, **options):
    torch.manual_seed(0)
    config = getattr(transformers, kind + "Config")(**SIZES, num_hidden_layers=2, **options)
    return getattr(transformers, kind + "ForCausalLM")(config).eval()


def make_m3(**options):
    """A dense layer and two sparse ones."""
    torch.manual_seed(0)
    rope = {"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.5}
    config = m3.MiniMaxM3VLTextConfig(
        **SIZES, **options, num_hidden_layers=3, dense_intermediate_size=48, shared_intermediate_size=24,
        rotary_dim=8, num_local_experts=4, num_experts_per_tok=2, index_n_heads=2, index_head_dim=16,
        index_block_size=8, index_topk_blocks=3, rope_parameters=rope,
        layer_types=["full_attention", "minimax_m3_sparse", "minimax_m3_sparse"],
        mlp_layer_types=["dense", "sparse", "sparse"])
    return m3.MiniMaxM3VLForCausalLM(config).eval()


class Case(unittest.TestCase):
    def setUp(self):
        integration.register()
        torch.manual_seed(1)
        self.ids = torch.randint(3, WORDS, (B, S))
        right = torch.ones(B, S, dtype=torch.long)
        right[0, 31:], right[2, 5:] = 0, 0
        self.masks = {"none": None, "right": right, "left": right.flip(1)}

    def differentiate(self, model, implementation, real, traced=None, **inputs):
        """Logits of real tokens, and the gradients of all parameters that have one."""
        model.set_attn_implementation(implementation)
        model.zero_grad()
        logits = (model if traced is None else traced)(self.ids, **inputs).logits[real]
        logits.square().mean().backward()
        return [logits.detach(), *(p.grad.clone() for p in model.parameters() if p.grad is not None)]

    def compare(self, model, mask=None, **inputs):
        """Of f32: two or three layers' sums of tens of products. 2e-5 of the largest is 160 roundings."""
        real = torch.ones(B, S, dtype=torch.bool) if mask is None else mask.bool()
        given = inputs if mask is None else {"attention_mask": mask, **inputs}
        with mock.patch.object(integration, "sdpa_attention_forward", side_effect=AssertionError("SDPA was used")):
            ours = self.differentiate(model, "fovea", real, **given)
        library = self.differentiate(model, "eager", real, **given)
        self.assertEqual(len(ours), len(library))
        self.assertGreater(len(ours), 10)
        for x, y in zip(ours, library):
            self.assertLessEqual((x - y).abs().max(), 2e-5 * y.abs().max())

    def generate(self, model, implementation, **options):
        model.set_attn_implementation(implementation)
        return model.generate(self.ids, max_new_tokens=6, do_sample=False, **options)


class DenseTest(Case):
    def test_llama(self):
        model = make("Llama")
        for name, mask in self.masks.items():
            with self.subTest(name):
                self.compare(model, mask)

    def test_windows(self):
        model = make("Mistral", sliding_window=7)
        for name, mask in self.masks.items():
            with self.subTest(name):
                self.compare(model, mask)
        self.assertGreater((self.differentiate(make("Mistral", sliding_window=None), "fovea", ...)[0] -
                            self.differentiate(model, "fovea", ...)[0]).abs().max(), 1e-3)

    def test_sinks(self):
        """A layer with a window and one without, with a logit per head that takes weight."""
        model = make("GptOss", sliding_window=7, num_local_experts=2, num_experts_per_tok=1,
                     layer_types=["sliding_attention", "full_attention"], rope_parameters={
                         "rope_type": "default", "rope_theta": 1e4})
        self.compare(model, self.masks["right"])

    def test_packed_sequences(self):
        positions = torch.cat([torch.arange(13), torch.arange(1), torch.arange(S - 14)]).repeat(B, 1)
        self.compare(make("Llama"), position_ids=positions, use_cache=False)

    def test_traced_and_checkpointed(self):
        """The same bits."""
        model, mask = make("Llama").train(), self.masks["right"]
        expected = self.differentiate(model, "fovea", mask.bool(), attention_mask=mask, use_cache=False)
        torch._dynamo.reset()
        results = [self.differentiate(model, "fovea", mask.bool(), torch.compile(model, backend="aot_eager"),
                                      attention_mask=mask, use_cache=False)]
        model.activation_checkpointing_enable()
        results.append(self.differentiate(model, "fovea", mask.bool(), attention_mask=mask, use_cache=False))
        for result in results:
            self.assertTrue(all(torch.equal(x, y) for x, y in zip(result, expected)))

    def test_generates(self):
        """The first step by Fovea, later ones by SDPA."""
        model, left = make("Llama"), self.masks["left"]
        with mock.patch.object(fovea.attention, "causal", wraps=fovea.causal) as counted:
            tokens = self.generate(model, "fovea", attention_mask=left)
        self.assertEqual(counted.call_count, 2)
        self.assertTrue(torch.equal(tokens, self.generate(model, "eager", attention_mask=left)))

    def test_masks_that_are_no_sequences(self):
        """By SDPA: padding in the middle, a mask of the caller's, and a decoder that is told to see everything."""
        model, hole = make("Llama"), torch.ones(B, S, dtype=torch.long)
        hole[:, 7:9] = 0
        own = torch.where(torch.ones(S, S).tril().bool(), 0.0, torch.finfo(torch.float32).min)
        own[10:, 2] = torch.finfo(torch.float32).min
        encoder = make("Llama")
        encoder.config.is_causal = False
        for model, mask in ((model, hole), (model, own.repeat(B, 1, 1, 1)), (encoder, None)):
            real = hole.bool() if mask is hole else ...
            ours, library = (self.differentiate(model, name, real, attention_mask=mask) for name in ("fovea", "eager"))
            for x, y in zip(ours, library):
                self.assertLessEqual((x - y).abs().max(), 2e-5 * y.abs().max())

    def test_refuses(self):
        for text, model in (
                ("LlamaAttention: expected no dropout of attention, got 0.5",
                 make("Llama", attention_dropout=0.5).train()),
                ("Gemma2Attention: expected no softcap", make("Gemma2", attn_logit_softcapping=30.0)),
                ("q: expected one of float32, bfloat16, float16; got float64", make("Llama").double())):
            model.set_attn_implementation("fovea")
            with self.assertRaisesRegex(fovea.FoveaError, text):
                model(self.ids)
        with self.assertRaisesRegex(fovea.FoveaError, "expected a model with MiniMax-M3's sparse layers, got "
                                    "LlamaForCausalLM without"):
            integration.rank_in_kernel(make("Llama"))

    def test_an_old_library(self):
        with mock.patch.object(integration, "sdpa_mask", lambda cache_position: None), \
                self.assertRaisesRegex(fovea.FoveaError, "expected transformers 5.24 or later, got"):
            integration.register()


class LayoutTest(unittest.TestCase):
    """A layout against the mask that it is read from, of drawn rows."""

    def draw(self):
        """(mask function, real tokens or None, window or None, whether all sequences begin where rows do)."""
        window = [None, 2, 5][torch.randint(3, ())]
        sees = masking_utils.sliding_window_causal_mask_function(window) if window else \
            masking_utils.causal_mask_function
        kind = torch.randint(3, ())
        if kind == 0:
            return sees, None, window, True
        if kind == 1:
            begin, size = torch.randint(2, ()) * torch.randint(0, 6, (B, 1)), torch.randint(0, 12, (B, 1))
            t = torch.arange(16)
            return sees, (t >= begin) & (t < begin + size), window, not ((begin > 0) & (size > 0)).any()
        packed = (torch.rand(B, 16) < 0.2).cumsum(1)
        sees = masking_utils.and_masks(sees, masking_utils.packed_sequence_mask_function(packed))
        return sees, None, window, bool((packed[:, -1] == packed[:, 0]).all())

    def test_says_what_the_mask_says(self):
        torch.manual_seed(0)
        kinds = set()
        for _ in range(200):
            sees, real, window, fills = self.draw()
            layout = read_layout(sees, real, B, 16, window, "cpu")
            self.assertEqual(layout.fills_rows, fills)
            ends = torch.arange(0, 16 * B + 1, 16) if layout.ends is None else layout.ends
            self.assertEqual((ends[0], ends[-1]), (0, 16 * B))
            sequence = torch.bucketize(torch.arange(16 * B), ends[1:-1], right=True).view(B, 16)
            back = torch.arange(16)[:, None] - torch.arange(16)
            got = (sequence[:, :, None] == sequence[:, None]) & (back >= 0) & (back < (layout.window or 16))
            mask = masking_utils.sdpa_mask(B, 16, 16, mask_function=sees, attention_mask=real,
                                           allow_is_causal_skip=False).expand(B, 1, 16, 16)[:, 0]
            rows = torch.ones(B, 16, 1, dtype=torch.bool) if real is None else real[..., None]
            self.assertTrue(torch.equal(got & rows, mask & rows))
            kinds.add((layout.ends is None, layout.window is None, layout.fills_rows))
        self.assertEqual(len(kinds), 6)

    def test_what_is_none(self):
        for sees in (masking_utils.bidirectional_mask_function,
                     masking_utils.sliding_window_causal_mask_function(5),  # of another window than is said
                     lambda row, head, query, key: (key <= query) & (key != 1)):
            self.assertIsNone(read_layout(sees, None, B, 16, 6, "cpu"))
        hole = torch.tensor([[True, False, True, True]])
        self.assertIsNone(read_layout(masking_utils.causal_mask_function, hole, 1, 4, None, "cpu"))


class ListsTest(unittest.TestCase):
    """What an indexer hands to an attention function, without the library's model."""

    def setUp(self):
        torch.manual_seed(0)
        self.module = types.SimpleNamespace(
            is_causal=True, indexer=types.SimpleNamespace(block_size=8, topk_blocks=4))
        self.q, self.k, self.v = (torch.randn(B, heads, 40, 16, requires_grad=True) for heads in (4, 2, 2))
        self.lists = torch.full((B, 2, 40, 3), -1)
        for t in range(40):
            for row in self.lists[:, :, t].flatten(0, 1):
                count = min(3, t // 8 + 1)
                row[:count] = torch.randperm(t // 8 + 1)[:count]

    def test_against_double(self):
        """Lists are in any order, and may leave out a query's own block."""
        out, nothing = integration.attend(self.module, self.q, self.k, self.v, None, scaling=0.3,
                                          block_indices=self.lists)
        self.assertIsNone(nothing)
        gradients = torch.autograd.grad(out.square().sum(), (self.q, self.k, self.v))
        exact = [x.detach().double().requires_grad_() for x in (self.q, self.k, self.v)]
        expected = torch.stack([plain_torch.listed(*(x.transpose(0, 1) for x in (q, k, v)), lists, 8, 0.3)
                                for q, k, v, lists in zip(*exact, self.lists)])
        expected_gradients = torch.autograd.grad(expected.square().sum(), exact)
        self.assertLess(max(plain_torch.errors((out, *gradients), (expected, *expected_gradients))), 1e-5)

    def test_encoders(self):
        """By SDPA, told by the module or by the call, as of a vision tower."""
        expected = torch.nn.functional.scaled_dot_product_attention(
            self.q, self.k, self.v, enable_gqa=True).transpose(1, 2)
        encoder = types.SimpleNamespace(is_causal=False, num_key_value_groups=2)
        for module, options in ((encoder, {}), (types.SimpleNamespace(**{**vars(encoder), "is_causal": True}),
                                                {"is_causal": False})):
            torch.testing.assert_close(integration.attend(module, self.q, self.k, self.v, **options)[0], expected)

    def test_short_lists_share_a_kernel(self):
        fovea.autograd._known.clear()
        for listed in (1, 2, 3):
            integration.attend(self.module, self.q, self.k, self.v, block_indices=self.lists[..., :listed])
        self.assertEqual(len(fovea.autograd._known), 1)


@unittest.skipIf(m3 is None, "this version of transformers has no MiniMax-M3")
class MiniMaxTest(Case):
    def test_the_library_ranks(self):
        model = make_m3()
        for name in ("none", "right"):
            with self.subTest(name):
                self.compare(model, self.masks[name])
        model.set_attn_implementation("fovea")
        with self.assertRaisesRegex(fovea.FoveaError, "MiniMaxM3VLAttention: expected sequences that begin where "
                                    "their rows do"):
            model(self.ids, attention_mask=self.masks["left"])

    def test_fovea_ranks(self):
        model = make_m3()
        integration.rank_in_kernel(model)
        for name in ("none", "right"):
            with self.subTest(name), mock.patch.object(fovea.attention, "selected", side_effect=AssertionError):
                self.compare(model, self.masks[name])

    def test_left_padding(self):
        """As each sequence alone gives, which the library's eager path does not."""
        model, mask = make_m3(), self.masks["left"]
        integration.rank_in_kernel(model)
        model.set_attn_implementation("fovea")
        positions = (mask.cumsum(1) - 1).clamp(min=0)
        together = model(self.ids, attention_mask=mask, position_ids=positions).logits
        for row, real in enumerate(mask.bool()):
            alone = model(self.ids[row:row + 1, real]).logits[0]
            self.assertLess((together[row, real] - alone).abs().max(), 2e-5 * alone.abs().max())
        model.set_attn_implementation("eager")
        wrong = model(self.ids, attention_mask=mask, position_ids=positions).logits
        self.assertGreater((together - wrong)[mask.bool()].abs().max(), 1e-2)

    def test_generates(self):
        model = make_m3()
        expected = self.generate(model, "eager", attention_mask=torch.ones_like(self.ids))
        for ranked in (False, True):
            if ranked:
                integration.rank_in_kernel(model)
            for cache in ("dynamic", "static"):
                tokens = self.generate(model, "fovea", attention_mask=torch.ones_like(self.ids),
                                       cache_implementation=cache)
                self.assertTrue(torch.equal(tokens, expected), (ranked, cache))


if __name__ == "__main__":
    support.main(sys.argv[1])
