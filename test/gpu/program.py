# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""An entry with its arguments in memory. Asks an entry only for `arguments`, `workspace_bytes(tensors)` and
`bind(tensors, workspace)`."""
import torch

import arena
import extended
import inputs
import paging
import places
import specs


class Program:
    """An entry with its buffers between guards and a case's inputs in them."""

    def __init__(self, entry, case, device, kind=None):
        self.entry, self.case, self.device = entry, case, device
        self.nsa, self.kind = specs.of_case(case), kind or case["kind"]
        self.tokens = places.first_size(case, "tokens", self.nsa)
        shapes = {a.name: (self._shape(a), a.dtype) for a in entry.arguments}
        sizes = {name: torch.empty(shape, dtype=dtype, device="meta")
                 for name, (shape, dtype) in shapes.items()}
        shapes["workspace"] = ((entry.workspace_bytes(sizes),), torch.uint8)
        self.arena = arena.Arena(shapes, device)
        self.tensors = {a.name: self.arena[a.name] for a in entry.arguments}
        self.workspace = self.arena["workspace"]
        self.outputs = [a.name for a in entry.arguments if a.output]
        self.launch = entry.bind(self.tensors, self.workspace)

    def _shape(self, argument):
        """Sizes that are not static: what the entry says of them."""
        first = places.first_size(self.case, argument.rows, self.nsa)
        return tuple(first if size < 0 else size for size in argument.shape)

    def with_rows(self, output):
        """Inputs or outputs that have a row for a token, or for several."""
        return [a for a in self.entry.arguments if a.output == output and places.has_rows(a.rows)]

    def owners(self, argument):
        """The sequence of each row, -1 where it is nobody's."""
        return places.find(self.case, argument.rows, self.nsa).owners(self.device)

    def planted(self, victims):
        """Those inputs that have rows which are nobody's, or these sequences', with NaN and infinities there."""
        found, sequences = {}, range(len(self.case["lengths"]))
        for a in self.entry.arguments:
            paged = a.rows == "pages"
            if a.output or not a.dtype.is_floating_point or not (paged or places.has_rows(a.rows)):
                continue
            if paged:
                others = set(sequences) - set(victims.tolist())
                rows = ~paging.held(self.case, sorted(others), self.device)
            else:
                owners = self.owners(a)
                rows = (owners < 0) | torch.isin(owners, victims)
            if rows.any():
                found[a.name] = self.tensors[a.name].clone()
                inputs.plant(paging.slots(found[a.name], self.case["page"]) if paged else found[a.name], rows)
        return found

    def generate(self, only=None):
        for a in self.entry.arguments:
            if not a.output and (only is None or a.name in only):
                tensor = self.tensors[a.name]
                tensor.copy_(extended.make(a, tuple(tensor.shape), self.case, self.nsa, self.device))

    def reset(self):
        """Nothing of an earlier run may help this one, its workspace included."""
        self.workspace.fill_(arena.GUARD_BYTE)
        for name in self.outputs:
            arena.poison(self.tensors[name])

    def results(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        return {name: self.tensors[name].clone() for name in self.outputs}

    def run(self, **replaced):
        """Results with some inputs replaced for this run."""
        saved = {name: self.tensors[name].clone() for name in replaced}
        for name, value in replaced.items():
            self.tensors[name].copy_(value)
        self.reset()
        self.launch()
        results = self.results()
        for name, value in saved.items():
            self.tensors[name].copy_(value)
        return results

    def replay(self):
        """Results of a captured graph, launched after everything was poisoned again."""
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.launch()
        self.reset()
        graph.replay()
        return self.results()

    def allocated(self):
        """Results of a call that gives the inputs only: the package allocates the rest."""
        given = [self.tensors[a.name] for a in self.entry.arguments if not a.output]
        outputs = self.entry.entry(*given)
        torch.cuda.synchronize()
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        return dict(zip(self.outputs, outputs))

    def inputs(self):
        return {a.name: self.tensors[a.name] for a in self.entry.arguments if not a.output}

    def outputs_by_name(self):
        return {name: self.tensors[name] for name in self.outputs}
