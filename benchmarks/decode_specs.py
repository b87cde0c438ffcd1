# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What gpu_decode.py compiles: another spec is another line of SPECS."""
import dataclasses
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "test" / "gpu"))
import specs  # noqa: E402

PAGE = 64  # tokens


@dataclasses.dataclass(frozen=True)
class Spec:
    """The choices, what they are of (a key set of one branch, or `ranked` or `nsa`), and entries."""

    nsa: specs.Nsa
    kind: str
    entries: str = f"decode pages {PAGE}"

    @property
    def suffix(self):
        """What the entry that is timed is called behind the spec's name."""
        return "_" + self.entries.split()[0]

    @property
    def chooses(self):
        """Whether it has lists of blocks of its own."""
        return self.kind in ("nsa", "ranked")

    def text(self):
        text = self.nsa.text() if self.chooses else self.nsa.branch_text(self.kind)
        return specs.with_entries(text, self.entries)


SPECS = {
    "dense": Spec(specs.Nsa(), "causal"),
    "dense, contiguous": Spec(specs.Nsa(), "causal", "decode"),
    "dense, one program": Spec(specs.Nsa(), "causal", f"extend pages {PAGE}"),
    "window": Spec(specs.Nsa(), "window"),
    "MSA": Spec(specs.minimax_m3(), "ranked"),
}
BACKENDS = ("flash", "cudnn")  # PyTorch's, which these are timed beside


def titles(name):
    """The files of a spec: what is timed, and what gives its lists, too."""
    return [name, lists_title(name)] if SPECS[name].chooses else [name]


def lists_title(name):
    return f"{name}, lists"
