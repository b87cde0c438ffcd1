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

/// The schedule of an attn operation, which attn-choose-schedules has written to it.
/// Emits an error and fails where there is none, or where it does not fit the operation
/// (a key block that does not divide the selection block, ...).
mlir::FailureOr<tile::ScheduleAttr> getSchedule(mlir::Operation *op);

/// Writes to every operation of `function` the schedule that its kernel takes: its own,
/// or that of the CPU's cost model. The tokens, rows and part for a GPU of a group's
/// operations are those of the group's schedule; where it has none, their tokens are
/// the fewest that they would choose. Emits an error and fails where a schedule does
/// not fit.
llvm::LogicalResult completeSchedules(mlir::Operation *function);

/// The most attends that one kernel of `target` computes.
int64_t getMostAttends(llvm::StringRef target);

/// Columns of a window's row that one product of compression takes, of `columns`: all
/// of them, or where these are more than `most`, or where scratch would not hold the
/// matrix of that many rows and `results` columns, a part that divides them.
int64_t getCompressDepth(int64_t columns, int64_t results, int64_t most);

} // namespace fovea::tuning

#endif // FOVEA_TUNING_SCHEDULE_H
