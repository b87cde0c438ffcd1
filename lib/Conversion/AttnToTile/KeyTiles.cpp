//===- KeyTiles.cpp - the keys of one visit -------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Conversion/AttnToTile/KeyTiles.h"

using namespace mlir;
using namespace fovea;

KeyTiles::KeyTiles(TileBuilder &b, const Place &place, Value kvHead,
                   attn::KeySetInterface keys, int64_t size, int64_t rows)
    : b(b), kvHead(kvHead), size(size), rows(rows), stride(keys.getKeyStride()),
      numKeys(keys.emitNumKeys(b, place.keys)), firstRow(b.div(place.keyRow, stride)) {}

Value KeyTiles::emitNumBlocks() const { return b.ceilDiv(numKeys, size); }

Value KeyTiles::emitRow(Value block) const {
  return b.add(firstRow, b.mul(block, size));
}

Value KeyTiles::load(Value view, Value block) const {
  int64_t dim = cast<MemRefType>(view.getType()).getShape().back();
  Value count = b.sub(numKeys, b.mul(block, size)), row = emitRow(block);
  if (rows != size)
    count = b.min(count, b.index(size));
  return b.load(view, {row, kvHead, b.index(0)}, {rows, 1, dim}, count);
}

void KeyTiles::store(Value tile, Value view, Value block, Value count,
                     Value head) const {
  int64_t dim = TileBuilder::typeOf(tile).getDimSize(1);
  b.store(tile, view, {emitRow(block), head, b.index(0)}, {rows, 1, dim}, count);
}

Value KeyTiles::emitNumbers(Value block) const {
  return b.positions(b.mul(block, size), rows);
}

Value KeyTiles::emitPositions(Value block) const {
  Value numbers = emitNumbers(block);
  if (stride == 1)
    return numbers;
  return arith::MulIOp::create(b, numbers, b.constantLike(numbers, stride));
}
