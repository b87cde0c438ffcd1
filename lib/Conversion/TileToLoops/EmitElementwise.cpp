//===- EmitElementwise.cpp - runs of elementwise operations ---------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Emitters.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_loops {

void emitRun(const Emission &emission, const Fusion::Run &run) {
  SmallVector<Value> outputs = Fusion::outputs(run);
  if (outputs.empty())
    return;
  LoopBuilder &b = emission.b;
  TileAccess &tiles = emission.tiles;
  Value like = run.front()->getResult(0);
  tiles.emitNest(tileType(like), emission.frame.layouts.of(like), [&](LaneNest &nest) {
    for (Operation *op : run) {
      SmallVector<Value> operands;
      for (Value operand : op->getOperands())
        operands.push_back(isTile(operand) ? tiles.vectorOf(operand, nest)
                                           : emission.scalar(operand));
      Type type =
          VectorType::get(nest.width, tileType(op->getResult(0)).getElementType());
      OperationState state(op->getLoc(), op->getName().getStringRef(), operands, type,
                           op->getAttrs());
      nest.known[op->getResult(0)] = b.create(state)->getResult(0);
    }
    for (Value output : outputs) {
      Storage to = emission.scratch.storageOf(output);
      tiles.storeVector(nest.known[output], to, nest);
    }
  });
}

void emitRepeat(const Emission &emission, RepeatOp op) {
  LoopBuilder &b = emission.b;
  Storage to = emission.scratch.storageOf(op.getResult());
  int64_t times = op.getTimes(), width = emission.frame.target.widthFor(times);
  b.loop(tileType(op.getInput()).getDimSize(0), 1, [&](Value token) {
    Value wide = b.splat(emission.tiles.rowScalar(op.getInput(), token), width);
    Value first = b.mul(token, times);
    b.loop(times, width, [&](Value head) {
      Value at = b.add(first, head);
      vector::StoreOp::create(b, toScratch(b, wide), to.memref, at);
    });
  });
}

} // namespace fovea::tile_to_loops
