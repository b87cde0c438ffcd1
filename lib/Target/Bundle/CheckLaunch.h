//===- CheckLaunch.h - does a launch fit its kernel -------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_TARGET_BUNDLE_CHECKLAUNCH_H
#define FOVEA_LIB_TARGET_BUNDLE_CHECKLAUNCH_H

#include "fovea/Dialect/Tile/IR/Tile.h"

namespace fovea {

/// Emits a diagnostic and fails unless the callee is a lowered kernel whose scalars are
/// indices: a value of a launch program is a 64-bit integer. That arguments fit the
/// kernel otherwise is launch_c2.
llvm::LogicalResult checkLaunch(tile::LaunchOp launch);

} // namespace fovea

#endif // FOVEA_LIB_TARGET_BUNDLE_CHECKLAUNCH_H
