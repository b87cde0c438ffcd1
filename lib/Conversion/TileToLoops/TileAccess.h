//===- TileAccess.h - a tile's elements, wherever they are ------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// What a tile's readers need not tell apart: one that lies in scratch is loaded, a
// generator (Layouts.h) is computed at the place where it is read.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOLOOPS_TILEACCESS_H
#define FOVEA_LIB_CONVERSION_TILETOLOOPS_TILEACCESS_H

#include "Scratch.h"
#include "mlir/IR/IRMapping.h"

namespace fovea::tile_to_loops {

/// One place in a loop nest over a tile, `width` elements at a time. Values that do
/// not depend on `outer` are made before the inner loop, at `beforeInner`.
struct LaneNest {
  int64_t width;
  Layout layout;
  mlir::Value outer; // null for rank 1
  mlir::Value inner;
  mlir::OpBuilder::InsertPoint beforeInner;
  llvm::DenseMap<mlir::Value, mlir::Value> known;
};

class TileAccess {
public:
  /// `scalars` maps the kernel's scalars to the function's.
  TileAccess(const KernelFrame &frame, const mlir::IRMapping &scalars, Scratch &scratch,
             LoopBuilder &b)
      : frame(frame), scalars(scalars), scratch(scratch), b(b) {}

  // Element by element.
  void emitNest(mlir::RankedTensorType tile, Layout layout,
                llvm::function_ref<void(LaneNest &)> body);
  /// The vector of `tile` at the nest's place.
  mlir::Value vectorOf(mlir::Value tile, LaneNest &nest);
  void storeVector(mlir::Value vector, const Storage &to, const LaneNest &nest);
  /// One value of a tile of rank 1.
  mlir::Value rowScalar(mlir::Value rows, mlir::Value at);

  // As a whole.
  /// `tile` in memory, in `layout`; copied to a temporary where it is not.
  Storage inMemory(mlir::Value tile, Layout layout);
  /// `tile` in memory as it lies; a generator in Natural layout.
  Storage inMemory(mlir::Value tile);
  /// Writes `source` into `to`, transposing where their layouts differ.
  void copy(mlir::Value source, const Storage &to);
  /// Copies as if all at once: a source that is also a destination goes by way of a
  /// temporary.
  void copyAll(const Transfers &transfers);

private:
  mlir::Value scalar(mlir::Value value) const { return scalars.lookup(value); }
  mlir::Value loadedVector(const Storage &from, mlir::ValueRange at, int64_t width);
  mlir::Value generatedVector(mlir::Value tile, LaneNest &nest);
  mlir::Value broadcastVector(tile::BroadcastOp op, LaneNest &nest);
  mlir::Value rowVector(mlir::Value rows, mlir::Value at, int64_t width);
  mlir::Value positionsVector(tile::PositionsOp op, mlir::Value at, int64_t width);
  mlir::Value splatOf(mlir::Value tile);

  const KernelFrame &frame;
  const mlir::IRMapping &scalars;
  Scratch &scratch;
  LoopBuilder &b;
};

} // namespace fovea::tile_to_loops

#endif // FOVEA_LIB_CONVERSION_TILETOLOOPS_TILEACCESS_H
