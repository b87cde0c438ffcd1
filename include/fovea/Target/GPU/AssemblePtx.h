//===- AssemblePtx.h - from PTX to a cubin, by ptxas ------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TARGET_GPU_ASSEMBLEPTX_H
#define FOVEA_TARGET_GPU_ASSEMBLEPTX_H

#include "fovea/Hardware/GpuTargetInfo.h"
#include "fovea/Target/GPU/Ptxas.h"
#include "fovea/Target/GPU/PtxasReport.h"

namespace fovea {

/// ptxas ran and found the kernel too large, which another schedule's may not be. The
/// message has ptxas' own words: too few registers for an instruction, too much shared
/// memory.
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

/// Runs ptxas as a process on temporary files, which are removed, also by a signal. A
/// whole program each time: ptxas ignores setmaxnreg in code that is to be linked.
/// Fails with a PtxRefusedError where the kernel is too large, and with others where
/// ptxas is too old for the PTX's version, finds another fault in it, does not end by
/// itself and in time, or gives something other than machine code and a report of the
/// kernels in `ptx`: such an error says nothing of the kernel's schedule. Clean or not
/// is lintKernels' to say. Threads may call it at the same time.
llvm::Expected<AssembledKernel>
assemblePtx(llvm::StringRef ptx, const GpuTargetInfo &target, const Ptxas &ptxas);

} // namespace fovea

#endif // FOVEA_TARGET_GPU_ASSEMBLEPTX_H
