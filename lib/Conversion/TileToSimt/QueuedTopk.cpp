//===- QueuedTopk.cpp - a streaming top-k with a queue --------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "QueuedTopk.h"

#include "fovea/Dialect/Simt/IR/Simt.h"
#include "fovea/Dialect/Tile/IR/QueuedRows.h"

#include <limits>

using namespace mlir;
using namespace fovea;
using namespace fovea::tile;
using namespace fovea::tile_to_simt;

/// Queues what is a candidate, and says of which scores it did: -inf is none.
Value QueuedTopk::enqueueCandidates(ArrayRef<Value> candidates,
                                    MutableArrayRef<Value> scores, Value first) {
  Value none = b.f32(-std::numeric_limits<double>::infinity());
  Value joining = b.i32(0); // in the row's lane
  for (auto [r, mask] : llvm::enumerate(candidates)) {
    Value row = b.i32(r);
    Value last = b.shuffleFrom(this->last(), row);
    Value joins = enqueue(row, last, mask, scores[r], first);
    scores[r] = b.select(joins, none, scores[r]);
    joining = b.select(b.equal(place.lane, r), mask, joining);
  }
  Value all = b.add(last(), b.countBits(joining));
  last() = b.min(all, place.of.slots - 1);
  return b.notEqual(b.ballot(b.atLeast(all, b.i32(place.of.slots))), 0);
}

/// Queues what is a candidate of the scores, as far as there is room, and takes it out
/// of them. Says whether there was too little.
Value QueuedTopk::tryAll(const Offer &offer, MutableArrayRef<Value> scores) {
  // The votes of all rows come before what any row does with its own.
  SmallVector<Value> candidates;
  Value some = b.i32(0);
  for (auto [r, score] : llvm::enumerate(scores)) {
    candidates.push_back(findCandidates(r, score, inRange(offer)));
    some = b.lor(some, candidates.back());
  }
  auto results = [&](Value isFull) {
    SmallVector<Value> results(scores);
    results.push_back(last());
    results.push_back(isFull);
    return results;
  };
  SmallVector<Value> asIs = results(b.boolean(false));
  auto enqueued = [&] {
    return results(enqueueCandidates(candidates, scores, offer.first));
  };
  SmallVector<Value> chosen = b.emitIf(b.notEqual(some, 0), ValueRange(asIs).getTypes(),
                                       enqueued, [&] { return asIs; });
  Value isFull = chosen.pop_back_val();
  last() = chosen.pop_back_val();
  llvm::copy(chosen, scores.begin());
  return isFull;
}

void QueuedTopk::takeIn(const Offer &offer) {
  auto withWords = [&](ArrayRef<Value> scores) {
    SmallVector<Value> carried = words();
    llvm::append_range(carried, scores);
    return carried;
  };
  auto attempt = [&](SmallVector<Value> &carried) {
    SmallVector<Value> scores = llvm::to_vector(takeWords(carried));
    Value isFull = tryAll(offer, scores);
    carried = withWords(scores);
    return isFull;
  };
  auto makeRoom = [&](SmallVector<Value> &carried) {
    SmallVector<Value> scores = llvm::to_vector(takeWords(carried));
    flush();
    carried = withWords(scores);
  };
  SmallVector<Value> inits = withWords(offer.scores);
  takeWords(b.emitWhile(inits, attempt, makeRoom));
}

void QueuedTopk::flush() {
  simt::SyncWarpOp::create(b); // a queue's entries are from other lanes
  forEachPack([&](Value number) {
    Value first = b.mul(number, place.of.rowsPerPack());
    Value row = b.add(first, b.div(place.lane, place.of.lanes));
    mergeQueue(number, b.shuffleFrom(last(), row));
  });
  simt::SyncWarpOp::create(b); // and so are the next ones
  last() = b.i32(-1);
}
