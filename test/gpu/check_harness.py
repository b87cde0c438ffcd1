#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Puts Fovea's CPU code through the checks of the GPU tests: that the truth, the argument names
and the tolerances fit what Fovea computes, and that wrong results are found. Needs torch, NumPy
and a built fovea-run, no GPU.

    check_harness.py --tools build/release/bin [--cases 20] [--only text]"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import torch

import backward
import backward_cases
import cases
import checks
import device as gpu
import extended_cases
import garbage
import inputs
import places
import specs

ARGUMENT = re.compile(r'tensor<([^>]*)x(\w+)> \{attn.name = "(\w+)", attn.rows = "([^"]*)"\}')


def to_npy(path, tensor):
    array = tensor.contiguous()
    if tensor.dtype == torch.bfloat16:
        np.save(path, array.view(torch.int16).numpy().view("V2"))
    else:
        np.save(path, array.numpy())


def from_npy(path, dtype):
    array = np.load(path)
    if dtype == torch.bfloat16:
        return torch.from_numpy(array.view(np.int16).copy()).view(dtype)
    return torch.from_numpy(array)


class CpuEntry:
    """An entry that fovea-run computes, the one whose name ends in `suffix`."""

    def __init__(self, tools, folder, text, fuse, aux, save="", suffix=""):
        self.folder = pathlib.Path(folder)
        source = self.folder / (specs.file_name(text, fuse, aux, save=save) + ".mlir")
        source.write_text(text)
        shared = ([] if fuse else ["--no-fuse"]) + ([f"--save={save}"] if save else [])
        options = shared + (["--aux-outputs"] if aux else [])
        attn = subprocess.run([str(tools / "foveac"), str(source), "--emit=attn", *options],
                              check=True, text=True, capture_output=True).stdout
        self.name, head = next((name, line) for line in attn.splitlines()
                               for name in re.findall(r"func\.func @(\w+)", line)
                               if name.endswith(suffix))
        self.command = [str(tools / "fovea-run"), str(source), f"--entry={self.name}",
                        "--device=cpu", "--threads=2", *shared]
        before = len(ARGUMENT.findall(head.split("->")[0]))
        self.arguments = []
        for i, (sizes, kind, name, rows) in enumerate(ARGUMENT.findall(head)):
            shape = tuple(-1 if size == "?" else int(size) for size in sizes.split("x"))
            self.arguments.append(gpu.Argument(name, inputs.TYPES[kind], rows, i >= before,
                                               shape))

    def workspace_bytes(self, tensors):
        return 0

    def bind(self, tensors, workspace):
        def run():
            command = list(self.command)
            for a in self.arguments:
                path = self.folder / f"{a.name}.npy"
                if not a.output:
                    to_npy(path, tensors[a.name])
                command.append(f"--{'output' if a.output else 'input'}={a.name}={path}")
            done = subprocess.run(command, text=True, capture_output=True)
            if done.returncode:
                raise gpu.FoveaError(done.stderr.strip())
            for a in self.arguments:
                if a.output:
                    tensors[a.name].copy_(from_npy(self.folder / f"{a.name}.npy", a.dtype))
        return run


class Spoiled:
    """An entry whose results something is done to: a check must notice."""

    def __init__(self, entry, spoil):
        self.entry, self.spoil, self.name, self.arguments = entry, spoil, entry.name, entry.arguments

    def workspace_bytes(self, tensors):
        return self.entry.workspace_bytes(tensors)

    def bind(self, tensors, workspace):
        run = self.entry.bind(tensors, workspace)
        return lambda: (run(), self.spoil(tensors))


def spoil_value(tensors):
    tensors["o"].view(-1)[-7] += tensors["o"].abs().max() / 16


def spoil_list(tensors):
    """The last query's list takes the block before its second in place of its second."""
    lists = tensors["selected_indices"][-1, 0]
    missing = [j for j in range(int(lists.max())) if j not in lists.tolist()]
    if missing:
        lists[1] = missing[0]
        lists.copy_(lists.sort().values)


def spoil_gradient(tensors):
    """By a part of the largest element, or where no token is a query and all are 0, by 1."""
    of_keys = next(x for name, x in tensors.items() if name.startswith("grad_") and name.endswith("k"))
    of_keys.view(-1)[-7] += of_keys.abs().max().item() / 16 or 1


def spoil_unused_row(tensors):
    """A gradient of a row of keys that is no token."""
    tensors["grad_k"][-1, 0, 3] = 1


def spoil_skip(tensors):
    tensors["o"][3, 0, 5] = float("nan")


def spoil_beyond(tensors):
    o = tensors["o"]
    whole = torch.empty(0, dtype=torch.uint8).set_(o.untyped_storage())
    whole[o.storage_offset() * o.itemsize + o.numel() * o.itemsize] = 1


def small(case):
    """A case's batch cut so that the CPU and the truth need seconds, and without the rows
    behind its last sequence, which fovea-run does not take."""
    keep, total = [], 0
    for length in case["lengths"]:
        length = min(length, 700)
        if total + length > 1400:
            break
        keep.append(length)
        total += length
    smaller = {**case, "lengths": keep, "tail": 0}
    if places.is_extended(case):
        smaller["queries"] = [min(pair) for pair in zip(case["queries"], keep)]
        smaller["room"] = case["room"][:len(keep)]
    return smaller


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tools", type=pathlib.Path, required=True)
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    everything = [small(case) for case in cases.make_cases(110, 48, 1, 0, 0, 40)]
    drawn = [case for case in everything if args.only in case["label"]]
    drawn = drawn[::max(1, len(drawn) // args.cases)] if args.cases else []
    gradients = [small(case) for case in backward_cases.draw(60, 1)
                 if args.only in case["label"] and case["batch"] != "empty"]
    step = max(1, len(gradients) // args.cases) if args.cases else 0
    gradients = [case for i, case in enumerate(gradients)
                 if step and (i % step == 0 or case.get("sampled"))]
    extended = [small(case) for case in extended_cases.draw(args.cases, 1) if args.only in case["label"]]
    with tempfile.TemporaryDirectory() as folder:
        failed = check_cases(drawn, args.tools, folder)
        failed += check_backward(gradients, args.tools, folder)
        failed += check_extended(extended, args.tools, folder)
        failed += check_spoiled(everything, args.tools, folder)
    failed += check_garbage()
    return 1 if failed else 0


class EmptyAttend:
    """An entry that sees no keys: what it writes is what an empty key set gives."""

    def __init__(self, spoil=None):
        self.spoil = spoil
        shape = lambda *sizes: (-1, *sizes)
        narrow, wide, index = torch.bfloat16, torch.float32, torch.int32
        self.arguments = [gpu.Argument(name, kind, rows, name in ("o", "lse"), sizes)
                          for name, kind, rows, sizes in (
                              ("q", narrow, "tokens", shape(16, 32)),
                              ("k", narrow, "tokens", shape(1, 32)),
                              ("v", narrow, "tokens", shape(1, 32)),
                              ("cu_seqlens", index, "sequence_ends", shape()),
                              ("indices", index, "tokens", shape(1, 4)),
                              ("o", narrow, "tokens", shape(16, 32)),
                              ("lse", wide, "tokens", shape(16)))]

    def workspace_bytes(self, tensors):
        return 0

    def bind(self, tensors, workspace):
        def run(report):
            offsets, tokens = tensors["cu_seqlens"].tolist(), len(tensors["o"])
            report.fill_(garbage.first_malformed(offsets, tokens))
            tensors["o"].zero_()
            tensors["lse"].fill_(-float("inf"))
            if self.spoil:
                self.spoil(tensors)
        return run


def spoil_nobodys_row(tensors):
    offsets = tensors["cu_seqlens"].tolist()
    if offsets == sorted(offsets) and 0 < offsets[0] < len(tensors["o"]):
        tensors["o"][offsets[0] - 1, 0, 0] = 1


def check_garbage():
    """The checks of garbage.py: returns how many passed that must not, or the other way."""
    nsa = specs.Nsa(dk=32, dv=32, kv_heads=1)
    case = {"id": 0, "seed": 3, "file": "", "kind": "selected", "nsa": nsa.__dict__, "tail": 0,
            "lengths": [100, 150, 50], "data": "normal", "label": "garbage", "measures": False}
    wrong = 0
    for spoil in (None, spoil_skip, spoil_nobodys_row, spoil_beyond):
        report = garbage.check(case, lambda name: EmptyAttend(spoil), torch.device("cpu"))
        fine = report["passed"] == (spoil is None)
        wrong += not fine
        print(f"{'ok    ' if fine else 'WRONG '} {spoil.__name__ if spoil else 'sound'}: "
              f"{len(report['failures'])} failures", flush=True)
    return wrong


def check_cases(drawn, tools, folder):
    """Every case must pass; returns how many did not."""
    failed = 0
    for case in drawn:
        nsa = specs.of_case(case)
        texts = {case["file"]: (case["text"], case["fuse"], case["kind"] in ("nsa", "ranked"))}
        texts.update({name: (nsa.compress_text(int(dim)), True, False)
                      for dim, name in case["compress"].items()})
        load = lambda name, suffix="": CpuEntry(tools, folder, *texts[name], suffix=suffix)
        report = checks.check_case(case, load, torch.device("cpu"), on_gpu=False)
        failed += not report["passed"]
        worst = max((v["error"] / (v["tolerance"] or 1) for v in report["values"]), default=0)
        print(f"{'ok    ' if report['passed'] else 'FAILED'} error/tolerance {worst:.2f} "
              f"{report['label']} {report['failures']}", flush=True)
    return failed


def check_backward(drawn, tools, folder):
    """Every case of what the CPU has kernels for must pass, and must not with a gradient that is
    off; returns how many did otherwise."""
    wrong = 0
    for case in drawn:
        load = lambda name, suffix: CpuEntry(tools, folder, case["text"], case["fuse"], False,
                                             case["save"], suffix)
        spoiled = lambda name, suffix: (Spoiled(load(name, suffix), spoil_gradient)
                                        if suffix in ("_backward", "_extend_backward") else load(name, suffix))
        try:
            reports = [backward.check(case, entries, torch.device("cpu"), on_gpu=False)
                       for entries in (load, spoiled)]
        except gpu.FoveaError as error:  # an operation that has no kernel yet
            print(f"absent {case['label']}: {str(error).splitlines()[0]}", flush=True)
            continue
        fine = reports[0]["passed"] and not reports[1]["passed"]
        wrong += not fine
        worst = max((v["error"] / (v["tolerance"] or 1) for v in reports[0]["values"]), default=0)
        print(f"{'ok    ' if fine else 'WRONG '} error/tolerance {worst:.2f} "
              f"{case['label']} {reports[0]['failures']}, spoiled: {reports[1]['failures']}", flush=True)
    return wrong


def check_extended(drawn, tools, folder):
    """As check_cases and check_backward, of cases whose queries are last tokens; and that one whose gradient is off in
    a row that is no token does not pass."""
    forward, gradients = ([case for case in drawn if case["backward"] == family] for family in (False, True))
    wrong = check_cases(forward, tools, folder) + check_backward(gradients, tools, folder)
    for case in [case for case in gradients if case["kind"] == "causal" and sum(case["room"])][:1]:
        load = lambda name, suffix: CpuEntry(tools, folder, case["text"], case["fuse"], False, case["save"], suffix)
        spoiled = lambda name, suffix: (Spoiled(load(name, suffix), spoil_unused_row)
                                        if suffix == "_extend_backward" else load(name, suffix))
        report = backward.check(case, spoiled, torch.device("cpu"), on_gpu=False)
        wrong += report["passed"]
        print(f"{'MISSED' if report['passed'] else 'found '} a gradient of no token: {report['failures']}", flush=True)
    return wrong


def check_spoiled(everything, tools, folder):
    """A case whose results were spoiled must fail; returns how often it did not."""
    missed = 0
    case = next(c for c in everything if c["kind"] == "nsa" and sum(c["lengths"]) > 500
                and c["nsa"]["count"] == 4)
    entry = CpuEntry(tools, folder, case["text"], case["fuse"], True)
    for spoil in (spoil_value, spoil_list, spoil_skip, spoil_beyond):
        load = lambda name, suffix="": Spoiled(entry, spoil) if name == case["file"] else None
        report = checks.check_case(case, load, torch.device("cpu"), on_gpu=False)
        missed += report["passed"]
        print(f"{'MISSED' if report['passed'] else 'found '} {spoil.__name__}: "
              f"{report['failures']}", flush=True)
    return missed


if __name__ == "__main__":
    sys.exit(main())
