# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Odd input for every reader and pass: nothing may crash, hang, or fail without a word.

    fuzz.py --tools build/release/bin                            seeds 0 to 149, as CI does
    fuzz.py --tools build/release/bin --count 20000 --results docs/results/fuzz.json
    fuzz.py --tools build/release/bin --first 1234 --count 1     one of them again

A seed is an input: its kind, its text and what runs on it follow from the number alone. Kinds:
`spec` (specs of a grammar, by every pipeline), `run` (the same, small, compiled for this CPU, run and
compared with the reference), `ir` (mutated IR of every level, by any pass), `npy` and `bundle`.

The rule: exit 0, or exit 1 with an "error:" that has a place; no signal, no "LLVM ERROR", no assertion, at
most --seconds of processor time and --megabytes each; IR that comes out can be read again; what runs agrees with the
reference. What breaks it is kept in --failures, with its command. With --results the counts are written as
JSON after every chunk of seeds, and a run that was stopped goes on where it was."""
import argparse
import collections
import concurrent.futures
import functools
import json
import os
import pathlib
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time

import draw

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
SEPARATOR = "// -----"
CHUNK = 150  # seeds between two writes of the results
BATCH = 24  # inputs that one process takes

GPU = ["sm_90a", "sm_80"]
PASSES = [
    "", "--canonicalize", "--cse", "--attn-expand-spec", "--attn-expand-spec=aux-outputs",
    "--attn-differentiate", "--pass-pipeline=builtin.module(attn-expand-spec,attn-differentiate{save=out,lse})",
    "--pass-pipeline=builtin.module(func.func(attn-fuse))",
    "--pass-pipeline=builtin.module(func.func(attn-fuse{max-attends=1}))",
    "--pass-pipeline=builtin.module(func.func(attn-list-schedules,attn-choose-schedules))",
    "--pass-pipeline=builtin.module(func.func(attn-list-schedules{target=sm_80}))",
    "--pass-pipeline=builtin.module(func.func(attn-choose-schedules,attn-estimate-work))",
    "--pass-pipeline=builtin.module(func.func(attn-choose-schedules),convert-attn-to-tile)",
    "--convert-attn-to-tile", "--convert-tile-to-loops",
    "--convert-tile-to-loops=vector-bits=256 vector-registers=16",
    "--pass-pipeline=builtin.module(tile.kernel(tile-place))",
    "--pass-pipeline=builtin.module(tile.kernel(tile-overlap-products))",
    "--pass-pipeline=builtin.module(tile.kernel(tile-specialize))",
    "--pass-pipeline=builtin.module(tile.kernel(tile-place-waits))",
    "--convert-tile-to-simt", "--convert-tile-to-simt=target=sm_80",
    "--pass-pipeline=builtin.module(gpu.module(simt-inject-delays))", "--convert-simt-to-nvvm",
    "--fovea-place-tiles", "--fovea-tile-to-nvvm", "--fovea-tile-to-nvvm=target=sm_80",
    "--fovea-spec-to-attn", "--fovea-attn-to-tile", "--fovea-attn-to-tile=target=sm_90a"]
SPEC_PIPELINES = [
    ["--fovea-spec-to-attn"], ["--fovea-attn-to-tile"], ["--fovea-attn-to-tile", "--convert-tile-to-loops"],
    *(["--fovea-attn-to-tile=target=" + target, "--fovea-place-tiles"] for target in GPU),
    *(["--fovea-attn-to-tile=target=" + target, "--fovea-tile-to-nvvm=target=" + target] for target in GPU)]

# Weights of the kinds.
KINDS = {"spec": 20, "run": 1, "ir": 66, "npy": 3, "bundle": 10}

Case = collections.namedtuple("Case", "seed kind data options")
Outcome = collections.namedtuple("Outcome", "code out err seconds")


class Corpus:
    """IR to mutate: the examples and the lit tests, piece by piece, and what the tools make of small
    specs at each level."""

    def __init__(self, tools):
        files = sorted(SOURCE.glob("examples/*.mlir")) + sorted(SOURCE.glob("test/**/*.mlir"))
        self.pieces = [piece for file in files for piece in self.split(file.read_text()) if len(piece) < 20000]
        texts = [text for text in map(tools.output, self.commands()) if text]
        self.levels = [kernel for text in texts for kernel in self.kernels(text)]

    @staticmethod
    def split(text):
        return ["\n".join(line for line in piece.split("\n") if not line.lstrip().startswith("//"))
                for piece in text.split(SEPARATOR)]

    @staticmethod
    def kernels(text):
        """The module itself, where it is short, and each of its kernels alone."""
        pieces = re.findall(r"^  (?:tile\.kernel|gpu\.module|func\.func) .*?^  }$", text, re.M | re.S)
        return [piece for piece in [text] + pieces if len(piece) < 60000]

    @staticmethod
    def commands():
        near, nsa = (str(HERE / "Inputs" / name) for name in ("near.mlir", "nsa.mlir"))
        for spec in (near, nsa):
            yield ["fovea-opt", spec, "--fovea-spec-to-attn"]
            yield ["fovea-opt", spec, "--fovea-attn-to-tile"]
            for target in GPU:
                tile = f"fovea-attn-to-tile{{target={target}}}"
                for passes in ("", "tile-place", "tile-place,tile-overlap-products",
                               "tile-place,tile-overlap-products,tile-specialize",
                               "tile-place,tile-overlap-products,tile-specialize,tile-place-waits"):
                    yield ["fovea-opt", spec, f"--pass-pipeline=builtin.module({tile},tile.kernel({passes}))"]
        yield ["fovea-opt", near, "--fovea-attn-to-tile", "--convert-tile-to-loops"]
        for target in GPU:
            tile = "--fovea-attn-to-tile=target=" + target
            yield ["fovea-opt", near, tile, "--fovea-place-tiles", "--convert-tile-to-simt=target=" + target]
            yield ["fovea-opt", near, tile, "--fovea-tile-to-nvvm=target=" + target]

    def choose(self, rng):
        return rng.choice(self.levels if self.levels and rng.random() < 0.4 else self.pieces)


class Tools:
    """Runs the programs of one build within bounds."""

    def __init__(self, options):
        self.bin = options.tools.resolve()
        self.runtime = (options.runtime or self.bin.parent / "lib" / "libfovea_runtime.so").resolve()
        self.seconds, self.bytes = options.seconds, options.megabytes << 20

    def limit(self):
        os.setsid()
        resource.setrlimit(resource.RLIMIT_AS, (self.bytes, self.bytes))
        resource.setrlimit(resource.RLIMIT_CPU, (self.seconds, self.seconds + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def run(self, command):
        """Bounded in processor time, so that a busy machine is no hang, and in time that passes for what
        waits forever."""
        start = time.monotonic()
        program = str(self.bin / command[0]) if "/" not in command[0] else command[0]
        process = subprocess.Popen([program, *command[1:]], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   stdin=subprocess.DEVNULL, preexec_fn=self.limit,
                                   env={**os.environ, "OMP_NUM_THREADS": "1"})
        try:
            out, err = process.communicate(timeout=60 * self.seconds)
            code = "hang" if process.returncode in (-signal.SIGXCPU, -signal.SIGKILL) else process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            code = "hang"
        return Outcome(code, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"),
                       time.monotonic() - start)

    def output(self, command):
        outcome = self.run(command)
        return outcome.out if outcome.code == 0 else ""


# What breaks the rule ------------------------------------------------------------------------

FATAL = re.compile(r"LLVM ERROR|Assertion|PLEASE submit a bug report|terminate called|UNREACHABLE|"
                   r"ERROR: AddressSanitizer|runtime error:")
NOWHERE = re.compile(r"^(?:loc\(unknown\)|<unknown>:0(?::0)?): error", re.M)

# MLIR's own parser, in an operation that is not ours, with none of our functions on the stack: a crash
# that this project cannot mend. Such inputs are counted and listed, as `upstream`.
UPSTREAM = re.compile(r"MLIR Parser: custom op parser '(?!attn\.|tile\.|simt\.)")


def is_upstream(outcome):
    return bool(UPSTREAM.search(outcome.err)) and "fovea::" not in outcome.err


def judge(outcome):
    """Why an outcome of one input breaks the rule, or nothing."""
    if outcome.code == "hang":
        return "hang"
    if found := FATAL.search(outcome.err):
        return found.group()
    if outcome.code not in (0, 1):
        name = signal.Signals(-outcome.code).name if outcome.code < 0 else str(outcome.code)
        return "exit " + name
    if outcome.code == 1 and "error" not in outcome.err.lower():
        return "exit 1 without a word"
    if NOWHERE.search(outcome.err):
        return "an error without a place"
    return ""


# Kinds ----------------------------------------------------------------------------------------


def fitting_passes(text):
    """The passes whose input `text` looks like: they get past their first check."""
    for word, names in (("nvvm.", ["cse", "canon"]), ("simt.", ["simt-to-nvvm", "delays"]),
                        ("tile.issue_dot", ["to-simt", "waits"]), ("tile.specialize", ["to-simt", "waits"]),
                        ("#tile.", ["tile-specialize", "tile-overlap", "tile-place)"]),
                        ("tile.", ["tile-place)", "to-loops", "place-tiles", "to-nvvm", "canon"]),
                        ("attn.spec", ["spec"]), ("attn.", ["fuse", "choose", "estimate", "attn-to-tile", "differ"])):
        if word in text:
            return [option for option in PASSES if any(name in option for name in names)]
    return PASSES


def make_case(seed, corpus):
    rng = random.Random(seed)
    kind = rng.choices(list(KINDS), KINDS.values())[0]
    if kind == "spec":
        text = draw.spec(rng)
        if rng.random() < 0.2:
            text = draw.mutate(rng, text)
        return Case(seed, kind, text, tuple(rng.choice(SPEC_PIPELINES)))
    if kind == "run":
        lengths = ",".join(str(rng.choice([0, 1, 2, 5, 17, 64, 100])) for _ in range(rng.choice([1, 1, 2, 4])))
        return Case(seed, kind, draw.spec(rng, small=True), ("--lengths=" + lengths, f"--seed={seed}"))
    if kind == "ir":
        text = corpus.choose(rng)
        if rng.random() < 0.35:
            text = draw.mutate_sizes(rng, text)
        if rng.random() < 0.8:
            text = draw.mutate(rng, text)
        options = rng.choice(PASSES if rng.random() < 0.4 else fitting_passes(text))
        return Case(seed, kind, text, (options,) if options else ())
    return Case(seed, kind, getattr(draw, kind)(rng), ())


class Totals:
    """How many inputs of each kind were accepted, refused or broke the rule, and which those are."""

    def __init__(self):
        self.forget()

    def forget(self):
        self.counts = {kind: collections.Counter() for kind in KINDS}
        self.broken = []
        self.upstream = []  # seeds

    def add(self, counts, broken, upstream):
        for kind, more in counts.items():
            self.counts[kind].update(more)
        self.broken += broken
        self.upstream += upstream


class Fuzzer(Totals):
    def __init__(self, options):
        super().__init__()
        self.tools = Tools(options)
        self.corpus = Corpus(self.tools)
        self.failures = options.failures

    def record(self, case, outcome, fault=""):
        kind = self.counts[case.kind]
        kind["inputs"] += 1
        if fault and is_upstream(outcome):
            kind["upstream"] += 1
            self.upstream.append(case.seed)
            return
        kind["accepted" if outcome.code == 0 else "refused"] += not fault
        kind["faults"] += bool(fault)
        if not fault:
            return
        self.broken.append({"seed": case.seed, "kind": case.kind, "options": list(case.options), "fault": fault})
        print(f"seed {case.seed} ({case.kind} {' '.join(case.options)}): {fault}", flush=True)
        self.failures.mkdir(parents=True, exist_ok=True)
        path = self.failures / f"{case.seed}.{'mlir' if isinstance(case.data, str) else case.kind}"
        data = case.data.encode("utf-8", "surrogatepass") if isinstance(case.data, str) else case.data
        path.write_bytes(data)
        (self.failures / f"{case.seed}.log").write_text(
            f"{case.kind} {' '.join(case.options)}\n{fault}\n{outcome.err[:20000]}")

    def run_alone(self, case, folder):
        """One input in a process of its own: the rule to the letter."""
        path = folder / f"{case.seed}.mlir"
        path.write_bytes(case.data.encode("utf-8", "surrogatepass"))
        if case.kind == "run":
            outcome = self.tools.run(["fovea-run", str(path), "--verify", "--threads=1", *case.options])
            fault = judge(outcome)
            if outcome.code == 1 and "compared with the reference" in outcome.out:
                fault = "another answer than the reference's"
            return self.record(case, outcome, fault)
        outcome = self.tools.run(["fovea-opt", str(path), *case.options])
        fault = judge(outcome)
        if not fault and outcome.code == 0:
            path.write_text(outcome.out)
            again = self.tools.run(["fovea-opt", str(path)])
            if again.code != 0:
                outcome, fault = again, "IR that cannot be read again"
        self.record(case, outcome, fault)

    def run_batch(self, cases, folder):
        """Many inputs in one process; those that might break the rule run again alone."""
        path = folder / "batch.mlir"
        starts, text = [], ""
        for case in cases:
            starts.append(text.count("\n") + 1)
            text += case.data + f"\n{SEPARATOR}\n"
        path.write_bytes(text[:-len(SEPARATOR) - 2].encode("utf-8", "surrogatepass"))
        outcome = self.tools.run(["fovea-opt", str(path), "--split-input-file", *cases[0].options])
        if (outcome.code not in (0, 1) or FATAL.search(outcome.err) or NOWHERE.search(outcome.err)) and len(cases) > 1:
            middle = len(cases) // 2
            self.run_batch(cases[:middle], folder)
            return self.run_batch(cases[middle:], folder)
        pieces = outcome.out.split(SEPARATOR)
        if len(cases) == 1 or len(pieces) != len(cases):
            for case in cases:
                self.run_alone(case, folder)
            return
        lines = [int(line) for line in re.findall(r"batch\.mlir:(\d+):\d+: error", outcome.err)]
        good = []
        for case, start, end, piece in zip(cases, starts, starts[1:] + [1 << 60], pieces):
            if piece.strip():
                good.append((case, piece))
            elif any(start <= line < end for line in lines):
                self.record(case, Outcome(1, "", "", 0))
            else:
                self.run_alone(case, folder)
        if not good:
            return
        path.write_text(SEPARATOR.join(piece for _, piece in good))
        again = self.tools.run(["fovea-opt", str(path), "--split-input-file"])
        for case, _ in good:
            if again.code == 0:
                self.record(case, outcome._replace(code=0))
            else:
                self.run_alone(case, folder)

    def run_npy(self, case, folder):
        path = folder / f"{case.seed}.npy"
        path.write_bytes(case.data)
        outcome = self.tools.run(["fovea-run", str(HERE / "Inputs" / "window.mlir"), "--device=reference",
                                  "--tokens=8", f"--input=q={path}"])
        self.record(case, outcome, judge(outcome))

    def run_bundles(self, cases, folder):
        paths = []
        for case in cases:
            paths.append(folder / f"{case.seed}.bundle")
            paths[-1].write_bytes(case.data)
        command = [sys.executable, str(HERE / "load_bundles.py"), str(self.tools.runtime), *map(str, paths)]
        outcome = self.tools.run(command)
        if judge(outcome) and len(cases) > 1:
            for case in cases:
                self.run_bundles([case], folder)
            return
        codes = outcome.out.split()
        for case, code in zip(cases, codes if len(codes) == len(cases) else ["1"] * len(cases)):
            self.record(case, outcome._replace(code=min(int(code), 1)), judge(outcome))

    def run(self, seeds):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            groups = collections.defaultdict(list)
            for seed in seeds:
                case = make_case(seed, self.corpus)
                groups[case.kind, case.options if case.kind in ("ir", "spec") else ()].append(case)
            for (kind, _), cases in groups.items():
                for i in range(0, len(cases), BATCH):
                    batch = cases[i:i + BATCH]
                    if kind in ("ir", "spec"):
                        self.run_batch([case for case in batch if SEPARATOR not in case.data], folder)
                    elif kind == "bundle":
                        self.run_bundles(batch, folder)
                    else:
                        for case in batch:
                            (self.run_npy if kind == "npy" else self.run_alone)(case, folder)


def commit():
    git = subprocess.run(["git", "-C", str(SOURCE), "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return git.stdout.strip() or "unknown"


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tools", type=pathlib.Path, required=True, help="the build's folder of programs")
    parser.add_argument("--runtime", type=pathlib.Path, help="the build's libfovea_runtime.so (default: ../lib)")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--count", type=int, default=150, help="how many seeds")
    parser.add_argument("--jobs", type=int, default=1, help="processes that share the seeds")
    parser.add_argument("--seconds", type=int, default=20, help="processor time of a process")
    parser.add_argument("--megabytes", type=int, default=6144, help="address space of a process")
    parser.add_argument("--failures", type=pathlib.Path, default=pathlib.Path("fuzz-failures"),
                        help="a folder for the inputs that break the rule")
    parser.add_argument("--results", type=pathlib.Path, help="JSON of counts and seeds; goes on from there")
    parser.add_argument("--commit", help="what the results say was fuzzed (default: git's HEAD)")
    return parser.parse_args()


worker = None  # of a process: its tools are asked once what they can


def run_chunk(options, seeds):
    """A worker's share: what it counted, and what broke the rule."""
    global worker
    if worker is None:
        worker = Fuzzer(options)
    worker.forget()
    worker.run(seeds)
    return worker.counts, worker.broken, worker.upstream


def write_results(options, total, stop, seconds):
    options.results.write_text(json.dumps({
        "commit": options.commit or commit(), "seeds": [options.first, stop],
        "seconds": round(seconds, 1), "jobs": options.jobs, "limit_seconds": options.seconds,
        "inputs": sum(counts["inputs"] for counts in total.counts.values()),
        "kinds": total.counts, "broken": total.broken, "upstream": total.upstream}, indent=1) + "\n")


def main():
    options = parse_options()
    total = Totals()
    first, seconds = options.first, 0.0
    if options.results and options.results.exists():
        old = json.loads(options.results.read_text())
        first, seconds = old["seeds"][1], old["seconds"]
        total.add(old["kinds"], old["broken"], old.get("upstream", []))
    start = time.monotonic()
    end = options.first + options.count
    chunks = [range(i, min(i + CHUNK, end)) for i in range(first, end, CHUNK)]
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        for chunk, found in zip(chunks, pool.map(functools.partial(run_chunk, options), chunks)):
            total.add(*found)
            if options.results:
                write_results(options, total, chunk.stop, seconds + time.monotonic() - start)
    inputs = sum(counts["inputs"] for counts in total.counts.values())
    print(f"fuzz: {inputs} inputs, {len(total.broken)} that break the rule, "
          f"{len(total.upstream)} that crash MLIR's parser; " +
          "; ".join(f"{kind}: {counts['accepted']} accepted, {counts['refused']} refused"
                    for kind, counts in total.counts.items()))
    return 1 if total.broken else 0


if __name__ == "__main__":
    sys.exit(main())
