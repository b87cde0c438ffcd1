//===- TopkRows.cpp - the rows of a streaming top-k in a warp -------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "TopkRows.h"

#include "BufferedTopk.h"
#include "InsertedTopk.h"
#include "QueuedTopk.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace mlir;
using namespace fovea;
using namespace fovea::tile;
using namespace fovea::tile_to_simt;

Value fovea::tile_to_simt::findCandidates(ThreadBuilder &b, Value lastEntries,
                                          int64_t count, Value score, Value inRange) {
  Value worst = b.shuffleFrom(lastEntries, (count - 1) % kLanes);
  Value above = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, score, worst);
  return b.ballot(b.land(above, inRange));
}

std::unique_ptr<TopkRows> TopkRows::create(ThreadBuilder &b, const TopkPlace &place,
                                           Value values, Value indices) {
  if (!place.queues)
    return std::make_unique<InsertedTopk>(b, place, values, indices);
  if (place.slots)
    return std::make_unique<BufferedTopk>(b, place, values, indices);
  return std::make_unique<QueuedTopk>(b, place, values, indices);
}

TopkRows::TopkRows(ThreadBuilder &b, const TopkPlace &place, Value values,
                   Value indices)
    : b(b), place(place) {
  int64_t registers = ThreadBuilder::sizeOf(values);
  for (int64_t e = 0; e < registers; ++e) {
    Value value = b.extract(values, e);
    entries.push_back({value, b.extract(indices, e)});
  }
  for (int64_t e = registers; e < ThreadBuilder::sizeOf(indices); ++e)
    waiting.push_back(b.extract(indices, e));
}

Value TopkRows::getValues() {
  return b.fromElements(
      llvm::map_to_vector(entries, [](const Entry &entry) { return entry.front(); }));
}

Value TopkRows::getIndices() {
  auto indices =
      llvm::map_to_vector(entries, [](const Entry &entry) { return entry.back(); });
  indices.append(waiting);
  return b.fromElements(indices);
}

MutableArrayRef<Entry> TopkRows::entriesOf(int64_t row) {
  int64_t perRow = lanesPerRow(place.count);
  return MutableArrayRef(entries).slice(row * perRow, perRow);
}

/// As unsigned numbers an index of -1 goes last, where entries past the last one are
/// too.
SmallVector<Value> TopkRows::sortIndices() {
  int64_t registers = lanesPerRow(place.count);
  Value none = b.i32(-1);
  SmallVector<Entry> sorted(llvm::PowerOf2Ceil(registers), Entry{none});
  for (auto [k, entry] : llvm::enumerate(entriesOf(0))) {
    Value isEntry = b.less(b.add(place.lane, kLanes * k), place.count);
    sorted[k] = {b.select(isEntry, entry.back(), none)};
  }
  SortingNetwork(b, place.lane).sort(sorted);
  return llvm::map_to_vector(ArrayRef(sorted).take_front(registers),
                             [](const Entry &entry) { return entry.front(); });
}

SmallVector<Value> TopkRows::takeSorted() {
  flush();
  SmallVector<Value> sorted;
  for (int64_t r = 0; r < place.rows; ++r) {
    sorted.append(sortIndices());
    rotate();
  }
  return sorted;
}

void TopkRows::rotate() {
  std::rotate(entries.begin(), entries.begin() + entriesOf(0).size(), entries.end());
}

SmallVector<Value> TopkRows::words() const {
  SmallVector<Value> words;
  for (const Entry &entry : entries)
    llvm::append_range(words, entry);
  llvm::append_range(words, waiting);
  return words;
}

ValueRange TopkRows::takeWords(ValueRange words) {
  for (Entry &entry : entries) {
    entry = llvm::to_vector<2>(words.take_front(entry.size()));
    words = words.drop_front(entry.size());
  }
  waiting = llvm::to_vector(words.take_front(waiting.size()));
  return words.drop_front(waiting.size());
}

void TopkRows::changeIf(Value condition, function_ref<void()> change) {
  SmallVector<Value> asIs = words();
  auto changed = [&] {
    change();
    return words();
  };
  takeWords(
      b.emitIf(condition, ValueRange(asIs).getTypes(), changed, [&] { return asIs; }));
}

void TopkRows::forEachRow(function_ref<void(Value number)> emit) {
  if (place.rows == 1)
    return emit(b.i32(0));
  auto emitFirst = [&](Value number, ValueRange carried) {
    takeWords(carried);
    emit(number);
    rotate();
    return words();
  };
  Value rows = b.i32(place.rows);
  takeWords(b.emitLoop(rows, 1, words(), emitFirst));
}

Value TopkRows::inRange(const Offer &offer) {
  return offer.columns == kLanes ? b.boolean(true) : b.less(place.lane, offer.columns);
}

/// A candidate's place is behind what is queued and the candidates in lower lanes.
void TopkRows::enqueue(Value number, Value last, Value candidates, Value score,
                       Value first) {
  Value bit = b.shl(b.i32(1), place.lane);
  Value before = b.countBits(b.land(candidates, b.add(bit, -1)));
  Value at = b.add(b.add(last, before), 1);
  Value ofRow = b.mul(number, kQueueBytes);
  Value address = b.offset(place.queues, b.add(ofRow, b.mul(at, kSlotBytes)));
  Value index = b.add(first, place.lane);
  Value joins = b.notEqual(b.land(candidates, bit), 0);
  b.emitIf(b.land(joins, b.less(at, kLanes)), [&] {
    b.store(score, address, kSlotBytes);
    b.store(index, b.offset(address, kLanes * kSlotBytes), kSlotBytes);
  });
}

void TopkRows::mergeQueue(Value number, Value last) {
  Entry unused{b.f32(-std::numeric_limits<double>::infinity()), b.i32(-1)};
  auto keepWhere = [&](Value condition, Entry &entry) {
    for (auto [word, none] : llvm::zip_equal(entry, unused))
      word = b.select(condition, word, none);
  };
  Value ofLane = b.mul(place.lane, kSlotBytes);
  Value byte = b.add(b.mul(number, kQueueBytes), ofLane);
  Value address = b.offset(place.queues, byte);
  Value value = b.load(b.getF32Type(), address, kSlotBytes);
  Value index =
      b.load(b.getI32Type(), b.offset(address, kLanes * kSlotBytes), kSlotBytes);
  Entry queued{value, index};
  keepWhere(b.lessEqual(place.lane, last), queued);
  MutableArrayRef<Entry> row = entriesOf(0);
  if (place.count % kLanes != 0)
    keepWhere(b.less(place.lane, place.count % kLanes), row.back());
  SortingNetwork(b, place.lane).merge(row, queued);
}
