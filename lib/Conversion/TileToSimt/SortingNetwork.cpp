//===- SortingNetwork.cpp - entries put in order across lanes -------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "SortingNetwork.h"

#include "fovea/Dialect/Tile/IR/Placement.h"

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

/// Compares the entries of lanes that differ in `bit`. Of two that are alike it does
/// not matter which one a lane keeps.
Entry SortingNetwork::exchange(const Entry &own, int64_t bit, Value takesLater) {
  Entry other;
  for (Value word : own)
    other.push_back(b.shuffleXor(word, bit));
  return choose(b.lxor(comesFirst(own, other), takesLater), own, other);
}

/// Whether the lane's number has `bit`, or has it not where `reversed`.
Value SortingNetwork::isUpper(int64_t bit, bool reversed) {
  Value masked = b.land(lane, bit);
  return reversed ? b.equal(masked, 0) : b.notEqual(masked, 0);
}

/// Sorts registers that are bitonic, each by itself; number k reversed where it
/// `goesBack(k)`.
void SortingNetwork::sortBitonic(MutableArrayRef<Entry> registers,
                                 function_ref<bool(int64_t)> goesBack) {
  for (int64_t bit = lanes / 2; bit > 0; bit /= 2)
    for (auto [k, entry] : llvm::enumerate(registers))
      entry = exchange(entry, bit, isUpper(bit, goesBack(k)));
}

void SortingNetwork::sort(MutableArrayRef<Entry> registers, int64_t perRow,
                          bool reversed) {
  int64_t count = registers.size(), total = lanes * perRow;
  // Runs of a part of the lanes: of the lanes whose number has the bit `run` they go
  // the other way.
  for (int64_t run = 2; run < lanes; run *= 2)
    for (int64_t bit = run / 2; bit > 0; bit /= 2)
      for (Entry &entry : registers) {
        Value isBehind = isUpper(bit, reversed);
        entry = exchange(entry, bit, b.lxor(isBehind, isUpper(run, false)));
      }
  // Runs of whole registers, the last one of all of a row's.
  for (int64_t run = lanes; run <= total; run *= 2) {
    auto goesBack = [&](int64_t k) {
      return reversed != (run < total && (lanes * k & run));
    };
    for (int64_t distance = run / 2 / lanes; distance > 0; distance /= 2)
      for (int64_t k = 0; k < count; ++k) {
        if (k & distance)
          continue; // done with its partner
        Entry &x = registers[k], &y = registers[k + distance];
        Value isFirst = comesFirst(x, y);
        Entry first = choose(isFirst, x, y), later = choose(isFirst, y, x);
        x = goesBack(k) ? later : first;
        y = goesBack(k) ? first : later;
      }
    sortBitonic(registers, goesBack);
  }
}

/// Register by register: what comes first of it and of the new ones, which go the other
/// way, stays; the rest, the other way again, is for the next register.
void SortingNetwork::merge(MutableArrayRef<Entry> sorted, SmallVector<Entry> more) {
  int64_t perRow = sorted.size() / more.size();
  sort(more, 1, /*reversed=*/true);
  for (int64_t k = 0; k < perRow; ++k) {
    SmallVector<Entry> stay;
    for (auto [row, added] : llvm::enumerate(more)) {
      const Entry &entry = sorted[row * perRow + k];
      Value isFirst = comesFirst(entry, added);
      stay.push_back(choose(isFirst, entry, added));
      added = choose(isFirst, added, entry);
    }
    sortBitonic(stay, [](int64_t) { return false; });
    for (auto [row, entry] : llvm::enumerate(stay))
      sorted[row * perRow + k] = entry;
    if (k + 1 < perRow)
      sortBitonic(more, [](int64_t) { return true; });
  }
}
