//===- SortingNetwork.cpp - entries put in order across lanes -------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "SortingNetwork.h"

#include "fovea/Dialect/Tile/IR/Placement.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace fovea::tile;
using fovea::tile_to_simt::Entry;
using fovea::tile_to_simt::SortingNetwork;

Value SortingNetwork::comesFirst(const Entry &x, const Entry &y) {
  Value isLess = b.lessUnsigned(x.back(), y.back());
  if (x.size() == 1)
    return isLess;
  auto compare = [&](arith::CmpFPredicate predicate) -> Value {
    return arith::CmpFOp::create(b, predicate, x.front(), y.front());
  };
  Value isGreater = compare(arith::CmpFPredicate::OGT);
  Value isEqual = compare(arith::CmpFPredicate::OEQ);
  return b.lor(isGreater, b.land(isEqual, isLess));
}

Entry SortingNetwork::choose(Value condition, const Entry &x, const Entry &y) {
  Entry chosen;
  for (auto [left, right] : llvm::zip_equal(x, y))
    chosen.push_back(b.select(condition, left, right));
  return chosen;
}

/// The bits of an entry's number that are its lane's, and its register's.
static std::pair<int64_t, int64_t> splitNumber(int64_t number, int64_t lanes,
                                               int64_t registers) {
  if (lanes == kLanes)
    return {number % kLanes, number / kLanes};
  return {number / registers, number % registers};
}

/// Of the registers whose numbers differ in `mask`, the one without its highest bit
/// gets what comes first.
void SortingNetwork::compareRegisters(MutableArrayRef<Entry> row, int64_t mask,
                                      bool reversed) {
  int64_t highest = llvm::bit_floor(uint64_t(mask));
  for (int64_t k = 0; k < int64_t(row.size()); ++k) {
    if (k & highest)
      continue; // done with its partner
    Entry &x = row[k], &y = row[k ^ mask];
    Value isFirst = comesFirst(x, y);
    Entry first = choose(isFirst, x, y), later = choose(isFirst, y, x);
    x = reversed ? later : first;
    y = reversed ? first : later;
  }
}

/// The same across lanes. Of two entries that are alike it does not matter which one a
/// lane keeps.
void SortingNetwork::compareLanes(MutableArrayRef<Entry> row, int64_t mask,
                                  bool reversed) {
  auto [laneMask, registerMask] = splitNumber(mask, lanes, row.size());
  auto [laneBit, registerBit] =
      splitNumber(llvm::bit_floor(uint64_t(mask)), lanes, row.size());
  SmallVector<Entry> old(row);
  for (int64_t k = 0; k < int64_t(row.size()); ++k) {
    Entry other;
    for (Value word : old[k ^ registerMask])
      other.push_back(b.shuffleXor(word, laneMask));
    Value isFirst = comesFirst(old[k], other);
    if (laneBit) {
      Value bit = b.land(lane, laneBit);
      Value takesLater = reversed ? b.equal(bit, 0) : b.notEqual(bit, 0);
      row[k] = choose(b.lxor(isFirst, takesLater), old[k], other);
    } else {
      bool takesFirst = reversed == ((k & registerBit) != 0);
      row[k] =
          takesFirst ? choose(isFirst, old[k], other) : choose(isFirst, other, old[k]);
    }
  }
}

/// Compares entries whose numbers differ in `mask`, all of its bits.
void SortingNetwork::compare(MutableArrayRef<Entry> row, int64_t mask, bool reversed) {
  auto [laneMask, registerMask] = splitNumber(mask, lanes, row.size());
  if (laneMask)
    compareLanes(row, mask, reversed);
  else
    compareRegisters(row, registerMask, reversed);
}

/// Sorts a row that is bitonic.
void SortingNetwork::sortBitonic(MutableArrayRef<Entry> row, bool reversed) {
  for (int64_t bit = lanes * row.size() / 2; bit > 0; bit /= 2)
    compare(row, bit, reversed);
}

void SortingNetwork::sort(MutableArrayRef<Entry> row, bool reversed) {
  int64_t total = lanes * row.size();
  for (int64_t run = 2; run <= total; run *= 2) {
    compare(row, run - 1, reversed);
    for (int64_t bit = run / 4; bit > 0; bit /= 2)
      compare(row, bit, reversed);
  }
}

/// Part by part: what comes first of it and of the new ones, which go the other way,
/// stays; the rest, the other way again, is for the next part.
void SortingNetwork::merge(MutableArrayRef<Entry> sorted, SmallVector<Entry> more) {
  sort(more, /*reversed=*/true);
  while (!sorted.empty()) {
    MutableArrayRef<Entry> part = sorted.take_front(more.size());
    sorted = sorted.drop_front(more.size());
    for (auto [entry, added] : llvm::zip_equal(part, more)) {
      Value isFirst = comesFirst(entry, added);
      Entry first = choose(isFirst, entry, added);
      added = choose(isFirst, added, entry);
      entry = first;
    }
    sortBitonic(part, /*reversed=*/false);
    if (!sorted.empty())
      sortBitonic(more, /*reversed=*/true);
  }
}
