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

/// Binary search: sequence b's first tile number `cu[b] / step + b` increases with b.
void KernelEmitter::emitLocate(LocateOp op) {
  Value cu = scalar(op.getCu()), tile = scalar(op.getTile());
  Value step = index(op.getStep()), one = index(1), two = index(2);
  auto boundary = [&](Value at) -> Value {
    return arith::IndexCastOp::create(b, b.getIndexType(),
                                      memref::LoadOp::create(b, cu, at));
  };
  auto firstTile = [&](Value sequence) -> Value {
    Value whole = arith::DivUIOp::create(b, boundary(sequence), step);
    return arith::AddIOp::create(b, whole, sequence);
  };
  Value count = arith::SubIOp::create(b, memref::DimOp::create(b, cu, index(0)), one);
  SmallVector<Value> bounds{index(0), count};
  auto search = scf::WhileOp::create(
      b, ValueRange(bounds).getTypes(), bounds,
      [&](OpBuilder &, Location, ValueRange range) { // [low, high) holds the sequence
        Value width = arith::SubIOp::create(b, range[1], range[0]);
        Value more = arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, width, one);
        scf::ConditionOp::create(b, more, range);
      },
      [&](OpBuilder &, Location, ValueRange range) {
        Value sum = arith::AddIOp::create(b, range[0], range[1]);
        Value middle = arith::DivUIOp::create(b, sum, two);
        Value below = arith::CmpIOp::create(b, arith::CmpIPredicate::sle,
                                            firstTile(middle), tile);
        Value low = arith::SelectOp::create(b, below, middle, range[0]);
        Value high = arith::SelectOp::create(b, below, range[1], middle);
        scf::YieldOp::create(b, ValueRange{low, high});
      });
  Value sequence = search.getResult(0);
  Value base = boundary(sequence);
  Value next = boundary(arith::AddIOp::create(b, sequence, one));
  Value past = arith::SubIOp::create(b, tile, firstTile(sequence));
  scalars.map(op.getSequence(), sequence);
  scalars.map(op.getBase(), base);
  scalars.map(op.getLength(), arith::SubIOp::create(b, next, base).getResult());
  scalars.map(op.getFirst(), arith::MulIOp::create(b, past, step).getResult());
}

} // namespace fovea::tile_to_loops
