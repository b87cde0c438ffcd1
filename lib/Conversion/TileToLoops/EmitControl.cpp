//===- EmitControl.cpp - loops and branches over tiles --------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Tiles that a loop carries or a branch yields stay in scratch, where they are
// updated in place; only scalars remain SSA results.
//
//===----------------------------------------------------------------------===//

#include "Emitters.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_loops {

static SmallVector<Value> scalarsOnly(ValueRange values) {
  return llvm::to_vector(
      llvm::make_filter_range(values, [](Value value) { return !isTile(value); }));
}

/// Writes the block of `from` as that of `to`.
static LogicalResult emitBranch(const Emission &emission, Region &from, Region &to,
                                BlockEmitter emitBlock) {
  if (from.empty())
    return success();
  LoopBuilder &b = emission.b;
  Block &source = from.front();
  Operation *terminator = source.getTerminator();
  OpBuilder::InsertionGuard guard(b);
  if (to.front().mightHaveTerminator())
    to.front().getTerminator()->erase();
  b.setInsertionPointToEnd(&to.front());
  if (failed(emitBlock(source)))
    return failure();
  emission.tiles.copyAll(yieldTransfers(terminator));
  SmallVector<Value> yielded;
  for (Value value : scalarsOnly(terminator->getOperands()))
    yielded.push_back(emission.scalar(value));
  scf::YieldOp::create(b, yielded);
  return success();
}

LogicalResult emitIf(const Emission &emission, scf::IfOp op, BlockEmitter emitBlock) {
  SmallVector<Value> results = scalarsOnly(op.getResults());
  auto made = scf::IfOp::create(emission.b, ValueRange(results).getTypes(),
                                emission.scalar(op.getCondition()),
                                /*withElseRegion=*/!op.getElseRegion().empty());
  if (failed(
          emitBranch(emission, op.getThenRegion(), made.getThenRegion(), emitBlock)) ||
      failed(emitBranch(emission, op.getElseRegion(), made.getElseRegion(), emitBlock)))
    return failure();
  emission.scalars.map(results, made.getResults());
  return success();
}

LogicalResult emitFor(const Emission &emission, scf::ForOp op, BlockEmitter emitBlock) {
  IRMapping &scalars = emission.scalars;
  emission.tiles.copyAll(initTransfers(op));
  SmallVector<Value> inits;
  for (Value init : scalarsOnly(op.getInits()))
    inits.push_back(emission.scalar(init));
  auto made = scf::ForOp::create(emission.b, emission.scalar(op.getLowerBound()),
                                 emission.scalar(op.getUpperBound()),
                                 emission.scalar(op.getStep()), inits);
  scalars.map(op.getInductionVar(), made.getInductionVar());
  SmallVector<Value> carried = scalarsOnly(ValueRange(op.getRegionIterArgs()));
  scalars.map(carried, made.getRegionIterArgs());
  if (failed(emitBranch(emission, op.getRegion(), made.getRegion(), emitBlock)))
    return failure();
  scalars.map(scalarsOnly(op.getResults()), made.getResults());
  return success();
}

} // namespace fovea::tile_to_loops
