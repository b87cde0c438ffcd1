//===- QueuedTopk.cpp - a streaming top-k with a queue --------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "QueuedTopk.h"

#include "fovea/Dialect/Simt/IR/Simt.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include <limits>

using namespace mlir;
using namespace fovea;
using namespace fovea::tile;
using namespace fovea::tile_to_simt;

static constexpr int64_t kWordBytes = 4;

Value fovea::tile_to_simt::findCandidates(ThreadBuilder &b, Value lastEntries,
                                          int64_t count, Value score, Value inRange) {
  Value worst = b.shuffleFrom(lastEntries, (count - 1) % kLanes);
  Value above = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, score, worst);
  return b.ballot(b.land(above, inRange));
}

QueuedTopk::QueuedTopk(ThreadBuilder &b, const QueuePlace &place, Value values,
                       Value indices)
    : b(b), place(place) {
  int64_t registers = ThreadBuilder::sizeOf(values);
  for (int64_t e = 0; e < registers; ++e) {
    Value value = b.extract(values, e);
    entries.push_back({value, b.extract(indices, e)});
  }
  last = b.extract(indices, registers);
}

Value QueuedTopk::getValues() {
  return b.fromElements(
      llvm::map_to_vector(entries, [](const Entry &entry) { return entry.front(); }));
}

Value QueuedTopk::getIndices() {
  auto indices =
      llvm::map_to_vector(entries, [](const Entry &entry) { return entry.back(); });
  indices.push_back(last);
  return b.fromElements(indices);
}

MutableArrayRef<Entry> QueuedTopk::entriesOf(int64_t row) {
  int64_t perRow = lanesPerRow(place.count);
  return MutableArrayRef(entries).slice(row * perRow, perRow);
}

/// What a branch or a loop gives of a top-k.
SmallVector<Value> QueuedTopk::words() const {
  SmallVector<Value> words;
  for (const Entry &entry : entries)
    llvm::append_range(words, entry);
  words.push_back(last);
  return words;
}

/// Takes them over; gives what is left of `words`.
ValueRange QueuedTopk::takeWords(ValueRange words) {
  for (Entry &entry : entries) {
    entry = llvm::to_vector<2>(words.take_front(entry.size()));
    words = words.drop_front(entry.size());
  }
  last = words.front();
  return words.drop_front();
}

/// What `findCandidates` says of each row.
SmallVector<Value> QueuedTopk::candidatesOf(const Offer &offer) {
  SmallVector<Value> candidates;
  for (auto [r, score] : llvm::enumerate(offer.scores)) {
    Value lastEntries = entriesOf(r).back().front();
    candidates.push_back(
        findCandidates(b, lastEntries, place.count, score, offer.inRange));
  }
  return candidates;
}

/// The number of the last one in the queue of row `row`, i32.
Value QueuedTopk::lastOf(Value row) {
  return place.rows == 1 ? last : b.shuffleFrom(last, row);
}

/// What `last` is when the candidates have joined the queues.
Value QueuedTopk::numbersAfter(ArrayRef<Value> candidates) {
  if (place.rows == 1)
    return b.add(last, b.countBits(candidates.front()));
  Value joining = b.i32(0);
  for (auto [r, mask] : llvm::enumerate(candidates)) {
    Value isOfRow = b.equal(place.lane, r);
    joining = b.select(isOfRow, b.countBits(mask), joining);
  }
  return b.add(last, joining);
}

/// A candidate's place is behind what is queued and the candidates in lower lanes.
void QueuedTopk::enqueue(int64_t row, Value candidates, Value score, Value first) {
  Value bit = b.shl(b.i32(1), place.lane);
  Value before = b.countBits(b.land(candidates, b.add(bit, -1)));
  Value number = b.add(lastOf(b.i32(row)), before);
  Value previous = b.offset(place.address, b.mul(number, kWordBytes));
  Value address = b.offset(previous, row * kQueueBytes + kWordBytes);
  Value index = b.add(first, place.lane);
  b.emitIf(b.notEqual(b.land(candidates, bit), 0), [&] {
    b.store(score, address, kWordBytes);
    b.store(index, b.offset(address, kLanes * kWordBytes), kWordBytes);
  });
}

/// Empties the queues where the candidates of some row have no room, and finds them
/// again. Gives what `last` is behind them.
Value QueuedTopk::makeRoom(SmallVector<Value> &candidates, const Offer &offer) {
  auto results = [&] {
    SmallVector<Value> results = words();
    llvm::append_range(results, candidates);
    results.push_back(numbersAfter(candidates));
    return results;
  };
  SmallVector<Value> asIs = results();
  Value isFull = b.atLeast(asIs.back(), b.i32(kLanes));
  if (place.rows > 1) // in the row's lane
    isFull = b.notEqual(b.ballot(isFull), 0);
  auto emptied = [&] {
    flush();
    candidates = candidatesOf(offer);
    return results();
  };
  SmallVector<Value> chosen =
      b.emitIf(isFull, ValueRange(asIs).getTypes(), emptied, [&] { return asIs; });
  ValueRange others = takeWords(chosen);
  candidates = llvm::to_vector(others.drop_back());
  return others.back();
}

void QueuedTopk::takeIn(const Offer &offer) {
  // The votes of all rows come before what any row does with its own.
  SmallVector<Value> candidates = candidatesOf(offer);
  Value some = candidates.front();
  for (Value mask : ArrayRef(candidates).drop_front())
    some = b.lor(some, mask);
  SmallVector<Value> asIs = words();
  auto joined = [&] {
    Value next = makeRoom(candidates, offer);
    for (auto [r, score] : llvm::enumerate(offer.scores)) {
      auto enqueueRow = [&, r = r, score = score] {
        enqueue(r, candidates[r], score, offer.first);
      };
      // Of several rows most have none.
      if (place.rows == 1)
        enqueueRow();
      else
        b.emitIf(b.notEqual(candidates[r], 0), enqueueRow);
    }
    last = next;
    return words();
  };
  takeWords(b.emitIf(b.notEqual(some, 0), ValueRange(asIs).getTypes(), joined,
                     [&] { return asIs; }));
}

/// Merges the queue of the row of that number, i32. Neither lanes past its last entry
/// nor those past a row's last one count, whatever they hold.
void QueuedTopk::flushRow(MutableArrayRef<Entry> row, Value number) {
  Entry unused{b.f32(-std::numeric_limits<double>::infinity()), b.i32(-1)};
  auto keepWhere = [&](Value condition, Entry &entry) {
    for (auto [word, none] : llvm::zip_equal(entry, unused))
      word = b.select(condition, word, none);
  };
  Value ofLane = b.mul(place.lane, kWordBytes);
  Value byte = b.add(b.mul(number, kQueueBytes), ofLane);
  Value address = b.offset(place.address, byte);
  Value value = b.load(b.getF32Type(), address, kWordBytes);
  Value index =
      b.load(b.getI32Type(), b.offset(address, kLanes * kWordBytes), kWordBytes);
  Entry queued{value, index};
  keepWhere(b.lessEqual(place.lane, lastOf(number)), queued);
  if (place.count % kLanes != 0)
    keepWhere(b.less(place.lane, place.count % kLanes), row.back());
  SortingNetwork(b, place.lane).merge(row, queued);
}

/// Several rows take turns at being the first one, and the network is there once.
void QueuedTopk::flush() {
  simt::SyncWarpOp::create(b); // a queue's entries are from other lanes
  if (place.rows == 1) {
    flushRow(entriesOf(0), b.i32(0));
  } else {
    auto flushFirst = [&](Value number, ValueRange carried) {
      takeWords(carried);
      flushRow(entriesOf(0), number);
      std::rotate(entries.begin(), entries.begin() + entriesOf(0).size(),
                  entries.end());
      return words();
    };
    Value rows = b.i32(place.rows);
    takeWords(b.emitLoop(rows, 1, words(), flushFirst));
  }
  simt::SyncWarpOp::create(b); // and so are the next ones
  last = b.i32(-1);
}
