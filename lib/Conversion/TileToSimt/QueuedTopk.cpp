//===- QueuedTopk.cpp - a streaming top-k with a queue --------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "QueuedTopk.h"

#include "fovea/Dialect/Simt/IR/Simt.h"
#include "fovea/Dialect/Tile/IR/Placement.h"

#include <limits>

using namespace mlir;
using namespace fovea;
using namespace fovea::tile;
using namespace fovea::tile_to_simt;

/// Packs that are merged at the same time.
static constexpr int64_t kMostAtOnce = 8;

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
  last() = b.min(all, place.lanes - 1);
  return b.notEqual(b.ballot(b.atLeast(all, b.i32(place.lanes))), 0);
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

/// The number of the last one in the queue of the lane's row of pack `pack`, i32.
Value QueuedTopk::lastOf(Value pack) {
  Value row = b.mul(pack, rowsPerPack(place.lanes));
  if (place.lanes < kLanes)
    row = b.add(row, b.div(place.lane, place.lanes));
  return b.shuffleFrom(last(), row);
}

void QueuedTopk::flush() {
  // Packs wait for their shuffles together, as far as there are registers for it.
  int64_t atOnce = lanesPerRow(place.count) > 1 ? 1 : kMostAtOnce;
  while (packs() % atOnce != 0)
    --atOnce;
  simt::SyncWarpOp::create(b); // a queue's entries are from other lanes
  forEachPack(atOnce, [&](Value first) {
    SmallVector<Value> lasts;
    for (int64_t p = 0; p < atOnce; ++p)
      lasts.push_back(lastOf(b.add(first, p)));
    mergeQueues(first, lasts);
  });
  simt::SyncWarpOp::create(b); // and so are the next ones
  last() = b.i32(-1);
}
