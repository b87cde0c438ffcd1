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

/// ptxas ran and would not have the PTX. Its message has ptxas' own words: too few
/// registers for an instruction, too much shared memory.
class PtxRefusedError final : public llvm::ErrorInfo<PtxRefusedError> {
public:
  static char ID;
  explicit PtxRefusedError(std::string text) : text(std::move(text)) {}
  void log(llvm::raw_ostream &stream) const override;
  std::error_code convertToErrorCode() const override;

private:
  std::string text;
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
/// Fails with a PtxRefusedError where ptxas does, and with others where it could not
/// run. Clean or not is lintKernels' to say.
llvm::Expected<AssembledKernel> assemblePtx(llvm::StringRef ptx,
                                            const GpuTargetInfo &target,
                                            const PtxasOptions &options = {});

} // namespace fovea

#endif // FOVEA_TARGET_GPU_ASSEMBLEPTX_H
