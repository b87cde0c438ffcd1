//===- LintKernels.h - kernels that compile but must not ship ---*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// ptxas accepts kernels that spill registers or whose wgmma instructions wait
// for each other, and they run: slowly. The lint reads that off ptxas' report,
// so that a schedule is refused without a GPU. docs/gpu-target.md says what
// each finding means.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TARGET_GPU_LINTKERNELS_H
#define FOVEA_TARGET_GPU_LINTKERNELS_H

#include "fovea/Hardware/GpuTargetInfo.h"
#include "fovea/Target/GPU/PtxasReport.h"

namespace fovea {

/// What a launch adds to the report, for all of its kernels.
struct LintLimits {
  int64_t dynamicSharedBytes = 0; ///< asked for at launch, beside the static
  int64_t maxRegisters = 0;       ///< per thread; 0: the target's
  int64_t threads = 0;            ///< of a block; 0: not known
};

enum class FindingKind {
  Spill,          ///< measured: bytes stored and loaded
  Advisory,       ///< measured: the code, as in 7514, or 0; no limit
  SharedMemory,   ///< measured: static and dynamic bytes of a block
  Registers,      ///< measured: registers per thread at launch
  BlockRegisters, ///< measured: registers of a block at launch
  Refused         ///< by ptxas, as too large, before there was anything to measure
};

struct Finding {
  FindingKind kind;
  std::string function; ///< empty for an advisory that names none
  int64_t measured = 0;
  int64_t limit = 0;
  std::string text; ///< an advisory's, less the function; ptxas' refusal

  /// "kernel 'k': expected no register spills, got 256 B".
  std::string describe() const;
};

/// Whether `advisory` means that wgmma or setmaxnreg does not do what the kernel was
/// written for. Its words say so: that products are serialized, or setmaxnreg ignored.
/// Of the rest, C7500 to C7599 are about these instructions, and all are failures but
/// the notice of a wgmma.fence that ptxas put in itself. The number alone says too
/// little: C7519 is that notice up to CUDA 13.0, and a serialized kernel from 13.1 on.
bool isFailureAdvisory(const PtxasAdvisory &advisory);

/// Everything in `report` that must not ship, in the order of the report.
/// Empty: clean.
std::vector<Finding> lintKernels(const PtxasReport &report, const GpuTargetInfo &target,
                                 const LintLimits &limits = {});

} // namespace fovea

#endif // FOVEA_TARGET_GPU_LINTKERNELS_H
