#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A small model of the library transformers that learns to repeat what it reads, with Fovea's attention.

    python3 examples/python/train_model.py --model minimax-m3 --steps 200

On a GPU in bfloat16 where there is one, else on the CPU. docs/transformers.md says what is behind it."""
import argparse

import torch
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.models.minimax_m3_vl import MiniMaxM3VLTextConfig
from transformers.models.minimax_m3_vl.modeling_minimax_m3_vl import MiniMaxM3VLForCausalLM

import fovea.integrations.transformers

WORDS, LENGTH = 32, 64
SIZES = dict(vocab_size=WORDS, hidden_size=256, intermediate_size=512, num_hidden_layers=2, num_attention_heads=8,
             num_key_value_heads=2, head_dim=64, bos_token_id=1, eos_token_id=2)


def make_model(kind, attention, dtype):
    if kind == "llama":
        return LlamaForCausalLM._from_config(LlamaConfig(**SIZES), attn_implementation=attention, dtype=dtype)
    config = MiniMaxM3VLTextConfig(
        **SIZES, dense_intermediate_size=512, shared_intermediate_size=512, rotary_dim=32, num_local_experts=2,
        num_experts_per_tok=1, index_n_heads=2, index_head_dim=64, index_block_size=16, index_topk_blocks=3,
        layer_types=["full_attention", "minimax_m3_sparse"], mlp_layer_types=["dense", "sparse"],
        rope_parameters={"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.5})
    model = MiniMaxM3VLForCausalLM._from_config(config, attn_implementation=attention, dtype=dtype)
    fovea.integrations.transformers.rank_in_kernel(model)
    return model


def draw(count, device):
    """Halves that repeat each other, of several lengths, and which tokens are no padding."""
    half = torch.randint(3, WORDS, (count, LENGTH // 2))
    text = torch.cat([half, half], 1)
    mask = torch.arange(LENGTH) < torch.randint(LENGTH // 2 + 8, LENGTH + 1, (count, 1))
    return text.to(device), mask.to(device)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=("llama", "minimax-m3"), default="llama")
    parser.add_argument("--attention", default="fovea", help="an attn_implementation, such as sdpa")
    parser.add_argument("--steps", type=int, default=200)
    args = parser.parse_args()
    torch.manual_seed(0)
    device, dtype = ("cuda", torch.bfloat16) if torch.cuda.is_available() else ("cpu", torch.float32)
    fovea.integrations.transformers.register()
    model = make_model(args.model, args.attention, dtype).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for step in range(args.steps):
        text, mask = draw(16, device)
        labels = text.masked_fill(~mask, -100)
        loss = model(text, attention_mask=mask, labels=labels, use_cache=False).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(f"step {step}: loss {loss.item():.3f}", flush=True)


if __name__ == "__main__":
    main()
