#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests fovea's kernel cache, with a stand-in for the compiler: no kernel runs.

Usage: cache_test.py
"""

import multiprocessing
import os
import pathlib
import signal
import stat
import tempfile
import time
import unittest
from unittest import mock

import support
from fovea import FoveaError, KernelCache

KEY, OTHER = "a" * 64, "b" * 64
fork = multiprocessing.get_context("fork")


def write(data):
    """A stand-in for the compiler, which writes `data`."""
    return lambda path: path.write_bytes(data)


def refuse(path):
    raise AssertionError("expected the entry that is there, got a build")


class CacheTest(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.addCleanup(self.place.cleanup)
        self.folder = pathlib.Path(self.place.name) / "kernels"
        self.cache = KernelCache(self.folder)

    def get(self, key=KEY, build=write(b"code")):
        return self.cache.get(key, ".so", build)

    def files(self):
        return sorted(path for path in self.folder.rglob("*") if path.is_file())

    def test_an_entry_is_made_once(self):
        path = self.get()
        self.assertEqual(path.read_bytes(), b"code")
        self.assertEqual(self.get(build=refuse), path)
        self.assertEqual(self.files(), [path])
        self.assertNotEqual(self.get(OTHER), path)

    def test_a_folder_that_is_only_read_has_entries(self):
        """Of another user, or of a system that is mounted so: when an entry was used cannot be noted there."""
        path = self.get()
        with mock.patch.object(os, "utime", side_effect=PermissionError):
            self.assertEqual(self.get(build=refuse), path)

    def test_a_failed_build_leaves_nothing(self):
        def fail(path):
            path.write_bytes(b"half")
            raise FoveaError("expected a spec")
        with self.assertRaisesRegex(FoveaError, "expected a spec"):
            self.get(build=fail)
        self.assertEqual(self.files(), [])
        self.get()

    def test_damage_is_made_again(self):
        path = self.get()
        for damage in (b"", b"cod", b"c0de", b"code and more"):
            path.write_bytes(damage)
            self.assertEqual(self.get().read_bytes(), b"code", damage)
            self.assertEqual(self.files(), [path])

    def test_what_is_of_another_key_is_made_again(self):
        path = self.get()
        foreign = self.folder / OTHER / path.name
        foreign.parent.mkdir()
        foreign.write_bytes(path.read_bytes())
        self.assertEqual(self.get(OTHER, write(b"other")).read_bytes(), b"other")
        self.assertFalse(foreign.exists())

    def test_what_others_may_have_written_is_made_again(self):
        path = self.get()
        for spoil in (lambda: path.chmod(0o666), lambda: path.chmod(0o620), self.link, self.give_away):
            spoil()
            made = []
            self.get(build=lambda new: (made.append(new), new.write_bytes(b"code")))
            self.assertEqual(len(made), 1, spoil)
            self.assertEqual(stat.S_IMODE(path.lstat().st_mode), 0o600)

    def link(self):
        [path] = self.files()
        elsewhere = self.folder.parent / "elsewhere"
        path.rename(elsewhere)
        path.symlink_to(elsewhere)

    def give_away(self):
        [path] = self.files()
        if os.geteuid() == 0:
            os.chown(path, 12345, 12345)
        else:
            path.unlink()  # others' files are not ours to make

    def test_a_folder_of_others_is_refused(self):
        self.folder.mkdir()
        self.folder.chmod(0o777)
        with self.assertRaisesRegex(FoveaError, "which another user can write; FOVEA_CACHE names"):
            self.get()

    def test_a_folder_that_is_none_is_refused(self):
        self.folder.write_bytes(b"")
        with self.assertRaisesRegex(FoveaError, "expected a folder for kernels that can be written"):
            self.get()

    def test_what_was_used_last_stays(self):
        keys = [digit * 64 for digit in "0123456789"]
        self.cache.limit_bytes = 3500
        for i, key in enumerate(keys[:3]):
            os.utime(self.get(key, write(bytes(1000))), (i, i))
        self.get(keys[0], refuse)  # now the newest
        self.get(keys[3], write(bytes(1000)))
        self.assertEqual({path.parent.name for path in self.files()}, {keys[0], keys[2], keys[3]})
        for key in keys:
            self.get(key, write(bytes(1000)))
        self.assertLessEqual(sum(path.stat().st_size for path in self.files()), 3500)
        self.assertLessEqual(len(list(self.folder.iterdir())), 3)

    def test_one_that_exceeds_the_limit_serves_and_stays(self):
        self.cache.limit_bytes = 10
        self.assertEqual(self.get(build=write(bytes(100))).stat().st_size, 100)
        self.get(build=refuse)

    def test_other_files_of_the_folder_are_left_alone(self):
        self.folder.mkdir()
        mine = self.folder / "letters"
        mine.mkdir()
        (mine / "one").write_bytes(bytes(1000))
        self.cache.limit_bytes = 10
        self.get()
        self.assertTrue((mine / "one").exists())

    def test_sixteen_processes_build_once(self):
        log = self.folder.parent / "log"

        def build(path):
            with open(log, "a") as file:
                file.write("built\n")
            time.sleep(0.2)
            path.write_bytes(b"code")

        def run(start):
            start.wait()
            path = KernelCache(self.folder).get(KEY, ".so", build)
            os._exit(0 if path.read_bytes() == b"code" else 1)

        self.assertEqual(support.run_together(run, 16), [0] * 16)
        self.assertEqual(log.read_text(), "built\n")
        self.assertEqual(len(self.files()), 1)

    def test_a_killed_builder_is_followed(self):
        """At each moment of a build; the next one finds no lock, and what was left is removed."""
        def die_before(path):
            os.kill(os.getpid(), signal.SIGKILL)

        def die_within(path):
            path.write_bytes(b"co")
            os.kill(os.getpid(), signal.SIGKILL)

        for build in (die_before, die_within):
            process = fork.Process(target=self.get, args=(KEY, build))
            process.start()
            process.join()
            self.assertEqual(process.exitcode, -signal.SIGKILL)
            self.assertGreater(len(list((self.folder / KEY).iterdir())), 0)
        path = self.get()
        self.assertEqual(list((self.folder / KEY).iterdir()), [path])

    def test_a_waiting_process_takes_over_from_a_killed_one(self):
        began = self.folder.parent / "began"

        def hang(path):
            began.touch()
            time.sleep(60)

        first = fork.Process(target=self.get, args=(KEY, hang))
        first.start()
        while not began.exists():
            time.sleep(0.01)
        second = fork.Process(target=self.get)
        second.start()
        time.sleep(0.1)
        self.assertEqual(self.files(), [self.folder / KEY / "lock"])
        first.kill()
        first.join()
        second.join()
        self.assertEqual(second.exitcode, 0)
        self.assertEqual(self.get(build=refuse).read_bytes(), b"code")

    def test_making_room_meets_builds_of_others(self):
        """Many processes, few places: everyone gets what it asked for, or a path that went since."""
        def run(number):
            cache = KernelCache(self.folder, limit_bytes=2500)
            for i in range(40):
                key = format((i * 7 + number) % 5, "x") * 64
                path = cache.get(key, ".so", write(key.encode() * 15))
                try:
                    assert path.read_bytes() == key.encode() * 15
                except FileNotFoundError:
                    pass
            os._exit(0)

        processes = [fork.Process(target=run, args=(number,)) for number in range(6)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        self.assertEqual([process.exitcode for process in processes], [0] * 6)


if __name__ == "__main__":
    unittest.main(verbosity=2)
