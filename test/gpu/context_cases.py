# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What context_checks.py and benchmarks/context_parallel.py call, by one process and by several: over NCCL on GPUs, over
Gloo on the CPU; and how kernels for GPUs are compiled where there is none."""
import os
import pathlib
import sys
import tempfile

import torch
import torch.distributed
import torch.multiprocessing

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "runtime" / "python"))
import fovea  # noqa: E402
import kernel_cache  # noqa: E402
from fovea import runtime  # noqa: E402

DENSE_TOKENS = 65536  # dense attention of more takes minutes


def add_options(parser):
    parser.add_argument("what", choices=("prepare", "run"))
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--heads", type=int, nargs=2, default=(16, 1), metavar=("QUERY", "KEY"))
    parser.add_argument("--dim", type=int, default=128)
    parser.add_argument("--calls", nargs="+", default=("nsa", "weighted", "msa", "window", "causal"))
    parser.add_argument("--out", type=pathlib.Path, help="where prepare puts kernels, for GPUs")
    parser.add_argument("--runtime", help="libfovea_runtime.so, for GPUs")
    parser.add_argument("--foveac")
    parser.add_argument("--target", default="sm_90a")
    parser.add_argument("--json", type=pathlib.Path)


def make_call(name, args, tokens, device):
    """(a function of arrays and of what says where sequences are, arrays with rows, of which the first three have
    gradients and, of NSA, the fourth). The same numbers in every process."""
    torch.manual_seed(0)
    heads, kv_heads = args.heads

    def draw(*shape, grad=True):
        made = torch.randn(shape, device=device, dtype=torch.float32)
        return made.to(torch.float32 if args.device == "cpu" else torch.bfloat16).requires_grad_(grad)
    q, k, v = draw(tokens, heads, args.dim), draw(tokens, kv_heads, args.dim), draw(tokens, kv_heads, args.dim)
    if name in ("nsa", "weighted"):
        weights = {f"{of}_w": draw(kv_heads, 32, grad=False) / 32 for of in "kv"} if name == "weighted" else None
        phi = "mean" if weights is None else "weighted"
        return (lambda *x, **more: fovea.nsa(*x, phi=phi, parameters=weights, **more)), \
            (q, k, v, draw(tokens, heads, 3))
    if name == "msa":
        index = draw(tokens, kv_heads, args.dim, grad=False), draw(tokens, 1, args.dim, grad=False)
        return fovea.msa, (q, k, v, *index)
    if name == "window":
        return (lambda *x, **more: fovea.window(*x, size=4096, **more)), (q, k, v)
    return fovea.causal, (q, k, v)


def spread(shards, rows):
    """This process's part of each array."""
    return [shards.shard(x.detach()).requires_grad_(x.requires_grad) for x in rows]


def one_sequence(tokens, device):
    return torch.tensor([0, tokens], dtype=torch.int32, device=device)


def differentiate(call, rows, where, grad_o):
    """[the output, the gradient of each array that has one]."""
    o = call(*rows, where)
    return [o.detach(), *torch.autograd.grad(o, [x for x in rows if x.requires_grad], grad_o)]


def start(work, args):
    """work(args, its device) in each process of a group; what the first returns."""
    set_environment(args)
    with tempfile.TemporaryDirectory() as folder:
        torch.multiprocessing.spawn(_work, (work, args, folder), nprocs=args.processes)
        return torch.load(pathlib.Path(folder) / "result")


def _work(rank, work, args, folder):
    set_environment(args)
    device = torch.device("cuda", rank) if args.device == "cuda" else torch.device("cpu")
    backend = "nccl" if args.device == "cuda" else "gloo"
    if args.device == "cuda":
        torch.cuda.set_device(device)
    torch.distributed.init_process_group(backend, init_method=f"file://{folder}/store", rank=rank,
                                         world_size=args.processes)
    result = work(args, device)
    if rank == 0:
        torch.save(result, pathlib.Path(folder) / "result")
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


def prepare(args):
    """Compiles all calls, of whole sequences and of chunks."""
    runtime.use_library(args.runtime)
    with kernel_cache.compiling(args.out, args.foveac, args.target):
        ends, used = (torch.zeros(n, dtype=torch.int32, device="cuda") for n in (2, 1))
        for name in args.calls:
            for grad in (True, False):
                with torch.set_grad_enabled(grad):
                    call, rows = make_call(name, args, 4096, "cuda")
                    call(*rows, ends)
                    call(*rows, ends, cu_seqlens_k=ends, seqused_k=used)
            print(f"{name}: compiled", flush=True)


def set_environment(args):
    """Where kernels are, for this process and those that it starts."""
    if args.device == "cpu":
        if args.foveac:
            os.environ["FOVEA_FOVEAC"] = str(pathlib.Path(args.foveac).absolute())
        return
    runtime.use_library(args.runtime)
    kernel_cache.use(args.out)
