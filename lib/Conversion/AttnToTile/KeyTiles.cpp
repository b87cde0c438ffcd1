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

Value KeyTiles::load(const KeyView &keys, Value block) const {
  if (keys.isPaged())
    return loadFromPages(keys, block);
  Value count = b.sub(numKeys, b.mul(block, size)), row = emitRow(block);
  if (rows != size)
    count = b.min(count, b.index(size));
  return b.load(keys.view, {row, kvHead, b.index(0)}, {rows, 1, keys.getColumns()},
                count);
}

/// A copy for each page, which is asked for where the table has its number. Entries
/// behind a sequence's last page may hold anything, and its last page is full in part.
Value KeyTiles::loadFromPages(const KeyView &keys, Value block) const {
  attn::GatherPagesOp op = keys.pages;
  int64_t slots = op.getSlots(), taken = std::min(rows, slots), pages = rows / taken;
  assert(rows == size && attn::fitsPages(slots, rows) && "planned for (Kernel::plan)");
  Value first = b.mul(block, rows), count = b.sub(numKeys, first);
  Value ofSequence = b.div(firstRow, slots), entry = b.div(first, slots);
  entry = b.add(ofSequence, entry);
  Value table = b.load(keys.table, entry, pages, b.ceilDiv(count, taken), /*rank=*/1);
  Value slot = b.rem(first, slots), zero = b.index(0);
  Value column = b.index(op.getColumns());
  SmallVector<Value> offsets{zero, slot, kvHead, column};
  SmallVector<int64_t> sizes{pages, taken, 1, keys.getColumns()};
  if (op.getHeadsFirst()) {
    std::swap(offsets[1], offsets[2]);
    std::swap(sizes[1], sizes[2]);
  }
  return b.load(keys.view, offsets, sizes, count, /*rank=*/2, /*step=*/1, /*within=*/0,
                table, /*from=*/{}, /*rowwise=*/true);
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
