//===- AssemblePtx.h - from PTX to a cubin, by ptxas ------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TARGET_GPU_ASSEMBLEPTX_H
#define FOVEA_TARGET_GPU_ASSEMBLEPTX_H

#include "fovea/Target/GPU/GpuTargetInfo.h"
#include "fovea/Target/GPU/PtxasReport.h"

namespace fovea {

struct PtxasOptions {
  /// Which ptxas to run. Empty: the one in PATH, else the one that CMake found.
  std::string path;
};

struct AssembledKernel {
  std::string cubin; ///< an ELF file's bytes
  PtxasReport report;
};

/// The ptxas to run, or an error (errc::no_such_file_or_directory) that says
/// where it was looked for and how to get it.
llvm::Expected<std::string> findPtxas(const PtxasOptions &options);

/// Runs ptxas as a process on temporary files, which are removed. A whole
/// program each time: ptxas ignores setmaxnreg in code that is to be linked.
/// Fails with ptxas' own errors for PTX that it refuses, such as for too few
/// registers or too much shared memory. Clean or not is lintKernels' to say.
llvm::Expected<AssembledKernel> assemblePtx(llvm::StringRef ptx,
                                            const GpuTargetInfo &target,
                                            const PtxasOptions &options = {});

} // namespace fovea

#endif // FOVEA_TARGET_GPU_ASSEMBLEPTX_H
