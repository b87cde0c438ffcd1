# How lit finds and runs Fovea's tests. A test names tools plainly (`fovea-opt`, `foveac`,
# `FileCheck`): this build's and this LLVM's come first in PATH.
#
# Substitutions: %python, %cmake, %mlir_dir, %openmp_library, %openmp_dir, %fovea_source, %fovea_build (the
# folder that CMake configured), %fovea_output (where bin and lib are), %build_config, %examples, %fake_cuda (a
# libcuda that runs nothing: test/unit/Runtime/FakeCuda.h).
# Features (for REQUIRES): numpy, cuda-toolkit, asan, the machine (x86_64), and each of Fovea's tools by name.
#
# The ptxas of all tests is this build's, or the one that `--param ptxas=FILE` names: it comes
# first in PATH. cuda-toolkit says that it is usable.
import hashlib
import os
import platform
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(__file__))
import blank_safe

config.name = "Fovea"
config.test_format = blank_safe.BlankSafeShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "lib", "unit"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.fovea_output_dir, "test")

config.environment["PATH"] = os.pathsep.join(
    [os.path.join(config.fovea_output_dir, "bin"), config.llvm_tools_dir, os.environ["PATH"]]
)
# A captured name lives until the next CHECK-LABEL, unless it starts with `$`.
config.environment["FILECHECK_OPTS"] = "--enable-var-scope --dump-input=never"
for name in ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "OMP_NUM_THREADS"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

config.substitutions += [
    ("%python", config.python),
    ("%cmake", config.cmake),
    ("%mlir_dir", config.mlir_dir),
    ("%openmp_library", config.openmp_library),
    ("%openmp_dir", os.path.dirname(config.openmp_library)),
    ("%fovea_source", config.fovea_source_dir),
    ("%fovea_build", config.fovea_binary_dir),
    ("%fovea_output", config.fovea_output_dir),
    ("%build_config", config.build_config),
    ("%fake_cuda", os.path.join(config.fovea_output_dir, "lib", "libFoveaFakeCuda.so")),
    ("%examples", os.path.join(config.fovea_source_dir, "examples")),
]

# A test that does not end fails, and says which it is; lit needs psutil for that.
if lit_config.maxIndividualTestTimeIsSupported[0]:
    lit_config.maxIndividualTestTime = 600
else:
    lit_config.note("a test that hangs is not ended: psutil is not installed")

config.available_features.add(platform.machine())
config.available_features.update(tool for tool in config.fovea_tools if tool)
if config.have_numpy:
    config.available_features.add("numpy")


def use_ptxas(path):
    """Puts a link to `path` first into PATH."""
    path = os.path.abspath(path)
    name = hashlib.sha256(path.encode()).hexdigest()[:8]  # runs with others may be under way
    folder = os.path.join(config.test_exec_root, "ptxas", name)
    os.makedirs(folder, exist_ok=True)
    link = os.path.join(folder, "ptxas")
    if not os.path.lexists(link):
        os.symlink(path, link)
    config.environment["PATH"] = folder + os.pathsep + config.environment["PATH"]
    answer = subprocess.run([link, "--version"], text=True, capture_output=True).stdout
    release = re.search(r"release ([0-9.]+), V([0-9.]+)", answer)
    if not release:
        lit_config.fatal(f"expected ptxas to say its version, got {answer!r} of {path}")
    lit_config.note(f"ptxas {release[2]}: {path}")


ptxas = lit_config.params.get("ptxas", config.ptxas)
if ptxas:
    use_ptxas(ptxas)
    config.available_features.add("cuda-toolkit")
if config.sanitized:
    config.available_features.add("asan")
