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

/// The schedule of an attn operation: its own `tile.schedule` attribute, that of the
/// group around it, or the cost model's. The tokens of a group's operations are those
/// of the group. Emits an error and fails where the schedule does not fit the
/// operation (a key block that does not divide the selection block, ...).
mlir::FailureOr<tile::ScheduleAttr> getSchedule(mlir::Operation *op);

/// Columns of a window's row that one product of compression takes, of `columns`: all
/// of them, or where a GPU's registers would not hold that left-hand side beside its
/// accumulator, or scratch the matrix of that many rows and `results` columns, a part
/// that divides them.
int64_t getCompressDepth(int64_t columns, int64_t results);

} // namespace fovea::tuning

#endif // FOVEA_TUNING_SCHEDULE_H
