# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The four on a GPU at one length, in turns: forward, what FlexAttention makes of the lists first, and backward."""
import importlib
import traceback

import torch

import gpu_work
import problem
from gpu_timing import Contestant, interleave, print_rows

MEBIBYTE = 2 ** 20


class Failed:
    """Takes a contestant's place, to say why it is not timed."""

    def __init__(self, name, error):
        self.name, self.error = name, error

    def warm_up(self):
        raise RuntimeError(str(self.error).strip() or type(self.error).__name__)


def attempt(name, make, *arguments):
    """The contestants that it makes, or one that says why there are none."""
    try:
        return make(*arguments)
    except Exception as error:
        traceback.print_exc()
        return [Failed(name, error)]


def start(contestant):
    """Has run once, so that what goes wrong is its own."""
    contestant.run()
    torch.cuda.synchronize()
    return [contestant]


def forward(name, attend, arguments, drawn, facts, to_output=lambda o: o):
    """Its rows are compared with float64 first."""
    def run():
        with torch.no_grad():
            return attend(*arguments)
    compared = problem.compare_sampled(drawn, to_output(run()))
    if not compared["passed"]:
        raise ValueError(f"expected an error of at most {compared['tolerance']:.2e}, got {compared['error']:.2e}")
    return start(Contestant(name, run, part="forward", **facts))


def backward(name, attend, leaves, others, grad_o):
    o = attend(*leaves, *others)
    return start(Contestant(name, lambda: torch.autograd.grad(o, leaves, grad_o, retain_graph=True), part="backward"))


def plain(name):
    """One that takes the arrays as they are."""
    def make(drawn, facts, _):
        attend = importlib.import_module(f"with_{name}").attend
        return attempt(name, forward, name, attend, drawn.arguments(), drawn, facts)
    return make


def fovea(drawn, facts, has_backward):
    import with_fovea
    contestants = plain("fovea")(drawn, facts, has_backward)
    if has_backward:
        *leaves, lists = drawn.differentiable()
        name = "fovea, backward"
        contestants += attempt(name, backward, name, with_fovea.attend, leaves, [lists], drawn.grad_o)
    return contestants


def flex(drawn, facts, has_backward):
    """Its arrays are laid out before, as it likes them best; the mask is of the lists, and made with them."""
    import with_flex
    torch._dynamo.config.cache_size_limit = 64  # a compile for each length and mask
    group = drawn.shape.group
    *rows, grad_o = (with_flex.to_rows(x, drawn.shape.kv_heads) for x in (drawn.q, drawn.k, drawn.v, drawn.grad_o))

    def to_output(o):
        return with_flex.from_rows(o, group)

    def make_mask(tile, keys=with_flex.BLOCK):
        return with_flex.make_mask(drawn.lists, group, tile, keys)

    def attend_by(mask, tile):
        return lambda q, k, v: with_flex.attend_rows(q, k, v, block_mask=mask, kernel_options=with_flex.LAUNCH[tile])

    def make_forward(name, tile):
        before = torch.cuda.memory_allocated()
        mask = make_mask(tile)
        mebibytes = (torch.cuda.memory_allocated() - before) / MEBIBYTE
        making = Contestant(f"{name}, mask", lambda: make_mask(tile), part="mask", mebibytes=mebibytes)
        return [making, *forward(name, attend_by(mask, tile), rows, drawn, facts, to_output)]

    def make_backward(name):
        leaves = [x.detach().requires_grad_() for x in rows]
        attend = attend_by(make_mask(with_flex.ROWS, with_flex.BACKWARD), with_flex.ROWS)
        return backward(name, attend, leaves, [], grad_o)
    contestants = [one for name, tile in (("flex", 128), ("flex, 64 rows", 64))
                   for one in attempt(name, make_forward, name, tile)]
    return contestants + (attempt("flex, backward", make_backward, "flex, backward") if has_backward else [])


MAKERS = {"fovea": fovea, "flex": flex, "triton": plain("triton"), "cuda": plain("cuda")}


def measure(names, differentiated, tokens, data, args):
    """A record of one length and kind of lists; what fails is a row that says why."""
    drawn = problem.draw(problem.SHAPE, tokens, data, args.seed, "cuda")
    pairs = gpu_work.selected_pairs(drawn.lists, drawn.shape.select)
    work = gpu_work.attend(pairs // drawn.shape.kv_heads, tokens, drawn.shape, tokens)
    work += gpu_work.Work(bytes=drawn.lists.numel() * drawn.lists.element_size())
    facts = work.facts(gpu_work.MEMORY_BYTES["H200" if "H200" in torch.cuda.get_device_name() else "H100"])
    contestants = [one for name in names for one in attempt(name, MAKERS[name], drawn, facts, name in differentiated)]
    record = {"tokens": tokens, "data": data, "u_8": gpu_work.union_share(drawn.lists, 8),
              "rows": interleave(contestants, args.rounds)}
    print_rows(f"{tokens} tokens, {data}, u_8 = {record['u_8']:.3f}", record["rows"])
    del contestants, drawn
    torch.cuda.empty_cache()
    return record
