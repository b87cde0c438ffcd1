#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The Python package on a GPU: its functions, traced and in graphs, on streams and threads, and their cost; its
modules, models, and attention in vLLM's call.

    package_checks.py prepare --out build/gpu-package --runtime build/release/lib/libfovea_runtime.so \\
        --foveac build/release/bin/foveac             # no GPU; PyTorch with CUDA
    package_checks.py run --out build/gpu-package --runtime build/runtime/libfovea_runtime.so --json out.json \\
        --operations DIR                              # with DIR/lib/libfovea_torch.so; without: in Python

The first compiles into a cache in the folder and puts the compiler and ptxas beside it: by their contents
kernels are known, and on the GPU's machine they need not run. A line per check; exits with 1 if one failed."""
import argparse
import json
import pathlib
import resource
import statistics
import sys
import threading
import time
import traceback

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "runtime" / "python"))
import fovea  # noqa: E402
if "--operations" in sys.argv:  # a folder of the package, before what loads the library that is in it
    fovea.__path__.append(sys.argv[sys.argv.index("--operations") + 1])
import kernel_cache  # noqa: E402
import module_checks  # noqa: E402
import vllm_checks  # noqa: E402
from fovea import autograd, runtime  # noqa: E402

B, S, HQ, HKV, D = 2, 512, 64, 4, 128


def make_calls(grad=True):
    """{name: (function of what has gradients, these tensors)}, on the GPU."""
    torch.manual_seed(0)

    def draw(*shape):
        return torch.randn(shape, dtype=torch.bfloat16, device="cuda").requires_grad_(grad)
    q, k, v, gates = draw(B, S, HQ, D), draw(B, S, HKV, D), draw(B, S, HKV, D), draw(B, S, HQ, 3)
    index_q, index_k = draw(B, S, HKV, D).detach(), draw(B, S, 1, D).detach()
    block = torch.arange(S, dtype=torch.int32, device="cuda") // 64
    indices = torch.stack([torch.zeros_like(block), torch.where(block > 0, block, -1)], -1)
    indices = indices[None, :, None].repeat(B, 1, HKV, 1)
    return {
        "causal": (fovea.causal, (q, k, v)),
        "window": (lambda *x: fovea.window(*x, size=128), (q, k, v)),
        "compressed": (fovea.compressed, (q, k, v)),
        "selected": (lambda *x: fovea.selected(*x, indices), (q, k, v)),
        "msa": (lambda *x: fovea.msa(*x, index_q, index_k, top=2), (q, k, v)),
        "nsa": (lambda *x: fovea.nsa(*x, top=4, window=128), (q, k, v, gates))}


def differentiate(function, inputs):
    o = function(*inputs)
    return [o.detach(), *torch.autograd.grad(o.float().square().sum(), inputs)]


def check_numbers():
    """Dense and window attention against the same in double; the others' kernels have tests of their own."""
    calls, t = make_calls(), torch.arange(S, device="cuda")
    for name, window in (("causal", S), ("window", 128)):
        function, inputs = calls[name]
        exact = [x.detach().double().requires_grad_() for x in inputs]
        mask = (t[:, None] >= t) & (t[:, None] - t < window)

        def dense(q, k, v):
            q, k, v = (x.transpose(1, 2) for x in (q, k, v))
            return torch.nn.functional.scaled_dot_product_attention(
                q, k, v, attn_mask=mask, enable_gqa=True).transpose(1, 2)
        for got, wanted in zip(differentiate(function, inputs), differentiate(dense, exact)):
            error = (got.double() - wanted).abs().max() / wanted.abs().max()
            assert error < 4 * 2 ** -8, f"{name}: expected an error below 2^-6 of the largest, got {error:.4f}"


def check_traces():
    for name, (function, inputs) in make_calls().items():
        torch._dynamo.reset()
        expected = differentiate(function, inputs)
        assert all(x.isfinite().all() for x in expected), f"{name}: expected finite numbers"
        got = differentiate(torch.compile(function, fullgraph=True), inputs)
        assert torch.equal(got[0], expected[0]), f"{name}: the trace gives other results"
        # The loss's own gradient is traced too, and may be rounded otherwise.
        for a, b in zip(got[1:], expected[1:]):
            torch.testing.assert_close(a, b, rtol=2 ** -6, atol=2 ** -6 * b.abs().max().item())


def check_operations():
    function, inputs = make_calls()["nsa"]
    function(*inputs)
    kernel = [kernel for kernel in autograd._known if "@nsa" in kernel and "entries backward" in kernel][0]
    ends = torch.arange(B + 1, dtype=torch.int32, device="cuda") * S
    packed = [x.detach().flatten(0, 1).requires_grad_() for x in inputs] + [ends]
    joined = [x.detach().requires_grad_() for x in inputs] + [ends]
    for tensors in (packed, joined):
        torch.library.opcheck(torch.ops.fovea.forward.default, (tensors, kernel))
        torch.library.opcheck(torch.ops.fovea.run.default, ([x.detach() for x in tensors], kernel))


def check_library():
    """Where there is a library of operations, every call is its."""
    if autograd.operations.library is None:
        raise module_checks.Skipped(autograd.describe_operations())
    for name, (function, inputs) in make_calls().items():
        function(*inputs)
        made, left = autograd.operations.count()
        differentiate(function, inputs)
        got = autograd.operations.count()
        assert got == (made + 2, left), f"{name}: expected 2 calls of the library's, got {got[0] - made}, and " \
            f"{got[1] - left} that it left to Python"


def check_streams():
    """A call is on PyTorch's current stream, with what it allocates: behind what writes its inputs there, where the
    default stream does not wait for it. Ends of sequences are made anew for a stream."""
    call, (q, k, v) = make_calls(grad=False)["causal"]
    expected = call(q, k, v)
    for _ in range(3):
        late = torch.zeros_like(q)
        torch.cuda.synchronize()
        with torch.cuda.stream(torch.cuda.Stream()):
            torch.cuda._sleep(20_000_000)
            late.copy_(q)
            o = call(late, k, v)
            torch.cuda.current_stream().synchronize()
            assert torch.equal(o, expected), "expected what the stream's earlier work gave, got other numbers"


def forward_of_nsa():
    function, inputs = make_calls(grad=False)["nsa"]
    return lambda: function(*inputs)


def check_graphs():
    call = forward_of_nsa()
    expected = call()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        o = call()
    o.zero_()
    for _ in range(3):
        graph.replay()
    torch.cuda.synchronize()
    assert torch.equal(o, expected), "the graph's results differ"


def check_threads():
    """Two threads, a stream each, 1000 launches each."""
    call, failed = forward_of_nsa(), []
    expected = call()
    torch.cuda.synchronize()

    def run():
        with torch.cuda.stream(torch.cuda.Stream()):
            for i in range(1000):
                o = call()
                if i % 100 == 0 and not torch.equal(o, expected):
                    failed.append(i)
            torch.cuda.current_stream().synchronize()
    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, f"expected the same bits in every launch, got others in {failed}"


def check_growth():
    call = forward_of_nsa()

    def launch(count):
        for _ in range(count):
            call()
        torch.cuda.synchronize()
        return torch.cuda.memory_reserved(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    before, after = launch(1000), launch(10000)
    assert after[0] == before[0], f"expected {before[0]} bytes of the device, got {after[0]}"
    assert after[1] - before[1] < 4096, f"expected no more than {before[1]} KiB of the host, got {after[1]}"


def check_errors():
    q, k, v = make_calls()["causal"][1]
    for text, call in (("v: expected a tensor on cuda:0, where q is, got one on cpu",
                        lambda: fovea.causal(q, k, v.cpu())),
                       ("k: expected a contiguous array", lambda: fovea.causal(q, k[..., ::2], v))):
        try:
            call()
        except fovea.FoveaError as error:
            assert text in str(error), f"expected {text!r}, got {error}"
        else:
            raise AssertionError(f"expected a refusal: {text!r}")


def measure():
    """{what: median µs of the host}; the device is waited for between bursts."""
    call = forward_of_nsa()
    call()
    nsa = [known for kernel, known in autograd._known.items()
           if "@nsa" in kernel and "entries backward" not in kernel][0]
    inputs = [x.flatten(0, 1) for x in make_calls(grad=False)["nsa"][1]]
    inputs.append(torch.arange(B + 1, dtype=torch.int32, device="cuda") * S)
    out = nsa.forward(*inputs)
    size = nsa.forward.workspace_bytes(*inputs, out)
    workspace = torch.empty(size, dtype=torch.uint8, device="cuda")
    q, k, v = (x.transpose(1, 2) for x in make_calls(grad=False)["causal"][1])
    sdpa = torch.nn.functional.scaled_dot_product_attention
    timed = {"entry, all given": lambda: nsa.forward(*inputs, out, workspace=workspace),
             "entry": lambda: nsa.forward(*inputs),
             "torch.ops.fovea.run": lambda: torch.ops.fovea.run(inputs, nsa.kernel),
             "torch.ops.fovea.forward": lambda: torch.ops.fovea.forward(inputs, nsa.kernel),
             "fovea.nsa": call, "SDPA": lambda: sdpa(q, k, v, is_causal=True, enable_gqa=True)}
    result = {}
    for name, run in timed.items():
        times = []
        for i in range(600):
            if i % 30 == 0:
                torch.cuda.synchronize()
            begin = time.perf_counter_ns()
            run()
            times.append(time.perf_counter_ns() - begin)
        result[name] = statistics.median(times[60:]) * 1e-3
    return result


def prepare(args):
    with kernel_cache.compiling(args.out, args.foveac, args.target):
        for grad in (True, False):
            for name, (function, inputs) in make_calls(grad).items():
                function(*inputs)
                print(f"{name}: compiled{' with gradients' if grad else ''}", flush=True)
        module_checks.compile_all("cuda")
        print("modules: compiled", flush=True)
    vllm_checks.compile_all(args.target)
    print("vLLM's call: compiled", flush=True)


def run(args):
    kernel_cache.use(args.out)
    failed = 0
    print(autograd.describe_operations(), flush=True)
    for check in (check_numbers, check_traces, check_operations, check_library, check_streams, check_graphs,
                  check_threads, check_growth, check_errors, *module_checks.CHECKS, *vllm_checks.CHECKS):
        try:
            check()
            print(f"{check.__name__}: ok", flush=True)
        except module_checks.Skipped as reason:
            print(f"{check.__name__}: skipped: {reason}", flush=True)
        except Exception:
            failed += 1
            traceback.print_exc()
            print(f"{check.__name__}: failed", flush=True)
    times = measure()
    print(json.dumps(times, indent=1))
    if args.json:
        args.json.write_text(json.dumps({"device": torch.cuda.get_device_name(), "torch": torch.__version__,
                                         "operations": autograd.describe_operations(), "tokens": B * S, "microseconds": times}, indent=1) + "\n")
    sys.exit(1 if failed else 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("prepare", "run"))
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--runtime", required=True)
    parser.add_argument("--operations", help="a folder with lib/libfovea_torch.so")
    parser.add_argument("--foveac")
    parser.add_argument("--target", default="sm_90a")
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()
    runtime.use_library(args.runtime)
    (prepare if args.what == "prepare" else run)(args)


if __name__ == "__main__":
    main()
