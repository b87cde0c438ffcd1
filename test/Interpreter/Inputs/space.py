"""space.py SPEC [--rounds N] [--seed S] [--orders N] [--folder F]: kernels under schedules drawn from their whole space.

Each round gives every kernel of the spec another schedule, such that pairs of fields' values are
covered soon, by a table as tune.py's; the placed kernels then run in the interpreter, beside the
logical ones. Prints what fails, with its schedules, and exits with 1."""
import argparse
import itertools
import json
import pathlib
import random
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "benchmarks"))
from tuning import table  # noqa: E402

SAMPLE = 600
PLACE = "builtin.module(tile.kernel(tile-place,tile-specialize,tile-place-waits,canonicalize,cse))"


def fields_of(schedule):
    """Pairs of (field, value) that a schedule has; a field that is not there is one value too."""
    found = dict(re.findall(r"(\w+) = (\w+)", schedule))
    names = ("tokens", "keys", "group_rows", "stages", "outer_stages", "products", "residency",
             "programs", "overlap", "turns")
    return set(itertools.combinations([(name, found.get(name)) for name in names], 2))


def draw(space, rounds, generator):
    """Schedules that have as many pairs of values as the earlier ones have not."""
    sample = generator.sample(space, min(SAMPLE, len(space)))
    covered, drawn = set(), []
    for _ in range(min(rounds, len(sample))):
        best = max(sample, key=lambda each: len(fields_of(each) - covered))
        covered |= fields_of(best)
        drawn.append(best)
        sample.remove(best)
    return drawn


def run(*command):
    return subprocess.run(list(map(str, command)), text=True, capture_output=True)


def check_round(args, forced):
    """What is wrong under the schedules `forced`, by kernel; empty where all is right."""
    entry = lambda kernel, schedule: {"kernel": kernel, "run": 0, "workloads": [],
                                      "schedules": [{"schedule": schedule, "times": []}]}
    file, logical, placed = (args.folder / name for name in ("t.json", "l.mlir", "p.mlir"))
    nobody = {key: "" for key in ("device", "driver", "ptxas", "commit", "date")}
    table.write(file, table.make([nobody], [entry(*each) for each in forced.items()]))
    for done in (
            run("fovea-opt", args.spec, f"--fovea-attn-to-tile=target={args.target} table={file}", "-o",
                logical),
            run("fovea-opt", logical, f"-pass-pipeline={PLACE}", "-o", placed),
            run("fovea-interpret", placed, f"--against={logical}", "--lengths=70,0,40,5",
                "--policy=random", f"--seeds={args.orders}")):
        if done.returncode:
            return (done.stderr + done.stdout).strip()
    return ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("spec", type=pathlib.Path)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--target", default="sm_90a")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--orders", type=int, default=1)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    told = run("foveac", args.spec, f"--target={args.target}", "--no-built-in-table",
               "--explain-schedule=json", "--ptxas=none")
    if told.returncode:
        sys.exit(told.stderr)
    generator = random.Random(args.seed)
    drawn = {each["kernel"]: draw(each["space"], args.rounds, generator)
             for each in json.loads(told.stdout)["kernels"]}
    failed = 0
    for number in range(args.rounds):
        forced = {kernel: each[number] for kernel, each in drawn.items() if number < len(each)}
        if wrong := check_round(args, forced):
            failed += 1
            print(f"round {number}: {wrong}\nunder\n" + "\n".join(f"  {kernel}\n    {schedule}"
                  for kernel, schedule in forced.items()))
    count = sum(map(len, drawn.values()))
    print(f"{'FAILED' if failed else 'ok'}: {count} schedules of {len(drawn)} kernels")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
