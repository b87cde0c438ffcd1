# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares the compiler's counts of work with the benchmarks'.

Usage: check-work.py SOURCE TILE.mlir REPORT

TILE.mlir has launch programs of examples/nsa-gpu.mlir with `tile.work` for 65536 tokens, and REPORT
is foveac's of the same. SOURCE is Fovea's source tree. Prints a line per launch, and stops at one
whose counts, or whose bound where L2 does not bind, differ."""
import pathlib
import re
import sys

TOKENS = 65536
source, tile, report = (pathlib.Path(x) for x in sys.argv[1:])
sys.path[:0] = [str(source / "benchmarks"), str(source / "test" / "gpu")]
import gpu_work  # noqa: E402
import specs  # noqa: E402

text, nsa = tile.read_text(), specs.Nsa()
works = {name: dict(re.findall(r"(\w+) = (\d+)", work)) for name, work in
         re.findall(r"tile.kernel private @(\w+)\(.*?tile\.work = #tile\.work<([^>]*)>", text)}
rows = {row[0]: row for row in map(str.split, report.read_text().splitlines())
        if row and row[-1] in ("tensor", "exp", "memory", "L2")}

# Whole lists of distinct blocks, the query's own among them, once there are as many blocks.
t = range(TOKENS)
pairs = nsa.kv_heads * sum(i % nsa.select + 1 + nsa.select * min(i // nsa.select, nsa.count - 1)
                           for i in t)
parts = gpu_work.parts(TOKENS, nsa, pairs)
launched = re.findall(r"tile.launch @(\w+)", text)
for kernel, (title, part) in zip(launched, gpu_work.launch_parts(launched)):
    counted, expected = works[kernel], parts[part]
    for count in ("flops", "exps", "bytes"):
        if int(counted[count]) != getattr(expected, count):
            sys.exit(f"{title}: expected {getattr(expected, count)} {count}, got {counted[count]}")
    facts = expected.facts(gpu_work.MEMORY_BYTES["H200"])
    *_, bound, _, resource = rows[kernel]
    said = {"bound": bound, "resource": resource}
    if resource != "L2" and said != {"bound": f"{facts['bound_ms']:.3f}",
                                     "resource": facts["bound_by"]}:
        sys.exit(f"{title}: expected {facts}, got {said}")
    print(f"{title}: {bound} ms by {resource}")
