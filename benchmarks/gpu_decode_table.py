# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What gpu_decode.py measured, as text."""


def describe_point(record):
    """A line for each contestant."""
    lines = [f"\n{record['point']}" + (f", each alone behind: {record['died']}" if "died" in record else ""),
             f"{'':28} {'us':>9} {'min':>9} {'max':>9} {'MB':>9} {'TB/s':>6} {'turns':>5} {'error':>6}"]
    for row in record["rows"]:
        if "error" in row:
            lines.append(f"{row['name']:28} not timed: {row['error']}")
            continue
        times = " ".join(f"{row[figure] * 1e3:9.1f}" for figure in ("ms", "min_ms", "max_ms"))
        lines.append(f"{row['name']:28} {times} {row['read_bytes'] / 1e6:9.1f} {row['tb_per_s']:6.2f} "
                     f"{row['turns']:5} {row['error_over_tolerance']:6.2f}")
    return "\n".join(lines)


def title_of(record):
    """A point in words."""
    lengths, queries = record["lengths"], record["queries"]
    tokens = f"{lengths[0] // 1024}k" if len(set(lengths)) == 1 else f"{min(lengths)} to {max(lengths) // 1024}k"
    return f"B = {len(lengths)}, {tokens}" + (f", {queries} draft tokens" if queries > 1 else "")


def describe(result):
    """Microseconds of a step and TB/s, a line for each point; the better form of each of PyTorch's backends."""
    records = [record for record in result["points"] if "lengths" in record]  # not if all died
    names = list(dict.fromkeys(row["name"].partition(",")[0] if row["name"].startswith("torch") else row["name"]
                               for record in records for row in record["rows"]))
    lines = ["| " + " | ".join(["", *names]) + " |", "| --- " * (len(names) + 1) + "|"]
    for record in records:
        cells = []
        for name in names:
            timed = [row for row in record["rows"] if "ms" in row and
                     (row["name"] == name or (name.startswith("torch") and row["name"].startswith(f"{name},")))]
            best = min(timed, key=lambda row: row["ms"], default=None)
            cells.append(f"{best['ms'] * 1e3:.1f} µs, {best['tb_per_s']:.2f} TB/s" if best else "–")
        lines.append("| " + " | ".join([title_of(record), *cells]) + " |")
    return "\n".join(lines)
