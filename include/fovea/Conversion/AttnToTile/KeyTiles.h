//===- KeyTiles.h - the keys of one visit -----------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_CONVERSION_ATTNTOTILE_KEYTILES_H
#define FOVEA_CONVERSION_ATTNTOTILE_KEYTILES_H

#include "fovea/Conversion/AttnToTile/KeyView.h"
#include "fovea/Conversion/AttnToTile/Place.h"
#include "fovea/Dialect/Attn/IR/Attn.h"

namespace fovea {

/// One visit of a query tile: a key block, who listed it, and whether some element is
/// masked.
struct Visit {
  mlir::Value block;
  mlir::Value tokens; ///< tensor<tokens x i1>, or null when every token visits
  mlir::Value masked; ///< i1
};

/// The keys of a sequence and a KV head, a block at a time. Nothing else says at which
/// address a key is, or what its number is: the keys of a block are consecutive rows of
/// packed arrays, or of a page, or of several pages.
class KeyTiles {
public:
  /// Blocks of `size` keys, as tiles of `rows`: those past the block's keys are
  /// padding. `kvHead` is of type index.
  KeyTiles(TileBuilder &b, const Place &place, mlir::Value kvHead,
           attn::KeySetInterface keys, int64_t size, int64_t rows);

  int64_t getSize() const { return size; }
  int64_t getRows() const { return rows; }
  /// The keys that the sequence has, index.
  mlir::Value getNumKeys() const { return numKeys; }
  /// Blocks that hold a key, index.
  mlir::Value emitNumBlocks() const;

  /// The block's first row of such views, index.
  mlir::Value emitRow(mlir::Value block) const;
  /// The block's rows of keys or values; rows past its last key read as 0. Of pages,
  /// which fit the tile's rows.
  mlir::Value load(const KeyView &view, mlir::Value block) const;
  /// Stores the first `count` of the block's rows, as rows of `head` of the view.
  void store(mlir::Value tile, mlir::Value view, mlir::Value block, mlir::Value count,
             mlir::Value head) const;
  /// The numbers of the block's keys in the key set, i32; of padding, any.
  mlir::Value emitNumbers(mlir::Value block) const;
  /// Their positions in the sequence, i32: of the first token, where a key is of more.
  mlir::Value emitPositions(mlir::Value block) const;

private:
  mlir::Value loadFromPages(const KeyView &view, mlir::Value block) const;

  TileBuilder &b;
  mlir::Value kvHead;
  int64_t size, rows, stride;
  mlir::Value numKeys, firstRow;
};

} // namespace fovea

#endif // FOVEA_CONVERSION_ATTNTOTILE_KEYTILES_H
