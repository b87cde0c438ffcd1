# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Of package_checks.py: fovea.nn, and what models of the library transformers call, in bfloat16 against double."""
import contextlib
import importlib.util
import pathlib
import sys
import types

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Python"))
import fovea.nn  # noqa: E402
import plain_torch  # noqa: E402
from fovea.integrations import _minimax  # noqa: E402
from fovea.integrations._layout import Layout  # noqa: E402

B, S, HQ, HKV, D, WIDTH = 2, 512, 64, 4, 128, 512
# A result is rounded, and so are weights, projections and what gradients pass through: some times 2^-9 each.
CLOSE = 2 ** -5
CLEAR = 0.05  # by how much a block must lead for roundings not to choose another


class Skipped(Exception):
    """Says why."""


def make_module(device, **options):
    """(the paper's module, x)."""
    torch.manual_seed(0)
    module = fovea.nn.NativeSparseAttention(WIDTH, HQ, HKV, D, top=4, window=128, device=device,
                                            dtype=torch.bfloat16, **options)
    return module, 2 * torch.randn(B, S, WIDTH, device=device, dtype=torch.bfloat16)


MODULES = ({}, {"own_kv": False, "phi": "weighted"})


def check_module(device="cuda"):
    """Where it is clear which blocks are chosen, the results, and all gradients of these."""
    for options in MODULES:
        module, x = make_module(device, **options)
        exact = {name: p.detach().double().requires_grad_() for name, p in module.named_parameters()}
        x, exact_x = x.requires_grad_(), x.detach().double().requires_grad_()
        wanted, lead = zip(*(plain_torch.module(module, exact, rows) for rows in exact_x))
        lead = torch.stack(lead).to(device)
        clear = lead > CLEAR
        # Half of the queries have more blocks behind them than they see: they have a choice, the others' lead is inf.
        count = (clear & lead.isfinite()).sum()
        assert count > B * S // 16, f"expected a clear choice of more than {B * S // 16} queries, got {count}"
        got, wanted = module(x)[clear], torch.stack(wanted)[clear]
        gradients = torch.autograd.grad(got.float().square().sum(), [x, *module.parameters()])
        exact_gradients = torch.autograd.grad(wanted.square().sum(), [exact_x, *exact.values()])
        names = ["y", "x", *exact]
        for name, error in zip(names, plain_torch.errors((got, *gradients), (wanted, *exact_gradients))):
            assert error < CLOSE, f"{options}, {name}: expected an error below {CLOSE} of the largest, got {error:.4f}"


def make_lists(device):
    """(a module as MiniMax-M3's sparse layers are, q, k, v, [B, S, heads, D], and lists as its indexer gives)."""
    torch.manual_seed(0)
    module = types.SimpleNamespace(indexer=types.SimpleNamespace(block_size=128, topk_blocks=3))
    q, k, v = (torch.randn(B, S, heads, D, device=device, dtype=torch.bfloat16).requires_grad_()
               for heads in (HQ, HKV, HKV))
    block = torch.arange(S // 128, device=device)
    scores = torch.rand(B, HKV, S, S // 128, device=device)
    ahead = block > torch.arange(S, device=device)[:, None] // 128
    scores, lists = scores.masked_fill(ahead, -1).topk(3, dim=-1)
    return module, (q, k, v), lists.masked_fill(scores < 0, -1)


def check_lists(device="cuda"):
    module, inputs, lists = make_lists(device)
    got = _minimax.attend(module, *inputs, lists, Layout(), None)
    gradients = torch.autograd.grad(got.float().square().sum(), inputs)
    exact = [x.detach().double().requires_grad_() for x in inputs]
    wanted = torch.stack([plain_torch.listed(*rows, 128) for rows in zip(*exact, lists)])
    exact_gradients = torch.autograd.grad(wanted.square().sum(), exact)
    error = max(plain_torch.errors((got, *gradients), (wanted, *exact_gradients)))
    assert error < CLOSE, f"expected an error below {CLOSE} of the largest, got {error:.4f}"


def make_models(device):
    """Tiny models with random weights, and words. Raises Skipped where the library is not installed."""
    if not importlib.util.find_spec("transformers"):
        raise Skipped("transformers is not installed")
    import transformers
    from transformers.models.minimax_m3_vl import modeling_minimax_m3_vl as m3
    import fovea.integrations.transformers as integration
    integration.register()
    sizes = dict(vocab_size=256, hidden_size=256, intermediate_size=256, num_hidden_layers=2, num_attention_heads=16,
                 num_key_value_heads=2, head_dim=128, initializer_range=0.1, bos_token_id=1, eos_token_id=2)
    torch.manual_seed(0)
    sparse = m3.MiniMaxM3VLTextConfig(
        **sizes, dense_intermediate_size=256, rotary_dim=64, index_n_heads=2, index_topk_blocks=3,
        layer_types=["full_attention", "minimax_m3_sparse"], mlp_layer_types=["dense", "dense"],
        rope_parameters={"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.5})
    with torch.device(device):
        return [kind._from_config(config, dtype=torch.bfloat16) for kind, config in (
            (transformers.LlamaForCausalLM, transformers.LlamaConfig(**sizes)),
            (m3.MiniMaxM3VLForCausalLM, sparse))], torch.randint(256, (B, S))


def run_models(device):
    models, words = make_models(device)
    for model in models:
        model.set_attn_implementation("fovea")
        model(words)


def check_models(device="cuda"):
    """Errors of logits and of gradients at most twice those of the library's eager path, root of mean square."""
    models, words = make_models(device)
    for model in models:
        found = {}
        for name in ("eager", "fovea", "exact"):
            model = model.double() if name == "exact" else model
            model.set_attn_implementation("eager" if name == "exact" else name)
            logits = model(words).logits
            weights = [p for n, p in model.named_parameters() if "indexer" not in n]
            found[name] = [x.double() for x in (
                logits.detach(), *torch.autograd.grad(logits.double().square().mean(), weights))]
        for ours, eager, exact in zip(*(found[name] for name in ("fovea", "eager", "exact"))):
            error, theirs = ((x - exact).square().mean().sqrt() for x in (ours, eager))
            assert error <= 2 * theirs, f"{type(model).__name__}: expected an error of at most {2 * theirs:.2e}, " \
                f"twice the eager path's, got {error:.2e}"


def compile_all(device):
    """Calls everything once, of tensors that are fake."""
    for options in MODULES:
        module, x = make_module(device, **options)
        module(x)
    module, inputs, lists = make_lists(device)
    _minimax.attend(module, *inputs, lists, Layout(), None)
    with contextlib.suppress(Skipped):
        run_models(device)


CHECKS = (check_module, check_lists, check_models)
