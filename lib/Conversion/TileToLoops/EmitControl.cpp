//===- EmitControl.cpp - loops and branches over tiles --------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Tiles that a loop carries or a branch yields stay in scratch, where they are
// updated in place; only scalars remain SSA results.
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_loops {

static SmallVector<Value> scalarsOnly(ValueRange values) {
  return llvm::to_vector(
      llvm::make_filter_range(values, [](Value value) { return !isTile(value); }));
}

void KernelEmitter::emitBranch(Region &from, Region &to) {
  if (from.empty())
    return;
  Block &source = from.front();
  Operation *terminator = source.getTerminator();
  OpBuilder::InsertionGuard guard(b);
  if (to.front().mightHaveTerminator())
    to.front().getTerminator()->erase();
  b.setInsertionPointToEnd(&to.front());
  emitBlock(source);
  copyAll(yieldTransfers(terminator));
  SmallVector<Value> yielded;
  for (Value value : scalarsOnly(terminator->getOperands()))
    yielded.push_back(scalars.lookup(value));
  scf::YieldOp::create(b, yielded);
}

void KernelEmitter::emitIf(scf::IfOp op) {
  SmallVector<Value> results = scalarsOnly(op.getResults());
  auto made =
      scf::IfOp::create(b, ValueRange(results).getTypes(), scalar(op.getCondition()),
                        /*withElseRegion=*/!op.getElseRegion().empty());
  emitBranch(op.getThenRegion(), made.getThenRegion());
  emitBranch(op.getElseRegion(), made.getElseRegion());
  scalars.map(results, made.getResults());
}

void KernelEmitter::emitFor(scf::ForOp op) {
  copyAll(initTransfers(op));
  SmallVector<Value> inits;
  for (Value init : scalarsOnly(op.getInits()))
    inits.push_back(scalar(init));
  auto made =
      scf::ForOp::create(b, scalar(op.getLowerBound()), scalar(op.getUpperBound()),
                         scalar(op.getStep()), inits);
  scalars.map(op.getInductionVar(), made.getInductionVar());
  SmallVector<Value> carried = scalarsOnly(ValueRange(op.getRegionIterArgs()));
  scalars.map(carried, made.getRegionIterArgs());
  emitBranch(op.getRegion(), made.getRegion());
  scalars.map(scalarsOnly(op.getResults()), made.getResults());
}

/// Binary search for the run of rows that owns the tile: run j starts at tile number
/// e(j) / step + j. The offsets at both ends are carried along, so that none is read
/// twice.
void KernelEmitter::emitLocate(LocateOp op) {
  Value cu = scalar(op.getCu()), tile = scalar(op.getTile());
  Value tokens = scalar(op.getTokens()), step = index(op.getStep());
  Value zero = index(0), one = index(1), two = index(2);
  auto add = [&](Value x, Value y) -> Value { return arith::AddIOp::create(b, x, y); };
  auto sub = [&](Value x, Value y) -> Value { return arith::SubIOp::create(b, x, y); };
  auto select = [&](Value condition, Value x, Value y) -> Value {
    return arith::SelectOp::create(b, condition, x, y);
  };
  auto less = [&](Value x, Value y) -> Value {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, x, y);
  };
  auto firstTile = [&](Value run, Value start) {
    return add(arith::DivUIOp::create(b, start, step), run);
  };
  auto clampedOffset = [&](Value at) -> Value {
    Value offset = arith::IndexCastOp::create(
        b, b.getIndexType(), memref::LoadOp::create(b, cu, at).getResult());
    Value low = arith::MaxSIOp::create(b, offset, zero);
    return arith::MinSIOp::create(b, low, tokens);
  };
  Value offsets = memref::DimOp::create(b, cu, zero);
  SmallVector<Value> inits{zero, zero, add(offsets, one), tokens};
  auto search = scf::WhileOp::create(
      b, ValueRange(inits).getTypes(), inits,
      [&](OpBuilder &, Location, ValueRange state) {
        scf::ConditionOp::create(b, less(add(state[0], one), state[2]), state);
      },
      [&](OpBuilder &, Location, ValueRange state) {
        Value middle = arith::DivUIOp::create(b, add(state[0], state[2]), two);
        Value start = clampedOffset(sub(middle, one));
        Value isLater = less(tile, firstTile(middle, start));
        scf::YieldOp::create(b, ValueRange{select(isLater, state[0], middle),
                                           select(isLater, state[1], start),
                                           select(isLater, middle, state[2]),
                                           select(isLater, start, state[3])});
      });
  Value run = search.getResult(0), base = search.getResult(1);
  Value length = arith::MaxSIOp::create(b, sub(search.getResult(3), base), zero);
  Value isBelow = less(run, offsets);
  Value isSequence = arith::AndIOp::create(b, less(zero, run), isBelow);
  Value past = sub(tile, firstTile(run, base));
  scalars.map(op.getSequence(), sub(run, one));
  scalars.map(op.getBase(), base);
  scalars.map(op.getLength(), length);
  scalars.map(op.getFirst(), arith::MulIOp::create(b, past, step).getResult());
  scalars.map(op.getKeys(), select(isSequence, length, zero));
}

} // namespace fovea::tile_to_loops
