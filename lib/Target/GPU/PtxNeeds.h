//===- PtxNeeds.h - the PTX version that code needs -------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_TARGET_GPU_PTXNEEDS_H
#define FOVEA_LIB_TARGET_GPU_PTXNEEDS_H

#include "fovea/Hardware/GpuTargetInfo.h"

namespace llvm {
class Module;
}

namespace fovea {

/// The lowest PTX version, as in 86, that has what `code` calls: the intrinsics, which
/// LLVM cannot select for a lower one, and the instructions of inline assembly. At
/// least the target's.
unsigned getNeededPtx(const llvm::Module &code, const GpuTargetInfo &target);

} // namespace fovea

#endif // FOVEA_LIB_TARGET_GPU_PTXNEEDS_H
