# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tables of measured schedules, as docs/tuning.md says: made of samples, merged, judged."""
import json
import math
import os
import statistics

FORMAT_KEY, FORMAT = "fovea_schedule_table", 1
DIGITS = 4  # of milliseconds: the device's clock ticks every half of a microsecond


class TuningError(Exception):
    """What a user can mend: printed without a trace."""


def read(path):
    """The table in a file of this format; foveac checks the rest of it."""
    try:
        value = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise TuningError(f"expected a table of schedules in {path}: {error}") from error
    if not isinstance(value, dict) or value.get(FORMAT_KEY) != FORMAT:
        got = value.get(FORMAT_KEY) if isinstance(value, dict) else type(value).__name__
        raise TuningError(f"{path}: expected a table of schedules of format {FORMAT}, got {got}")
    return value


def write_whole(path, text):
    """Whole or not at all: a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text)
    os.replace(partial, path)


def format_list(values, indent, form=json.dumps):
    """A line for each value."""
    lines = ",".join(f"\n{indent}{form(value)}" for value in values)
    return f"[{lines}]"


def format_entry(entry):
    """A line for each schedule, so that a changed time is a changed line."""
    rest = {key: value for key, value in entry.items() if key != "schedules"}
    fields = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in rest.items()]
    fields.append('"schedules": ' + format_list(entry["schedules"], "    "))
    return "{" + ",\n   ".join(fields) + "}"


def write(path, table):
    runs, entries = (format_list(table["runs"], "  "),
                     format_list(table["entries"], "  ", format_entry))
    write_whole(path, f'{{\n "{FORMAT_KEY}": {FORMAT},\n "runs": {runs},\n "entries": {entries}\n}}\n')


def make(runs=(), entries=()):
    return {FORMAT_KEY: FORMAT, "runs": list(runs), "entries": list(entries)}


def time_of(milliseconds):
    """The samples of one schedule and workload, as a table has them."""
    number = lambda value: max(round(value, DIGITS), 10 ** -DIGITS)
    return {"median_ms": number(statistics.median(milliseconds)),
            "min_ms": number(min(milliseconds)), "max_ms": number(max(milliseconds)),
            "samples": len(milliseconds)}


def score_of(times, best):
    """How much longer than the best of each workload: a geometric mean."""
    return math.exp(statistics.fmean(math.log(time["median_ms"] / least)
                                     for time, least in zip(times, best)))


def best_of(schedules):
    """The shortest median of each workload."""
    return [min(time["median_ms"] for time in times)
            for times in zip(*(each["times"] for each in schedules))]


def entry_of(kernel, run, workloads, samples, model):
    """An entry of what was measured: `samples` has, by schedule, a list of milliseconds for each
    workload."""
    schedules = [{"schedule": schedule, "times": [time_of(each) for each in lists]}
                 for schedule, lists in samples.items()]
    best = best_of(schedules)
    # Of equals the model's comes first, so that noise changes no schedule.
    schedules.sort(key=lambda each: (score_of(each["times"], best), each["schedule"] != model))
    return {"kernel": kernel, "run": run, "workloads": workloads, "model": model,
            "schedules": schedules}


def merge(tables):
    """One table: of a kernel that several have, the last one's entry."""
    entries, runs = {}, []
    for table in tables:
        for entry in table["entries"]:
            run = table["runs"][entry["run"]]
            if run not in runs:
                runs.append(run)
            entries[entry["kernel"]] = {**entry, "run": runs.index(run)}
    used = sorted({entry["run"] for entry in entries.values()})
    return make([runs[i] for i in used],
                [{**entry, "run": used.index(entry["run"])} for entry in entries.values()])


def regrets(table):
    """Of each kernel and workload: the time of the model's choice, and of the table's, over the
    best. Kernels whose model's choice was not measured are left out."""
    for entry in table["entries"]:
        by_schedule = {each["schedule"]: each["times"] for each in entry["schedules"]}
        if entry.get("model") not in by_schedule:
            continue
        taken = entry["schedules"][0]["times"]
        for i, (workload, best) in enumerate(zip(entry["workloads"], best_of(entry["schedules"]))):
            yield {"kernel": entry["kernel"], "workload": workload, "best_ms": best,
                   "schedules": len(by_schedule),
                   "model": by_schedule[entry["model"]][i]["median_ms"] / best,
                   "table": taken[i]["median_ms"] / best}


def name_workload(workload):
    return f"{workload['tokens']} tokens in {workload['sequences']}, {workload['data']}"


def describe_regret(table):
    """A line per kernel and workload, and the median and worst of both columns."""
    rows = list(regrets(table))
    left_out = len(table["entries"]) - len({row["kernel"] for row in rows})
    if not rows:
        raise TuningError("expected a table with a measured choice of the model, got none")
    lines = [f"{'model':>7} {'table':>7} {'best ms':>9}  of  workload; kernel"]
    for row in sorted(rows, key=lambda each: -each["model"]):
        lines.append(f"{row['model']:7.3f} {row['table']:7.3f} {row['best_ms']:9.4f} "
                     f"{row['schedules']:3}  {name_workload(row['workload'])}; {row['kernel']}")
    for column, words in (("model", "the model's choice"), ("table", "the table's choice")):
        values = [row[column] for row in rows]
        lines.append(f"{words} over the best: median {statistics.median(values):.3f}, worst "
                     f"{max(values):.3f}, of {len(values)}")
    if left_out:
        lines.append(f"left out, for the model's choice was not measured: {left_out} kernels")
    return "\n".join(lines)
