//===- SameValue.h - values that two roles compute alike --------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DIALECT_TILE_IR_SAMEVALUE_H
#define FOVEA_LIB_DIALECT_TILE_IR_SAMEVALUE_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallVector.h"

namespace fovea::tile {

/// Whether a value of one role and one of another are always equal, as far as it can be
/// read off: one value, or the same operation of values that are. Loops are told apart
/// by `pair`; what they carry is equal where that holds at the start and for what they
/// yield if it held before.
class SameValue {
public:
  /// `first` and `second` run as often, turn by turn.
  void pair(mlir::Operation *first, mlir::Operation *second) { pairs[first] = second; }

  bool operator()(mlir::Value first, mlir::Value second);

private:
  bool sameArgument(mlir::BlockArgument first, mlir::BlockArgument second);
  bool sameResult(mlir::OpResult first, mlir::OpResult second);
  bool sameCarried(mlir::Operation *first, unsigned i, mlir::Operation *second,
                   unsigned j);
  bool allSame(mlir::ValueRange first, mlir::ValueRange second);

  llvm::DenseMap<mlir::Operation *, mlir::Operation *> pairs;
  using Pair = std::pair<mlir::Value, mlir::Value>;
  /// Found, or assumed while what follows from it is looked at.
  llvm::DenseSet<Pair> same;
  llvm::SmallVector<Pair> found; ///< the same, in order
};

} // namespace fovea::tile

#endif // FOVEA_LIB_DIALECT_TILE_IR_SAMEVALUE_H
