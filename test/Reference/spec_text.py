# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reads the text of one attn.spec, by the grammar of docs/spec-language.md and by nothing of
the compiler's."""
import dataclasses
import re

TOKEN = re.compile(r"""\s+ | //[^\n]* | (?P<word>
    [@%][A-Za-z_]\w* | \#?[A-Za-z_][\w.]* | "[^"]*" | [-+]?\d+(\.\d*)?([eE][-+]?\d+)? |
    [<>{}()=:,] )""",
                   re.VERBOSE)


@dataclasses.dataclass
class KeySet:
    kind: str  # full, causal, window, compressed or selected
    window: int = 0
    block: int = 0
    stride: int = 0


@dataclasses.dataclass
class Phi:
    kind: str
    hidden: int = 0
    activation: str = ""


@dataclasses.dataclass
class Step:
    """One line of a score region: `%result = op operands`."""

    op: str
    operands: list
    result: str = ""
    predicate: str = ""


@dataclasses.dataclass
class Scores:
    """A score region: the names of its arguments, those of the learned numbers behind the
    first four, and its lines, of which `attn.score` is the last."""

    arguments: list
    learned: list
    steps: list


@dataclasses.dataclass
class Branch:
    name: str
    keys: KeySet
    phi: Phi = None
    with_positions: bool = False
    top: int = 0
    initial: int = 0
    local: int = 0
    source: str = ""
    own_kv: bool = False
    sinks: bool = False
    scores: Scores = None

    def learned(self):
        return self.scores.learned if self.scores else []


@dataclasses.dataclass
class Ranker:
    name: str
    heads: int
    key_heads: int
    dim: int
    kind: str  # max_index or relu_index
    pool: int = 1


@dataclasses.dataclass
class Spec:
    name: str
    heads: int
    kv_heads: int
    dk: int
    dv: int
    type: str
    gates: str = ""
    scale: float = None
    page: list = dataclasses.field(default_factory=list)  # branches and rankers

    @property
    def branches(self):
        return [part for part in self.page if isinstance(part, Branch)]

    @property
    def rankers(self):
        return [part for part in self.page if isinstance(part, Ranker)]


class Reader:
    def __init__(self, text):
        self.words, at = [], 0
        while at < len(text):
            match = TOKEN.match(text, at)
            if not match:
                raise ValueError(f"expected a word of a spec, got {text[at:at + 20]!r}")
            at = match.end()
            if match["word"]:
                self.words.append(match["word"])

    def next_is(self, word):
        return bool(self.words) and self.words[0] == word

    def take(self):
        if not self.words:
            raise ValueError("expected a word, got the end of the text")
        return self.words.pop(0)

    def expect(self, *words):
        for word in words:
            got = self.take()
            if got != word:
                raise ValueError(f"expected {word}, got {got}")

    def accept(self, word):
        if not self.next_is(word):
            return False
        self.take()
        return True

    def integer(self):
        return int(self.take())

    def name(self):
        word = self.take()
        if not word.startswith("@"):
            raise ValueError(f"expected a name, got {word}")
        return word[1:]

    def parameters(self):
        """`<5>` as {"": "5"}, `<mlp, hidden = 3>` as {"": "mlp", "hidden": "3"}."""
        result = {}
        if not self.accept("<"):
            return result
        while not self.accept(">"):
            word = self.take()
            if self.accept("="):
                result[word] = self.take()
            else:
                result[""] = word
            if not self.next_is(">"):
                self.expect(",")
        return result


def read_keys(reader):
    kind = reader.take().removeprefix("#attn.")
    values = reader.parameters()
    if kind in ("full", "causal"):
        return KeySet(kind)
    if kind == "window":
        return KeySet(kind, window=int(values[""]))
    if kind == "compressed":
        return KeySet(kind, block=int(values["block"]), stride=int(values["stride"]))
    if kind == "selected":
        return KeySet(kind, block=int(values["block"]))
    raise ValueError(f"expected a key set, got {kind}")


def read_step(reader):
    if reader.accept("attn.score"):
        return Step("attn.score", [reader.take()])
    result = reader.take()
    reader.expect("=")
    step = Step(reader.take(), [], result)
    if step.op.startswith("arith.cmp"):
        step.predicate = reader.take()
        reader.expect(",")
    step.operands.append(reader.take())
    while reader.accept(","):
        step.operands.append(reader.take())
    if reader.accept("fastmath"):
        reader.parameters()  # what a result may be off by, not what it is
    reader.expect(":")
    reader.take()  # a type
    if reader.accept("to"):
        reader.take()
    return step


def read_scores(reader):
    arguments, learned = [], []
    reader.expect("(")
    while not reader.accept(")"):
        arguments.append(reader.take())
        if reader.accept("="):
            learned.append(reader.take().strip('"'))
        reader.accept(",")
    reader.expect("{")
    steps = []
    while not reader.accept("}"):
        steps.append(read_step(reader))
    return Scores(arguments, learned, steps)


def read_branch(reader):
    reader.expect("attn.branch")
    name = reader.name()
    reader.expect("sees")
    branch = Branch(name, read_keys(reader))
    if reader.accept("by"):
        reader.expect("#attn.phi")
        values = reader.parameters()
        branch.phi = Phi(values[""], int(values.get("hidden", 0)), values.get("activation", ""))
        branch.with_positions = reader.accept("with_positions")
    if reader.accept("top"):
        branch.top = reader.integer()
        reader.expect("initial")
        branch.initial = reader.integer()
        reader.expect("local")
        branch.local = reader.integer()
        reader.expect("ranked", "by")
        branch.source = reader.name()
    branch.own_kv = reader.accept("own_kv")
    branch.sinks = reader.accept("sinks")
    if reader.accept("scores"):
        branch.scores = read_scores(reader)
    return branch


def read_ranker(reader):
    reader.expect("attn.ranker")
    name = reader.name()
    reader.expect("heads")
    heads = reader.integer()
    reader.expect("over")
    key_heads = reader.integer()
    reader.expect("dim")
    dim = reader.integer()
    reader.expect("by")
    kind = reader.take().removeprefix("#attn.")
    values = reader.parameters()
    if kind not in ("max_index", "relu_index"):
        raise ValueError(f"expected a ranker, got {kind}")
    return Ranker(name, heads, key_heads, dim, kind, int(values.get("pool", 1)))


def read_spec(text):
    reader = Reader(text)
    reader.expect("attn.spec")
    name = reader.name()
    reader.expect("heads")
    heads = reader.integer()
    reader.expect("over")
    kv_heads = reader.integer()
    reader.expect("dims")
    dk = reader.integer()
    reader.expect("x")
    dv = reader.integer()
    reader.expect("of")
    spec = Spec(name, heads, kv_heads, dk, dv, reader.take())
    if reader.accept("gates"):
        spec.gates = reader.take()
    if reader.accept("scale"):
        spec.scale = float(reader.take())
    if reader.accept("entries"):
        reader.expect("forward")
    reader.expect("{")
    while not reader.accept("}"):
        read = read_ranker if reader.next_is("attn.ranker") else read_branch
        spec.page.append(read(reader))
    if reader.words:
        raise ValueError(f"expected one spec, got {reader.words[0]} after it")
    return spec
