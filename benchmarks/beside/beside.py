#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The same attention by Fovea, FlexAttention, Triton and hand-written CUDA: checked, timed in turns, and a table of it.

    beside.py prepare --folder build/beside --runtime build/release/lib/libfovea_runtime.so \\
        --foveac build/release/bin/foveac                                  # no GPU; PyTorch
    beside.py measure --folder build/beside --runtime build/runtime/libfovea_runtime.so --json out.json
    beside.py table docs/benchmarks/DATE-h200-beside.json --page docs/beside.md

`prepare` compiles Fovea's kernels into a cache that is carried to the GPU's machine, where `measure` needs PyTorch,
Triton and nvcc. It first starts a process for each of the four, with empty caches: how long the first result takes, its
error, its gradients', and whether its bits are the same in every run; and one more with what that left. What fails, or
is further from float64 than roundings explain, is not timed, and says why."""
import argparse
import datetime
import importlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "test" / "gpu"), str(HERE.parent)]
import results_table  # noqa: E402

NAMES = ("fovea", "flex", "triton", "cuda")
DIFFERENTIATED = ("fovea", "flex")
RUNS = 20  # whose bits are compared
CLOSE = 2 ** -5  # a result is rounded, and so is what it is the sum of: some times 2^-9 each
MARK = "RESULT "  # before what a child reports


def prepare(args):
    """Compiles forward and gradients, and notes how long that takes here."""
    import kernel_cache
    import problem
    import prepare as bundles
    import torch
    import with_fovea
    from fovea import runtime
    runtime.use_library(args.runtime)
    shutil.rmtree(args.folder / "cache", ignore_errors=True)  # what is there already would take no time
    shape, seconds = problem.SHAPE, {}
    with kernel_cache.compiling(args.folder, args.foveac, args.target):
        for name, grad in (("forward", False), ("forward and backward", True)):
            q, k, v = (torch.empty(4096, heads, shape.dk, dtype=torch.bfloat16, device="cuda", requires_grad=grad)
                       for heads in (shape.heads, shape.kv_heads, shape.kv_heads))
            lists = torch.empty(4096, shape.kv_heads, shape.count, dtype=torch.int32, device="cuda")
            begin = time.monotonic()
            with_fovea.attend(q, k, v, lists)
            seconds[name] = time.monotonic() - begin
            print(f"{name}: compiled in {seconds[name]:.1f} s", flush=True)
    (args.folder / "beside.json").write_text(json.dumps(
        {"commit": bundles.commit_of_this_tree(), "compile_seconds": seconds, "processors": os.cpu_count()}))
    return 0


def use_kernels(args):
    """Those that `prepare` compiled."""
    import kernel_cache
    from fovea import runtime
    runtime.use_library(args.runtime)
    kernel_cache.use(args.folder)


def wait(device):
    import torch
    if device == "cuda":
        torch.cuda.synchronize()


def check(args):
    """One of them, in this process: prints what it found as JSON behind MARK."""
    import problem
    import torch
    drawn = problem.draw(problem.SHAPE, args.check_tokens, "realistic", args.seed, args.device)
    wait(args.device)
    begin, result = time.monotonic(), {}
    if args.only == "fovea" and args.device == "cuda":
        use_kernels(args)
    attend = importlib.import_module(f"with_{args.only}").attend
    with torch.no_grad():
        o = attend(*drawn.arguments())
    wait(args.device)
    result["first_seconds"] = time.monotonic() - begin
    if not args.first_alone:
        exact = problem.differentiate_exactly(drawn)
        result["errors"] = {"o": problem.errors([o], exact[:1])[0]}
        if result["errors"]["o"] > CLOSE:
            raise ValueError(f"expected an error of at most {CLOSE}, got {result['errors']['o']}")
        with torch.no_grad():
            result["same_bits"] = all(attend(*drawn.arguments()).equal(o) for _ in range(RUNS))
        if args.only in DIFFERENTIATED:
            result |= check_gradients(attend, drawn, exact)
    print(MARK + json.dumps(result), flush=True)
    return 0


def check_gradients(attend, drawn, exact):
    """Apart from the forward's results, which stand where this fails."""
    import problem
    try:
        first = problem.differentiate(attend, drawn)
        names = ("grad_q", "grad_k", "grad_v")
        same = all(all(a.equal(b) for a, b in zip(first, problem.differentiate(attend, drawn))) for _ in range(RUNS))
        errors = dict(zip(names, problem.errors(first, exact)[1:]))
        if max(errors.values()) > CLOSE:
            raise ValueError(f"expected errors of at most {CLOSE}, got {errors}")
        return {"gradient_errors": errors, "same_gradient_bits": same}
    except Exception as error:
        traceback.print_exc()
        return {"gradient_error": describe(error)}


def describe(error):
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:300]


def name_caches(folder):
    return {"TRITON_CACHE_DIR": f"{folder}/triton", "TORCHINDUCTOR_CACHE_DIR": f"{folder}/inductor",
            "BESIDE_CACHE": folder}


def check_apart(args, name, caches):
    """What a process of its own finds out; {"error": why} where it does not end well."""
    environment = {**os.environ, **name_caches(caches)}
    command = [sys.executable, __file__, "check", "--only", name, "--folder", args.folder, "--seed", str(args.seed)]
    command += ["--check-tokens", str(args.check_tokens), "--device", args.device]
    command += ["--runtime", args.runtime] if args.runtime else []
    found = {}
    for first_alone in (False, True):
        try:
            done = subprocess.run(command + ["--first-alone"] * first_alone, text=True, env=environment,
                                  capture_output=True, timeout=args.child_timeout)
        except subprocess.TimeoutExpired:
            return {**found, "error": f"no result after {args.child_timeout} s"}
        lines = [line[len(MARK):] for line in done.stdout.splitlines() if line.startswith(MARK)]
        if done.returncode or not lines:
            print(done.stderr, flush=True)
            words = done.stderr.strip().splitlines() or [f"its process ended with {done.returncode}"]
            return {**found, "error": words[-1][:300]}
        result = json.loads(lines[-1])
        found |= {"next_seconds": result["first_seconds"]} if first_alone else result
    return found


class Measurement:
    """The results so far, which are in the file after each step."""

    def __init__(self, args):
        import problem
        import run as runner
        prepared = json.loads((args.folder / "beside.json").read_text())
        shape = problem.SHAPE
        self.file = args.json
        self.result = {
            "date": datetime.date.today().isoformat(), "commit": prepared["commit"],
            "device": runner.describe_device(), "seed": args.seed, "rounds": args.rounds,
            "check_tokens": args.check_tokens, "runs": RUNS,
            "shape": {"heads": shape.heads, "kv_heads": shape.kv_heads, "dim": shape.dk, "block": shape.select,
                      "listed": shape.count, "type": shape.type},
            "fovea_compile_seconds": prepared["compile_seconds"], "fovea_compile_processors": prepared["processors"],
            "checks": {}, "times": [], "left_out": []}

    def save(self):
        if self.file:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_text(json.dumps(self.result, indent=1) + "\n")


def measure(args):
    begin, measurement = time.monotonic(), Measurement(args)
    result = measurement.result
    print(f"{result['device']['name']}, driver {result['device']['driver']}, torch {result['device']['torch']}, commit "
          f"{result['commit'][:12]}", flush=True)
    with tempfile.TemporaryDirectory() as caches:
        for name in args.contestants:
            result["checks"][name] = check_apart(args, name, caches)
            print(f"{name}: {json.dumps(result['checks'][name])}", flush=True)
            measurement.save()
        os.environ.update(name_caches(caches))
        use_kernels(args)
        import timing
        names = [name for name in args.contestants if "error" not in result["checks"][name]]
        differentiated = [name for name in names if "gradient_errors" in result["checks"][name]]
        for tokens in args.tokens:
            for data in args.data:
                if time.monotonic() - begin > args.budget:
                    result["left_out"].append(f"{tokens} {data}")
                    continue
                result["times"].append(timing.measure(names, differentiated, tokens, data, args))
                measurement.save()
    measurement.save()
    failed = results_table.failures(result)
    print("\n".join(["not measured:", *failed] if failed else ["all measured"]))
    return 1 if failed else 0


def table(args):
    text = results_table.write(args.results, json.loads(args.results.read_text()), HERE, args.page)
    if args.page:
        args.page.write_text(results_table.replace(args.page.read_text(), text))
    print(text)
    return 0


def make_parser():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    first, second, third, child = (commands.add_parser(name, help=words) for name, words in (
        ("prepare", "compile Fovea's kernels"), ("measure", "check and time all"), ("table", "a table of results"),
        ("check", "one of them in this process; `measure` starts it")))
    first.add_argument("--foveac", required=True)
    first.add_argument("--target", default="sm_90a")
    second.add_argument("--json", type=pathlib.Path)
    second.add_argument("--contestants", nargs="+", default=NAMES, choices=NAMES)
    second.add_argument("--tokens", type=int, nargs="+", default=[8192, 65536])
    second.add_argument("--data", nargs="+", default=["uncorrelated", "realistic"],
                        choices=["uncorrelated", "correlated", "realistic"])
    second.add_argument("--rounds", type=int, default=9)
    second.add_argument("--budget", type=float, default=400, help="seconds: what would begin after them is left out")
    second.add_argument("--child-timeout", type=float, default=120, help="seconds for one of them in its process")
    child.add_argument("--only", choices=NAMES, required=True)
    child.add_argument("--first-alone", action="store_true", help="the time of its first result, and no more")
    for half in (first, second, child):
        half.add_argument("--folder", type=pathlib.Path, required=True)
        half.add_argument("--runtime", help="libfovea_runtime.so")
    for half in (second, child):
        half.add_argument("--seed", type=int, default=1)
        half.add_argument("--check-tokens", type=int, default=2048)
        half.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    third.add_argument("results", type=pathlib.Path)
    third.add_argument("--page", type=pathlib.Path, help="whose table this becomes")
    return parser


def main():
    args = make_parser().parse_args()
    return {"prepare": prepare, "measure": measure, "table": table, "check": check}[args.command](args)


if __name__ == "__main__":
    sys.exit(main())
