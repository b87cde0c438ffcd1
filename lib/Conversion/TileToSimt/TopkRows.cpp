//===- TopkRows.cpp - the rows of a streaming top-k in a warp -------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "TopkRows.h"

#include "BufferedTopk.h"
#include "InsertedTopk.h"
#include "QueuedTopk.h"
#include "fovea/Dialect/Simt/IR/Simt.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace mlir;
using namespace fovea;
using namespace fovea::tile;
using namespace fovea::tile_to_simt;

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

MutableArrayRef<Entry> TopkRows::entriesOf(int64_t pack) {
  int64_t registers = place.of.registers;
  return MutableArrayRef(entries).slice(pack * registers, registers);
}

/// As unsigned numbers an index of -1 goes last, where entries past the last one are
/// too.
SmallVector<Entry> TopkRows::sortIndices() {
  int64_t registers = place.of.registers;
  Value none = b.i32(-1);
  SmallVector<Entry> sorted(llvm::PowerOf2Ceil(registers), Entry{none});
  for (auto [k, entry] : llvm::enumerate(entriesOf(0))) {
    Value number = place.of.entryOf(ThreadNumber(b, place.lane), k);
    Value isEntry = b.less(number, place.count);
    sorted[k] = {b.select(isEntry, entry.back(), none)};
  }
  SortingNetwork(b, place.lane, place.of.lanes).sort(sorted);
  sorted.truncate(registers);
  return sorted;
}

/// Through the queues, which are empty by then.
SmallVector<Value> TopkRows::spread(ArrayRef<Entry> shared) {
  Value pack = b.i32(0);
  for (auto [k, entry] : llvm::enumerate(shared)) {
    Value number = place.of.entryOf(ThreadNumber(b, place.lane), k);
    b.store(entry.front(), slotOf(pack, number), kSlotBytes);
  }
  simt::SyncWarpOp::create(b);
  SmallVector<Value> rows;
  Value ofLane = b.mul(place.lane, kSlotBytes);
  Value first = b.offset(place.queues, ofLane);
  for (int64_t r = 0; r < place.rows; ++r) {
    Value address = b.offset(first, place.of.rowByte(r));
    rows.push_back(b.load(b.getI32Type(), address, kSlotBytes));
  }
  simt::SyncWarpOp::create(b); // what is queued next is behind what is read
  return rows;
}

SmallVector<Value> TopkRows::takeSorted() {
  flush();
  if (place.of.rowsPerPack() > 1)
    return spread(sortIndices());
  SmallVector<Value> sorted;
  for (int64_t r = 0; r < place.rows; ++r) {
    for (const Entry &entry : sortIndices())
      sorted.push_back(entry.front());
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

void TopkRows::forEachPack(function_ref<void(Value number)> emit) {
  if (packs() == 1)
    return emit(b.i32(0));
  auto emitFirst = [&](Value number, ValueRange carried) {
    takeWords(carried);
    emit(number);
    rotate();
    return words();
  };
  Value end = b.i32(packs());
  takeWords(b.emitLoop(end, 1, words(), emitFirst));
}

Value TopkRows::inRange(const Offer &offer) {
  return offer.columns == kLanes ? b.boolean(true) : b.less(place.lane, offer.columns);
}

Value TopkRows::findCandidates(int64_t row, Value score, Value inRange) {
  int64_t last = place.count - 1;
  const Entry &entry =
      entriesOf(row / place.of.rowsPerPack())[place.of.registerOf(last)];
  Value worst = b.shuffleFrom(entry.front(), place.of.laneOf(row, last));
  Value above = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, score, worst);
  return b.ballot(b.land(above, inRange));
}

/// A candidate's place is behind what is queued and the candidates in lower lanes.
Value TopkRows::enqueue(Value number, Value last, Value candidates, Value score,
                        Value first) {
  Value bit = b.shl(b.i32(1), place.lane);
  Value before = b.countBits(b.land(candidates, b.add(bit, -1)));
  Value at = b.add(b.add(last, before), 1);
  Value ofRow = place.of.rowByte(ThreadNumber(b, number));
  Value address = b.offset(place.queues, b.add(ofRow, b.mul(at, kSlotBytes)));
  Value index = b.add(first, place.lane);
  Value isCandidate = b.notEqual(b.land(candidates, bit), 0);
  Value joins = b.land(isCandidate, b.less(at, place.of.slots));
  b.emitIf(joins, [&] {
    b.store(score, address, kSlotBytes);
    b.store(index, b.offset(address, place.of.valuesBytes()), kSlotBytes);
  });
  return joins;
}

Value TopkRows::slotOf(Value number, Value slot) {
  Value row = b.div(place.lane, place.of.lanes);
  Value ofRow = b.add(b.mul(row, place.of.stride), slot);
  Value ofPack = b.mul(number, place.of.packBytes());
  return b.offset(place.queues, b.add(ofPack, b.mul(ofRow, kSlotBytes)));
}

/// A queue is in no order, and lanes beside one another read slots that are.
void TopkRows::mergeQueue(Value number, Value last) {
  Value none = b.f32(-std::numeric_limits<double>::infinity()), noIndex = b.i32(-1);
  int64_t lanes = place.of.lanes;
  Value slot = b.rem(place.lane, lanes);
  Value values = slotOf(number, slot);
  Value indices = b.offset(values, place.of.valuesBytes());
  SmallVector<Entry> queued;
  for (int64_t further = 0; further < place.of.slots; further += lanes) {
    auto load = [&](Type type, Value address) {
      return b.load(type, b.offset(address, further * kSlotBytes), kSlotBytes);
    };
    Value value = load(b.getF32Type(), values);
    Value index = load(b.getI32Type(), indices);
    Value waits = b.lessEqual(b.add(slot, further), last);
    queued.push_back({b.select(waits, value, none), b.select(waits, index, noIndex)});
  }
  SortingNetwork(b, place.lane, lanes).merge(entriesOf(0), std::move(queued));
}
