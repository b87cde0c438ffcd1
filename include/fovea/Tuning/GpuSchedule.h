//===- GpuSchedule.h - the cost model of a GPU ------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TUNING_GPUSCHEDULE_H
#define FOVEA_TUNING_GPUSCHEDULE_H

#include "fovea/Dialect/Tile/IR/Tile.h"

namespace fovea {
struct GpuTargetInfo;
}

namespace fovea::tuning {

/// Whether some kernel of a GPU can have the shapes of `root` (an attn operation or
/// group outside of groups), whatever its schedule. Emits a diagnostic at the operation
/// that has the shape, and fails, where none can.
llvm::LogicalResult verifyGpuShape(mlir::Operation *root);

/// Schedules for the kernel of `root` (an attn operation or group outside of groups),
/// the most promising first; of a group the operations all take the same. Empty where
/// no tile fits the target.
llvm::SmallVector<tile::ScheduleAttr> getGpuCandidates(mlir::Operation *root,
                                                       const GpuTargetInfo &target);

/// Writes `schedule` to `root` and, of a group, to what it holds, as tile.schedule.
/// Operations that have one keep it.
void setSchedule(mlir::Operation *root, tile::ScheduleAttr schedule);

} // namespace fovea::tuning

#endif // FOVEA_TUNING_GPUSCHEDULE_H
