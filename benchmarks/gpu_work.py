# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How much work a part of NSA is, and the least time that a GPU needs for it.

One sequence of n tokens, but for packed_parts. Counts and ceilings are those of `foveac --report` (lib/Tuning/Work.cpp and
Machine.cpp; test/Tools/foveac-report.test compares them), with two differences: the pairs of the
selected branch are those of the lists at hand, and reads of keys from L2 are left out, since they
depend on a kernel's schedule. The ceilings were measured on an H200; an H100 is taken to differ in its
memory alone, whose figure is an estimate."""
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


def parts(n, nsa, selected):
    """Work of what a kernel of NSA's forward may do, alone and fused. `selected` is the number of
    (query, key) pairs of the selected branch, of all KV heads."""
    rows = n // nsa.stride
    compressed = compressed_pairs(n, nsa.block, nsa.stride)
    kv = n * nsa.kv_heads * 2
    branch, gates = n * nsa.heads * nsa.dv * 2, n * nsa.heads * 3 * 2
    lse, lists = n * nsa.heads * 4, n * nsa.kv_heads * nsa.count * 4
    matrix = n * nsa.kv_heads * -(-n // nsa.select) * 4
    score = Work(2 * compressed * nsa.heads * nsa.dk, compressed * nsa.heads,
                 n * nsa.heads * nsa.dk * 2 + rows * nsa.kv_heads * nsa.dk * 2 + lse)
    window = attend(window_pairs(n, nsa.window), n, nsa, n)
    return {
        "compress k": Work(0, 0, kv * nsa.dk + rows * nsa.kv_heads * nsa.dk * 2),
        "compress v": Work(0, 0, kv * nsa.dv + rows * nsa.kv_heads * nsa.dv * 2),
        "compressed": attend(compressed, n, nsa, rows) + Work(bytes=lse),
        "score": score + Work(bytes=matrix),
        "top-k": Work(bytes=matrix + lists),
        "score + top-k": score + Work(bytes=lists),
        "selected": attend(selected // nsa.kv_heads, n, nsa, n) + Work(bytes=lists),
        "window": window,
        "combine": Work(bytes=4 * branch + gates),
        "window + combine": window + Work(bytes=2 * branch + gates),
        # A chain of sums: each but the first reads the one before.
        "compressed + gates": attend(compressed, n, nsa, rows) + Work(bytes=lse + gates),
        "selected + gates": attend(selected // nsa.kv_heads, n, nsa, n)
                            + Work(bytes=lists + branch + gates),
        "window + gates": window + Work(bytes=branch + gates),
        # Two of them in one kernel, which reads the queries and writes the sum once.
        "compressed + window + gates": attend(compressed, n, nsa, rows) + window
                                       + Work(bytes=lse + gates - n * nsa.heads * nsa.dk * 2
                                              - branch),
    }


def packed_parts(lengths, nsa, selected):
    """`parts` of sequences behind one another; `selected` are the pairs of each."""
    each = [parts(n, nsa, pairs) for n, pairs in zip(lengths, selected, strict=True)]
    return {name: sum((works[name] for works in each), Work()) for name in each[0]}


# What is compared from shape to shape: compressed and window may be one kernel.
BRANCHES = ("compressed + window", "score + top-k", "selected")


def branch_of(part):
    """Which branch a part is of, fused with whatever; None of what only moves bytes."""
    if part in ("score", "top-k"):
        return "score + top-k"
    if part and part.startswith(("compressed", "window")):
        return "compressed + window"
    return next((branch for branch in BRANCHES if part and part.startswith(branch)), None)


def needed(works):
    """Work of a whole forward, of the parts of one."""
    return sum((works[part] for part in ("compressed", "score + top-k", "selected", "window")),
               Work())


def ranked_parts(n, nsa, selected):
    """Work of a selected branch whose blocks index heads rank, as `parts`. A query's index scores
    are over the keys before it, or over their pools."""
    pairs = compressed_pairs(n, nsa.pool, nsa.pool)
    heads, rows, dim = nsa.index_heads * nsa.kv_heads, n // nsa.pool, nsa.index_dim
    lists = n * nsa.kv_heads * nsa.count * 4
    arrays = n * heads * dim * 2 + rows * nsa.index_key_heads * dim * 2
    arrays += n * heads * 4 if nsa.ranker == "relu_index" else 0
    return {
        "index + top-k": Work(2 * pairs * heads * dim, 0, arrays + lists),
        "selected": attend(selected // nsa.kv_heads, n, nsa, n) + Work(bytes=lists),
    }


def launch_parts(kernels):
    """Which part each launch does, from the kernels' names: (title, part or None) per launch."""
    names = [kernel.split("_forward_")[-1] for kernel in kernels]
    if len(names) == 2:  # no compression: an index ranker's
        return [(f"{name}: {part}", part) for name, part in
                zip(names, ("index + top-k", "selected"))]
    combines = sum(name.startswith("combine") for name in names)
    apart = sum(name.startswith("attend") for name in names)  # from the gates
    attends = ["compressed", "selected", "window"]
    if combines == len(attends):  # a chain of sums, in which lists come last
        attends = ["compressed", "window", "selected"]
        sums = [] if apart else [f"{attend} + gates" for attend in attends]
    elif combines == 2 and not apart:
        sums = ["compressed + window + gates", "selected + gates"]
    else:
        sums = ["window + combine" if apart < len(attends) else "combine"]
    parts = {"compress": ["compress k", "compress v"], "attend": attends, "score_blocks": ["score"],
             "select_topk": ["top-k" if "score_blocks" in names else "score + top-k"],
             "combine": sums}
    result = []
    for name in names:
        of_kind = next((parts[kind] for kind in parts if name.startswith(kind)), [])
        part = of_kind.pop(0) if of_kind else None
        result.append((f"{name}: {part}" if part else name, part))
    return result
