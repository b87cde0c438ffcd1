//===- EmitBandSum.cpp - block scores from windows ------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

/// Per row of this warp: block j sums what W(i, j) gives it of the row's windows in
/// scratch. The weight depends on o = i - j * (into / stride) alone, so a lane's
/// windows lie at constant distances from one address; those outside of the tile are
/// read too (scratch is padded for it) and count as zero.
void KernelEmitter::emitBandSum(BandSumOp op) {
  int64_t block = op.getWindow(), stride = op.getStride(), into = op.getInto();
  int64_t perBlock = into / stride, halo = BandSumOp::getHalo(block, stride, into);
  RankedTensorType inputType = tileType(op.getInput());
  int64_t windows = inputType.getDimSize(1), tokens = inputType.getDimSize(0);
  int64_t blocks = tileType(op.getScores()).getDimSize(1);
  int64_t warps = encodingOf<ScratchAttr>(op.getInput()).getWarps();
  int64_t rows = rowsPerWarp(tokens, warps), parts = warpsPerRow(tokens, warps);
  Value firstRow = b.mul(b.div(b.mul(warp, rows), parts), parts);
  Value warpBase = b.offset(lookup(op.getInput()),
                            b.mul(firstRow, windows * int64_t(sizeof(float))));
  Value zero = b.f32(0);
  // Windows before block 0's own come from the earlier tile, as the carry. Sums run in
  // the order of windows from there on and each step is one fused multiply-add, so that
  // equal blocks stay equal wherever tiles begin.
  auto sumOf = [&](int64_t r, Value j, Value sum) {
    Value firstWindow = b.mul(j, perBlock);
    Value base = b.offset(warpBase, b.mul(firstWindow, int64_t(sizeof(float))));
    // A block far from the start, where no window is cut off, has every weight.
    int64_t far = block / stride + 1;
    for (int64_t o = -(block / stride); o < perBlock; ++o) {
      int64_t weight =
          BandSumOp::getWeight(far * perBlock + o, far, block, stride, into);
      if (weight == 0)
        continue;
      Value isBelow = b.less(firstWindow, windows - o);
      Value inside = b.land(b.atLeast(firstWindow, b.i32(-o)), isBelow);
      for (int64_t part = 0; part < parts; ++part) {
        int64_t at = ((r * parts + part) * windows + o) * int64_t(sizeof(float));
        Value value = b.load(b.getF32Type(), b.offset(base, at), 4);
        Value factor = b.f32(weight);
        sum = LLVM::FMAOp::create(b, b.select(inside, value, zero), factor, sum);
      }
    }
    return sum;
  };
  // Lanes past the last block repeat it, and nobody reads them.
  auto blockOf = [&](int64_t k, int64_t count) {
    return b.min(b.add(lane, kLanes * k), count - 1);
  };
  Value carry = lookup(op.getCarry());
  SmallVector<Value> scores, newCarry;
  int64_t carryRegisters = lanesPerRow(halo);
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t k = 0; k < lanesPerRow(blocks); ++k) {
      Value j = blockOf(k, blocks), old = zero;
      if (k < carryRegisters) {
        Value carried = b.extract(carry, r * carryRegisters + k);
        old = b.select(b.less(j, halo), carried, zero);
      }
      scores.push_back(sumOf(r, j, old));
    }
    for (int64_t k = 0; k < carryRegisters; ++k)
      newCarry.push_back(sumOf(r, b.add(blockOf(k, halo), blocks), zero));
  }
  bind(op.getScores(), b.fromElements(scores));
  bind(op.getNewCarry(), b.fromElements(newCarry));
}

} // namespace fovea::tile_to_simt
