//===- ScoreRange.h - how large scores can be -------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A score region may bound what comes out of it, whatever goes in, as a soft cap does.
// Who computes with such scores may save what is there against large ones.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_ATTN_IR_SCORERANGE_H
#define FOVEA_DIALECT_ATTN_IR_SCORERANGE_H

#include "mlir/IR/Region.h"

namespace fovea::attn {

/// The numbers from `low` to `high`; infinite where nothing bounds them.
struct ScoreRange {
  double low, high;

  double getLargestMagnitude() const;
};

/// Holds each score that `region`, which may be empty, gives any argument, NaN apart:
/// interval arithmetic over its operations, in real numbers. A device rounds beside.
ScoreRange getScoreRange(mlir::Region &region);

} // namespace fovea::attn

#endif // FOVEA_DIALECT_ATTN_IR_SCORERANGE_H
