//===- EmitTopk.cpp - a streaming top-k -----------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A token's row belongs to one warp: lane l holds scores l, l + 32, ..., and entries
// likewise, best first. New scores are inserted one by one, or go through a queue
// (QueuedTopk.h): the encoding of the entries says which.
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

//===----------------------------------------------------------------------===//
// One by one: a score's place is the number of entries that are at least as good, and
// making room for it is a shuffle for each 32 of them.
//===----------------------------------------------------------------------===//

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
  Type i32 = b.getI32Type();
  size_t registers = best.values.size();
  SmallVector<Value> inits(best.values);
  inits.append(best.indices);
  inits.push_back(candidates);
  SmallVector<Type> types = llvm::to_vector(ValueRange(inits).getTypes());
  SmallVector<Location> locs(types.size(), b.getLoc());
  auto split = [&](ValueRange values) {
    return Best{llvm::to_vector(values.take_front(registers)),
                llvm::to_vector(values.slice(registers, registers))};
  };
  auto loop = scf::WhileOp::create(b, types, inits);
  OpBuilder::InsertionGuard guard(b);
  Block *before = b.createBlock(&loop.getBefore(), {}, types, locs);
  scf::ConditionOp::create(b, b.notEqual(before->getArguments().back(), 0),
                           before->getArguments());
  Block *after = b.createBlock(&loop.getAfter(), {}, types, locs);
  Value mask = after->getArguments().back();
  Value from =
      LLVM::CountTrailingZerosOp::create(b, i32, mask, /*is_zero_poison=*/true);
  Value value = b.shuffleFrom(score, from);
  Value index = b.add(firstIndex, from);
  Best next = insertBest(b, split(after->getArguments()), value, index, lane, count);
  SmallVector<Value> yielded(next.values);
  yielded.append(next.indices);
  yielded.push_back(b.land(mask, b.add(mask, -1)));
  scf::YieldOp::create(b, yielded);
  return split(loop.getResults());
}

/// Takes the offers in, those of one register after the other.
static void insertOffers(ThreadBuilder &b, MutableArrayRef<Best> rows,
                         ArrayRef<Offer> offers, Value lane, int64_t count) {
  for (const Offer &offer : offers) {
    // Which scores have a place is found for all rows before any takes one: the rows'
    // shuffles and votes do not wait for one another's loops.
    SmallVector<Value> candidates;
    for (auto [best, score] : llvm::zip_equal(rows, offer.scores))
      candidates.push_back(
          findCandidates(b, best.values.back(), count, score, offer.inRange));
    for (auto [r, best] : llvm::enumerate(rows))
      best = offerScores(b, best, offer.scores[r], candidates[r], offer.first, lane,
                         count);
  }
}

//===----------------------------------------------------------------------===//
// The operations
//===----------------------------------------------------------------------===//

static LogicalResult verifyCount(Operation *op, int64_t count) {
  if (count <= kMostTopk)
    return success();
  return op->emitOpError() << "expected a top-k of at most " << kMostTopk
                           << " in a GPU kernel, got " << count;
}

/// A top-k whose entries have queues, of this warp.
QueuedTopk KernelEmitter::queuedTopk(Value values, Value indices) {
  RankedTensorType type = tileType(indices);
  auto encoding = encodingOf<QueuedAttr>(indices);
  int64_t rows = rowsPerWarp(type.getDimSize(0), encoding.getWarps());
  Value ofWarp = b.mul(warp, rows * kQueueBytes);
  Value address = b.offset(shared(queues.lookup(encoding.getQueue())), ofWarp);
  return QueuedTopk(b, {lane, address, rows, type.getDimSize(1)}, lookup(values),
                    lookup(indices));
}

LogicalResult KernelEmitter::emitTopkUpdate(TopkUpdateOp op) {
  int64_t count = tileType(op.getValues()).getDimSize(1);
  if (failed(verifyCount(op, count)))
    return failure();
  int64_t columns = tileType(op.getScores()).getDimSize(1);
  Value scores = lookup(op.getScores()), base = b.toI32(lookup(op.getBase()));
  int64_t perRow = lanesPerRow(columns), rows = ThreadBuilder::sizeOf(scores) / perRow;
  SmallVector<Offer> offers(perRow);
  for (auto [k, offer] : llvm::enumerate(offers)) {
    for (int64_t r = 0; r < rows; ++r)
      offer.scores.push_back(b.extract(scores, r * perRow + k));
    offer.inRange = b.less(b.add(lane, kLanes * k), columns);
    offer.first = b.add(base, kLanes * k);
  }
  if (encodingOf<QueuedAttr>(op.getIndices())) {
    QueuedTopk topk = queuedTopk(op.getValues(), op.getIndices());
    for (const Offer &offer : offers)
      topk.takeIn(offer);
    bind(op.getNewValues(), topk.getValues());
    bind(op.getNewIndices(), topk.getIndices());
    return success();
  }
  Value values = lookup(op.getValues()), indices = lookup(op.getIndices());
  int64_t entries = lanesPerRow(count);
  SmallVector<Best> rowsBest(rows);
  for (auto [r, best] : llvm::enumerate(rowsBest))
    for (int64_t k = 0; k < entries; ++k) {
      best.values.push_back(b.extract(values, r * entries + k));
      best.indices.push_back(b.extract(indices, r * entries + k));
    }
  insertOffers(b, rowsBest, offers, lane, count);
  SmallVector<Value> newValues, newIndices;
  for (const Best &best : rowsBest) {
    newValues.append(best.values);
    newIndices.append(best.indices);
  }
  bind(op.getNewValues(), b.fromElements(newValues));
  bind(op.getNewIndices(), b.fromElements(newIndices));
  return success();
}

/// As unsigned numbers an index of -1 goes last, where entries past the last one are
/// too.
LogicalResult KernelEmitter::emitTopkIndices(TopkIndicesOp op) {
  int64_t count = tileType(op.getIndices()).getDimSize(1), entries = lanesPerRow(count);
  if (failed(verifyCount(op, count)))
    return failure();
  Value indices = lookup(op.getIndices()), none = b.i32(-1);
  if (encodingOf<QueuedAttr>(op.getIndices())) {
    QueuedTopk topk = queuedTopk(op.getValues(), op.getIndices());
    topk.flush();
    indices = topk.getIndices();
  }
  SmallVector<Value> sorted;
  int64_t rows = ThreadBuilder::sizeOf(lookup(op.getValues())) / entries;
  for (int64_t r = 0; r < rows; ++r) {
    SmallVector<Entry> registers(llvm::PowerOf2Ceil(entries), Entry{none});
    for (int64_t k = 0; k < entries; ++k) {
      Value index = b.extract(indices, r * entries + k);
      registers[k] = {b.select(b.less(b.add(lane, kLanes * k), count), index, none)};
    }
    SortingNetwork(b, lane).sort(registers);
    for (const Entry &entry : ArrayRef(registers).take_front(entries))
      sorted.push_back(entry.front());
  }
  bind(op.getSorted(), b.fromElements(sorted));
  return success();
}

} // namespace fovea::tile_to_simt
