# How lit finds and runs Fovea's tests. A test names tools plainly (`fovea-opt`, `foveac`,
# `FileCheck`): this build's and this LLVM's come first in PATH.
#
# Substitutions: %python, %cmake, %mlir_dir, %openmp_library, %openmp_dir, %fovea_source, %fovea_build,
# %examples, %fake_cuda (a libcuda that runs nothing: test/unit/Runtime/FakeCuda.h).
# Features (for REQUIRES): numpy, cuda-toolkit, asan, the machine (x86_64), and each of Fovea's tools by name.
import os
import platform

import lit.formats

config.name = "Fovea"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "lib", "unit"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.fovea_binary_dir, "test")

config.environment["PATH"] = os.pathsep.join(
    [os.path.join(config.fovea_binary_dir, "bin"), config.llvm_tools_dir, os.environ["PATH"]]
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
    ("%fake_cuda", os.path.join(config.fovea_binary_dir, "lib", "libFoveaFakeCuda.so")),
    ("%examples", os.path.join(config.fovea_source_dir, "examples")),
]

config.available_features.add(platform.machine())
config.available_features.update(tool for tool in config.fovea_tools if tool)
if config.have_numpy:
    config.available_features.add("numpy")
if config.ptxas and not config.ptxas.endswith("-NOTFOUND"):
    config.available_features.add("cuda-toolkit")
if config.sanitized:
    config.available_features.add("asan")
