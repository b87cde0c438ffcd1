# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The half of tuning that needs foveac: bundles of specs, one per round. A round gives each kernel
one schedule that it had in no round before, by a table, so that what is compiled is what a user
of the table gets. What ptxas or the lint refuses, and what leaves too few blocks on a
multiprocessor, is not for measuring: the next of the kernel's schedules takes its place, in
the order in which foveac --explain-schedule=json lists them.

A folder has, for each spec, a file of its name and RECORD that says which bundle has what."""
import concurrent.futures
import dataclasses
import hashlib
import json
import pathlib
import re
import subprocess
import tempfile

from . import table

RECORD = ".record.json"
RESIDENCY = re.compile(r"residency = (\d+)")


@dataclasses.dataclass
class Kernel:
    """One kernel, by its description, and what became of its schedules."""

    model: str  # what the cost model took
    space: list  # the schedules that are left to try, the best first
    taken: list = dataclasses.field(default_factory=list)
    refused: dict = dataclasses.field(default_factory=dict)  # the reasons

    def next(self, variants, ahead):
        """The schedule to try in the round `ahead` of those that run now; none where there are
        enough or no more."""
        if len(self.taken) + ahead >= variants or ahead >= len(self.space):
            return None
        return self.space[ahead]


class Compiler:
    def __init__(self, args):
        self.args = args
        # One worker each: several compiles run at a time.
        self.base = [str(args.foveac), f"--target={args.target}", "--no-built-in-table",
                     "--jobs=1", *args.option]

    def ask(self, *words):
        return subprocess.run([str(self.args.foveac), *words], text=True, capture_output=True)

    def stamp(self, spec, versions):
        """What a spec's record is made of; another compiler, spec or option makes it anew."""
        what = hashlib.sha256(self.args.foveac.read_bytes() + spec.read_bytes())
        what.update(repr([self.base[1:], self.args.variants, versions["ptxas"]]).encode())
        return what.hexdigest()[:16]

    def ptxas(self):
        """The version of the ptxas that foveac runs."""
        options = [word for word in self.args.option if word.startswith("--ptxas=")]
        found = re.search(r"^ptxas ([\d.]+)", self.ask(*options, "--version").stdout, re.M)
        if not found:
            raise table.TuningError("expected foveac to find a ptxas: see foveac --version")
        return found[1]

    def compile(self, spec, bundle, forced):
        """The explanation of a compile under the schedules `forced`, by kernel, or the one that is
        second in their list; foveac's error as a TuningError."""
        entry = lambda kernel, schedules: {"kernel": kernel, "run": 0, "workloads": [],
                                           "schedules": [{"schedule": each, "times": []}
                                                         for each in schedules]}
        run = {"device": "none", "driver": "", "ptxas": "", "commit": "", "date": ""}
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "forced.json"
            table.write(path, table.make([run], [entry(*each) for each in forced.items()]))
            done = subprocess.run(
                [*self.base, str(spec), "--emit=bundle", "-o", str(bundle),
                 "--explain-schedule=json", f"--schedule-table={path}"],
                text=True, capture_output=True)
        if done.returncode:
            raise table.TuningError(done.stderr.strip() or f"foveac ended with {done.returncode}")
        return json.loads(done.stdout)["kernels"]


def judge(kernel, found, schedule):
    """Notes what became of `schedule` in a compile that `found` tells of."""
    kernel.space.remove(schedule)
    if found["schedule"] != schedule:
        reasons = [each["why"] for each in found["refused"] if each["schedule"] == schedule]
        kernel.refused[schedule] = reasons[0] if reasons else "not taken"
        return False
    asked = int((RESIDENCY.search(schedule) or [0, 1])[1])
    if found["blocks_per_sm"] < asked:
        kernel.refused[schedule] = (f"expected {asked} blocks of a multiprocessor, got "
                                    f"{found['blocks_per_sm']}")
        return False
    kernel.taken.append(schedule)
    return True


class Spec:
    """One spec on its way to bundles. Kernels of `known` are another spec's to tune."""

    def __init__(self, compiler, path, folder, known):
        self.compiler, self.path, self.folder, self.known = compiler, path, folder, known
        self.kernels, self.bundles = {}, []

    def bundle_path(self):
        return self.folder / f"{self.path.stem}.{len(self.bundles)}.fovea"

    def keep(self, bundle, explained):
        """Notes a bundle: the kernel and schedule of each of its launches' names."""
        self.bundles.append({
            "file": bundle.name, "sha256": hashlib.sha256(bundle.read_bytes()).hexdigest(),
            "kernels": {each["name"]: {"kernel": each["kernel"], "schedule": each["schedule"]}
                        for each in explained if "kernel" in each}})

    def begin(self):
        """The model's own choice, and the space of each kernel."""
        bundle = self.bundle_path()
        for each in (explained := self.compiler.compile(self.path, bundle, {})):
            if "kernel" not in each or each["kernel"] in self.known | set(self.kernels):
                continue  # its schedule stands in the spec; or a kernel that is there twice
            kernel = Kernel(each["schedule"], each["space"])
            for refused in each["refused"]:
                if refused["schedule"] in kernel.space:
                    kernel.space.remove(refused["schedule"])
                    kernel.refused[refused["schedule"]] = refused["why"]
            kernel.space.remove(kernel.model)
            kernel.taken.append(kernel.model)
            self.kernels[each["kernel"]] = kernel
        self.keep(bundle, explained)

    def try_round(self, forced, bundle):
        """[(forced, explained)] of a round, of each kernel apart where foveac fails for all at
        once; explained is foveac's words where it fails for that kernel alone."""
        # Where one is refused the compile ends soon, with what is known to be taken.
        tables = {description: [schedule, self.kernels[description].model]
                  for description, schedule in forced.items()}
        try:
            return [(forced, self.compiler.compile(self.path, bundle, tables), bundle)]
        except table.TuningError as error:
            if len(forced) == 1:
                return [(forced, str(error), bundle)]
        alone = []
        for i, each in enumerate(forced.items()):
            alone += self.try_round(dict([each]), bundle.with_suffix(f".{i}.fovea"))
        return alone

    def take(self, forced, explained, bundle):
        """Notes what came of a compile, and keeps its bundle if it has anything new."""
        if isinstance(explained, str):
            for description, schedule in forced.items():
                self.kernels[description].space.remove(schedule)
                self.kernels[description].refused[schedule] = explained.splitlines()[0]
            return
        by_description = {each["kernel"]: each for each in explained if "kernel" in each}
        # A group that went apart is no kernel of its own any more.
        missing = {"schedule": None, "refused": [], "blocks_per_sm": 0}
        new = [judge(self.kernels[description], by_description.get(description, missing), schedule)
               for description, schedule in forced.items()]
        if any(new):
            kept = self.bundle_path()
            bundle.rename(kept)
            self.keep(kept, explained)

    def rounds(self, jobs):
        """Rounds until every kernel has its schedules, `jobs` of them at a time."""
        variants = self.compiler.args.variants
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            while True:
                waves = [{description: schedule for description, kernel in self.kernels.items()
                          if (schedule := kernel.next(variants, ahead))} for ahead in range(jobs)]
                waves = [wave for wave in waves if wave]
                if not waves:
                    return
                work = [pool.submit(self.try_round, wave, self.folder / f"try.{i}.fovea")
                        for i, wave in enumerate(waves)]
                for each in work:
                    for result in each.result():
                        self.take(*result)
                counts = [len(kernel.taken) for kernel in self.kernels.values()]
                refused = sum(len(kernel.refused) for kernel in self.kernels.values())
                print(f"{self.path.name}: {len(self.bundles)} bundles, {sum(counts)} schedules of "
                      f"{len(counts)} kernels, {refused} refused", flush=True)

    def record(self, stamp):
        return {"stamp": stamp, "spec": self.path.name, "bundles": self.bundles,
                "kernels": {description: {"model": kernel.model, "schedules": kernel.taken,
                                          "refused": kernel.refused}
                            for description, kernel in self.kernels.items()}}


def commit_of(compiler):
    """The commit that the compiler is of, as far as this checkout knows; of an installed one, its
    version."""
    root = pathlib.Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return compiler.ask("--version").stdout.split("\n")[0]
    run = lambda *words: subprocess.run(["git", "-C", str(root), *words], text=True,
                                        capture_output=True).stdout.strip()
    return run("rev-parse", "HEAD") + ("+changes" if run("status", "--porcelain") else "")


def run(args):
    """Prepares the folder. What a former call left is kept where nothing has changed."""
    stems = [spec.stem for spec in args.specs]
    if twice := {stem for stem in stems if stems.count(stem) > 1}:
        raise table.TuningError(f"expected specs of distinct names, got {', '.join(twice)} twice")
    args.folder.mkdir(parents=True, exist_ok=True)
    compiler = Compiler(args)
    versions = {"ptxas": compiler.ptxas(), "commit": commit_of(compiler), "target": args.target}
    known = set()
    for path in args.specs:
        record, stamp = args.folder / (path.stem + RECORD), compiler.stamp(path, versions)
        if record.exists() and json.loads(record.read_text())["stamp"] == stamp:
            print(f"{path.name}: kept", flush=True)
            known |= set(json.loads(record.read_text())["kernels"])
            continue
        for old in args.folder.glob(f"{path.stem}.*.fovea"):
            old.unlink()
        spec = Spec(compiler, path, args.folder, known)
        spec.begin()
        spec.rounds(args.jobs)
        for left in args.folder.glob("try.*"):
            left.unlink()
        table.write_whole(record,
                          json.dumps({**versions, **spec.record(stamp)}, indent=1) + "\n")
        known = known | set(spec.kernels)
