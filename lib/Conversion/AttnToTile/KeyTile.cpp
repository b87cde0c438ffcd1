//===- KeyTile.cpp - some keys of one sequence, one KV head ---------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Conversion/AttnToTile/KeyTile.h"

using namespace mlir;
using namespace fovea;

KeyTile KeyTile::at(TileBuilder &b, int64_t size, int64_t tileRows,
                    attn::KeySetInterface keySet, const Place &place, Value first,
                    int64_t kvHeads, int64_t parts, Value sumHead) {
  int64_t stride = keySet.getKeyStride();
  Value end = b.div(b.add(place.keyRow, place.keyTokens), stride);
  Value rows = b.sub(end, b.div(place.keyRow, stride));
  Value block = b.div(first, size * stride);
  Value count = b.sub(rows, b.mul(block, size));
  Value part = b.index(0), kvHead = sumHead;
  if (parts > 1) {
    part = b.div(sumHead, kvHeads);
    kvHead = b.rem(sumHead, kvHeads);
  }
  if (tileRows != size)
    count = b.min(count, b.index(size));
  KeyTiles keys(b, place, kvHead, keySet, size, tileRows);
  return {place, keys, block, count, kvHead, parts, part, sumHead};
}

Value KeyTile::zeroUnusedRows(TileBuilder &b, Value values) const {
  if (!place.isApart)
    return values;
  Value count = b.splatI32(keys.getNumKeys(), {keys.getRows()});
  Value isUsed = b.less(keys.emitNumbers(block), count);
  int64_t columns = TileBuilder::typeOf(values).getDimSize(1);
  Value mask = b.alongRows(isUsed, columns);
  return b.select(mask, values, b.constantLike(values, 0.0));
}
