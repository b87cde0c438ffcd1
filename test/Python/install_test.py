#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests what `pip install` puts where: by pip itself where scikit-build-core is installed, else by
CMake, as that calls it.

Usage: install_test.py <cmake> <a built foveac, or nothing>
"""

import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

root = pathlib.Path(__file__).resolve().parents[2]


def run(*command, **environment):
    """What a command prints; nothing of this environment leads to a compiler or to our sources."""
    clean = {name: value for name, value in os.environ.items()
             if name not in ("FOVEA_FOVEAC", "PYTHONPATH", "LD_LIBRARY_PATH")}
    done = subprocess.run(command, text=True, capture_output=True, env={**clean, **environment})
    if done.returncode:
        raise AssertionError(f"{command}: {done.stdout}{done.stderr}")
    return done.stdout


def install(target, **environment):
    """The package, in the folder `target`."""
    if importlib.util.find_spec("scikit_build_core") and importlib.util.find_spec("pip"):
        run(sys.executable, "-m", "pip", "install", "--no-build-isolation", "--no-deps", "--target",
            str(target), str(root), **environment)
        return
    generator = ["-G", "Ninja"] if shutil.which("ninja") else []
    with tempfile.TemporaryDirectory() as build:
        run(cmake, "-S", str(root / "runtime"), "-B", build, *generator, "-DSKBUILD=2",
            "-DCMAKE_BUILD_TYPE=Debug", f"-DPython3_EXECUTABLE={sys.executable}", **environment)
        run(cmake, "--build", build)
        run(cmake, "--install", build, "--component", "python", "--prefix", str(target))
    shutil.copytree(root / "runtime" / "python" / "fovea", target / "fovea", dirs_exist_ok=True)


class InstallTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.place.cleanup)
        cls.target = pathlib.Path(cls.place.name) / "site"
        install(cls.target, **({"FOVEA_FOVEAC": compiler} if compiler else {}))

    def python(self, text, path):
        return run(sys.executable, "-c", text, PYTHONPATH=str(self.target), PATH=path,
                   FOVEA_CACHE=str(self.target / "cache"))

    def test_the_runtime_comes_with_it(self):
        said = self.python("import fovea, sys\n"
                           "from fovea._library import get_library\n"
                           "print(get_library()._name)\n"
                           "print({'torch', 'numpy'} & set(sys.modules))", "/nonexistent")
        self.assertEqual(said, f"{self.target}/fovea/lib/libfovea_runtime.so\nset()\n")

    def test_the_operations_come_with_it_where_pytorch_is(self):
        if not importlib.util.find_spec("torch"):
            self.skipTest("PyTorch is not installed")
        said = self.python("import torch, fovea.autograd\n"
                           "print(torch.__version__, fovea.autograd.describe_operations(), sep='\\n')", os.environ["PATH"])
        version, operations = said.splitlines()
        if tuple(int(part) for part in version.split(".")[:2]) < (2, 10):
            self.assertIn("Python: expected lib/libfovea_torch.so in the package, found none", operations)
        else:
            self.assertEqual(operations, f"C++, {self.target}/fovea/lib/libfovea_torch.so")

    def test_the_compiler_comes_with_it_where_it_was_built(self):
        if not compiler:
            self.skipTest("foveac was not built")
        said = self.python("import fovea\n"
                           f"print(fovea.compile({str(root / 'examples' / 'dense.mlir')!r}).entries)",
                           os.environ["PATH"])
        self.assertEqual(said, "('dense_forward',)\n")

    def test_without_a_compiler_it_says_what_is_missing(self):
        bare = pathlib.Path(self.place.name) / "bare"
        shutil.copytree(self.target / "fovea", bare / "fovea", ignore=shutil.ignore_patterns("bin"))
        said = run(sys.executable, "-c", "import fovea\n"
                   "try: fovea.compile('attn.spec')\n"
                   "except fovea.FoveaError as error: print(error)", PYTHONPATH=str(bare),
                   PATH="/nonexistent")
        self.assertIn("expected foveac, Fovea's compiler, found none: FOVEA_FOVEAC is not set", said)
        self.assertIn("or fovea.load() what was compiled elsewhere", said)


if __name__ == "__main__":
    cmake, *rest = sys.argv[1:]
    compiler = str(pathlib.Path(rest[0]).absolute()) if rest and rest[0] else ""
    unittest.main(argv=sys.argv[:1], verbosity=2)
