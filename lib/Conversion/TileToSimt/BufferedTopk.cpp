//===- BufferedTopk.cpp - a streaming top-k with a buffer -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "BufferedTopk.h"

#include "fovea/Dialect/Simt/IR/Simt.h"
#include "fovea/Dialect/Tile/IR/QueuedRows.h"

#include <limits>

using namespace mlir;
using namespace fovea;
using namespace fovea::tile;
using namespace fovea::tile_to_simt;

/// Steps whose scores are loaded at a time; buffers are of whole such.
static constexpr int64_t kStepsAtOnce = 4;

void BufferedTopk::takeIn(const Offer &offer) {
  Value isEmpty = b.less(last(), 0);
  Value next = b.add(b.add(first(), last()), 1);
  Value follows = b.lor(isEmpty, b.equal(offer.first, next));
  Value fits = b.less(last(), place.slots - offer.columns);
  SmallVector<Value> asIs = words();
  auto flushed = [&] {
    flush();
    return words();
  };
  takeWords(b.emitIf(
      b.land(follows, fits), ValueRange(asIs).getTypes(), [&] { return asIs; },
      flushed));
  first() = b.select(b.less(last(), 0), offer.first, first());
  Value ofNext = b.mul(b.add(last(), 1), kSlotBytes);
  for (auto [r, score] : llvm::enumerate(offer.scores)) {
    Value address = b.offset(bufferOf(b.i32(r)), ofNext);
    auto store = [&, score = score] { b.store(score, address, kSlotBytes); };
    offer.columns == kLanes ? store() : b.emitIf(inRange(offer), store);
  }
  last() = b.add(last(), offer.columns);
}

/// How many steps' scores wait.
Value BufferedTopk::steps() { return b.div(b.add(last(), kLanes), kLanes); }

/// The address of the lane's column.
Value BufferedTopk::bufferOf(Value number) {
  Value ofRow = b.mul(number, place.slots * kSlotBytes);
  return b.offset(place.buffers, b.add(ofRow, b.mul(place.lane, kSlotBytes)));
}

/// The lane's score of step `step`, -inf where none waits there.
Value BufferedTopk::loadColumn(Value buffer, Value step) {
  Value number = b.add(b.mul(step, kLanes), place.lane);
  Value address = b.offset(buffer, b.mul(step, kLanes * kSlotBytes));
  Value score = b.load(b.getF32Type(), address, kSlotBytes);
  Value none = b.f32(-std::numeric_limits<double>::infinity());
  return b.select(b.lessEqual(number, last()), score, none);
}

/// A score that `count` of the row's are not below, the same in all lanes: so many
/// columns' best are not. -inf where fewer wait.
Value BufferedTopk::findThreshold(Value buffer) {
  Value none = b.f32(-std::numeric_limits<double>::infinity());
  auto takeMaximum = [&](Value step, ValueRange carried) -> SmallVector<Value> {
    Value best = carried.front();
    for (int64_t s = 0; s < kStepsAtOnce; ++s)
      best = arith::MaxNumFOp::create(b, best, loadColumn(buffer, b.add(step, s)));
    return {best};
  };
  Value best = b.emitLoop(steps(), kStepsAtOnce, none, takeMaximum).front();
  Entry column{best, place.lane};
  SortingNetwork(b, place.lane, kLanes).sort(column);
  return b.shuffleFrom(column.front(), place.count - 1);
}

Value BufferedTopk::findCandidatesOf(Value score, Value threshold) {
  Value isGood = b.boolean(true);
  if (threshold)
    isGood = arith::CmpFOp::create(b, arith::CmpFPredicate::OGE, score, threshold);
  return findCandidates(/*row=*/0, score, isGood);
}

/// Queues the candidates of all steps, as far as there is room: the number of the last
/// one, had there been room for all.
Value BufferedTopk::enqueueAll(Value number, Value threshold) {
  Value buffer = bufferOf(number);
  auto enqueueSteps = [&](Value step, ValueRange carried) -> SmallVector<Value> {
    Value queued = carried.front();
    SmallVector<Value> scores, candidates;
    for (int64_t s = 0; s < kStepsAtOnce; ++s)
      scores.push_back(loadColumn(buffer, b.add(step, s)));
    for (Value score : scores)
      candidates.push_back(findCandidatesOf(score, threshold));
    for (auto [s, score] : llvm::enumerate(scores)) {
      Value index = b.add(first(), b.mul(b.add(step, s), kLanes));
      enqueue(number, queued, candidates[s], score, index);
      queued = b.add(queued, b.countBits(candidates[s]));
    }
    return {queued};
  };
  Value end = steps(), none = b.i32(-1);
  return b.emitLoop(end, kStepsAtOnce, none, enqueueSteps).front();
}

/// Merges what is queued, up to its entry `queued`; where that is more than a queue
/// holds, all steps again, with a merge wherever the queue is full. The turn behind the
/// last step merges what is left.
void BufferedTopk::mergeAll(Value number, Value threshold, Value queued) {
  Value buffer = bufferOf(number), end = steps();
  Value holds = b.less(queued, kLanes);
  Value begin = b.select(holds, end, b.i32(0));
  SmallVector<Value> inits = words();
  Value none = b.i32(-1);
  inits.push_back(b.select(holds, queued, none));
  auto mergeStep = [&](Value turn, ValueRange carried) {
    Value last = takeWords(carried).front();
    Value step = b.add(turn, begin);
    Value isEnd = b.equal(step, end);
    Value score = loadColumn(buffer, b.min(step, b.add(end, -1)));
    Value noMask = b.i32(0);
    auto findAll = [&] {
      return b.select(isEnd, noMask, findCandidatesOf(score, threshold));
    };
    Value candidates = findAll();
    Value next = b.add(last, b.countBits(candidates));
    Value isFull = b.atLeast(next, b.i32(kLanes));
    auto withWords = [&](Value candidates, Value last) {
      SmallVector<Value> results = words();
      results.push_back(candidates);
      results.push_back(last);
      return results;
    };
    SmallVector<Value> asIs = withWords(candidates, last);
    auto merged = [&] {
      simt::SyncWarpOp::create(b); // a queue's entries are from other lanes
      mergeQueue(number, last);
      simt::SyncWarpOp::create(b); // and so are the next ones
      return withWords(findAll(), none);
    };
    SmallVector<Value> chosen =
        b.emitIf(b.lor(isEnd, isFull), ValueRange(asIs).getTypes(), merged,
                 [&] { return asIs; });
    ValueRange others = takeWords(chosen);
    Value index = b.add(first(), b.mul(step, kLanes));
    enqueue(number, others.back(), others.front(), score, index);
    SmallVector<Value> results = words();
    results.push_back(b.add(others.back(), b.countBits(others.front())));
    return results;
  };
  Value turns = b.sub(b.add(end, 1), begin);
  takeWords(b.emitLoop(turns, 1, inits, mergeStep));
}

/// Where there are more entries than columns, no threshold keeps the candidates few.
void BufferedTopk::flushRow(Value number) {
  if (place.count > kLanes)
    return mergeAll(number, /*threshold=*/{}, b.i32(kLanes));
  Value threshold = findThreshold(bufferOf(number));
  mergeAll(number, threshold, enqueueAll(number, threshold));
}

void BufferedTopk::flush() {
  changeIf(b.atLeast(last(), b.i32(0)), [&] {
    simt::SyncWarpOp::create(b); // where a step has fewer scores than lanes, they shift
    forEachPack([&](Value number) { flushRow(number); }); // a row is a pack
    last() = b.i32(-1);
  });
}
