# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What beside.py measured as a table in Markdown, and its place on a page; and lines of code of the files."""
import ast
import io
import os
import re
import tokenize

COLUMNS = {"fovea": "Fovea", "flex": "FlexAttention", "flex, 64 rows": "… tiles of 64 rows", "triton": "Triton",
           "cuda": "CUDA C++"}
FILES = {"fovea": ["with_fovea.py"], "flex": ["with_flex.py"], "triton": ["with_triton.py"],
         "cuda": ["with_cuda.cu", "with_cuda.py"]}
PLACE = re.compile(r"(?<=<!-- measured -->\n).*?(?=<!-- end of measured -->)", re.S)
NOT_YET = "Not measured yet.\n"


def count_lines(path):
    """Lines that have code: no comments, no documentation, no blank ones."""
    text = path.read_text()
    if path.suffix != ".py":
        text = re.sub(r"/\*.*?\*/", lambda match: "\n" * match[0].count("\n"), text, flags=re.S)
        return sum(bool(line.split("//")[0].strip()) for line in text.splitlines())
    documented = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            documented.update(range(node.lineno, node.end_lineno + 1))
    no_code = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in no_code:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - documented)


def digits(number):
    """Three that count, without an exponent."""
    return f"{number:.0f}" if number >= 100 else f"{number:.2f}" if number < 10 else f"{number:.1f}"


def row(title, cell):
    return f"| {title} | " + " | ".join(cell(column) for column in COLUMNS) + " |"


def find(record, name):
    return next((one for one in record["rows"] if one["name"] == name and "ms" in one), None)


def time_rows(records, title, suffix):
    """The milliseconds at each length and kind of lists, and of FlexAttention's mask what it takes in memory."""
    lines = []
    for record in records:
        cells = {}
        for column in COLUMNS:
            if found := find(record, column + suffix):
                memory = f", {digits(found['mebibytes'])} MiB" if "mebibytes" in found else ""
                cells[column] = digits(found["ms"]) + memory
        if cells:
            what = f"{title}: {record['tokens'] // 1024}k tokens, {record['data']} (u_8 {record['u_8']:.2f})"
            lines.append(row(what, lambda column: cells.get(column, "–")))
    return lines


def check_rows(result):
    checks = result["checks"]

    def cell(write):
        def of(column):
            try:
                return write(checks[column])
            except KeyError:
                return "–"
        return of

    def yes(name):
        return lambda check: "yes" if check[name] else "no"

    def first_result(column):
        """Of Fovea with what its kernels took to compile before: the others compile within it."""
        compiling = f" + {digits(result['fovea_compile_seconds']['forward'])}" if column == "fovea" else ""
        return cell(lambda c: digits(c["first_seconds"]) + compiling)(column)
    return [row("largest error of the output, over its largest element", cell(lambda c: f"{c['errors']['o']:.4f}")),
            row("… of the gradients", cell(lambda c: f"{max(c['gradient_errors'].values()):.4f}")),
            row(f"the same bits in {result['runs']} runs", cell(yes("same_bits"))),
            row("… of the gradients", cell(yes("same_gradient_bits"))),
            row("first result with empty caches, s", first_result),
            row("… in the next process, s", cell(lambda c: digits(c["next_seconds"])))]


def failures(result):
    """Each thing that is not in the table, and why, once."""
    checks = [f"{name}: {check[key]}" for name, check in result["checks"].items()
              for key in ("error", "gradient_error") if key in check]
    rows = [f"{one['name']} at {record['tokens']} tokens: {one['error']}" for record in result["times"]
            for one in record["rows"] if "error" in one]
    return list(dict.fromkeys(checks + rows + [f"{what}: no time was left" for what in result["left_out"]]))


def write(path, result, folder, page=None):
    """The text of the table. path: of the results, which a page links; folder: of the code."""
    device, compile_seconds = result["device"], result["fovea_compile_seconds"]
    link = os.path.relpath(path, page.parent) if page else path
    times = [line for title, suffix in (("forward, ms", ""), ("the mask of the lists, ms", ", mask"),
                                        ("backward, ms", ", backward"))
             for line in time_rows(result["times"], title, suffix)]
    lines = [f"Measured on {result['date']} on one {device['name']} (driver {device['driver']}, torch "
             f"{device['torch']}), commit {result['commit'][:8]}, seed {result['seed']}, medians of "
             f"{result['rounds']} in turns ([raw data]({link})):", "",
             "| | " + " | ".join(COLUMNS.values()) + " |", "|" + " --- |" * (len(COLUMNS) + 1),
             row("lines of code", lambda column: str(sum(count_lines(folder / name) for name in FILES[column]))
                 if column in FILES else "–"),
             *times, *check_rows(result), "",
             f"Errors are of {result['check_tokens']} tokens, against float64. Fovea's kernels came with their cache: "
             f"the {digits(compile_seconds['forward'])} s are what compiling them took, with gradients "
             f"{digits(compile_seconds['forward and backward'])} s, on a machine with "
             f"{result['fovea_compile_processors']} processors and no GPU."]
    if missing := failures(result):
        lines += ["", "Not in the table: " + "; ".join(missing).rstrip(".") + "."]
    return "\n".join(lines) + "\n"


def replace(page, text):
    """A page's text with the table in its place."""
    if not PLACE.search(page):
        raise ValueError("expected a page with <!-- measured --> and <!-- end of measured -->, got one without")
    return PLACE.sub(lambda _: text, page)
