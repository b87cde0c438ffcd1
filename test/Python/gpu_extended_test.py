#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests the GPU tests' cases whose queries are the last tokens of sequences: where rows and pages are, and that the
CPU's code passes what GPUs are checked for and spoiled results do not. Without PyTorch or NumPy it is skipped.

Usage: gpu_extended_test.py <the folder of foveac and fovea-run>
"""

import dataclasses
import pathlib
import random
import sys
import tempfile
import unittest

import support

try:
    import numpy  # noqa: F401
    import torch
except ImportError:
    support.skip("PyTorch or NumPy is not installed")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "gpu"))
import backward  # noqa: E402
import backward_cases  # noqa: E402
import check_harness  # noqa: E402
import checks  # noqa: E402
import extended_cases  # noqa: E402
import paging  # noqa: E402
import places  # noqa: E402
import specs  # noqa: E402

torch.set_num_threads(1)
CPU = torch.device("cpu")
NSA = specs.Nsa(dk=16, dv=16, group=2, kv_heads=2, block=16, stride=8, select=16, count=3, initial=1, local=1,
                window=20, phi="weighted", own_kv=("window",))
CASE = {"lengths": [40, 0, 37], "queries": [17, 0, 1], "room": [9, 5, 0], "tail": 0, "batch": "small"}


class PlacesTest(unittest.TestCase):
    def test_rows(self):
        """Of each kind of array, by hand: two sequences of 5 and 3 tokens, 2 and 0 of them queries."""
        case = {"lengths": [5, 3], "queries": [2, 0], "room": [1, 4], "tail": 2}
        nsa = dataclasses.replace(NSA, block=2, stride=2)
        for counted, owners, numbers, packed in (
                ("tokens", [0, 0, -1, -1], [0, 1], [3, 4]),
                ("key_tokens", [0] * 5 + [-1] + [1] * 3 + [-1] * 6, [0, 1, 2, 3, 4, 6, 7, 8], list(range(8))),
                ("key_tokens / 2", [0, 0, -1, 1, -1, -1, -1], [0, 1, 3], [0, 1, 2])):
            with self.subTest(counted):
                rows = places.find(case, counted, nsa)
                self.assertEqual(rows.owners(CPU).tolist(), owners)
                self.assertEqual(rows.numbers(CPU).tolist(), numbers)
                self.assertEqual(places.packed_numbers(case, counted, nsa, CPU).tolist(), packed)
                self.assertEqual(places.first_size(case, counted, nsa), len(owners))
        x = torch.arange(1.0, 5.0)[:, None]
        self.assertEqual(places.pack(x, case, "tokens", nsa)[:, 0].tolist(), [0, 0, 0, 1, 2, 0, 0, 0])

    def test_queries_are_tokens(self):
        lengths = [0, 1, 300, 64]
        for kind in extended_cases.QUERIES:
            drawn = extended_cases.queries_of(kind, lengths, random.Random(0))
            self.assertTrue(all(0 <= count <= length for count, length in zip(drawn, lengths)), kind)


class PagesTest(unittest.TestCase):
    """Two sequences of 5 and 7 tokens that begin alike, in pages of 2."""
    case = {"lengths": [5, 7, 1], "queries": [1, 1, 1], "room": [4, 0, 1], "tail": 3, "page": 2, "cache_pages": 9,
            "places": 5, "prefix": 100}

    def test_table(self):
        """By hand: the second shares the two pages that hold its prefix alone."""
        first, second, third = pages = paging.pages_of(self.case)
        self.assertEqual([len(own) for own in pages], [3, 4, 1])
        self.assertEqual(first[:2], second[:2])
        self.assertEqual(len({*first, *second, *third}), 6)
        self.assertEqual(places.ends_of_keys(self.case), [0, 10, 18, 20])
        self.assertEqual(places.find(self.case, "key_tokens / 2", NSA).owners(CPU).tolist(),
                         [0, 0, 0, -1, -1, 1, 1, 1, 1, 2])
        table = paging.table_of(self.case, places.ends_of_keys(self.case))
        self.assertEqual((table[:3], table[5:9], table[9:]), (first, second, third))
        held = paging.held(self.case, [0, 2], CPU)
        self.assertEqual(held.sum(), 6)
        self.assertEqual([held[first[2]].tolist(), held[third[0]].tolist(), held[second[2]].any().item()],
                         [[True, False], [True, False], False])

    def test_caches(self):
        """What is put into either order of axes comes out of it, and nothing else is a number."""
        rows = torch.arange(1.0, 79.0).reshape(13, 3, 2)
        rows[5:10] = rows[:5]
        for shape in ((9, 2, 3, 2), (9, 3, 2, 2)):
            cache = paging.fill(shape, rows, self.case)
            self.assertEqual(paging.pack(cache, self.case).tolist(), rows.tolist())
            self.assertEqual((~cache.isnan()).sum(), 9 * 3 * 2)
            table = torch.tensor(paging.pages_of(self.case)[1])
            self.assertEqual(paging.gather(cache, table, 2)[:7].tolist(), rows[5:12].tolist())

    def test_holes(self):
        """An entry in use that names no page is a page of 0, in whatever page its keys were."""
        case, rows = {**self.case, "hole": 2}, torch.ones((13, 3, 2))
        table = paging.table_of(case, places.ends_of_keys(case))
        self.assertEqual([0 <= entry < 9 for entry in table[:3] + table[5:10]],
                         [True, False, True, True, False, True, True, True])
        cache = paging.fill((9, 3, 2, 2), rows, case)
        self.assertTrue(cache[paging.pages_of(case)[0][1]].isnan().all())
        self.assertEqual(paging.pack(cache, case)[:, 0, 0].tolist(), [1, 1, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1])

    def test_every_draw_fits(self):
        """Whatever is drawn has pages enough, and whole ones in a table."""
        drawn = [case for family in (extended_cases.paged_cases, extended_cases.long_cases) for case in family(3)
                 if "page" in case]
        self.assertEqual({case["kind"] for case in drawn},
                         set(extended_cases.PAGED_KINDS) - set(extended_cases.COMPRESSES))
        for case in drawn:
            ends, pages = places.ends_of_keys(case), paging.pages_of(case)
            self.assertEqual([len(own) for own in pages], [-(-length // case["page"]) for length in case["lengths"]])
            self.assertEqual({end % case["page"] for end in ends}, {0})
            self.assertEqual(len(paging.table_of(case, ends)) * case["page"], ends[-1])


class ChecksTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def forward(self, spoil=None):
        text = specs.with_entries(NSA.text(), "forward|extend")
        case = {**CASE, "id": 0, "label": "", "seed": 1, "kind": "nsa", "nsa": dataclasses.asdict(NSA), "file": "whole",
                "compress": {"16": "compress"}, "data": "normal"}
        texts = {"whole": (text, True, True), "compress": (NSA.compress_text(16), True, False)}
        load = lambda name, suffix="": check_harness.CpuEntry(TOOLS, self.folder, *texts[name], suffix=suffix)
        return checks.check_case(case, self.spoiled(load, "_extend", spoil), CPU, on_gpu=False)

    def backward(self, spoil=None):
        case = {"id": 0, "label": "", **backward_cases.make_case("nsa", NSA, True, "all", "tail", random.Random(2),
                                                                 "normal", "forward|extend|backward"), **CASE}
        load = lambda name, suffix: check_harness.CpuEntry(TOOLS, self.folder, case["text"], True, False, "all", suffix)
        return backward.check(case, self.spoiled(load, "_extend_backward", spoil), CPU, on_gpu=False)

    def paged(self, layout, spoil=None, kind="selected", entry="extend", hole=0):
        pages = specs.Pages(16, layout)
        case = {"id": 0, "label": "", "seed": 1, "kind": kind, "nsa": dataclasses.asdict(NSA), "file": "paged",
                "compress": {}, "data": "normal", "batch": "small", "tail": 0, "lengths": [40, 37, 0],
                "queries": [17, 1, 0], "room": [9, 0, 5], "page": 16, "cache_pages": 9, "places": 5, "prefix": 40,
                "hole": hole, "entry": entry}
        text = specs.extended_attend_text(NSA, kind, entry, pages)
        load = lambda name, suffix="": check_harness.CpuEntry(TOOLS, self.folder, text, True, False, suffix=suffix)
        return checks.check_case(case, self.spoiled(load, "_extend", spoil), CPU, on_gpu=False)

    def spoiled(self, load, entry, spoil):
        return lambda name, suffix="": (check_harness.Spoiled(load(name, suffix), spoil) if spoil and suffix == entry
                                        else load(name, suffix))

    def test_code_of_the_cpu_passes(self):
        """And has the bits of the entry of all queries, as what a token sees comes in the same order."""
        report = self.forward()
        self.assertEqual(report["failures"], [])
        self.assertEqual(report["as_of_all_queries"], {"queries": 18, "same_blocks": 18, "same_bits": 18})
        report = self.backward()
        self.assertEqual(report["failures"], [])
        self.assertIn("grad_q", report["as_of_all_queries"]["same_bits"])
        checked = {value["name"] for value in report["values"]}
        self.assertLessEqual({"o", "grad_q", "grad_k", "grad_window_k", "grad_gates", "grad_compressed_k_w",
                              "grad_k as of all queries"}, checked)

    def test_spoiled_results_do_not(self):
        def last_query(tensors):
            tensors["o"][-1, 0, 0] += 0.25

        def unused_row_and_last_token(tensors):
            tensors["grad_window_k"][40, 0, 0] = 1e-3
            tensors["grad_window_v"][39, 0, 0] += tensors["grad_window_v"].abs().max() / 8
        self.assertIn("o: ", " ".join(self.forward(last_query)["failures"]))
        failures = self.backward(unused_row_and_last_token)["failures"]
        self.assertIn("ownerless_rows: grad_window_k", failures)
        self.assertIn("grad_window_v: ", " ".join(failures))

    def test_pages_pass(self):
        for layout, entry, hole in (("", "extend", 0), ("heads_first interleaved", "decode", 16)):
            report = self.paged(layout, entry=entry, hole=hole)
            self.assertEqual(report["failures"], [], layout)
            self.assertEqual(report["as_of_all_queries"], {"queries": 18, "same_blocks": 18, "same_bits": 18})

    def test_what_reads_beyond_the_tokens_does_not(self):
        """A page of another's, a slot behind the last token, an entry behind the last one in use."""
        def other_page(tensors):
            tensors["o"][-1] += tensors["k"][tensors["block_table"][2].long(), 0, 0, 0]

        def slot_behind(tensors):
            tensors["o"][0] += tensors["v"][tensors["block_table"][2].long(), 40 % 16, 0, 0]

        def entry_behind(tensors):
            tensors["o"][0] += (tensors["block_table"][3] % 7).to(tensors["o"].dtype)
        for spoil, found in ((other_page, "nan_isolation: o"), (slot_behind, "unwritten: o"),
                             (entry_behind, "pages: o")):
            self.assertIn(found, " ".join(self.paged("", spoil, "causal")["failures"]), spoil.__name__)


if __name__ == "__main__":
    TOOLS = pathlib.Path(sys.argv[1])
    unittest.main(argv=sys.argv[:1])
