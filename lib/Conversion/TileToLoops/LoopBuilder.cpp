//===- LoopBuilder.cpp - short names for loops ----------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "LoopBuilder.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace fovea::tile_to_loops {

Value LoopBuilder::splat(Value scalar, int64_t width) {
  return vector::BroadcastOp::create(*this, VectorType::get(width, scalar.getType()),
                                     scalar);
}

void LoopBuilder::loop(Value begin, Value end, int64_t step, Body body) {
  auto forOp = scf::ForOp::create(*this, begin, end, index(step));
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(forOp.getBody());
  body(forOp.getInductionVar());
}

void LoopBuilder::loop(int64_t begin, int64_t end, int64_t step, Body body) {
  Value last = index(end), first = index(begin);
  loop(first, last, step, body);
}

void LoopBuilder::loop(int64_t end, int64_t step, Body body) {
  if (end == step)
    return body(index(0));
  loop(0, end, step, body);
}

} // namespace fovea::tile_to_loops
