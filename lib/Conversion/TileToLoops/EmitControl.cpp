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
#include "fovea/Support/ControlFlow.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_loops {

SmallVector<Value> scalarsOnly(ValueRange values) {
  return llvm::to_vector(
      llvm::make_filter_range(values, [](Value value) { return !isTile(value); }));
}

SmallVector<Value> lookupScalars(const Emission &emission, ValueRange values) {
  return llvm::map_to_vector(scalarsOnly(values),
                             [&](Value value) { return emission.scalar(value); });
}

FailureOr<SmallVector<Value>> emitBody(const Emission &emission, Block &body,
                                       BlockEmitter emitBlock) {
  if (failed(emitBlock(body)))
    return failure();
  emission.tiles.copyAll(yieldTransfers(body.getTerminator()));
  return lookupScalars(emission, body.getTerminator()->getOperands());
}

LogicalResult emitIf(const Emission &emission, scf::IfOp op, BlockEmitter emitBlock) {
  SmallVector<Value> results = scalarsOnly(op.getResults());
  auto made = scf::IfOp::create(emission.b, ValueRange(results).getTypes(),
                                emission.scalar(op.getCondition()),
                                /*withElseRegion=*/!op.getElseRegion().empty());
  for (auto [source, region] : llvm::zip_equal(op->getRegions(), made->getRegions()))
    if (!source.empty() &&
        failed(fillBody(emission.b, region.front(), [&, &from = source] {
          return emitBody(emission, from.front(), emitBlock);
        })))
      return failure();
  emission.scalars.map(results, made.getResults());
  return success();
}

LogicalResult emitFor(const Emission &emission, scf::ForOp op, BlockEmitter emitBlock) {
  IRMapping &scalars = emission.scalars;
  emission.tiles.copyAll(initTransfers(op));
  auto made = scf::ForOp::create(emission.b, emission.scalar(op.getLowerBound()),
                                 emission.scalar(op.getUpperBound()),
                                 emission.scalar(op.getStep()),
                                 lookupScalars(emission, op.getInits()));
  scalars.map(op.getInductionVar(), made.getInductionVar());
  scalars.map(scalarsOnly(ValueRange(op.getRegionIterArgs())),
              made.getRegionIterArgs());
  if (failed(fillBody(emission.b, *made.getBody(),
                      [&] { return emitBody(emission, *op.getBody(), emitBlock); })))
    return failure();
  scalars.map(scalarsOnly(op.getResults()), made.getResults());
  return success();
}

} // namespace fovea::tile_to_loops
