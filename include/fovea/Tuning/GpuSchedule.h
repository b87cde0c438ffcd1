//===- GpuSchedule.h - the cost model of a GPU ------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TUNING_GPUSCHEDULE_H
#define FOVEA_TUNING_GPUSCHEDULE_H

#include "fovea/Dialect/Attn/IR/Attn.h"
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

/// Those of a kernel that visits key blocks: what its operations demand decides.
/// `root` has passed verifyGpuShape.
llvm::SmallVector<tile::ScheduleAttr>
getKeyBlockCandidates(mlir::Operation *root, const GpuTargetInfo &target);

/// Keys that a query sees on average, as one of 65536 tokens.
double countAverageKeys(attn::KeySetInterface keys);

/// The parts that programs visit of as many keys as a query sees on average, where few
/// queries leave multiprocessors idle: long enough that what begins and ends a program
/// is little of it.
int64_t countPartsOfFew(double keys);

/// Shared memory in bytes for barriers, visits and what the system keeps.
inline constexpr int64_t kOtherSharedBytes = 1024;

/// What a schedule for a GPU says beside tokens and keys: the rows and the depth of
/// `#tile.schedule`, and `#tile.gpu`.
struct GpuPlan {
  int64_t groupRows = 0, depth = 0, parts = 1;
  int64_t stages = 2, outerStages = 1;
  tile::Products products = tile::Products::Warpgroup;
  int64_t residency = 1;
  tile::ProgramOrder programs = tile::ProgramOrder::LastTileFirst;
  int64_t visitSlots = 8; ///< enough that who posts visits is never waited for
  bool overlap = false, turns = false;
  int64_t teams = 1;
  bool oneRing = false;
};

tile::ScheduleAttr makeSchedule(mlir::MLIRContext *context, int64_t tokens,
                                int64_t keys, const GpuPlan &plan = {});

/// What `schedule`, which has a part for a GPU, has beside tokens and keys.
GpuPlan planOf(tile::ScheduleAttr schedule);

/// `schedule`, of a kernel without a producer, and the same for fewer and fewer blocks
/// on a multiprocessor. Where it does not say how many, ptxas chooses, and may spill a
/// few bytes for one block more.
llvm::SmallVector<tile::ScheduleAttr> listResidencies(tile::ScheduleAttr schedule);

/// Gives the schedule that stands on `root`, if it has no part for a GPU, one of few
/// tiles in flight.
void completeGpuSchedule(mlir::Operation &root);

/// Writes `schedule` to `root` and, of a group, to what it holds, as tile.schedule.
/// Operations that have one keep it.
void setSchedule(mlir::Operation *root, tile::ScheduleAttr schedule);

} // namespace fovea::tuning

#endif // FOVEA_TUNING_GPUSCHEDULE_H
