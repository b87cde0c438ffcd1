#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Draws the plots of the pages from the raw data under docs/benchmarks.

    utils/plots.sh              # with the matplotlib that is pinned there
    plots.py --numbers          # what is drawn, in words; needs no matplotlib

docs/plots/plots.json says which plot is made of which files. Of several files, the last that has a
number counts. A plot is the same bytes whenever it is drawn, and names its files and their hashes,
by which utils/check-docs.py finds one that is older than its data. Kinds:

  length  milliseconds against the length: the whole forward, and dense attention by all
  bound   each branch's milliseconds, and the least that the work needs
  shapes  useful FLOP/s of each branch over the standard shape's, of what gpu_shapes.py measured
  curves  the loss of each step of examples/train/train.py, by attention
  needle  the accuracy of each step of examples/train/needle.py, by attention, and what each found in
          the end, by length and depth, of all seeds"""
import argparse
import hashlib
import json
import pathlib
import sys

import gpu_shapes_table
import gpu_work

FOLDER, RAW = "docs/plots", "docs/benchmarks"
# Distinct to all eyes (Okabe and Ito).
BLACK, ORANGE, SKY, GREEN, BLUE, RED = ("#000000", "#E69F00", "#56B4E9", "#009E73", "#0072B2",
                                        "#D55E00")
DENSE = {"torch SDPA flash, dense": ("dense, SDPA flash", ORANGE),
         "torch SDPA cudnn, dense": ("dense, SDPA cuDNN", RED),
         "fovea dense": ("dense, Fovea", BLACK)}
WHOLE = "fovea NSA forward"
DATA = {"uncorrelated": ("uncorrelated", SKY), "realistic": ("realistic", BLUE)}
BRANCH_COLORS = dict(zip(gpu_work.BRANCHES, (BLUE, ORANGE, GREEN), strict=True))


def lengths(files):
    """{series: {tokens: ms}}."""
    result = {title: {} for title, _ in DENSE.values()}
    result |= {f"NSA forward, {title}": {} for title, _ in DATA.values()}
    for record in (record for file in files for record in file["results"]):
        for row in record["rows"]:
            if row["name"] in DENSE:
                result[DENSE[row["name"]][0]][record["tokens"]] = row["ms"]
            elif row["name"] == WHOLE and record["data"] in DATA:
                series = f"NSA forward, {DATA[record['data']][0]}"
                result[series][record["tokens"]] = row["ms"]
    return {series: dict(sorted(points.items())) for series, points in result.items() if points}


def bounds(files):
    """{(branch, data): {"ms", "bound"}} of the fused forward's launches, of all that a branch
    takes; the data that tell a branch nothing is there all the same."""
    result = {}
    for record in (record for file in files for record in file["results"]):
        own = {}
        for row in record["rows"]:
            if record["data"] in DATA and row["name"].startswith("  nsa ") and "ms" in row:
                branch = gpu_work.branch_of(row["name"].split(": ")[-1])
                if branch:
                    sums = own.setdefault((branch, record["data"]), {"ms": 0, "bound": 0})
                    sums["ms"] += row["ms"]
                    sums["bound"] += row["bound_ms"]
        result |= own
    order = [(branch, data) for branch in gpu_work.BRANCHES for data in DATA]
    return {key: result[key] for key in order if key in result}


def ratios(files):
    """{(shape, data): {branch: ratio}}."""
    return {(record["shape"], record["data"]):
            {branch: ratio for branch, (_, ratio) in gpu_shapes_table.rates(record)[0].items()
             if branch in gpu_work.BRANCHES}
            for file in files for record in file["results"]
            if record["rows"] and record["shape"] != gpu_shapes_table.STANDARD}


def smooth(values):
    """{step: value} of every tenth step, each the mean of the steps around it."""
    around = {step: values[max(0, step - 10):step + 11] for step in range(0, len(values), 10)}
    return {step: sum(some) / len(some) for step, some in around.items()}


def curves(files):
    """{(attention, seed): {step: loss}}."""
    return {(run["attention"], str(run["seed"])): smooth(run["loss"])
            for file in files for run in file["losses"]}


def needles(files):
    """{(attention, seed): {step: accuracy}} and {(attention, length): {part of the depth: accuracy}}."""
    result, found = {}, {}
    for run in (run for file in files for run in file["runs"]):
        result[run["attention"], f"seed {run['seed']}"] = smooth(run["accuracy"])
        for each in run["found"]:
            rows = found.setdefault((run["attention"], thousands(each["tokens"])), [])
            rows.append(each["by_depth"])
    for key, rows in found.items():
        result[key] = {part: sum(column) / len(column)
                       for part, column in enumerate(zip(*rows, strict=True))}
    return result


def thousands(tokens):
    return f"{tokens // 1024}k"


def draw_length(pyplot, series):
    colors = {title: color for title, color in DENSE.values()}
    colors |= {f"NSA forward, {title}": color for title, color in DATA.values()}
    figure, axes = pyplot.subplots(figsize=(7, 4.2))
    for name, points in series.items():
        dashed = not name.startswith("NSA")
        axes.plot(list(points), list(points.values()), "--o" if dashed else "-o", label=name,
                  color=colors[name], markersize=4)
    ticks = sorted({tokens for points in series.values() for tokens in points})
    axes.set(xscale="log", yscale="log", xlabel="tokens of one sequence", ylabel="ms")
    axes.set_xticks(ticks, map(thousands, ticks))
    axes.minorticks_off()
    values = [1, 2, 5, 10, 20, 50, 100, 200]
    axes.set_yticks(values, map(str, values))
    axes.grid(True, linewidth=0.4)
    axes.legend(frameon=False)
    return figure


def draw_bound(pyplot, found):
    figure, axes = pyplot.subplots(figsize=(7, 3.6))
    labels = []
    for at, ((branch, data), each) in enumerate(reversed(found.items())):
        title, color = DATA[data]
        labels.append(f"{branch}, {title}")
        axes.barh(at, each["ms"], color=color, height=0.7)
        axes.barh(at, each["bound"], color="none", edgecolor=BLACK, hatch="///", height=0.7)
        axes.text(each["ms"], at, f"  {each['ms']:.1f} ms, bound {each['bound'] / each['ms']:.0%}",
                  va="center")
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xlim(0, 1.35 * max(each["ms"] for each in found.values()))
    axes.set_xlabel("ms; hatched: the least that products, exponentials or memory need")
    return figure


def draw_shapes(pyplot, found):
    data = [name for name in DATA if any(name == key[1] for key in found)]
    shapes = list(dict.fromkeys(shape for shape, _ in found))
    figure, all_axes = pyplot.subplots(1, len(data), squeeze=False, sharey=True,
                                       figsize=(8, 1 + 0.45 * len(shapes)))
    for name, axes in zip(data, all_axes[0]):
        for i, (branch, color) in enumerate(BRANCH_COLORS.items()):
            at = {row: found[shape, name][branch] for row, shape in enumerate(shapes)
                  if branch in found.get((shape, name), {})}
            axes.barh([row + (i - 1) * 0.25 for row in at], list(at.values()), 0.25, color=color,
                      label=branch)
        axes.axvline(1, color=BLACK, linewidth=0.8)
        axes.axvline(gpu_shapes_table.LEAST, color=BLACK, linewidth=0.8, linestyle=":")
        axes.set(xlabel=f"{DATA[name][0]}: useful FLOP/s over the standard shape's")
    all_axes[0][0].set_yticks(range(len(shapes)), shapes)
    all_axes[0][0].invert_yaxis()
    figure.legend(*all_axes[0][0].get_legend_handles_labels(), loc="outside upper center",
                  ncols=len(BRANCH_COLORS), frameon=False)
    return figure


def draw_steps(axes, found, **labels):
    """A line for each (attention, seed)."""
    colors = {"nsa": BLUE, "dense": ORANGE}
    for (attention, seed), points in found.items():
        axes.plot(list(points), list(points.values()), color=colors[attention], linewidth=1,
                  label=attention if seed == min(key[1] for key in found) else None)
    axes.set(xlabel="step", **labels)
    axes.grid(True, linewidth=0.4)
    axes.legend(frameon=False)


def draw_curves(pyplot, found):
    figure, axes = pyplot.subplots(figsize=(7, 3.6))
    draw_steps(axes, found, ylabel="loss, mean of 21 steps", ylim=(0.9, 3.5))
    return figure


def draw_needles(pyplot, found):
    steps = {key: points for key, points in found.items() if key[1].startswith("seed")}
    attentions = list(dict.fromkeys(attention for attention, _ in steps))
    figure, (left, *right) = pyplot.subplots(1, 1 + len(attentions), figsize=(10, 3),
                                             width_ratios=[1.2, *(1 for _ in attentions)])
    draw_steps(left, steps, ylabel="needles found, mean of 21 steps")
    for attention, axes in zip(attentions, right, strict=True):
        rows = {length: list(points.values()) for (name, length), points in found.items()
                if name == attention and (name, length) not in steps}
        axes.pcolormesh(list(rows.values()), cmap="RdYlGn", vmin=0, vmax=1, alpha=0.6)
        for y, row in enumerate(rows.values()):
            for x, part in enumerate(row):
                axes.text(x + 0.5, y + 0.5, f"{100 * part:.1f}", ha="center", va="center", fontsize=8)
        axes.set_yticks([y + 0.5 for y in range(len(rows))], rows)
        axes.set_xticks([])
        axes.invert_yaxis()
        axes.set(title=f"{attention}: % found", xlabel="begin of the text … end", ylabel="tokens")
    return figure


KINDS = {"length": (lengths, draw_length), "bound": (bounds, draw_bound),
         "shapes": (ratios, draw_shapes), "curves": (curves, draw_curves),
         "needle": (needles, draw_needles)}


def words(value):
    if isinstance(value, dict):
        return ", ".join(f"{key} {words(each)}" for key, each in value.items())
    return f"{value:.2f}"


def source_of(path):
    """How a plot names a file of raw data."""
    return f"{RAW}/{path.name} sha256={hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"


def load_pyplot():
    import matplotlib
    matplotlib.use("svg")
    # No ids by chance, and text that can be read in the file.
    matplotlib.rcParams.update({"svg.hashsalt": "fovea", "svg.fonttype": "none", "font.size": 9,
                                "figure.constrained_layout.use": True,
                                "axes.spines.top": False, "axes.spines.right": False})
    from matplotlib import pyplot
    return pyplot


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--root", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parents[1])
    parser.add_argument("--out", type=pathlib.Path, help=f"{FOLDER} by default")
    parser.add_argument("--numbers", action="store_true", help="print what would be drawn")
    args = parser.parse_args()
    out = args.out or args.root / FOLDER
    pyplot = None if args.numbers else load_pyplot()
    out.mkdir(parents=True, exist_ok=True)
    for plot in json.loads((args.root / FOLDER / "plots.json").read_text()):
        paths = [args.root / RAW / name for name in plot["of"]]
        read, draw = KINDS[plot["kind"]]
        found = read([json.loads(path.read_text()) for path in paths])
        if not found:
            sys.exit(f"error: expected numbers for {plot['file']} in {', '.join(plot['of'])}")
        if args.numbers:
            for key, value in found.items():
                name = key if isinstance(key, str) else ", ".join(key)
                print(f"{plot['file']}: {name}: {words(value)}")
            continue
        figure = draw(pyplot, found)
        figure.savefig(out / plot["file"], facecolor="white",
                       metadata={"Date": None, "Creator": "utils/plots.sh",
                                 "Source": "; ".join(map(source_of, paths))})
        pyplot.close(figure)
        print(out / plot["file"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
