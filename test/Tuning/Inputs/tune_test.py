"""Tests what tune.py makes of samples: journal, order, table, regret. No foveac, no device."""
import argparse
import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "benchmarks"))
import tune  # noqa: E402
from tuning import measure, prepare, table  # noqa: E402

SCHEDULES = ["s0", "s1", "s2"]
FOUR = {"tokens": 4, "sequences": 1, "data": "uncorrelated"}
EIGHT = {"tokens": 8, "sequences": 1, "data": "uncorrelated"}


class FakeDevice:
    """Bundle i runs kernel `a` in TIMES[tokens][i] ms and kernel `b`, twice, in 1 ms each; the
    bundles in `wrong` compute something else, those in `failing` fail. `left` samples, or a run
    of bundle `hangs`, and it is ended."""

    errors = (RuntimeError,)

    TIMES = {4: [4.0, 2.0, 8.0], 8: [10.0, 20.0, 9.0]}

    def __init__(self, wrong=(), left=10 ** 9, name="fake", failing=(), hangs=None):
        self.failing, self.hangs = failing, hangs
        self.name, self.driver, self.wrong, self.left, self.order = name, "1", wrong, left, []
        self.blocks = set()

    def open(self, path):
        return ("forward",)

    def prepare(self, path, entry, workload, seed, block):
        self.blocks.add(block)
        return FakeSession(self, int(path.name.split(".")[1]), workload["tokens"])


class FakeSession:
    kernels = ["a", "b", "b", "check"]

    def __init__(self, device, number, tokens):
        self.device, self.number, self.tokens = device, number, tokens

    def sample(self):
        if not self.device.left:
            raise KeyboardInterrupt
        self.device.left -= 1
        self.device.order.append((self.tokens, self.number))
        noise = len(self.device.order) % 3 * 0.001
        return [FakeDevice.TIMES[self.tokens][self.number] + noise, 1.0, 1.0, 0.1]

    def compare(self, other):
        assert other.number == 0
        if self.number in self.device.failing:
            raise RuntimeError("illegal address")
        if self.number == self.device.hangs:
            raise KeyboardInterrupt
        return "other numbers" if self.number in self.device.wrong else ""


def record_of(count=3):
    bundle = lambda i: {"file": f"spec.{i}.fovea", "sha256": f"{i}" * 64,
                        "kernels": {"a": {"kernel": "A", "schedule": SCHEDULES[i]},
                                    "check": {"kernel": "of another spec", "schedule": "t"},
                                    "b": {"kernel": "B block = 32>, listed = 4", "schedule": "t"}}}
    kernels = {"A": {"model": "s0"}, "B block = 32>, listed = 4": {"model": "t"}}
    return {"stamp": "x", "spec": "spec.mlir", "ptxas": "13", "commit": "c",
            "bundles": [bundle(i) for i in range(count)], "kernels": kernels}


class MeasureTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "spec.record.json").write_text(json.dumps(record_of()))
        self.args = argparse.Namespace(folder=self.folder, out=self.folder / "out" / "t.json",
                                       journal=None, tokens=[4, 8], sequences=1,
                                       data=["uncorrelated"], rounds=3, seed=1, budget=0)
        pause, measure.PAUSE_SECONDS = measure.PAUSE_SECONDS, 0
        self.addCleanup(setattr, measure, "PAUSE_SECONDS", pause)

    def run_on(self, device):
        self.printed = io.StringIO()
        with contextlib.redirect_stdout(self.printed):
            return measure.run(self.args, device)

    def entry(self, kernel):
        found = table.read(self.args.out)["entries"]
        return next(entry for entry in found if entry["kernel"] == kernel)

    def test_the_best_over_all_workloads_comes_first(self):
        device = FakeDevice()
        self.assertTrue(self.run_on(device))
        entry = self.entry("A")
        # Over the best: s0 2, 10/9; s1 1, 20/9; s2 4, 1. Means 1.49, 1.49 (equal), 2.
        self.assertEqual([each["schedule"] for each in entry["schedules"]][2], "s2")
        self.assertEqual(entry["model"], "s0")
        self.assertEqual(entry["workloads"], [FOUR, EIGHT])
        times = {each["schedule"]: each["times"] for each in entry["schedules"]}
        self.assertEqual(times["s1"][0]["samples"], 3)
        self.assertAlmostEqual(times["s1"][0]["median_ms"], 2.0, delta=0.003)
        self.assertLessEqual(times["s1"][0]["min_ms"], times["s1"][0]["median_ms"])
        self.assertEqual(device.blocks, {32})

    def test_rounds_are_interleaved(self):
        device = FakeDevice()
        self.run_on(device)
        self.assertEqual(device.order[:9], [(4, i) for _ in range(3) for i in range(3)])

    def test_a_kernel_of_all_bundles_has_all_their_samples(self):
        self.run_on(FakeDevice())
        entry = self.entry("B block = 32>, listed = 4")
        self.assertEqual(entry["schedules"][0]["times"][0],
                         {"median_ms": 2.0, "min_ms": 2.0, "max_ms": 2.0, "samples": 9})

    def test_kernels_of_another_spec_are_its(self):
        self.run_on(FakeDevice())
        self.assertEqual({entry["kernel"] for entry in table.read(self.args.out)["entries"]},
                         {"A", "B block = 32>, listed = 4"})

    def test_goes_on_where_it_was_ended(self):
        with self.assertRaises(KeyboardInterrupt):
            self.run_on(FakeDevice(left=5))
        journal = self.folder / "journal.jsonl"
        journal.write_text(journal.read_text() + '{"place": ["cut')
        lines = len(journal.read_text().splitlines())
        device = FakeDevice()
        self.assertTrue(self.run_on(device))
        self.assertEqual(len(device.order), 18 - 5)
        self.assertEqual(lines, 1 + 3 + 2 + 5 + 1)  # the device, checks, begun, samples, cut
        again = FakeDevice()
        self.assertTrue(self.run_on(again))
        self.assertEqual(again.order, [])
        self.assertEqual(self.entry("A")["schedules"][0]["times"][1]["samples"], 3)

    def test_a_cut_line_costs_only_itself(self):
        self.run_on(FakeDevice())
        journal = self.folder / "journal.jsonl"
        lines = journal.read_text().splitlines()
        journal.write_text("\n".join([*lines[:-1], lines[-1][:20]]))
        device = FakeDevice()
        self.assertTrue(self.run_on(device))
        self.assertEqual(len(device.order), 1)
        device = FakeDevice()
        self.assertTrue(self.run_on(device))
        self.assertEqual(len(device.order), 0)

    def test_another_device_has_another_journal(self):
        self.run_on(FakeDevice())
        with self.assertRaisesRegex(table.TuningError, "expected a journal of .*other"):
            self.run_on(FakeDevice(name="other"))

    def test_what_computes_something_else_is_not_measured(self):
        device = FakeDevice(wrong={1})
        self.assertTrue(self.run_on(device))
        self.assertEqual({each["schedule"] for each in self.entry("A")["schedules"]},
                         {"s0", "s2"})
        self.assertNotIn(1, {number for _, number in device.order})
        self.assertIn("WRONG, not measured", self.printed.getvalue())
        again = FakeDevice(wrong={1})
        self.assertTrue(self.run_on(again))
        self.assertEqual(again.order, [])

    def test_what_fails_is_left_out_the_next_time(self):
        with self.assertRaisesRegex(table.TuningError, "spec.2.fovea: illegal address: it is left"):
            self.run_on(FakeDevice(failing={2}))
        device = FakeDevice(failing=())
        self.assertFalse({2} & {number for _, number in device.order})
        self.args.tokens = [4]
        self.assertTrue(self.run_on(device))
        self.assertEqual({each["schedule"] for each in self.entry("A")["schedules"]}, {"s0", "s1"})
        self.assertIn("it fails: illegal address", self.printed.getvalue())

    def test_the_models_schedules_must_run(self):
        with self.assertRaisesRegex(table.TuningError, "with the model's schedules: illegal"):
            self.run_on(FakeDevice(failing={0}))
        self.assertTrue(self.run_on(FakeDevice()))

    def test_what_did_not_end_is_not_run_again(self):
        with self.assertRaises(KeyboardInterrupt):
            self.run_on(FakeDevice(hangs=1))
        self.args.tokens = [4]
        device = FakeDevice(hangs=1)
        self.assertTrue(self.run_on(device))
        self.assertEqual({number for _, number in device.order}, {0, 2})
        self.assertIn("it did not end when it was run first", self.printed.getvalue())

    def test_out_of_time(self):
        self.args.budget = 1e-9
        self.assertFalse(self.run_on(FakeDevice()))
        self.assertIn("run again to go on", self.printed.getvalue())
        self.assertEqual(table.read(self.args.out)["entries"], [])

    def test_folders(self):
        self.args.rounds = 2
        with self.assertRaisesRegex(table.TuningError, "expected 3 rounds or more, got 2"):
            self.run_on(FakeDevice())
        self.args.rounds = 3
        (self.folder / "other.record.json").write_text(json.dumps({**record_of(), "ptxas": "12"}))
        with self.assertRaisesRegex(table.TuningError, "expected specs of one ptxas"):
            self.run_on(FakeDevice())
        for path in self.folder.glob("*.json"):
            path.unlink()
        with self.assertRaisesRegex(table.TuningError, "expected bundles in .*, got none"):
            self.run_on(FakeDevice())


class TableTest(unittest.TestCase):
    def make(self, kernel, model, **milliseconds):
        return table.entry_of(kernel, 0, [FOUR], {name: [[ms] * 3] for name, ms in
                                                  milliseconds.items()}, model)

    def test_of_equals_the_models_comes_first(self):
        entry = self.make("A", "s1", s0=1.0, s1=1.0, s2=0.9)
        self.assertEqual([each["schedule"] for each in entry["schedules"]], ["s2", "s1", "s0"])

    def test_regret(self):
        entries = [self.make("A", "s0", s0=1.5, s1=1.0), self.make("B", "s0", s0=1.0),
                   self.make("C", "gone", s0=1.0)]
        made = table.make([{}], entries)
        self.assertEqual([(row["kernel"], row["model"], row["table"])
                          for row in table.regrets(made)], [("A", 1.5, 1.0), ("B", 1.0, 1.0)])
        text = table.describe_regret(made)
        self.assertIn("the model's choice over the best: median 1.250, worst 1.500, of 2", text)
        self.assertIn("the table's choice over the best: median 1.000, worst 1.000, of 2", text)
        with self.assertRaises(table.TuningError):
            table.describe_regret(table.make())

    def test_a_table_for_all_workloads_may_be_the_best_of_none(self):
        lists = {"x": [[1.0] * 3, [3.0] * 3], "y": [[3.0] * 3, [1.0] * 3],
                 "z": [[1.1] * 3, [1.1] * 3]}
        made = table.make([{}], [table.entry_of("A", 0, [FOUR, EIGHT], lists, "x")])
        self.assertEqual(made["entries"][0]["schedules"][0]["schedule"], "z")
        self.assertEqual([round(row["table"], 6) for row in table.regrets(made)], [1.1, 1.1])

    def test_merge_takes_the_last_entry_of_a_kernel(self):
        first = table.make([{"date": "1"}], [self.make("A", "s0", s0=1.0),
                                             self.make("B", "s0", s0=2.0)])
        second = table.make([{"date": "2"}], [self.make("A", "s0", s0=3.0)])
        merged = table.merge([first, second])
        times = {entry["kernel"]: (entry["schedules"][0]["times"][0]["median_ms"],
                                   merged["runs"][entry["run"]]["date"])
                 for entry in merged["entries"]}
        self.assertEqual(times, {"A": (3.0, "2"), "B": (2.0, "1")})
        self.assertEqual(table.merge([second, second])["runs"], [{"date": "2"}])
        self.assertEqual(table.merge([first, second, first])["runs"], [{"date": "1"}])

    def test_a_schedule_is_a_line(self):
        made = table.make([{"date": "1"}], [self.make("A", "s0", s0=1.0, s1=2.0)])
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "t.json"
            table.write(path, made)
            self.assertEqual(table.read(path), made)
            lines = path.read_text().splitlines()
            self.assertEqual([line.count('"schedule":') for line in lines if "median_ms" in line],
                             [1, 1])
            table.write(path, table.make())
            self.assertEqual(table.read(path), table.make())

    def test_other_formats_are_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "t.json"
            for text, words in (("{}", "got None"), ("[]", "got list"), ("{", "expected a table"),
                                ('{"fovea_schedule_table": 2}', "of format 1, got 2")):
                path.write_text(text)
                with self.assertRaisesRegex(table.TuningError, words):
                    table.read(path)
            errors = io.StringIO()
            with contextlib.redirect_stderr(errors):
                self.assertEqual(tune.main(["regret", str(path)]), 1)
            self.assertIn("error: ", errors.getvalue())


class PrepareTest(unittest.TestCase):
    def test_what_leaves_too_few_blocks_is_refused(self):
        two = "#tile.schedule<gpu = <residency = 2>>"
        kernel = prepare.Kernel("m", [two, "r", "s"])
        found = {"schedule": two, "refused": [], "blocks_per_sm": 1}
        self.assertFalse(prepare.judge(kernel, found, two))
        self.assertEqual(kernel.refused[two], "expected 2 blocks of a multiprocessor, got 1")
        self.assertFalse(prepare.judge(
            kernel, {"schedule": "m", "refused": [{"schedule": "r", "why": "spills"}]}, "r"))
        self.assertEqual(kernel.refused["r"], "spills")
        self.assertTrue(prepare.judge(kernel, {**found, "schedule": "s"}, "s"))
        self.assertEqual((kernel.taken, kernel.space), (["s"], []))

    def test_rounds_ahead(self):
        kernel = prepare.Kernel("m", ["a", "b"], taken=["m"])
        self.assertEqual([kernel.next(2, i) for i in range(3)], ["a", None, None])
        self.assertEqual([kernel.next(9, i) for i in range(3)], ["a", "b", None])


if __name__ == "__main__":
    unittest.main()
