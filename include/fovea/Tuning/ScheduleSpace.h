//===- ScheduleSpace.h - every schedule that a kernel may have --*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The cost model names a few schedules; a tuner tries their neighbours, and a table
// holds what it found. All of them are points of one space: the fields of a schedule,
// each over its values, less those whose registers or shared memory do not suffice. A
// new field of a schedule is a new axis here (lib/Tuning/KeyBlockSpace.h), or no tuner
// tries it and no table may have it.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TUNING_SCHEDULESPACE_H
#define FOVEA_TUNING_SCHEDULESPACE_H

#include "fovea/Dialect/Tile/IR/Tile.h"

#include <optional>
#include <string>

namespace fovea {
struct GpuTargetInfo;
}

namespace fovea::tuning {

/// The schedules that the kernel of `root` (an attn operation or group outside of
/// groups, which has passed verifyGpuShape) may have on `target`, the most promising
/// first: the model's first choice, then its second and what is one step from the
/// first, then its third, what is one step from the second or two from the first, and
/// so on. A step is a warpgroup, 16 keys, a tile in flight, a block of a
/// multiprocessor, or another word; four are twice the rows for a token, and a tile
/// less in flight than fit. Of a kernel that visits no key blocks the model's
/// candidates are all.
llvm::SmallVector<tile::ScheduleAttr> getScheduleSpace(mlir::Operation *root,
                                                       const GpuTargetInfo &target);

/// Whether `schedule` is one of them.
bool isInScheduleSpace(mlir::Operation *root, tile::ScheduleAttr schedule,
                       const GpuTargetInfo &target);

/// What the model estimates of a kernel that visits key blocks.
struct ScheduleTerms {
  int64_t warpgroups = 0; ///< that compute, of a team
  int64_t blocks = 0;     ///< of a multiprocessor, as the schedule asks
  int64_t teams = 0;      ///< of a block
  int64_t rowsPerToken = 0, headsPerToken = 0;
  int64_t registers = 0, registerLimit = 0; ///< of a thread that computes
  int64_t sharedBytes = 0, sharedLimit = 0; ///< of a team
};

/// None for a kernel that visits no key blocks.
std::optional<ScheduleTerms> getTerms(mlir::Operation *root,
                                      tile::ScheduleAttr schedule,
                                      const GpuTargetInfo &target);

/// By which field the cost model puts one of its candidates before a later one, in
/// words: "3 warpgroups before 2", "key blocks of 80 before 64".
std::string describePreference(mlir::Operation *root, tile::ScheduleAttr first,
                               tile::ScheduleAttr second, const GpuTargetInfo &target);

} // namespace fovea::tuning

#endif // FOVEA_TUNING_SCHEDULESPACE_H
