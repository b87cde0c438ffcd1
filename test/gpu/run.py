#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the prepared cases on this machine's GPU and compares them with the truth.

    run.py --runtime build/runtime/libfovea_runtime.so --folder build/gpu --json out.json

Prints a line per case and a summary by check; exits with 1 if a case failed, 0 if none did.
A case whose kernel faults or does not end fails alone: cases run in a child process, which is
started anew behind it."""
import argparse
import collections
import datetime
import json
import pathlib
import select
import subprocess
import sys
import tempfile
import time

import backward_cases
import extended_cases
import specs

HERE = pathlib.Path(__file__).resolve().parent


class Child:
    """worker.py with some cases to do."""

    def __init__(self, args, ids):
        command = [sys.executable, str(HERE / "worker.py"), str(args.runtime), str(args.folder)]
        command += [f"--{mode}" for mode in ("large", "delays", "garbage", "backward", "extended")
                    if getattr(args, mode)]
        self.errors = tempfile.TemporaryFile()  # not a pipe: nobody reads it meanwhile
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors)
        # Few enough bytes for the pipe: the child need not read before we write on.
        self.process.stdin.write("".join(f"{i}\n" for i in ids).encode())
        self.process.stdin.close()
        self.pending = b""

    def message(self, seconds):
        """The next message; None at the end; raises TimeoutError after `seconds`."""
        deadline = time.monotonic() + seconds
        stream = self.process.stdout
        while True:
            line, newline, rest = self.pending.partition(b"\n")
            if newline:
                self.pending = rest
                if line.startswith(b"{"):  # a library may print, too
                    return json.loads(line)
                continue
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([stream], [], [], left)[0]:
                raise TimeoutError
            chunk = stream.read1(1 << 16)
            if not chunk:
                return None
            self.pending += chunk

    def end(self):
        """Kills it if it still runs; its last words."""
        self.process.kill()
        self.process.wait()
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace").strip()


def failed_case(case, why):
    return {"id": case["id"], "label": case["label"], "passed": False, "values": [],
            "failures": [why]}


def run_all(args, all_cases, show):
    """Reports of all cases, restarting the child behind one that takes it down."""
    waiting, reports, restarts = [c["id"] for c in all_cases], [], 0
    by_id = {c["id"]: c for c in all_cases}
    while waiting and restarts <= args.restarts:
        child, running = Child(args, waiting), None
        try:
            while (message := child.message(args.case_timeout)) is not None:
                if "begin" in message:
                    running = message["begin"]
                else:
                    reports.append(message["report"])
                    show(message["report"])
                    waiting.remove(message["report"]["id"])
                    running = None
            why = "the process ended"
        except TimeoutError:
            why = f"no result after {args.case_timeout} s"
        words = child.end()
        if not waiting:
            break
        restarts += 1
        if running is not None:  # otherwise the last case had its report before the fault
            last = words.splitlines()[-1] if words else ""
            reports.append(failed_case(by_id[running], f"{why}: {last}"))
            show(reports[-1])
            waiting.remove(running)
        elif not reports:
            sys.exit(f"error: expected the child to run a case, got\n{words}")
    for i in waiting:
        reports.append(failed_case(by_id[i], f"not run: {restarts} restarts before it"))
    return reports


def show_report(report):
    share = max((v["error"] / v["tolerance"] for v in report["values"] if v["tolerance"]),
                default=0)
    state = ("ok    " if report["passed"] else
             "absent" if report.get("skipped") else "FAILED")
    print(f"{state} {report['id']:4} {report.get('seconds', 0):5.1f} s "
          f"error/tolerance {share:4.2f}  {report['label']}", flush=True)
    for line in [report["skipped"]] if report.get("skipped") else report["failures"]:
        print(f"            {line}", flush=True)


def describe_device():
    """Name, driver and versions, asked in a process of its own: the parent must not hold a
    context on the GPU."""
    code = ("import json, torch; p = torch.cuda.get_device_properties(0); "
            "print(json.dumps({'name': p.name, 'multiprocessors': p.multi_processor_count, "
            "'memory': p.total_memory, 'torch': torch.__version__, "
            "'cuda': torch.version.cuda}))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"error: expected a GPU that torch can use, got\n{done.stderr}")
    device = json.loads(done.stdout)
    driver = subprocess.run(["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"],
                            capture_output=True, text=True)
    device["driver"] = driver.stdout.strip().splitlines()[0] if driver.stdout else ""
    return device


def summarize(reports):
    failed = [r for r in reports if not r["passed"] and not r.get("skipped")]
    absent = [r for r in reports if r.get("skipped")]
    causes = collections.Counter(f.split(":")[0] for r in failed for f in r["failures"])
    print(f"{len(reports)} cases: {len(reports) - len(failed) - len(absent)} passed, "
          f"{len(failed)} failed, {len(absent)} not compiled")
    for cause, count in causes.most_common():
        print(f"  {count:4} {cause}")
    return failed, absent


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runtime", type=pathlib.Path, required=True)
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="of prepare.py")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--only", default="", help="cases whose label holds this text")
    parser.add_argument("--shard", default="1/1", help="I/N: every N-th case from the I-th on")
    parser.add_argument("--large", action="store_true", help="one sequence of 2^20 tokens")
    parser.add_argument("--delays", action="store_true",
                        help="the same bits under drawn delays at each operation on a ring")
    parser.add_argument("--garbage", action="store_true",
                        help="cu_seqlens and index lists that may say anything")
    parser.add_argument("--backward", action="store_true",
                        help="gradients, of specs with `entries backward`")
    parser.add_argument("--extended", action="store_true",
                        help="entries whose queries are the last tokens of sequences")
    parser.add_argument("--case-timeout", type=float, default=90, help="seconds")
    parser.add_argument("--restarts", type=int, default=10, help="of the child, at most")
    args = parser.parse_args()

    benchmarks = json.loads((args.folder / "benchmarks.json").read_text())
    if args.large:
        drawn = [{"id": 0, "label": "one sequence of 1048576 tokens"}]
    elif args.delays:
        drawn = [{"id": i, "label": f"{kind} under delays"}
                 for i, kind in enumerate(("nsa", *specs.DELAYED_ATTENDS))]
    elif args.garbage:
        import garbage  # and torch, which the other modes leave to the child
        drawn = [c for c in garbage.make_cases(args.folder) if args.only in c["label"]]
    else:
        name = (backward_cases.FILE if args.backward else extended_cases.FILE if args.extended
                else "cases.jsonl")
        lines = (args.folder / name).read_text().splitlines()
        drawn = [c for c in map(json.loads, lines) if args.only in c["label"]]
        first, step = map(int, args.shard.split("/"))
        if not 1 <= first <= step:
            parser.error(f"expected --shard I/N with I from 1 to N, got {args.shard}")
        drawn = drawn[first - 1::step]
    device = describe_device()
    print(f"{len(drawn)} cases on {device['name']}, driver {device['driver']}, "
          f"torch {device['torch']}", flush=True)
    begin = time.monotonic()
    reports = run_all(args, drawn, show_report)
    failed, absent = summarize(reports)
    if args.json:
        result = {"date": datetime.date.today().isoformat(), "commit": benchmarks["commit"],
                  "seed": benchmarks["seed"], "device": device,
                  "seconds": time.monotonic() - begin, "drawn": len(reports),
                  "failed": len(failed), "not_compiled": len(absent), "cases": reports}
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(result, indent=1) + "\n")
    return 1 if failed or absent else 0


if __name__ == "__main__":
    sys.exit(main())
