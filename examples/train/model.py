# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the programs here train: a transformer whose attention is NSA or dense, the text that it reads,
and a step of its training."""
import pathlib
import sysconfig

import torch
from torch import nn
from torch.nn import functional as F

HEADS, KV_HEADS, DIM = 16, 2, 64  # of the specs


def read_text():
    """Every module of the standard library, in one order, byte by byte."""
    root = pathlib.Path(sysconfig.get_paths()["stdlib"])
    files = sorted(path for path in root.rglob("*.py") if "site-packages" not in path.parts)
    return torch.frombuffer(bytearray(b"".join(path.read_bytes() for path in files)), dtype=torch.uint8)


def rotate(x, dims):
    """RoPE of the first `dims` of rows [B, T, H, D], of which halves are pairs. What the other dims find
    they find at any distance."""
    half = dims // 2
    positions = torch.arange(x.shape[1], device=x.device)
    angle = positions[:, None] * 1e4 ** (-torch.arange(half, device=x.device) / half)
    cos, sin = angle.cos()[:, None].to(x.dtype), angle.sin()[:, None].to(x.dtype)
    a, b, rest = x.split((half, half, x.shape[-1] - dims), -1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos, rest], -1)


class Attention(nn.Module):
    """NSA where a differentiable function is given, else dense causal attention."""

    def __init__(self, nsa, width, rotated):
        super().__init__()
        self.nsa, self.rotated = nsa, rotated
        self.q, self.o = (nn.Linear(*sizes, bias=False) for sizes in
                          ((width, HEADS * DIM), (HEADS * DIM, width)))
        self.kv = nn.Linear(width, 2 * KV_HEADS * DIM, bias=False)
        self.gates = nn.Linear(width, HEADS * 3)  # dense attention leaves it out
        given = ("q", "k", "v", "gates", "cu_seqlens")
        # What phi takes: of a gated one, whose weights are all alike at first.
        self.phi = nn.ParameterDict({
            a.name: nn.Parameter(torch.zeros(*a.shape)) for a in (nsa.forward.arguments if nsa else ())
            if not a.output and a.name not in given})

    def forward(self, x):
        batch, tokens, _ = x.shape
        q = rotate(self.q(x).view(batch, tokens, HEADS, DIM), self.rotated)
        k, v = self.kv(x).view(batch, tokens, 2 * KV_HEADS, DIM).chunk(2, 2)
        k = rotate(k, self.rotated)
        if self.nsa:
            ends = torch.arange(batch + 1, device=x.device, dtype=torch.int32) * tokens
            rows = {"q": (q, DIM), "k": (k, DIM), "v": (v, DIM), "gates": (self.gates(x), 3)}
            packed = {name: t.reshape(batch * tokens, -1, size).contiguous()
                      for name, (t, size) in rows.items()}
            phi = {name: x.to(q.dtype) for name, x in self.phi.items()}
            out = self.nsa(**packed, **phi, cu_seqlens=ends)
        else:
            q, k, v = (t.transpose(1, 2) for t in (q, k, v))
            out = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
            out = out.transpose(1, 2)
        return self.o(out.reshape(batch, tokens, HEADS * DIM))


class Block(nn.Module):
    def __init__(self, nsa, width, rotated):
        super().__init__()
        self.attention = Attention(nsa, width, rotated)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        x = x + self.attention(self.norms[0](x))
        return x + self.mlp(self.norms[1](x))


class Model(nn.Module):
    """Logits of the next token, [B, T, vocabulary]."""

    def __init__(self, nsa, vocabulary, width, layers, rotated=DIM):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.blocks = nn.Sequential(*(Block(nsa, width, rotated) for _ in range(layers)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, vocabulary)

    def forward(self, tokens):
        with torch.autocast(tokens.device.type, torch.bfloat16):
            return self.head(self.norm(self.blocks(self.embedding(tokens)))).float()


def step(model, optimizer, loss, rate):
    """One step down the gradient of `loss`, at a learning rate of `rate`."""
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.detach()
