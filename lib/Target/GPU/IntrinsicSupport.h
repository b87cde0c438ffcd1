//===- IntrinsicSupport.h - what a target's LLVM can select -----*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_TARGET_GPU_INTRINSICSUPPORT_H
#define FOVEA_LIB_TARGET_GPU_INTRINSICSUPPORT_H

#include "fovea/Hardware/GpuTargetInfo.h"

#include <string>

namespace fovea {

/// What the LLVM intrinsic `name` needs, as in "sm_90a" or "sm_90 or later", if
/// `target` lacks it; else empty.
std::string getMissingTarget(llvm::StringRef name, const GpuTargetInfo &target);

} // namespace fovea

#endif // FOVEA_LIB_TARGET_GPU_INTRINSICSUPPORT_H
