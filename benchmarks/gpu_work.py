# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How much work a part of NSA is, and the least time that a GPU needs for it.

One sequence of n tokens. The ceilings are those measured on an H200; an H100 is taken to differ in
its memory alone, whose figure is an estimate."""
import dataclasses

TENSOR_FLOPS = 790e12  # bf16 products of 8192^3
EXPS = 4.29e9 / 1.2e-3  # per second
MEMORY_BYTES = {"H200": 4.27e12, "H100": 3.0e12}  # per second, read and write


@dataclasses.dataclass(frozen=True)
class Work:
    flops: int = 0
    exps: int = 0
    bytes: int = 0  # that memory must move: each argument once

    def __add__(self, other):
        return Work(self.flops + other.flops, self.exps + other.exps,
                    self.bytes + other.bytes)

    def facts(self, memory):
        """flops, the bound in ms, and what binds."""
        times = {"tensor": self.flops / TENSOR_FLOPS, "exp": self.exps / EXPS,
                 "memory": self.bytes / memory}
        binds = max(times, key=times.get)
        return {"flops": self.flops, "bound_ms": times[binds] * 1e3, "bound_by": binds}


def causal_pairs(n):
    return n * (n + 1) // 2


def window_pairs(n, window):
    """(query, key) pairs of one head: min(t + 1, w) keys each."""
    inside = min(n, window)
    return causal_pairs(inside) + (n - inside) * window


def compressed_pairs(n, block, stride):
    return sum((t + 1 - block) // stride + 1 for t in range(block - 1, n))


def selected_pairs(indices, select):
    """Pairs of all KV heads from the lists [n, Hkv, slots] of one sequence: whole blocks, and
    of the query's own its causal part."""
    import torch
    t = torch.arange(len(indices), device=indices.device)[:, None, None]
    keys = (t + 1 - indices * select).clamp(max=select)
    return int(torch.where(indices >= 0, keys, 0).sum())


def union_share(indices, tokens):
    """u_T: blocks in the union of the lists of `tokens` adjacent queries, over the slots in
    use."""
    import torch
    n = len(indices) // tokens * tokens
    tiles = indices[:n].long().reshape(n // tokens, tokens, *indices.shape[1:])
    used = int((tiles >= 0).sum())
    flat = tiles.transpose(1, 2).flatten(2).sort(-1).values  # [tiles, Hkv, tokens * slots]
    new = torch.ones_like(flat, dtype=torch.bool)
    new[..., 1:] = flat[..., 1:] != flat[..., :-1]
    return int((new & (flat >= 0)).sum()) / max(1, used)


def attend(pairs, n, nsa, kv_rows):
    """Softmax attention over `pairs` (query, key) pairs of every query head."""
    item = 2
    q_o = n * nsa.heads * (nsa.dk + nsa.dv) * item
    k_v = kv_rows * nsa.kv_heads * (nsa.dk + nsa.dv) * item
    return Work(2 * pairs * nsa.heads * (nsa.dk + nsa.dv), pairs * nsa.heads, q_o + k_v)


def parts(n, nsa, indices):
    """Work of each part of NSA's forward."""
    rows = n // nsa.stride
    compressed = compressed_pairs(n, nsa.block, nsa.stride)
    selected = selected_pairs(indices, nsa.select)
    one = n * nsa.heads * nsa.dv * 2
    kv = n * nsa.kv_heads * 2
    return {
        "compress k": Work(0, 0, kv * nsa.dk + kv * nsa.dk // nsa.stride),
        "compress v": Work(0, 0, kv * nsa.dv + kv * nsa.dv // nsa.stride),
        "compressed": attend(compressed, n, nsa, rows),
        "score": Work(2 * compressed * nsa.heads * nsa.dk, compressed * nsa.heads,
                      n * nsa.heads * nsa.dk * 2),
        "selected": attend(selected // nsa.kv_heads, n, nsa, n),
        "window": attend(window_pairs(n, nsa.window), n, nsa, n),
        "combine": Work(0, 0, 4 * one),
    }


def launch_parts(kernels):
    """Which parts each launch does, from the kernels' names: (title, parts) per launch."""
    names = [kernel.split("nsa_forward_")[-1] for kernel in kernels]
    fused = not any(name.startswith("attend_") for name in names)
    split_score = any(name.startswith("score_blocks") for name in names)
    attends = iter(["compressed"] if fused else ["compressed", "selected", "window"])
    compressions = iter(["compress k", "compress v"])
    result = []
    for name in names:
        if name.startswith("compress"):
            does = [next(compressions, None)]
        elif name.startswith("attend"):
            does = [next(attends, None)]
        elif name.startswith("score_blocks"):
            does = ["score"]
        elif name.startswith("select_topk"):
            does = [] if split_score else ["score"]
        elif name.startswith("combine"):
            does = ["selected", "window"] if fused else ["combine"]
        else:
            does = []
        does = [part for part in does if part]
        result.append((f"{name}: {' + '.join(does)}" if does else name, does))
    return result
