# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The half of tuning that needs a device: runs the bundles of a folder and writes a table.

All bundles of a spec run in turns, round by round, so that a clock that sinks is everyone's. A
sample is a whole forward with the device's clock between its launches: each kernel finds what
the one before it left, in the caches too. Each sample is a line of a journal, so that a run
that was ended goes on where it was. Before it is timed a bundle's results are compared with
those under the model's schedules: a schedule that computes something else is not measured, and
named at the end.

The device is given (nvidia.py has that of the runtime): `name`, `driver`, `open(bundle's path)`
-> entry names, `errors`, what its calls raise, and `prepare(path, entry, workload, seed, block)`, with the tokens of a listed block
or None, -> something with `kernels`, the names of its launches, `sample()`, their milliseconds, and `compare(other)`, what is wrong or nothing."""
import collections
import datetime
import json
import re
import time

from . import prepare, table

PAUSE_SECONDS = 0.05  # without it the clock sinks and all look slower
FEWEST = 3  # samples of a time in a table


class Journal:
    """The lines of a file: first the device, then what was measured on it."""

    def __init__(self, path, device):
        self.path = path
        self.samples = collections.defaultdict(dict)  # by place: {round: milliseconds}
        self.checked = {}  # by place: what is wrong, or nothing
        begun = set()  # places that were run for the first time
        head = {"device": device.name, "driver": device.driver}
        text = path.read_text() if path.exists() else ""
        if not text:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._append(head)
        elif not text.endswith("\n"):  # cut off where a run was ended
            text = text[:text.rfind("\n") + 1]
            path.write_text(text)
        lines = [json.loads(line) for line in text.splitlines()]
        if lines and lines[0] != head:
            raise table.TuningError(f"{path}: expected a journal of {head}, got one of "
                                    f"{lines[0]}: name another by --journal")
        for line in lines[1:]:
            if "begun" in line:
                begun.add(tuple(line["place"]))
            else:
                self._take(line)
        for place in begun - set(self.checked):
            self.add({"place": place, "wrong": "it did not end when it was run first (its line in "
                                               f"{path} with \"begun\" says so)"})

    def _append(self, value):
        with self.path.open("a") as file:
            file.write(json.dumps(value) + "\n")

    def _take(self, value):
        place = tuple(value["place"])
        if "ms" in value:
            self.samples[place][value["round"]] = value["ms"]
        else:
            self.checked[place] = value["wrong"]

    def begin(self, place):
        """Says that a bundle is run for the first time: one that never ends is not run again."""
        self._append({"place": place, "begun": True})

    def add(self, value):
        self._take(value)
        self._append(value)


class Plan:
    """The bundles of one spec's record under one workload."""

    def __init__(self, folder, record, workload, entry):
        self.folder, self.record, self.workload, self.entry = folder, record, workload, entry

    def place(self, bundle):
        """What a journal calls it: the same bundle, whatever its file is called."""
        return (bundle["sha256"][:16], self.entry, table.name_workload(self.workload))

    def listed_block(self):
        """Tokens of the blocks that lists name; none where no kernel takes lists."""
        found = [int(block) for kernel in self.record["kernels"]
                 for block in re.findall(r"\bblock = (\d+)>, listed = ", kernel)]
        return max(found, default=None)

    def is_wrong(self, journal, bundle):
        return bool(journal.checked.get(self.place(bundle)))

    def missing(self, journal, rounds):
        """(round, bundle) that were not measured, in the order in which they are to be."""
        return [(i, bundle) for i in range(rounds) for bundle in self.record["bundles"]
                if i not in journal.samples[self.place(bundle)]
                and not self.is_wrong(journal, bundle)]


class Measurer:
    def __init__(self, args, device, journal):
        self.args, self.device, self.journal = args, device, journal
        self.deadline = time.monotonic() + args.budget if args.budget else float("inf")

    def open_all(self, plan):
        """Each bundle, ready to run, whose results are those of the first, the model's."""
        sessions, first = {}, None
        for bundle in plan.record["bundles"]:
            if plan.is_wrong(self.journal, bundle):
                continue
            session = self.device.prepare(plan.folder / bundle["file"], plan.entry, plan.workload,
                                          self.args.seed, plan.listed_block())
            first = first or session
            if plan.place(bundle) not in self.journal.checked:
                self.check(plan, bundle, session, first)
            if not plan.is_wrong(self.journal, bundle):
                sessions[bundle["file"]] = session
        return sessions

    def check(self, plan, bundle, session, first):
        """Compares a bundle that was not run before. After a failure of its kernels there is no
        going on with the device."""
        place = plan.place(bundle)
        if session is not first:
            first.compare(first)  # whose results are there then
            self.journal.begin(place)
        try:
            self.journal.add({"place": place, "wrong": session.compare(first)})
        except self.device.errors as error:
            if session is first:
                raise table.TuningError(f"{bundle['file']}, with the model's schedules: "
                                        f"{error}") from error
            self.journal.add({"place": place, "wrong": f"it fails: {error}"})
            raise table.TuningError(f"{bundle['file']}: {error}: it is left out; run again to go "
                                    "on") from error

    def run(self, plan):
        """Whether there was time for all of it."""
        missing = plan.missing(self.journal, self.args.rounds)
        if not missing or time.monotonic() > self.deadline:
            return not missing
        title = f"{plan.record['spec']}, {plan.entry}, {table.name_workload(plan.workload)}"
        print(f"{title}: {len(missing)} samples of {len(plan.record['bundles'])} bundles",
              flush=True)
        sessions, begin = self.open_all(plan), time.monotonic()
        for done, (number, bundle) in enumerate(missing):
            if time.monotonic() > self.deadline:
                return False
            if bundle["file"] not in sessions:
                continue
            time.sleep(PAUSE_SECONDS)
            session = sessions[bundle["file"]]
            self.journal.add({"place": plan.place(bundle), "round": number,
                              "ms": dict_of(session.kernels, session.sample())})
            if done + 1 == len(missing) or missing[done + 1][0] != number:
                left = (time.monotonic() - begin) / (done + 1) * (len(missing) - done - 1)
                print(f"  round {number + 1} of {self.args.rounds}, {left:.0f} s left", flush=True)
        return True


def dict_of(kernels, milliseconds):
    """The milliseconds of each kernel, of all its launches."""
    result = collections.defaultdict(float)
    for name, each in zip(kernels, milliseconds):
        result[name] += each
    return dict(result)


def collect(plans, journal):
    """Of each kernel: {schedule: {workload's name: milliseconds}}, and the model's schedule."""
    samples = collections.defaultdict(lambda: collections.defaultdict(
        lambda: collections.defaultdict(list)))
    models = {}
    for plan in plans:
        models.update({name: each["model"] for name, each in plan.record["kernels"].items()})
        workload = table.name_workload(plan.workload)
        for bundle in plan.record["bundles"]:
            for sample in journal.samples[plan.place(bundle)].values():
                # A kernel that a spec launches twice, as for k and for v, counts once.
                launched = collections.defaultdict(list)
                for name, each in sample.items():
                    what = bundle["kernels"].get(name, {"kernel": None})
                    if what["kernel"] in plan.record["kernels"]:  # not another spec's
                        launched[what["kernel"], what["schedule"]].append(each)
                for (kernel, schedule), each in launched.items():
                    samples[kernel][schedule][workload].append(sum(each) / len(each))
    return samples, models


def entries_of(plans, journal, workloads):
    """Entries of the kernels that were measured under all workloads, schedules that were not left
    out; and the names of the others."""
    samples, models = collect(plans, journal)
    names = [table.name_workload(workload) for workload in workloads]
    entries, incomplete = [], []
    for kernel, by_schedule in samples.items():
        lists = {schedule: [found[name] for name in names]
                 for schedule, found in by_schedule.items()
                 if all(len(found[name]) >= FEWEST for name in names)}
        if models[kernel] in lists:
            entries.append(table.entry_of(kernel, 0, workloads, lists, models[kernel]))
        else:
            incomplete.append(kernel)
    return entries, incomplete


def read_records(folder):
    records = [json.loads(path.read_text()) for path in sorted(folder.glob("*" + prepare.RECORD))]
    if not records:
        raise table.TuningError(f"expected bundles in {folder}, got none: run tune.py prepare")
    for key in ("ptxas", "commit"):
        if len(got := {record[key] for record in records}) > 1:
            raise table.TuningError(f"expected specs of one {key} in {folder}, got "
                                    f"{', '.join(sorted(got))}: prepare them again")
    return records


def run(args, device):
    """Measures what is missing and writes the table. Whether all of it is there."""
    if args.rounds < FEWEST:
        raise table.TuningError(f"expected {FEWEST} rounds or more, got {args.rounds}")
    records = read_records(args.folder)
    journal = Journal(args.journal or args.folder / "journal.jsonl", device)
    workloads = [{"tokens": tokens, "sequences": args.sequences, "data": data}
                 for tokens in args.tokens for data in args.data]
    plans = [Plan(args.folder, record, workload, entry) for record in records
             for entry in device.open(args.folder / record["bundles"][0]["file"])
             for workload in workloads]
    measurer = Measurer(args, device, journal)
    is_done = all([measurer.run(plan) for plan in plans])
    entries, incomplete = entries_of(plans, journal, workloads)
    measured_by = {"device": device.name, "driver": device.driver, "ptxas": records[0]["ptxas"],
                   "commit": records[0]["commit"], "date": datetime.date.today().isoformat()}
    table.write(args.out, table.make([measured_by], entries))
    print(f"{args.out}: {len(entries)} kernels")
    for kernel in incomplete:
        print(f"not there yet: {kernel}")
    for place, wrong in journal.checked.items():
        if wrong:
            print(f"WRONG, not measured: bundle {place[0]}, {place[1]}, {place[2]}: {wrong}")
    if not is_done:
        print(f"out of time after {args.budget:g} s: run again to go on")
    return is_done
