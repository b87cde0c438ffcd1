#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles what the GPU tests and benchmarks run; needs foveac and no GPU.

    prepare.py --foveac build/release/bin/foveac --out build/gpu --jobs 2

writes into the folder one bundle per distinct spec, `cases.jsonl`, `benchmarks.json` (which
bundle holds what) and `failures.txt`. A bundle that a former call made from the same text, by
the same compiler, is kept. Exits with 1 if a compile failed.

With --target=sm_80 the bundles are the portable ones, which run on any GPU from sm_80 on; 24 cases
are enough there, for the tiles are the same."""
import argparse
import concurrent.futures
import dataclasses
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time

import backward_cases
import cases
import extended_cases
import specs

SIZE_LIMIT = 160 << 20  # of all bundles, to travel to the GPU machine
COMPILER_STAMP = "compiler.txt"
PORTABLE_CASES = 24


@dataclasses.dataclass(frozen=True, kw_only=True)
class Job:
    """One file to compile. `wanted_by` says which cases or benchmarks need it."""

    name: str
    text: str
    fuse: bool = True
    aux: bool = False
    delays: bool = False
    save: str = ""  # what a forward entry keeps for its backward one
    wanted_by: str = ""


def benchmark_jobs(portable):
    """The standard shape: the whole NSA forward, as a user compiles it and with one kernel
    per operation, and each kind of attend alone; some also with delays, unless the bundles
    are `portable` and so have PTX. Returns jobs and what their files hold."""
    nsa = specs.Nsa()
    jobs, index = [], {}
    can_delay = not portable  # delay_seed.py writes seeds into cubins

    def add(title, text, **options):
        index[title] = specs.file_name(text, options.get("fuse", True),
                                       options.get("aux", False), options.get("delays", False))
        jobs.append(Job(name=index[title], text=text, wanted_by=f"benchmark {title}", **options))

    add("nsa", nsa.text())
    for kind, text in specs.attend_texts(nsa, portable).items():
        add(kind, text)
        if can_delay and kind in specs.DELAYED_ATTENDS:
            add(f"{kind}_delays", text, delays=True)
    for region in ("cap", "fast_cap"):
        add(f"causal_{region}",
            specs.attend_texts(dataclasses.replace(nsa, scores=region), portable)["causal"])
    for title, scored in specs.scored_specs(nsa).items():
        add(title, specs.attend_texts(scored, portable)[title.split()[0]])
    add("nsa_unfused", nsa.text(), fuse=False)
    add("nsa_aux", nsa.text(), aux=True)
    if can_delay:
        add("nsa_aux_delays", nsa.text(), aux=True, delays=True)
    add("nsa_unfused_aux", nsa.text(), fuse=False, aux=True)
    add("msa", specs.minimax_m3().text())
    add("msa_aux", specs.minimax_m3().text(), aux=True)
    for compress in specs.compress_specs():
        add(f"compress_{compress.phi_options()['kind']}", compress.compress_text(compress.dk))
    for title, padded in specs.padded_specs().items():
        add(title, padded.text(), aux=True)
    return jobs, {"nsa": dataclasses.asdict(nsa), "files": index}


def case_jobs(all_cases):
    """One job for each distinct file of the cases."""
    jobs = {}
    for case in all_cases:
        aux = case["kind"] in ("nsa", "ranked")
        jobs.setdefault(case["file"],
                        Job(name=case["file"], text=case["text"], fuse=case["fuse"], aux=aux,
                            wanted_by=f"case {case['id']}: {case['label']}"))
        nsa = specs.of_case(case)
        for dim, name in case["compress"].items():
            jobs.setdefault(name, Job(name=name, text=nsa.compress_text(int(dim)),
                                      wanted_by=f"compress, case {case['id']}: {case['label']}"))
    return list(jobs.values())


def backward_jobs(drawn):
    """One job for each distinct file of the backward cases."""
    return list({case["file"]: Job(name=case["file"], text=case["text"], fuse=case["fuse"],
                                   save=case["save"], wanted_by=f"case {case['id']}: {case['label']}")
                 for case in drawn}.values())


def extended_jobs(drawn):
    return [*case_jobs([case for case in drawn if not case["backward"]]),
            *backward_jobs([case for case in drawn if case["backward"]])]


def compile_job(job, args):
    """Returns (job, seconds, error text or nothing)."""
    source = args.out / f"{job.name}.mlir"
    bundle = args.out / f"{job.name}.fovea"
    source.write_text(job.text)
    command = [str(args.foveac), str(source), *args.emit.split(), "--jobs=1", "-o",
               str(bundle)]
    command += [] if job.fuse else ["--no-fuse"]
    command += ["--aux-outputs"] if job.aux else []
    command += ["--inject-delays=0"] if job.delays else []
    command += [f"--save={job.save}"] if job.save else []
    begin = time.monotonic()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=args.timeout)
        error = "" if done.returncode == 0 else done.stderr.strip() or f"exit {done.returncode}"
    except subprocess.TimeoutExpired:
        error = f"no result after {args.timeout} s"
    if error:
        bundle.unlink(missing_ok=True)
    return job, time.monotonic() - begin, error


def clean(args, jobs):
    """Drops what an other compiler, or an other draw, left in the folder."""
    stamp = hashlib.sha256(args.foveac.read_bytes() + args.emit.encode()).hexdigest()
    stamp_file = args.out / COMPILER_STAMP
    same = stamp_file.exists() and stamp_file.read_text() == stamp
    wanted = {job.name for job in jobs}
    for path in [*args.out.glob("*.fovea"), *args.out.glob("*.mlir")]:
        if not same or path.stem not in wanted:
            path.unlink()
    stamp_file.write_text(stamp)


def compile_all(args, jobs):
    """Compiles what is missing, reports as it goes, returns {name: error}."""
    missing = [job for job in jobs if not (args.out / f"{job.name}.fovea").exists()]
    print(f"{len(jobs)} files, {len(jobs) - len(missing)} kept, {len(missing)} to compile",
          flush=True)
    errors = {}
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        running = [pool.submit(compile_job, job, args) for job in missing]
        for done, future in enumerate(concurrent.futures.as_completed(running), 1):
            job, seconds, error = future.result()
            if error:
                errors[job.name] = (job, error)
            print(f"{'FAILED' if error else 'ok    '} {done:4}/{len(missing)} "
                  f"{seconds:6.1f} s  {job.wanted_by}", flush=True)
            if error:
                print("        " + error.splitlines()[0], flush=True)
    return errors


def commit_of_this_tree():
    root = pathlib.Path(__file__).resolve().parents[2]
    run = lambda *words: subprocess.run(["git", "-C", str(root), *words], text=True,
                                        capture_output=True).stdout.strip()
    return run("rev-parse", "HEAD") + ("+changes" if run("status", "--porcelain") else "")


def draw_cases(args):
    """The cases of forward entries, of backward ones, and of those of either kind whose queries are last tokens."""
    named = lambda some: [case for case in some
                          if any(text in case["label"] for text in args.only)]
    drawn = [] if args.no_cases or args.no_forward else named(
        cases.make_cases(args.specs, args.operations, args.seed, args.shapes, args.grid,
                         args.rankers, args.scores))
    drawn = cases.spread(drawn, args.cases) if args.cases else drawn
    return (drawn, named(backward_cases.draw(args.backward, args.seed)),
            named(extended_cases.draw(args.extended, args.seed)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--foveac", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--specs", type=int, default=110, help="distinct NSA specs, at least")
    parser.add_argument("--operations", type=int, default=48, help="single attends")
    parser.add_argument("--shapes", type=int, default=60,
                        help="NSA specs of padded groups and long lists, at least")
    parser.add_argument("--grid", type=int, default=120,
                        help="NSA specs of head dims, groups, lists and blocks that no model has")
    parser.add_argument("--rankers", type=int, default=40, help="specs of index rankers, at least")
    parser.add_argument("--scores", type=int, default=40,
                        help="specs and attends with score regions or sinks, at least")
    parser.add_argument("--backward", type=int, default=0,
                        help="specs with `entries backward`, at least; 0: none (default)")
    parser.add_argument("--extended", type=int, default=0,
                        help="cases, with gradients and without, whose queries are the last tokens of sequences, so "
                        "many of each that differ most; 0: none (default)")
    parser.add_argument("--only-backward", "--only-extended", dest="no_forward", action="store_true",
                        help="the files of these alone")
    parser.add_argument("--target", default="sm_90a", help="of foveac")
    parser.add_argument("--cases", type=int,
                        help="of those drawn, so many that differ most; 0: all (by default "
                        f"{PORTABLE_CASES} for another target than sm_90a)")
    parser.add_argument("--only", nargs="+", default=[""],
                        help="cases whose label holds one of these texts")
    parser.add_argument("--no-cases", action="store_true", help="the benchmark's files alone")
    parser.add_argument("--timeout", type=float, default=900, help="seconds per file")
    parser.add_argument("--emit", default="--emit=bundle",
                        help="options of foveac that say what to write")
    args = parser.parse_args()
    args.emit = f"--target={args.target} {args.emit}"
    if args.cases is None:
        args.cases = 0 if args.target == "sm_90a" else PORTABLE_CASES
    args.out.mkdir(parents=True, exist_ok=True)

    drawn, gradients, extended = draw_cases(args)
    jobs, benchmarks = benchmark_jobs(portable=args.target != "sm_90a")
    jobs = [] if args.no_forward else jobs + case_jobs(drawn)
    jobs = list({job.name: job for job in jobs + backward_jobs(gradients) + extended_jobs(extended)}.values())
    clean(args, jobs)
    errors = compile_all(args, jobs)

    for case in drawn + gradients + extended:
        if case["file"] in errors:
            case["absent"] = errors[case["file"]][1].splitlines()[0]
    header = {"seed": args.seed, "commit": commit_of_this_tree(), "emit": args.emit}
    for name, some in (("cases.jsonl", drawn), (backward_cases.FILE, gradients), (extended_cases.FILE, extended)):
        (args.out / name).write_text("".join(json.dumps(c) + "\n" for c in some))
    (args.out / "benchmarks.json").write_text(json.dumps({**header, **benchmarks}, indent=1))
    (args.out / "failures.txt").write_text("".join(
        f"== {name}.mlir\n{job.wanted_by}\n{error}\n\n" for name, (job, error) in errors.items()))
    size = sum(path.stat().st_size for path in args.out.glob("*.fovea"))
    print(f"{len(jobs) - len(errors)} bundles, {size / 2**20:.1f} MiB, {len(errors)} failures"
          f", {len(drawn) + len(gradients) + len(extended)} cases")
    if size > SIZE_LIMIT:
        print(f"expected at most {SIZE_LIMIT >> 20} MiB of bundles: draw fewer --specs")
    return 1 if errors or size > SIZE_LIMIT else 0


if __name__ == "__main__":
    sys.exit(main())
