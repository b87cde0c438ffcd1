# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""docs/nsa.md over whole matrices of scores, in PyTorch, of double and with its gradients.

Arrays are [S, heads, dim], of one sequence; masks [heads, S, keys].
"""

import torch
from torch.nn import functional as F

ACTIVATIONS = {"relu": F.relu, "gelu": F.gelu, "silu": F.silu}


def errors(got, wanted):
    """The largest error of each tensor, as a part of its largest element, or of a hundredth of all tensors' largest:
    what moves all keys alike, as an mlp's last bias, has no gradient but roundings."""
    least = max(exact.abs().max() for exact in wanted) / 100
    assert [x.shape for x in got] == [x.shape for x in wanted]
    return [((x.double() - exact).abs().max() / torch.maximum(exact.abs().max(), least)).item()
            for x, exact in zip(got, wanted)]


def attend(q, k, v, sees, scale=None):
    """(outputs, weights [HQ, S, keys]); a query that sees nothing gets 0. sees: a mask of HKV heads or 1."""
    group = q.shape[1] // k.shape[1]
    k, v = (x.repeat_interleave(group, 1) for x in (k, v))
    sees = sees.repeat_interleave(q.shape[1] // sees.shape[0], 0)
    scores = torch.einsum("thd,uhd->htu", q, k) * (q.shape[2] ** -0.5 if scale is None else scale)
    scores = scores.masked_fill(~sees, -torch.inf)
    weights = torch.where(sees.any(-1, keepdim=True), scores, 0).softmax(-1) * sees
    return torch.einsum("htu,uhd->thd", weights, v), weights


def compress(x, block, stride, phi, weights):
    """[windows, HKV, D]. weights: phi's, by name."""
    y = x.unfold(0, block, stride).permute(0, 1, 3, 2)  # [windows, HKV, block, D]
    y = y + weights["pos"] if "pos" in weights else y
    kind, _, activation = phi.partition(" ")
    if kind == "mean":
        return y.mean(2)
    if kind == "weighted":
        return torch.einsum("gr,igrd->igd", weights["w"], y)
    if kind == "gated":
        a = (torch.einsum("gd,igrd->igr", weights["u"], y) + weights["c"]).softmax(-1)
        return torch.einsum("igr,igrd->igd", a, y)
    if kind == "linear":
        return torch.einsum("grde,igrd->ige", weights["A"], y)
    hidden = torch.einsum("gcm,igc->igm", weights["B1"], y.flatten(2)) + weights["b1"]
    return torch.einsum("gmd,igm->igd", weights["B2"], ACTIVATIONS[activation](hidden)) + weights["b2"]


def score_blocks(weights, kv_heads, tokens, block, stride, selected_block):
    """[HKV, S, blocks]: Eq 9 and 10."""
    first = torch.arange(weights.shape[-1])[:, None] * stride
    begin = torch.arange(-(-tokens // selected_block)) * selected_block
    shared = (torch.minimum(first + block, begin + selected_block) - torch.maximum(first, begin)).clamp(0) / stride
    return weights.unflatten(0, (kv_heads, -1)).sum(1) @ shared.to(weights)


def choose_blocks(scores, block, top, initial, local):
    """(whether a query sees a block [HKV, S, blocks], by how much the last one that is chosen for its score
    leads the first that is not [S], inf where all are chosen)."""
    own = torch.arange(scores.shape[1])[:, None] // block
    j = torch.arange(scores.shape[2])
    forced = (j <= own) & ((j < initial) | (j > own - local))
    ranked = scores.masked_fill(j > own, -torch.inf).masked_fill(forced, torch.inf)
    ordered, order = ranked.sort(dim=-1, descending=True, stable=True)
    chosen = torch.zeros_like(ranked, dtype=torch.bool).scatter(-1, order[..., :top], True) & (j <= own)
    if ordered.shape[-1] <= top:
        return chosen, torch.full((scores.shape[1],), torch.inf)
    last, first = ordered[..., top - 1], ordered[..., top]
    lead = torch.where(first.isfinite() & last.isfinite(), last - first, torch.inf)
    return chosen, lead.amin(0)


def listed(q, k, v, lists, block, scale=None):
    """Attention to listed blocks, [S, HQ, D]. lists: [HKV, S, N], -1 where there are fewer."""
    t = torch.arange(q.shape[0], device=q.device)
    sees = (lists[..., None] == t // block).any(2) & (t[:, None] >= t)
    return attend(q, k, v, sees, scale)[0]


def nsa(q, k, v, gates, *, block, stride, selected_block, top, initial, local, window, phi, parameters,
        scale=None):
    """(outputs [S, HQ, DV], the lead of choose_blocks). k, v: lists of three, branch by branch; gates: logits."""
    tokens, kv_heads = q.shape[0], k[0].shape[1]
    t = torch.arange(tokens, device=q.device)
    kc, vc = (compress(x[0], block, stride, phi, {name[2:]: w for name, w in parameters.items() if name[0] == of})
              for of, x in (("k", k), ("v", v)))
    ended = torch.arange(len(kc), device=q.device) * stride + block - 1 <= t[:, None]
    compressed, weights = attend(q, kc, vc, ended[None], scale)
    scores = score_blocks(weights.detach().cpu(), kv_heads, tokens, block, stride, selected_block)
    chosen, lead = choose_blocks(scores, selected_block, top, initial, local)
    causal = t[:, None] >= t
    sees = chosen.to(q.device).repeat_interleave(selected_block, -1)[..., :tokens] & causal
    selected, _ = attend(q, k[1], v[1], sees, scale)
    near, _ = attend(q, k[2], v[2], (causal & (t[:, None] - t < window))[None], scale)
    return torch.einsum("thc,cthd->thd", gates.sigmoid(), torch.stack([compressed, selected, near])), lead


def module(module, weights, x, rotate=None):
    """What NativeSparseAttention gives for x [S, width], and the lead. weights: its parameters by name, and x,
    of double."""
    rotate = rotate or (lambda rows: rows)

    def project(name, heads):
        return F.linear(x, weights[f"{name}.weight"], weights.get(f"{name}.bias")).unflatten(-1, (heads, -1))
    pairs = len(module.k)
    k, v = ([project(f"{of}.{i % pairs}", module.kv_heads) for i in range(3)] for of in "kv")
    parameters = {name[len("phi."):]: weight for name, weight in weights.items() if name.startswith("phi.")}
    o, lead = nsa(rotate(project("q", module.heads)), [rotate(keys) for keys in k], v,
                  project("gates", module.heads), parameters=parameters, scale=module.scale, **module.sizes)
    return F.linear(o.flatten(1), weights["o.weight"], weights.get("o.bias")), lead
