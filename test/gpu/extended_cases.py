# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The draw of extended cases, whose queries are the last tokens of sequences (places.py): a pairwise cover of specs and
single attends with what is a query and what rows keys have; another with gradients; another of keys in pages, of steps
of decoding, and of both; and sequences behind a long cache. Each bundle also holds the entry of all queries, to compare
with."""
import dataclasses
import json
import random

import backward_cases
import cases
import cover
import specs

FILE = "extended.jsonl"  # of prepare.py's folder
SPECS = ("nsa", "ranked")  # of a spec of each kind; of any other kind, one attend over such keys
KINDS = ["nsa", "nsa", "ranked", "causal", "full", "window", "compressed", "selected"]
GRADIENT_KINDS = backward_cases.KINDS
DIMS = [(64, 64), (96, 96), (128, 128), (192, 128), (256, 256)]
GROUPS = [1, 3, 4, 16, 64]
BATCHES = ["uniform", "edges", "ragged", "many", "tail"]
QUERIES = ["all", "one", "none", "chunk", "mixed"]
ROOM = ["none", "some", "pages"]
PAGE = 256  # rows of keys
LONG = 1 << 17
# Of keys in pages, or of steps of decoding.
PAGED_KINDS = ["ranked", "ranked", "causal", "full", "window", "selected", "nsa", "compressed"]
COMPRESSES = ("nsa", "compressed")  # what has no pages yet
PAGED_RANKERS = [ranker for ranker, pool in cases.RANKERS if pool == 1]
ENTRY_KINDS = ["extend", "decode"]
PAGES = [0, 16, 64, 128, 256]  # 0: in rows
LAYOUTS = ["", "heads_first", "interleaved", "heads_first interleaved"]
PREFIXES = ["none", "some", "whole"]
PAGED_QUERIES = ["all", "one", "draft", "chunk", "mixed"]
ENTRIES = ["needed", "some", "alike"]
SPARE_PAGES = [1, 3, 40]


def queries_of(kind, lengths, rng):
    """How many tokens of each sequence are queries."""
    draw = {
        "all": lambda length: length,
        "one": lambda length: 1,
        "draft": lambda length: rng.randint(2, 8),
        "none": lambda length: 0,
        "chunk": lambda length: rng.choice([2, 17, 64, 65, 200]),
        "mixed": lambda length: rng.choice([0, 1, length, rng.randint(0, length)]),
    }[kind]
    return [min(length, draw(length)) for length in lengths]


def room_of(kind, lengths, rng):
    """How many rows of keys of each sequence are no tokens."""
    draw = {
        "none": lambda length: 0,
        "some": lambda length: rng.choice([0, 1, 15, 16, rng.randrange(200)]),
        "pages": lambda length: PAGE - length % PAGE,
    }[kind]
    return [draw(length) for length in lengths]


def entries_of(kind, lengths, page, rng):
    """How much room a table, or an array, has behind each sequence's tokens: up to the end of a page, some pages, or up
    to as many as the longest one has."""
    draw = {
        "needed": lambda length: 0,
        "some": lambda length: rng.choice([0, 0, 1, 2, 5]) * page,
        "alike": lambda length: max(lengths) - length,
    }[kind]
    return [draw(length) for length in lengths]


def extend(case, queries, room, rng):
    """The case with its last tokens for queries."""
    return {**case, "queries": queries_of(queries, case["lengths"], rng), "room": room_of(room, case["lengths"], rng),
            "backward": "save" in case, "choice": f"queries={queries} room={room}"}


def _make_spec(kind, choice, phis):
    dims, group, blocks, count, forced, window, element, phi, positions, gates, own, sinks = choice
    group = GROUPS[group]
    nsa = specs.Nsa(*DIMS[dims], group, max(1, min(2, 8 // group)), *cases.BLOCKS[blocks],
                    backward_cases.COUNTS[count], *cases.FORCED[forced], cases.WINDOWS[window], cases.TYPES[element],
                    phis[phi], bool(positions), cases.GATES[gates], cases.OWN_KV[own], sinks=bool(sinks))
    if kind != "ranked":
        return nsa
    ranker, pool = cases.RANKERS[blocks % len(cases.RANKERS)]
    return specs.Ranked(**{**dataclasses.asdict(nsa), "own_kv": (), "sinks": False}, ranker=ranker, pool=pool,
                        index_dim=64)


def _text(kind, nsa, entry="extend", pages=None):
    if kind not in SPECS:
        return specs.extended_attend_text(nsa, kind, entry, pages)
    return specs.with_entries(nsa.text(), f"forward|{entry}" + (f" {pages.words}" if pages else ""))


def _forward_case(number, kind, nsa, fuse, batch, rng):
    lengths, tail = cases.lengths_of(batch, nsa, rng)
    fuse, text = fuse or kind not in SPECS, _text(kind, nsa)
    dims = {nsa.dk, nsa.dv} if kind == "nsa" else ()
    return {"kind": kind, "spec": number, "nsa": dataclasses.asdict(nsa), "fuse": fuse,
            "file": specs.file_name(text, fuse, kind in SPECS), "text": text,
            "compress": {str(dim): specs.file_name(nsa.compress_text(dim), True, False) for dim in sorted(dims)},
            "batch": batch, "lengths": lengths, "tail": tail,
            "data": rng.choice(cases.DATA) if kind in SPECS else "normal", "seed": rng.randrange(1 << 31)}


def forward_cases(seed):
    sizes = [len(KINDS), len(DIMS), len(GROUPS), len(cases.BLOCKS), len(backward_cases.COUNTS), len(cases.FORCED),
             len(cases.WINDOWS), len(cases.TYPES), len(cases.PHI), 2, len(cases.GATES), len(cases.OWN_KV), 2, 2,
             len(BATCHES), len(QUERIES), len(ROOM)]
    rng = random.Random(seed + 8)
    for number, choice in enumerate(cover.pairwise_cover(sizes, 0, seed + 8)):
        kind, *spec, fuse, batch, queries, room = choice
        nsa = _make_spec(KINDS[kind], spec, cases.PHI)
        yield extend(_forward_case(number, KINDS[kind], nsa, bool(fuse), BATCHES[batch], rng), QUERIES[queries],
                     ROOM[room], rng)


def gradient_cases(seed):
    sizes = [len(GRADIENT_KINDS), len(DIMS), len(GROUPS), len(cases.BLOCKS), len(backward_cases.COUNTS),
             len(cases.FORCED), len(cases.WINDOWS), len(cases.TYPES), len(backward_cases.PHI), 2, len(cases.GATES),
             len(cases.OWN_KV), 2, len(backward_cases.SAVED), 2, len(BATCHES), len(QUERIES), len(ROOM)]
    rng = random.Random(seed + 9)
    for choice in cover.pairwise_cover(sizes, 0, seed + 9):
        kind, *spec, saved, fuse, batch, queries, room = choice
        kind = GRADIENT_KINDS[kind]
        nsa = _make_spec(kind, spec, backward_cases.PHI)
        # A GPU sums sinks of a multiple of 8 heads.
        nsa = dataclasses.replace(nsa, sinks=nsa.sinks and nsa.heads % 8 == 0)
        save = "all" if kind in SPECS else backward_cases.SAVED[saved]
        yield extend(backward_cases.make_case(kind, nsa, bool(fuse), save, BATCHES[batch], rng, rng.choice(cases.DATA),
                                              "forward|extend|backward"), QUERIES[queries], ROOM[room], rng)


@dataclasses.dataclass(frozen=True)
class Step:
    """What is drawn of a case of keys in pages or of a step of decoding. `pages` may be None."""

    entry: str = "extend"
    pages: specs.Pages = None
    prefix: str = "none"
    queries: str = "chunk"
    entries: str = "alike"  # of a table, or rows
    hole: bool = False

    def apply(self, case, rng):
        nsa, lengths, page = specs.of_case(case), case["lengths"], self.pages.size if self.pages else 1
        text = _text(case["kind"], nsa, self.entry, self.pages)
        choice = [f"prefix={self.prefix}", f"queries={self.queries}", f"entries={self.entries}"]
        changed = {**case, "text": text, "file": specs.file_name(text, case["fuse"], case["kind"] in SPECS),
                   "entry": self.entry, "queries": queries_of(self.queries, lengths, rng), "backward": False,
                   "room": entries_of(self.entries, lengths, page, rng),
                   "prefix": {"none": 0, "some": rng.randrange(1, 700), "whole": max(lengths)}[self.prefix]}
        if self.pages:
            needed = sum(-(-length // page) for length in lengths)
            changed |= {"page": page, "cache_pages": needed + rng.choice(SPARE_PAGES), "places": rng.randrange(1 << 31),
                        "hole": page if self.hole else 0}
            choice += [self.pages.words.replace(" ", "=", 1).replace(" ", "+"), *["hole"] * self.hole]
        return {**changed, "choice": " ".join(choice)}


def paged_cases(seed):
    sizes = [len(PAGED_KINDS), len(DIMS), len(GROUPS), len(cases.BLOCKS), len(backward_cases.COUNTS), len(cases.FORCED),
             len(cases.WINDOWS), len(cases.TYPES), 2, len(PAGED_RANKERS), 2, len(BATCHES), len(ENTRY_KINDS), len(PAGES),
             len(LAYOUTS), len(PREFIXES), len(PAGED_QUERIES), len(ENTRIES), 2]
    rng = random.Random(seed + 11)
    for number, choice in enumerate(cover.pairwise_cover(sizes, 0, seed + 11)):
        kind, *spec, sinks, ranker, fuse, batch, entry, page, layout, prefix, queries, entries, hole = choice
        kind = PAGED_KINDS[kind]
        nsa = _make_spec(kind, [*spec, 0, 0, 0, 0, sinks], cases.PHI)
        if kind == "ranked":
            nsa = dataclasses.replace(nsa, ranker=PAGED_RANKERS[ranker], pool=1)
        pages = specs.Pages(PAGES[page], LAYOUTS[layout]) if PAGES[page] and kind not in COMPRESSES else None
        # What is given compressed has no tokens that could begin alike.
        prefix = "none" if kind == "compressed" else PREFIXES[prefix]
        step = Step(ENTRY_KINDS[entry], pages, prefix, PAGED_QUERIES[queries], ENTRIES[entries], bool(hole))
        yield step.apply(_forward_case(number, kind, nsa, bool(fuse), BATCHES[batch], rng), rng)


def long_cases(seed):
    """A chunk behind a cache of more tokens than 16 bits count, in a batch with a short sequence."""
    rng = random.Random(seed + 10)
    nsa = specs.Nsa(dk=64, dv=64, group=4, kv_heads=1)
    lengthen = lambda case: {**case, "lengths": [300, LONG + 77], "batch": "long", "data": "normal"}
    yield extend(lengthen(_forward_case(0, "nsa", nsa, True, "uniform", rng)), "chunk", "pages", rng)
    ranked = dataclasses.replace(specs.minimax_m3(), dk=64, dv=64, group=4, kv_heads=1, index_dim=64)
    for kind, spec, page in (("causal", nsa, 16), ("ranked", ranked, 64)):
        case = lengthen(_forward_case(0, kind, spec, True, "uniform", rng))
        yield from (Step(entry, specs.Pages(page)).apply(case, rng) for entry in ENTRY_KINDS)


def label(case):
    words = [cases.label(case), case["choice"]]
    entry = case.get("entry", "extend")
    return " ".join([entry, "backward", *words, f"save={case['save']}"] if case["backward"] else [entry, *words])


def draw(count, seed):
    """Of each family the `count` cases that differ most, or all; none for 0."""
    some = []
    for family in (forward_cases(seed), gradient_cases(seed), paged_cases(seed)) if count else ():
        some += cases.spread([{**case, "label": label(case)} for case in family], count)
    some += [{**case, "label": label(case)} for case in long_cases(seed)] if count else []
    return [{**case, "id": number} for number, case in enumerate(some)]


def read(folder):
    return [json.loads(line) for line in (folder / FILE).read_text().splitlines()]
