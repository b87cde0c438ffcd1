//===- Liveness.h - when stored tiles are in use ----------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Every operation (a run of elementwise operations counts as one) has two moments,
// one for what it reads element by element and one for all else:
//
//     2i      reads whose element is read before the same element is written
//     2i + 1  all other reads, and writes
//
// Two tiles whose moments do not meet may share memory. A tile that an elementwise
// run reads for the last time at 2i can thus give its memory to the run's result,
// while the operands of a dot stay apart from its result. A loop or branch has
// moments at its head and at its end.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOLOOPS_LIVENESS_H
#define FOVEA_LIB_CONVERSION_TILETOLOOPS_LIVENESS_H

#include "Fusion.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseSet.h"

namespace fovea::tile_to_loops {

class Liveness {
public:
  Liveness(tile::KernelOp kernel, const Fusion &fusion);

  /// The moments at which a stored tile is in use.
  const llvm::BitVector &moments(mlir::Value value) const;
  /// Says that `value` is still read while `op` writes: it will be copied there.
  void extendOver(mlir::Operation *op, mlir::Value value);
  /// All stored tiles, in program order.
  llvm::ArrayRef<mlir::Value> values() const { return stored; }

private:
  using LiveSet = llvm::DenseSet<mlir::Value>;
  void number(mlir::Block &block);
  void addStored(mlir::Value value);
  void mark(const LiveSet &live, unsigned moment);
  void define(LiveSet &live, mlir::ValueRange values, unsigned moment);
  void walkBlock(mlir::Block &block, LiveSet &live);
  void walkPlain(mlir::Operation *op, LiveSet &live);
  void walkRun(const Fusion::Run &run, LiveSet &live);
  void walkLoop(mlir::Operation *op, LiveSet &live);
  void walkBranch(mlir::Operation *op, LiveSet &live);

  const Fusion &fusion;
  unsigned count = 0;
  llvm::DenseMap<mlir::Operation *, unsigned> head, end;
  llvm::SmallVector<mlir::Value> stored;
  llvm::DenseMap<mlir::Value, llvm::BitVector> inUse;
};

} // namespace fovea::tile_to_loops

#endif // FOVEA_LIB_CONVERSION_TILETOLOOPS_LIVENESS_H
