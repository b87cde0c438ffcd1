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

int64_t TopkRows::packs() const { return countPacks(place.rows, place.lanes); }

MutableArrayRef<Entry> TopkRows::entriesOf(int64_t pack, int64_t number) {
  int64_t perPack = lanesPerRow(place.count);
  return MutableArrayRef(entries).slice(pack * perPack, number * perPack);
}

Value TopkRows::laneOfRow() {
  return place.lanes == kLanes ? place.lane : b.rem(place.lane, place.lanes);
}

/// As unsigned numbers an index of -1 goes last, where entries past the last one are
/// too. Of two rows that share registers the second one's come down to the first lane.
SmallVector<Value> TopkRows::takeSorted() {
  flush();
  int64_t registers = lanesPerRow(place.count);
  int64_t perRow = llvm::PowerOf2Ceil(registers);
  Value none = b.i32(-1);
  SmallVector<Entry> indices(packs() * perRow, Entry{none});
  for (int64_t p = 0; p < packs(); ++p)
    for (auto [k, entry] : llvm::enumerate(entriesOf(p))) {
      Value isEntry = b.less(b.add(laneOfRow(), kLanes * k), place.count);
      indices[p * perRow + k] = {b.select(isEntry, entry.back(), none)};
    }
  SortingNetwork(b, place.lane, place.lanes).sort(indices, perRow);
  SmallVector<Value> sorted;
  for (int64_t r = 0; r < place.rows; ++r)
    for (int64_t k = 0; k < registers; ++k) {
      Value index = indices[r / rowsPerPack(place.lanes) * perRow + k].front();
      int64_t begin = queuedLane(r, place.lanes);
      sorted.push_back(begin ? b.shuffleXor(index, begin) : index);
    }
  return sorted;
}

void TopkRows::rotate(int64_t packs) {
  std::rotate(entries.begin(), entries.begin() + entriesOf(0, packs).size(),
              entries.end());
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

void TopkRows::forEachPack(int64_t atOnce, function_ref<void(Value first)> emit) {
  if (packs() == atOnce)
    return emit(b.i32(0));
  auto emitFirst = [&](Value first, ValueRange carried) {
    takeWords(carried);
    emit(first);
    rotate(atOnce);
    return words();
  };
  Value end = b.i32(packs());
  takeWords(b.emitLoop(end, atOnce, words(), emitFirst));
}

Value TopkRows::inRange(const Offer &offer) {
  return offer.columns == kLanes ? b.boolean(true) : b.less(place.lane, offer.columns);
}

Value TopkRows::findCandidates(int64_t row, Value score, Value inRange) {
  Value lastEntries = entriesOf(row / rowsPerPack(place.lanes)).back().front();
  int64_t lane = queuedLane(row, place.lanes) + (place.count - 1) % place.lanes;
  Value worst = b.shuffleFrom(lastEntries, lane);
  Value above = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, score, worst);
  return b.ballot(b.land(above, inRange));
}

/// A candidate's place is behind what is queued and the candidates in lower lanes.
Value TopkRows::enqueue(Value number, Value last, Value candidates, Value score,
                        Value first) {
  Value bit = b.shl(b.i32(1), place.lane);
  Value before = b.countBits(b.land(candidates, b.add(bit, -1)));
  Value at = b.add(b.add(last, before), 1);
  Value ofRow = queueByte(ThreadNumber(b, number), place.lanes);
  Value address = b.offset(place.queues, b.add(ofRow, b.mul(at, kSlotBytes)));
  Value index = b.add(first, place.lane);
  Value isCandidate = b.notEqual(b.land(candidates, bit), 0);
  Value joins = b.land(isCandidate, b.less(at, place.lanes));
  b.emitIf(joins, [&] {
    b.store(score, address, kSlotBytes);
    b.store(index, b.offset(address, kLanes * kSlotBytes), kSlotBytes);
  });
  return joins;
}

void TopkRows::mergeQueues(Value first, ArrayRef<Value> lasts) {
  Entry unused{b.f32(-std::numeric_limits<double>::infinity()), b.i32(-1)};
  auto keepWhere = [&](Value condition, Entry &entry) {
    for (auto [word, none] : llvm::zip_equal(entry, unused))
      word = b.select(condition, word, none);
  };
  Value ofLane = b.mul(place.lane, kSlotBytes);
  Value byte = b.add(b.mul(first, kQueueBytes), ofLane);
  Value values = b.offset(place.queues, byte);
  Value indices = b.offset(values, kLanes * kSlotBytes);
  int64_t inLast = place.count % place.lanes;
  SmallVector<Entry> queued;
  for (auto [p, last] : llvm::enumerate(lasts)) {
    Value value = b.load(b.getF32Type(), b.offset(values, p * kQueueBytes), kSlotBytes);
    Value index =
        b.load(b.getI32Type(), b.offset(indices, p * kQueueBytes), kSlotBytes);
    queued.push_back({value, index});
    keepWhere(b.lessEqual(laneOfRow(), last), queued.back());
    if (inLast)
      keepWhere(b.less(laneOfRow(), inLast), entriesOf(p).back());
  }
  SortingNetwork(b, place.lane, place.lanes)
      .merge(entriesOf(0, lasts.size()), std::move(queued));
}
