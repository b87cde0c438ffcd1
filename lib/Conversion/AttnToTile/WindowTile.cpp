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
  Value row = b.add(b.div(base, stride), firstWindow);
  return b.load(view, {row, kvHead, b.index(0)}, {windows, 1, dim}, count);
}

void WindowTile::store(TileBuilder &b, Value tile, Value view) const {
  int64_t dim = TileBuilder::typeOf(tile).getDimSize(1);
  Value row = b.add(b.div(base, stride), firstWindow);
  b.store(tile, view, {row, kvHead, b.index(0)}, {windows, 1, dim}, count);
}

Value WindowTile::loadEarlier(TileBuilder &b, Value view, Value back) const {
  int64_t dim = cast<MemRefType>(view.getType()).getShape().back();
  Value first = b.sub(firstWindow, back), row = b.add(b.div(base, stride), first);
  Value from = b.sub(b.index(0), first), end = b.add(count, back);
  return b.load(view, {row, kvHead, b.index(0)}, {windows, 1, dim}, end, /*rank=*/2,
                /*step=*/1, /*within=*/0, /*rows=*/{}, from);
}

void WindowTile::storeTokens(TileBuilder &b, Value tile, Value view, Value token,
                             Value firstColumn) const {
  int64_t columns = TileBuilder::typeOf(tile).getDimSize(1);
  Value row = b.add(firstRow, token);
  Value left = b.div(b.add(b.sub(tokens, token), stride - 1), stride);
  b.store(tile, view, {row, kvHead, firstColumn}, {windows, 1, columns}, left,
          /*within=*/0, stride);
}
