//===- CheckLaunch.h - does a launch fit its kernel -------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_TARGET_BUNDLE_CHECKLAUNCH_H
#define FOVEA_LIB_TARGET_BUNDLE_CHECKLAUNCH_H

#include "fovea/Dialect/Tile/IR/Tile.h"

namespace fovea {

/// Emits a diagnostic and fails unless the callee is a lowered kernel whose params
/// name arguments that `launch` has, of a type that they can be made of. Only here
/// do the two meet: launch_c2 cannot say it of a lowered kernel.
llvm::LogicalResult checkLaunch(tile::LaunchOp launch);

} // namespace fovea

#endif // FOVEA_LIB_TARGET_BUNDLE_CHECKLAUNCH_H
