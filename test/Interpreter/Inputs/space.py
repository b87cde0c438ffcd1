"""space.py SPEC [--rounds N] [--seed S] [--orders N] [--threads] [--folder F]: kernels under schedules drawn from their whole space.

Each round gives every kernel of the spec another schedule, such that pairs of fields' values are
covered soon, by a table as tune.py's; the kernels that the documented pipeline places, or with --threads
those that it lowers, then run in the interpreter, beside the logical ones, entry by entry. Schedules that SPEC gives are left out of it.
Prints what fails, with its schedules, and exits with 1."""
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
FIELDS = ("tokens", "keys", "group_rows", "stages", "outer_stages", "products", "residency",
          "programs", "overlap", "turns")


def values_of(schedule):
    """The value of each field; that of one that is not there is None."""
    found = dict(re.findall(r"(\w+) = (\w+)", schedule))
    return {name: found.get(name) for name in FIELDS}


def fields_of(schedule):
    """Pairs of (field, value) that a schedule has."""
    return set(itertools.combinations(values_of(schedule).items(), 2))


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


def without_schedules(text):
    """The text of a spec whose operations leave their schedules to whoever lists them."""
    return re.sub(r"( attributes)? *\{tile\.schedule = [^}]*\}", "", text)


def check_round(args, forced):
    """What is wrong under the schedules `forced`, by kernel; empty where all is right."""
    entry = lambda kernel, schedule: {"kernel": kernel, "run": 0, "workloads": [],
                                      "schedules": [{"schedule": schedule, "times": []}]}
    file, logical, placed = (args.folder / name for name in ("t.json", "l.mlir", "p.mlir"))
    nobody = {key: "" for key in ("device", "driver", "ptxas", "commit", "date")}
    table.write(file, table.make([nobody], [entry(*each) for each in forced.items()]))
    lower = [f"--convert-tile-to-simt=target={args.target}"] if args.threads else []
    for command in (
            ("fovea-opt", args.spec, f"--fovea-attn-to-tile=target={args.target} table={file}", "-o",
             logical),
            ("fovea-opt", logical, "--fovea-place-tiles", *lower, "-o", placed)):
        done = run(*command)
        if done.returncode:
            return (done.stderr + done.stdout).strip()
    entries = re.findall(r"^  func\.func @(\w+)", logical.read_text(), re.MULTILINE)
    wrong = []
    for entry in entries:
        done = run("fovea-interpret", placed, f"--against={logical}", f"--entry={entry}",
                   "--lengths=70,0,40,5", f"--list-block={args.list_block}", "--policy=random",
                   f"--seeds={args.orders}")
        if done.returncode:
            wrong.append(f"{entry}: {(done.stderr + done.stdout).strip()}")
    return "\n".join(wrong) if entries else "expected functions in the tile level, got none"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("spec", type=pathlib.Path)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--target", default="sm_90a")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--orders", type=int, default=1)
    parser.add_argument("--threads", action="store_true", help="lowered to threads")
    parser.add_argument("--list-block", type=int, default=1, help="of index lists that are arguments")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    spec = args.folder / "spec.mlir"
    spec.write_text(without_schedules(args.spec.read_text()))
    args.spec = spec
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
    for name in ("overlap", "turns", "products"):
        values = {values_of(schedule)[name] for each in drawn.values() for schedule in each}
        print(f"{name}: {', '.join(sorted(map(str, values)))}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
