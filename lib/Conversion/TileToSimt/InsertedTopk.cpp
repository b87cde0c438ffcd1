//===- InsertedTopk.cpp - a streaming top-k, one by one -------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "InsertedTopk.h"

#include "fovea/Dialect/Tile/IR/Placement.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace fovea::tile;
using namespace fovea::tile_to_simt;

namespace {
/// The entries of a top-k: lane l has entry l + 32 k in register k.
struct Best {
  SmallVector<Value> values, indices;
};
} // namespace

/// Each entry of `registers` from the one before it; what entry 0 gets is unspecified.
static SmallVector<Value> moveUp(ThreadBuilder &b, ArrayRef<Value> registers,
                                 Value lane) {
  SmallVector<Value> moved;
  for (auto [k, value] : llvm::enumerate(registers)) {
    Value from = b.shuffleUp(value);
    if (k > 0) {
      Value carried = b.shuffleFrom(registers[k - 1], kLanes - 1);
      from = b.select(b.equal(lane, 0), carried, from);
    }
    moved.push_back(from);
  }
  return moved;
}

/// Inserts `value` with `index`, the same in all lanes, in front of what is worse.
static Best insertBest(ThreadBuilder &b, const Best &best, Value value, Value index,
                       Value lane, int64_t count) {
  auto entryOf = [&](int64_t k) { return b.add(lane, kLanes * k); };
  Value place;
  for (auto [k, old] : llvm::enumerate(best.values)) {
    Value stays = arith::CmpFOp::create(b, arith::CmpFPredicate::OGE, old, value);
    Value number = b.countBits(b.ballot(b.land(stays, b.less(entryOf(k), count))));
    place = place ? b.add(place, number) : number;
  }
  SmallVector<Value> movedValues = moveUp(b, best.values, lane);
  SmallVector<Value> movedIndices = moveUp(b, best.indices, lane);
  Best next;
  for (size_t k = 0; k < best.values.size(); ++k) {
    Value before = b.less(entryOf(k), place), at = b.equal(entryOf(k), place);
    next.values.push_back(
        b.select(before, best.values[k], b.select(at, value, movedValues[k])));
    next.indices.push_back(
        b.select(before, best.indices[k], b.select(at, index, movedIndices[k])));
  }
  return next;
}

/// Offers one score per lane of `candidates`, in ascending order of lane. One that the
/// others have pushed out by its turn is inserted past the last place: it changes
/// nothing, and nothing waits for a new worst entry.
static Best offerScores(ThreadBuilder &b, const Best &best, Value score,
                        Value candidates, Value firstIndex, Value lane, int64_t count) {
  size_t registers = best.values.size();
  SmallVector<Value> inits(best.values);
  inits.append(best.indices);
  inits.push_back(candidates);
  auto split = [&](ValueRange values) {
    return Best{llvm::to_vector(values.take_front(registers)),
                llvm::to_vector(values.slice(registers, registers))};
  };
  auto isLeft = [&](SmallVector<Value> &carried) {
    return b.notEqual(carried.back(), 0);
  };
  auto insertFirst = [&](SmallVector<Value> &carried) {
    Value mask = carried.back();
    Value from = LLVM::CountTrailingZerosOp::create(b, b.getI32Type(), mask,
                                                    /*is_zero_poison=*/true);
    Value value = b.shuffleFrom(score, from);
    Value index = b.add(firstIndex, from);
    Best next = insertBest(b, split(carried), value, index, lane, count);
    carried = next.values;
    carried.append(next.indices);
    carried.push_back(b.land(mask, b.add(mask, -1)));
  };
  return split(b.emitWhile(inits, isLeft, insertFirst));
}

void InsertedTopk::takeIn(const Offer &offer) {
  // Which scores have a place is found for all rows before any takes one: the rows'
  // shuffles and votes do not wait for one another's loops.
  SmallVector<Value> candidates;
  for (auto [r, score] : llvm::enumerate(offer.scores))
    candidates.push_back(findCandidates(r, score, inRange(offer)));
  for (auto [r, score] : llvm::enumerate(offer.scores)) {
    MutableArrayRef<Entry> row = entriesOf(r);
    Best best;
    for (const Entry &entry : row) {
      best.values.push_back(entry.front());
      best.indices.push_back(entry.back());
    }
    best = offerScores(b, best, score, candidates[r], offer.first, place.lane,
                       place.count);
    for (auto [k, entry] : llvm::enumerate(row))
      entry = {best.values[k], best.indices[k]};
  }
}
