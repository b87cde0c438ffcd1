//===- EmitColumnReduce.cpp - down the rows of a fragment -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"
#include "ScratchPlan.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

/// A lane's own two rows, then the eight lanes that hold the same columns, then the
/// warps of the warpgroup, through a row of scratch each. Every lane ends with the
/// numbers of its columns, which all get in one order.
void KernelEmitter::emitColumnReduce(ReduceOp op) {
  Value input = lookup(op.getInput());
  RankedTensorType rows = getScratchRows(op); // [warps, columns]
  int64_t rowBytes = rows.getDimSize(1) * int64_t(sizeof(float));
  int64_t held = rows.getDimSize(1) / 4; // columns of a lane
  Value base = shared(scratch.lookup(op));
  ThreadNumber laneNumber(b, lane);
  auto addressOf = [&](Value row, int64_t index) {
    Value column = fragmentColumn(laneNumber, index);
    return b.offset(row, b.mul(column, sizeof(float)));
  };
  SmallVector<Value> values;
  for (int64_t c = 0; c < held; ++c) {
    int64_t first = 4 * (c / 2) + c % 2; // fragmentColumnIndex
    Value below = b.extract(input, first + 2);
    Value value = combine(b, op.getKind(), b.extract(input, first), below);
    for (int64_t mask : {4, 8, 16})
      value = combine(b, op.getKind(), value, b.shuffleXor(value, mask));
    values.push_back(value);
  }
  syncWarpgroup(); // who reads the last ones is done
  Value own = b.offset(base, b.mul(warp, rowBytes));
  b.emitIf(b.less(lane, 4), [&] {
    for (int64_t c = 0; c < held; ++c)
      b.store(values[c], addressOf(own, c), sizeof(float));
  });
  syncWarpgroup();
  for (int64_t c = 0; c < held; ++c) {
    Value address = addressOf(base, c);
    values[c] = b.load(b.getF32Type(), address, sizeof(float));
    for (int64_t row = 1; row < rows.getDimSize(0); ++row) {
      Value other =
          b.load(b.getF32Type(), b.offset(address, row * rowBytes), sizeof(float));
      values[c] = combine(b, op.getKind(), values[c], other);
    }
  }
  bind(op.getResult(), b.fromElements(values));
}

} // namespace fovea::tile_to_simt
