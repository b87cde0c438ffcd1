//===- WindowTile.h - some windows of one sequence --------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_CONVERSION_ATTNTOTILE_WINDOWTILE_H
#define FOVEA_CONVERSION_ATTNTOTILE_WINDOWTILE_H

#include "fovea/Conversion/AttnToTile/Place.h"
#include "fovea/Dialect/Attn/IR/KeySet.h"

namespace fovea {

/// Some consecutive windows of one sequence and one KV head, or the strides of tokens
/// that they begin with: the rows of a tile.
///
///   tokens   | stride 0 | stride 1 | stride 2 | stride 3 |     block = 2 strides
///   windows  |------- 0 ----------|
///                       |------- 1 ----------|
///                                  |------- 2 ----------|
///
/// Stride i is in the windows i, i - 1, .. that there are, in window i - j as the part
/// that is j strides from its first token.
struct WindowTile {
  int64_t windows;         ///< static: windows per tile
  int64_t stride;          ///< static: tokens from one window to the next
  mlir::Value base;        ///< row of the sequence's first token
  mlir::Value firstWindow; ///< number of the first window in the sequence
  mlir::Value firstRow;    ///< row of the first window's first token
  mlir::Value count;       ///< windows that exist, negative where others end before
  mlir::Value tokens;      ///< of the sequence, from the first row on
  mlir::Value kvHead;

  /// The row of window number `window` of the sequence, among those of all sequences.
  mlir::Value emitRow(TileBuilder &b, mlir::Value window) const {
    return b.add(b.div(base, stride), window);
  }

  /// The tile that begins at position `first` of a place.
  static WindowTile at(TileBuilder &b, int64_t windows, attn::KeySetInterface keySet,
                       const Place &place, mlir::Value first, mlir::Value kvHead);

  /// Row r of each window, `columns` from `firstColumn` on, of a view [T, Hkv, D].
  mlir::Value loadTokens(TileBuilder &b, mlir::Value view, mlir::Value r,
                         mlir::Value firstColumn, int64_t columns) const;
  /// The same with columns as rows.
  mlir::Value loadTokensTransposed(TileBuilder &b, mlir::Value view, mlir::Value r,
                                   mlir::Value firstColumn, int64_t columns) const;
  /// The windows' rows of a view [T / stride, Hkv, D].
  mlir::Value load(TileBuilder &b, mlir::Value view) const;
  /// `columns` of them from `firstColumn` on, as rows.
  mlir::Value loadTransposed(TileBuilder &b, mlir::Value view, mlir::Value firstColumn,
                             int64_t columns) const;
  /// Stores a tile [windows, D] to a view [T / stride, Hkv, D].
  void store(TileBuilder &b, mlir::Value tile, mlir::Value view) const;
  /// A number of each window: column `column` of a view [T / stride, Hkv, D].
  mlir::Value loadColumn(TileBuilder &b, mlir::Value view, mlir::Value column) const;
  void storeColumn(TileBuilder &b, mlir::Value tile, mlir::Value view,
                   mlir::Value column) const;
  /// Of a view [T / stride, Hkv, D] the rows of the windows that are `back` before the
  /// tile's, 0 where there are none.
  mlir::Value loadEarlier(TileBuilder &b, mlir::Value view, mlir::Value back) const;
  /// A number of each of these.
  mlir::Value loadEarlierColumn(TileBuilder &b, mlir::Value view, mlir::Value back,
                                mlir::Value column) const;
  /// Stores a tile [windows, C] to a view [T, Hkv, D], from column `firstColumn` on: a
  /// row for token `token` of each stride.
  void storeTokens(TileBuilder &b, mlir::Value tile, mlir::Value view,
                   mlir::Value token, mlir::Value firstColumn) const;
};

} // namespace fovea

#endif // FOVEA_CONVERSION_ATTNTOTILE_WINDOWTILE_H
