# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prepared bundles and one batch of inputs for them: bound, verified, and their launches as
contestants. What the benchmarks of whole forwards share."""
import dataclasses
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "test" / "gpu"))
import arena  # noqa: E402
import checks  # noqa: E402
import device as gpu  # noqa: E402
import expected  # noqa: E402
import inputs  # noqa: E402

import gpu_work  # noqa: E402
from gpu_timing import Contestant  # noqa: E402

SAMPLED_ROWS = 24
SAMPLED_SEQUENCES = 3


class WrongResults(Exception):
    """A kernel's results are not the truth's."""


@dataclasses.dataclass(frozen=True)
class Prepared:
    """A folder of bundles, and the file of each by its title."""

    folder: pathlib.Path
    files: dict

    def path(self, title):
        return self.folder / f"{self.files[title]}.fovea"


def bind_entry(entry, arrays, rows_of):
    """An entry's launcher and its results by name, poisoned, of `rows_of(name)` rows where these
    follow from the batch. What else is in `arrays` is not read."""
    tensors, device = dict(arrays), arrays["q"].device
    for a in entry.arguments:
        if a.output:
            shape = [rows_of(a.name) if size < 0 else size for size in a.shape]
            tensors[a.name] = torch.empty(shape, dtype=a.dtype, device=device)
            arena.poison(tensors[a.name])
    workspace = torch.empty(entry.workspace_bytes(tensors), dtype=torch.uint8, device=device)
    results = {a.name: tensors[a.name] for a in entry.arguments if a.output}
    return entry.bind(tensors, workspace), results


class Bench:
    """One batch of inputs: `case` has its lengths, data and seed. `msa` is the shape of index
    rankers that run on it too. With `keeps_wrong`, what computes something else is said and
    timed."""

    def __init__(self, prepared, nsa, case, msa=None, keeps_wrong=False):
        self.prepared, self.nsa, self.case, self.msa = prepared, nsa, case, msa
        self.keeps_wrong = keeps_wrong
        self.tokens = tokens = sum(case["lengths"])
        name = torch.cuda.get_device_name()
        self.memory = gpu_work.MEMORY_BYTES["H200" if "H200" in name else "H100"]
        self.device = torch.device("cuda")
        heads, kv, dk, dv = nsa.heads, nsa.kv_heads, nsa.dk, nsa.dv
        shapes = {"q": (tokens, heads, dk), "k": (tokens, kv, dk), "v": (tokens, kv, dv),
                  "gates": (tokens, heads, 3), "cu_seqlens": (len(case["lengths"]) + 1,)}
        if msa:
            index = (tokens, msa.index_heads * msa.kv_heads, msa.index_dim)
            shapes |= {"index_q": index, "index_k": (tokens, msa.index_key_heads, index[2])}
        self.inputs = {name: inputs.make(name, shape, torch.bfloat16, case,
                                         msa if name.startswith("index_") else nsa, self.device)
                       for name, shape in shapes.items()}

    def bind(self, title):
        """An entry's launcher, its results by name, and its kernels' names."""
        entry = gpu.Entry(self.prepared.path(title))
        launch, results = bind_entry(entry, self.inputs, lambda name: self.tokens)
        return launch, results, [k.name for k in entry.kernels]

    def has(self, title):
        """Whether a bundle was prepared; says so if not, and the rest is timed without it."""
        there = self.prepared.path(title).exists()
        if not there:
            print(f"{title}: not compiled, see failures.txt", flush=True)
        return there

    def sampled(self):
        """Positions to look at, for each sequence: of many, in the first, middle and last."""
        lengths, generator = self.case["lengths"], torch.Generator().manual_seed(self.case["seed"])
        looked_at = ({0, len(lengths) // 2, len(lengths) - 1} if len(lengths) > SAMPLED_SEQUENCES
                     else set(range(len(lengths))))
        positions = []
        for b, length in enumerate(lengths):
            if b not in looked_at or not length:
                positions.append(torch.zeros(0, dtype=torch.long, device=self.device))
                continue
            rows = torch.randint(0, length, (SAMPLED_ROWS,), generator=generator)
            fixed = torch.tensor([0, 31 % length, 1000 % length, length - 1])
            positions.append(torch.cat([fixed, rows]).unique().to(self.device))
        return positions

    def verify(self, title, kind, scores="", lists=None):
        """Compares an entry's results with the truth in sampled rows, with a score region of
        specs.SCORE_REGIONS if it has one. `lists` are the
        blocks of an entry that does not give its own, by one that does. Returns its blocks, if it
        gives them."""
        run, results, _ = self.bind(title)
        run()
        torch.cuda.synchronize()
        nsa = self.msa if kind == "ranked" else dataclasses.replace(self.nsa, scores=scores)
        batch = expected.Batch(nsa, self.case["lengths"], self.inputs,
                               indices=results.get("selected_indices", lists),
                               positions=self.sampled())
        rows = batch.query_rows()
        compute = {"nsa": expected.nsa_forward, "ranked": expected.ranked_forward}.get(
            kind, lambda b, mode: expected.single_attend(b, kind, mode))
        check = {"nsa": expected.check_selection, "ranked": expected.check_ranked_selection}
        problems = []
        if kind in check and "selected_indices" in results:
            problems.append(check[kind](batch, exact_ties=False)["problem"])
        exact, *naive = (compute(batch, mode) for mode in checks.modes(torch.bfloat16))
        for name, x in results.items():
            if name == "selected_indices":
                continue
            compared = expected.compare(name, x[rows], exact[name],
                                        [n[name] for n in naive])
            if not compared["passed"]:
                problems.append(f"{name}: error {compared['error']:.2e} > "
                                f"{compared['tolerance']:.2e}")
        problems = [p for p in problems if p]
        if problems:
            message = f"{title} at {self.tokens} {self.case['data']}: " + "; ".join(problems)
            if not self.keeps_wrong:
                raise WrongResults(message)
            print(f"WRONG {message}", flush=True)
        return results.get("selected_indices")

    def facts(self, work):
        return work.facts(self.memory)


def launch_contestants(bench, prefix, run, kernels, works, **facts):
    """Each launch of a forward on its own. The launches before it are queued untimed, since
    they leave in the workspace what it reads."""
    for i, (title, does) in enumerate(gpu_work.launch_parts(kernels)):
        yield Contestant(f"  {prefix} {i}: {title}", lambda i=i: run(i, i + 1),
                         before=lambda i=i: run(0, i + 1), **facts,
                         **({"part": does, **bench.facts(works[does])} if does else {}))
