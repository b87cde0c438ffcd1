//===- WindowTile.cpp - some windows of one sequence ----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Conversion/AttnToTile/WindowTile.h"

using namespace mlir;
using namespace fovea;

WindowTile WindowTile::at(TileBuilder &b, int64_t windows, attn::KeySetInterface keySet,
                          const Place &place, Value first, Value kvHead) {
  int64_t stride = keySet.getKeyStride();
  Value firstWindow = b.div(first, stride);
  Value count = b.sub(keySet.emitNumKeys(b, place.keys), firstWindow);
  Value tokens = b.sub(place.length, first), firstRow = b.add(place.queryRow, first);
  return {windows,  stride, place.queryRow, firstWindow,
          firstRow, count,  tokens,         kvHead};
}

Value WindowTile::loadTokens(TileBuilder &b, Value view, Value r, Value firstColumn,
                             int64_t columns) const {
  return b.load(view, {b.add(firstRow, r), kvHead, firstColumn}, {windows, 1, columns},
                count, /*rank=*/2, stride);
}

Value WindowTile::loadTokensTransposed(TileBuilder &b, Value view, Value r,
                                       Value firstColumn, int64_t columns) const {
  return b.loadTransposed(view, {b.add(firstRow, r), kvHead, firstColumn},
                          {windows, 1, columns}, count, stride);
}

Value WindowTile::load(TileBuilder &b, Value view) const {
  int64_t dim = cast<MemRefType>(view.getType()).getShape().back();
  Value row = emitRow(b, firstWindow);
  return b.load(view, {row, kvHead, b.index(0)}, {windows, 1, dim}, count);
}

Value WindowTile::loadTransposed(TileBuilder &b, Value view, Value firstColumn,
                                 int64_t columns) const {
  Value row = emitRow(b, firstWindow);
  return b.loadTransposed(view, {row, kvHead, firstColumn}, {windows, 1, columns},
                          count);
}

void WindowTile::store(TileBuilder &b, Value tile, Value view) const {
  int64_t dim = TileBuilder::typeOf(tile).getDimSize(1);
  Value row = emitRow(b, firstWindow);
  b.store(tile, view, {row, kvHead, b.index(0)}, {windows, 1, dim}, count);
}

Value WindowTile::loadColumn(TileBuilder &b, Value view, Value column) const {
  Value row = emitRow(b, firstWindow);
  return b.load(view, {row, kvHead, column}, {windows, 1, 1}, count, /*rank=*/1);
}

void WindowTile::storeColumn(TileBuilder &b, Value tile, Value view,
                             Value column) const {
  Value row = emitRow(b, firstWindow);
  b.store(tile, view, {row, kvHead, column}, {windows, 1, 1}, count);
}

/// A box of the windows that are `back` before a tile's.
static Value loadEarlierBox(TileBuilder &b, const WindowTile &tile, Value view,
                            Value back, Value column, int64_t columns, int64_t rank) {
  Value first = b.sub(tile.firstWindow, back), row = tile.emitRow(b, first);
  Value from = b.sub(b.index(0), first), end = b.add(tile.count, back);
  return b.load(view, {row, tile.kvHead, column}, {tile.windows, 1, columns}, end, rank,
                /*step=*/1, /*within=*/0, /*rows=*/{}, from);
}

Value WindowTile::loadEarlier(TileBuilder &b, Value view, Value back) const {
  int64_t dim = cast<MemRefType>(view.getType()).getShape().back();
  return loadEarlierBox(b, *this, view, back, b.index(0), dim, /*rank=*/2);
}

Value WindowTile::loadEarlierColumn(TileBuilder &b, Value view, Value back,
                                    Value column) const {
  return loadEarlierBox(b, *this, view, back, column, /*columns=*/1, /*rank=*/1);
}

void WindowTile::storeTokens(TileBuilder &b, Value tile, Value view, Value token,
                             Value firstColumn) const {
  int64_t columns = TileBuilder::typeOf(tile).getDimSize(1);
  Value row = b.add(firstRow, token);
  Value left = b.div(b.add(b.sub(tokens, token), stride - 1), stride);
  b.store(tile, view, {row, kvHead, firstColumn}, {windows, 1, columns}, left,
          /*within=*/0, stride);
}
