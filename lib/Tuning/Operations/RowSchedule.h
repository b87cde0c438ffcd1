//===- RowSchedule.h - operations on rows of any tokens ---------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_TUNING_OPERATIONS_ROWSCHEDULE_H
#define FOVEA_LIB_TUNING_OPERATIONS_ROWSCHEDULE_H

#include "../GpuShapes.h"
#include "fovea/Dialect/Attn/IR/PackedShape.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Tuning/GpuSchedule.h"

#include <numeric>

namespace fovea::tuning {

/// Emits an error and fails where a GPU's threads do not hold rows of `packed`,
/// [T, heads, D], in registers.
inline llvm::LogicalResult verifyRowShape(mlir::Operation *op, mlir::Value packed) {
  int64_t dim = attn::dimOf(packed);
  if (dim % 8 != 0)
    return op->emitOpError() << "expected 8 to divide the head dim on a GPU, got "
                             << dim;
  if (dim > kMostColumns)
    return op->emitOpError() << "expected a head dim of at most " << kMostColumns
                             << " on a GPU, got " << dim;
  return llvm::success();
}

/// A warpgroup's rows, whose threads may have the most registers that there are: where
/// the heads make no 64 rows, parts of them do, each with programs of its own.
inline tile::ScheduleAttr makeRowSchedule(mlir::MLIRContext *context, int64_t heads) {
  int64_t rowsEach = std::gcd(heads, kGroupRows);
  return makeSchedule(context, kGroupRows / rowsEach, tile::kFragmentRows,
                      {/*groupRows=*/rowsEach == heads ? 0 : rowsEach});
}

} // namespace fovea::tuning

#endif // FOVEA_LIB_TUNING_OPERATIONS_ROWSCHEDULE_H
