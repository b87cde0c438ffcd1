//===- ScoreRegionGradient.h - what a score changes by ----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The derivatives of a score region are scalar code of the same list of operations,
// behind the region's own: who evaluates, bounds or emits a region does so with what it
// changes by. They are the rules of calculus, operation by operation, in the order of
// the region: each value has its slope beside it, and one that no argument reaches has
// none, which costs nothing.
//
//     %x = arith.divf %s, %c         1 / c
//     %t = math.tanh %x              (1 - t * t) * (1 / c)
//     %y = arith.mulf %t, %c         c * ((1 - t * t) * (1 / c))
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_ATTN_IR_SCOREREGIONGRADIENT_H
#define FOVEA_DIALECT_ATTN_IR_SCOREREGIONGRADIENT_H

#include "mlir/IR/Region.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

namespace fovea::attn {

class ScoreRegionGradient {
public:
  /// Differentiates `region` by the score that it takes and, if `byLearned`, by each of
  /// its learned numbers. Of an empty one the copy is empty, and nothing has a
  /// derivative.
  ScoreRegionGradient(mlir::Region &region, bool byLearned);

  /// A copy of the region that computes the derivatives, too.
  mlir::Region &getRegion() { return region; }
  /// What the copy's score changes by, f32 values of it: by the score that it takes,
  /// then by each learned number.
  llvm::ArrayRef<mlir::Value> getDerivatives() const { return derivatives; }

private:
  mlir::Region region;
  llvm::SmallVector<mlir::Value> derivatives;
};

} // namespace fovea::attn

#endif // FOVEA_DIALECT_ATTN_IR_SCOREREGIONGRADIENT_H
