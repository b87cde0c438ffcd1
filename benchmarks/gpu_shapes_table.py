# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What gpu_shapes.py measured, as a table: of each shape and kind of data the useful TFLOP/s of
each branch and, in brackets, over those of the standard shape in the same turns."""
import gpu_work

STANDARD = "nsa"
FORWARD, DENSE = "forward", "dense"
RANKED = "selected, score + top-k"  # what groups of few heads are judged by
LEAST = 0.75  # of the standard shape's rate


def sums(rows, shape):
    """(ms, FLOPs) of each branch, of all launches that it takes, of the whole and of dense
    attention."""
    result = {}
    for row in rows:
        part = row.get("part")
        if row.get("shape") != shape or "ms" not in row or not part:
            continue
        column = part if part in (FORWARD, DENSE) else gpu_work.branch_of(part)
        if column:
            ms, flops = result.get(column, (0, 0))
            result[column] = ms + row["ms"], flops + row["flops"]
    if {"selected", "score + top-k"} <= result.keys():
        result[RANKED] = tuple(map(sum, zip(result["selected"], result["score + top-k"])))
    return result


def rates(record):
    """{column: (useful TFLOP/s, over the standard shape's)} of a record, and its milliseconds."""
    mine, standard = sums(record["rows"], record["shape"]), sums(record["rows"], STANDARD)
    rate = lambda ms, flops: flops / ms * 1e-9
    return ({column: (rate(*both), rate(*both) / rate(*standard[column]))
             for column, both in mine.items() if column in standard},
            {column: ms for column, (ms, _) in mine.items()})


def describe(result):
    """The table in Markdown, and below it what falls short and what is missing."""
    columns = [*gpu_work.BRANCHES, RANKED, FORWARD]
    lines = [f"| shape | data | u_8 | {' | '.join(columns)} | forward, ms | cuDNN dense / forward |",
             f"|{' --- |' * (len(columns) + 5)}"]
    short = []
    for record in result["results"]:
        name = f"{record['shape']} | {record['data']}"
        if "wrong" in record:
            lines.append(f"| {name} |{' – |' * (len(columns) + 3)}")
            continue
        found, ms = rates(record)
        cells = [f"{found[column][0]:.0f} ({found[column][1]:.2f})" if column in found else "–"
                 for column in columns]
        ratio = f"{ms[DENSE] / ms[FORWARD]:.2f}" if {DENSE, FORWARD} <= ms.keys() else "–"
        whole = f"{ms[FORWARD]:.2f}" if FORWARD in ms else "–"
        lines.append(f"| {name} | {record['u_8']:.2f} | {' | '.join(cells)} | {whole} | {ratio} |")
        short += [f"{record['shape']} {record['data']} {column} {found[column][1]:.2f}"
                  for column in gpu_work.BRANCHES
                  if column in found and found[column][1] < LEAST]
    wrong = [f"{each['shape']} {each['data']}" for each in result["results"] if "wrong" in each]
    failed = dict.fromkeys(f"{row['name']} ({row['error']})" for record in result["results"]
                           for row in record["rows"] if "error" in row)
    for title, names in ((f"below {LEAST} of {STANDARD}", short), ("wrong, not timed", wrong),
                         ("not timed", failed), ("left out", result["left_out"]),
                         ("not prepared", result["not_prepared"])):
        if names:
            lines += ["", f"{title}: {', '.join(names)}"]
    return "\n".join(lines)
