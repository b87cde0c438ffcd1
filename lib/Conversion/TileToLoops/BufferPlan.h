//===- BufferPlan.h - which tiles share scratch -----------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOLOOPS_BUFFERPLAN_H
#define FOVEA_LIB_CONVERSION_TILETOLOOPS_BUFFERPLAN_H

#include "Liveness.h"

namespace fovea::tile_to_loops {

/// Gives every stored tile a slot of scratch.
///
/// First tiles are merged where that saves a copy: what a loop carries with its
/// inits and yields, a branch's result with what it yields, a dot's acc with its
/// result. Tiles that cannot be merged are copied. Then merged tiles of one type
/// share a slot when they are never in use at the same moment.
class BufferPlan {
public:
  BufferPlan(tile::KernelOp kernel, const Layouts &layouts, const Fusion &fusion);

  /// The slot of a stored tile.
  unsigned slotOf(mlir::Value value) const { return slots.lookup(value); }
  bool hasSlot(mlir::Value value) const { return slots.count(value); }
  /// Whether nothing is merged with `value`.
  bool isAlone(mlir::Value value) const;
  llvm::ArrayRef<mlir::MemRefType> slotTypes() const { return types; }

private:
  unsigned classOf(mlir::Value value) const;
  bool tryMerge(mlir::Value first, mlir::Value second);
  void mergeTransfers(tile::KernelOp kernel);
  void mergeInPlace(tile::KernelOp kernel);
  void keepCopied(tile::KernelOp kernel);
  void assignSlots();

  const Layouts &layouts;
  Liveness liveness;
  llvm::DenseMap<mlir::Value, unsigned> numbers;
  mutable llvm::SmallVector<unsigned> parents;
  llvm::SmallVector<llvm::BitVector> moments;
  llvm::SmallVector<unsigned> members;
  llvm::DenseMap<mlir::Value, unsigned> slots;
  llvm::SmallVector<mlir::MemRefType> types;
};

} // namespace fovea::tile_to_loops

#endif // FOVEA_LIB_CONVERSION_TILETOLOOPS_BUFFERPLAN_H
