//===- KeyTile.h - some keys of one sequence, one KV head -------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Whatever is a sum over queries belongs to a key, and its tiles are of keys. What they
// store has a row for each row of K, some of which are no sequence's key: behind the
// last window of a sequence that a compression cuts into windows, say. So the rows are
// shared out as the tokens are (tile.locate), each to the run in which the first of its
// `stride` tokens lies, or begins:
//
//   tokens   0       4       8       12      16       stride 4, offsets 0, 6, 16
//   runs     |-- sequence 0 --|-- sequence 1 -->
//   rows     [   0   |   1   |   2   |   3   ]
//             floor(0/4) = 0   floor(6/4) = 1   floor(16/4) = 4
//
// Every row is in one tile, and a row without a key holds the sum over no queries.
//
// A tile may be one of several programs', each of which has a run of its visits. What
// such a program sums is a part, stored as heads of their own: those of part p are
// p * Hkv to (p + 1) * Hkv - 1.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_CONVERSION_ATTNTOTILE_KEYTILE_H
#define FOVEA_CONVERSION_ATTNTOTILE_KEYTILE_H

#include "fovea/Conversion/AttnToTile/KeyTiles.h"

namespace fovea {

/// A block of consecutive key rows of one sequence and one KV head: the rows of a tile.
struct KeyTile {
  Place place;
  KeyTiles keys;
  mlir::Value block; ///< its number, among blocks of its size
  mlir::Value count; ///< rows of the views that are the tile's, with or without a key
  mlir::Value kvHead;
  int64_t parts;       ///< static: runs that the visits are cut into
  mlir::Value part;    ///< which of them is the program's
  mlir::Value sumHead; ///< the head that its sums are stored as

  /// The tile of `size` keys that begins at position `first` of a place, in `tileRows`
  /// rows, of program `sumHead` of the `parts` times `kvHeads` that share it.
  static KeyTile at(TileBuilder &b, int64_t size, int64_t tileRows,
                    attn::KeySetInterface keySet, const Place &place, mlir::Value first,
                    int64_t kvHeads, int64_t parts, mlir::Value sumHead);

  int64_t size() const { return keys.getSize(); }
  /// The tile's rows of a view [Tk, Hkv, D]; rows without a key are 0.
  mlir::Value load(mlir::Value view) const { return keys.load({view}, block); }
  /// `values` [rows, D], 0 in rows that no token has, where queries are apart: what
  /// such rows of K and V hold may be in them.
  mlir::Value zeroUnusedRows(TileBuilder &b, mlir::Value values) const;
  /// Stores them, as sums of the program's part.
  void store(mlir::Value tile, mlir::Value view) const {
    keys.store(tile, view, block, count, sumHead);
  }
};

} // namespace fovea

#endif // FOVEA_CONVERSION_ATTNTOTILE_KEYTILE_H
