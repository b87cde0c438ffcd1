//===- EmitVisits.cpp - loops over key blocks -----------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A range of key blocks is a counted loop. A union of lists is a loop that looks,
// before each visit, for the smallest listed block past the last one: it needs no
// scratch, sorts nothing, and visits a block once however often it is listed.
//
//===----------------------------------------------------------------------===//

#include "Emitters.h"
#include "fovea/Support/ControlFlow.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/TypeSwitch.h"

#include <limits>

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_loops {

//===----------------------------------------------------------------------===//
// Lists
//===----------------------------------------------------------------------===//

/// The smallest key block in (last, end) that some entry e stands for, as index; at
/// least `end` when there is none. Entries are compared with ceil(end / split) before
/// they are multiplied: anything may stand in a list.
static Value emitNextVisit(const Emission &emission, VisitListsOp visits,
                           const Storage &lists, Value last) {
  LoopBuilder &b = emission.b;
  int64_t width = emission.frame.target.widthFor(lists.inner()),
          split = visits.getSplit();
  auto type = VectorType::get(width, b.getI32Type());
  Value end = b.toI32(emission.scalar(visits.getEnd()));
  Value entryEnd = arith::CeilDivSIOp::create(b, end, b.constantLike(end, split));
  Value first = b.splat(b.toI32(b.add(last, 1)), width);
  Value wideEnd = b.splat(end, width), wideEntryEnd = b.splat(entryEnd, width);
  Value none = b.constantLike(first, std::numeric_limits<int32_t>::max());
  Value splits = b.constantLike(first, split), zero = b.constantLike(first, 0);
  auto smaller = [&](Value row, Value column, Value best) -> Value {
    Value entry =
        vector::LoadOp::create(b, type, lists.memref, ValueRange{row, column});
    Value isBelow = b.less(entry, wideEntryEnd);
    Value valid = b.both(b.atLeast(entry, zero), isBelow);
    Value begin = b.mul(entry, splits);
    Value past = b.add(begin, splits);
    Value next = b.max(begin, first);
    valid = b.both(valid, b.less(next, past));
    valid = b.both(valid, b.less(next, wideEnd));
    return b.min(best, b.select(valid, next, none));
  };
  Values best =
      b.emitLoop(b.index(lists.outer()), 1, none, [&](Value row, ValueRange rowBest) {
        return b.emitLoop(b.index(lists.inner()), width, rowBest,
                          [&](Value column, ValueRange columnBest) {
                            return Values{smaller(row, column, columnBest[0])};
                          });
      });
  Value next = vector::ReductionOp::create(b, vector::CombiningKind::MINSI, best[0]);
  return b.toIndex(next);
}

/// mask[r]: some entry of row r stands for `block`.
static void emitTokenMask(const Emission &emission, VisitListsOp visits,
                          const Storage &lists, Value block, const Storage &mask) {
  LoopBuilder &b = emission.b;
  int64_t width = emission.frame.target.widthFor(lists.inner());
  auto type = VectorType::get(width, b.getI32Type());
  Value wanted = b.splat(b.toI32(b.div(block, visits.getSplit())), width);
  Value nothing = arith::ConstantOp::create(
      b, DenseElementsAttr::get(VectorType::get(width, b.getI1Type()), false));
  b.loop(lists.outer(), 1, [&](Value row) {
    Values hits = b.emitLoop(
        b.index(lists.inner()), width, nothing, [&](Value column, ValueRange found) {
          Value entries =
              vector::LoadOp::create(b, type, lists.memref, ValueRange{row, column});
          return Values{b.either(found[0], b.equal(entries, wanted))};
        });
    Value listed = vector::ReductionOp::create(b, vector::CombiningKind::OR, hits[0]);
    memref::StoreOp::create(b, toScratch(b, listed), mask.memref, row);
  });
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

namespace {
/// The loop over one operation's visits.
class VisitEmitter : Emission {
public:
  VisitEmitter(const Emission &emission, ForVisitsOp op, BlockEmitter emitBlock)
      : Emission(emission), op(op), emitBlock(emitBlock) {}

  LogicalResult emitRange(VisitRangeOp range);
  LogicalResult emitLists(VisitListsOp visits);

private:
  FailureOr<Values> emitVisit(Value block, Value fullBegin, Value fullEnd,
                              ValueRange carried);

  ForVisitsOp op;
  BlockEmitter emitBlock;
};
} // namespace

/// The body of a visit; gives the scalars that it yields.
FailureOr<Values> VisitEmitter::emitVisit(Value block, Value fullBegin, Value fullEnd,
                                          ValueRange carried) {
  Value isBefore = b.less(block, fullBegin), isBehind = b.atLeast(block, fullEnd);
  scalars.map(op.getBlockNumber(), block);
  scalars.map(op.getNeedsMask(), b.either(isBefore, isBehind));
  scalars.map(scalarsOnly(ValueRange(op.getCarried())), carried);
  return emitBody(*this, op.getBody().front(), emitBlock);
}

LogicalResult VisitEmitter::emitRange(VisitRangeOp range) {
  auto made = scf::ForOp::create(b, scalar(range.getBegin()), scalar(range.getEnd()),
                                 b.index(1), lookupScalars(*this, op.getInits()));
  auto emitOne = [&] {
    return emitVisit(made.getInductionVar(), scalar(range.getFullBegin()),
                     scalar(range.getFullEnd()), made.getRegionIterArgs());
  };
  if (failed(fillBody(b, *made.getBody(), emitOne)))
    return failure();
  scalars.map(scalarsOnly(op.getResults()), made.getResults());
  return success();
}

LogicalResult VisitEmitter::emitLists(VisitListsOp visits) {
  Storage lists = tiles.inMemory(visits.getLists(), Layout::Natural);
  Value end = scalar(visits.getEnd());
  SmallVector<Value> inits{b.sub(scalar(visits.getBegin()), b.index(1))};
  llvm::append_range(inits, lookupScalars(*this, op.getInits()));
  LogicalResult result = success();
  auto made = scf::WhileOp::create(
      b, ValueRange(inits).getTypes(), inits,
      [&](OpBuilder &, Location, ValueRange state) {
        SmallVector<Value> next(state);
        next[0] = emitNextVisit(*this, visits, lists, state[0]);
        scf::ConditionOp::create(b, b.less(next[0], end), next);
      },
      [&](OpBuilder &, Location, ValueRange state) {
        Value tokens = op.getTokenMask();
        if (!tokens.use_empty())
          emitTokenMask(*this, visits, lists, state[0], scratch.storageOf(tokens));
        FailureOr<Values> yielded =
            emitVisit(state[0], scalar(visits.getFullBegin()),
                      scalar(visits.getFullEnd()), state.drop_front());
        if (failed(yielded)) {
          result = failure();
          return;
        }
        yielded->insert(yielded->begin(), state[0]);
        scf::YieldOp::create(b, *yielded);
      });
  if (failed(result))
    return failure();
  scalars.map(scalarsOnly(op.getResults()), made.getResults().drop_front());
  return success();
}

LogicalResult emitForVisits(const Emission &emission, ForVisitsOp op,
                            BlockEmitter emitBlock) {
  emission.tiles.copyAll(initTransfers(op));
  VisitEmitter emitter(emission, op, emitBlock);
  return TypeSwitch<Operation *, LogicalResult>(op.getProducer())
      .Case([&](VisitRangeOp range) { return emitter.emitRange(range); })
      .Case([&](VisitListsOp visits) { return emitter.emitLists(visits); })
      .Default([&](Operation *producer) {
        return op.emitOpError()
               << "expected visits of a range or of lists, got those of "
               << producer->getName();
      });
}

} // namespace fovea::tile_to_loops
