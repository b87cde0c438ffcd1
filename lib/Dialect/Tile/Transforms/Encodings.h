//===- Encodings.h - which tiles of a kernel lie alike ----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Elementwise operations, branches and carried values bind tiles together: they lie
// alike. Such a class is found by union-find. A class of rank 1 follows the rank-2
// class that it is broadcast to or reduced from, as its rows or as its columns. What is
// left is a fragment unless an operation of the class asks for lanes.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DIALECT_TILE_TRANSFORMS_ENCODINGS_H
#define FOVEA_LIB_DIALECT_TILE_TRANSFORMS_ENCODINGS_H

#include "fovea/Dialect/Tile/IR/Tile.h"

namespace fovea::tile {

/// The place of every tile of a logical kernel.
class EncodingAnalysis {
public:
  /// Emits a diagnostic and fails where a tile would have to lie in two ways, or where
  /// none fits it.
  static mlir::FailureOr<EncodingAnalysis> of(KernelOp kernel);

  /// The encoding of `tile`, a value of the kernel.
  mlir::Attribute lookup(mlir::Value tile) const { return encodings.lookup(tile); }

private:
  friend class EncodingSolver;
  llvm::DenseMap<mlir::Value, mlir::Attribute> encodings;
};

} // namespace fovea::tile

#endif // FOVEA_LIB_DIALECT_TILE_TRANSFORMS_ENCODINGS_H
