//===- QueuedTopk.cpp - a streaming top-k with a queue --------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "QueuedTopk.h"

#include "fovea/Dialect/Simt/IR/Simt.h"
#include "fovea/Dialect/Tile/IR/Placement.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::tile;
using namespace fovea::tile_to_simt;

/// What `findCandidates` says of each row.
SmallVector<Value> QueuedTopk::candidatesOf(const Offer &offer) {
  SmallVector<Value> candidates;
  for (auto [r, score] : llvm::enumerate(offer.scores)) {
    Value lastEntries = entriesOf(r).back().front();
    candidates.push_back(
        findCandidates(b, lastEntries, place.count, score, inRange(offer)));
  }
  return candidates;
}

/// The number of the last one in the queue of row `row`, i32.
Value QueuedTopk::lastOf(Value row) {
  return place.rows == 1 ? last() : b.shuffleFrom(last(), row);
}

/// What `last` is when the candidates have joined the queues.
Value QueuedTopk::numbersAfter(ArrayRef<Value> candidates) {
  if (place.rows == 1)
    return b.add(last(), b.countBits(candidates.front()));
  Value joining = b.i32(0);
  for (auto [r, mask] : llvm::enumerate(candidates)) {
    Value isOfRow = b.equal(place.lane, r);
    joining = b.select(isOfRow, b.countBits(mask), joining);
  }
  return b.add(last(), joining);
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
  changeIf(b.notEqual(some, 0), [&] {
    Value next = makeRoom(candidates, offer);
    for (auto [r, score] : llvm::enumerate(offer.scores)) {
      auto enqueueRow = [&, r = r, score = score] {
        Value number = b.i32(r);
        enqueue(number, lastOf(number), candidates[r], score, offer.first);
      };
      // Of several rows most have none.
      if (place.rows == 1)
        enqueueRow();
      else
        b.emitIf(b.notEqual(candidates[r], 0), enqueueRow);
    }
    last() = next;
  });
}

void QueuedTopk::flush() {
  simt::SyncWarpOp::create(b); // a queue's entries are from other lanes
  forEachRow([&](Value number) { mergeQueue(number, lastOf(number)); });
  simt::SyncWarpOp::create(b); // and so are the next ones
  last() = b.i32(-1);
}
