//===- WindowTile.h - some windows of one sequence --------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_CONVERSION_ATTNTOTILE_WINDOWTILE_H
#define FOVEA_CONVERSION_ATTNTOTILE_WINDOWTILE_H

#include "fovea/Conversion/AttnToTile/TileBuilder.h"

namespace fovea {

/// Some consecutive windows of one sequence and one KV head: the rows of a tile.
struct WindowTile {
  int64_t windows;         ///< static: windows per tile
  int64_t stride;          ///< static: tokens from one window to the next
  mlir::Value base;        ///< row of the sequence's first token
  mlir::Value firstWindow; ///< number of the first window in the sequence
  mlir::Value firstRow;    ///< row of the first window's first token
  mlir::Value count;       ///< windows that exist
  mlir::Value kvHead;

  /// Stores a tile [windows, D] to a view [T / stride, Hkv, D].
  void store(TileBuilder &b, mlir::Value tile, mlir::Value view) const;
};

} // namespace fovea

#endif // FOVEA_CONVERSION_ATTNTOTILE_WINDOWTILE_H
