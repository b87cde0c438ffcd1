//===- Schedule.h - who chooses a schedule ----------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TUNING_SCHEDULE_H
#define FOVEA_TUNING_SCHEDULE_H

#include "fovea/Dialect/Tile/IR/Tile.h"
#include "llvm/ADT/StringRef.h"

namespace fovea::tuning {

using tile::kScheduleAttrName;

using tile::kCandidateAttrName;

/// The schedule of an attn operation: its own `tile.schedule`, with the tokens and rows
/// of that of the group around it. Emits an error and fails where one is missing, or
/// does not fit the operation (a key block that does not divide the selection block,
/// ...).
mlir::FailureOr<tile::ScheduleAttr> getSchedule(mlir::Operation *op);

/// Writes the schedule of a CPU to `root` (an attn operation or group outside of
/// groups) and, of a group, to what it holds. Operations that have one keep it. Emits
/// an error and fails where an operation says nothing of its schedule.
llvm::LogicalResult setCpuSchedules(mlir::Operation *root);

/// The most attends that one kernel of `target` computes.
int64_t getMostAttends(llvm::StringRef target);

/// Columns of a window's row that one product of compression takes, of `columns`: all
/// of them, or where these are more than `most`, or where scratch would not hold the
/// matrix of that many rows and `results` columns, a part that divides them.
int64_t getCompressDepth(int64_t columns, int64_t results, int64_t most);

} // namespace fovea::tuning

#endif // FOVEA_TUNING_SCHEDULE_H
