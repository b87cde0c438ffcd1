//===- TileType.h - the type of a tile --------------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_TILE_IR_TILETYPE_H
#define FOVEA_DIALECT_TILE_IR_TILETYPE_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"

namespace fovea::tile {

/// Null for a value that is no tile.
inline mlir::RankedTensorType tileType(mlir::Value value) {
  return llvm::dyn_cast<mlir::RankedTensorType>(value.getType());
}

} // namespace fovea::tile

#endif // FOVEA_DIALECT_TILE_IR_TILETYPE_H
