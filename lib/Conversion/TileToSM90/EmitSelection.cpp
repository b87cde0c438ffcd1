//===- EmitSelection.cpp - block scores and streaming top-k ---------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A token's row belongs to one warp: lane l holds columns l, l + 32, ... A top-k keeps
// one entry per lane, best first, so a new value's place is the number of lanes whose
// value is at least as good, and making room for it is one shuffle.
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_sm90 {

/// Per row of this warp: block j sums what W(i, j) gives it of the row's windows in
/// scratch. The weight depends on o = i - j * (into / stride) alone, so a lane's windows
/// lie at constant distances from one address; those outside of the tile are read too
/// (scratch is padded for it) and count as zero.
void KernelEmitter::emitBandSum(BandSumOp op) {
  int64_t block = op.getBlock(), stride = op.getStride(), into = op.getInto();
  int64_t perBlock = into / stride, halo = BandSumOp::getHalo(block, stride, into);
  RankedTensorType inputType = tileType(op.getInput());
  int64_t windows = inputType.getDimSize(1), tokens = inputType.getDimSize(0);
  int64_t blocks = tileType(op.getScores()).getDimSize(1);
  int64_t warps = encodingOf<ScratchAttr>(op.getInput()).getWarps();
  int64_t rows = rowsPerWarp(tokens, warps), parts = warpsPerRow(tokens, warps);
  Value firstRow = b.mul(b.div(b.mul(warp, rows), parts), parts);
  Value warpBase =
      b.offset(lookup(op.getInput()), b.mul(firstRow, windows * int64_t(sizeof(float))));
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
      Value inside = b.land(b.atLeast(firstWindow, b.i32(-o)),
                            b.less(firstWindow, windows - o));
      for (int64_t part = 0; part < parts; ++part) {
        int64_t at = ((r * parts + part) * windows + o) * int64_t(sizeof(float));
        Value value = b.load(b.getF32Type(), b.offset(base, at), 4);
        sum = LLVM::FMAOp::create(b, b.select(inside, value, zero), b.f32(weight), sum);
      }
    }
    return sum;
  };
  // Lanes past the last block repeat it, and nobody reads them.
  auto blockOf = [&](int64_t k, int64_t count) {
    return b.min(b.add(lane, kLanes * k), b.i32(count - 1));
  };
  Value carry = lookup(op.getCarry());
  SmallVector<Value> scores, newCarry;
  int64_t carryRegisters = lanesPerRow(halo);
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t k = 0; k < lanesPerRow(blocks); ++k) {
      Value j = blockOf(k, blocks), old = zero;
      if (k < carryRegisters)
        old = b.select(b.less(j, halo), b.extract(carry, r * carryRegisters + k), zero);
      scores.push_back(sumOf(r, j, old));
    }
    for (int64_t k = 0; k < carryRegisters; ++k)
      newCarry.push_back(sumOf(r, b.add(blockOf(k, halo), blocks), zero));
  }
  bind(op.getScores(), b.fromElements(scores));
  bind(op.getNewCarry(), b.fromElements(newCarry));
}

namespace {
/// One entry per lane.
struct Best {
  Value value, index;
};
} // namespace

/// Number of set bits, as i32.
static Value countBits(ThreadBuilder &b, Value word) {
  return LLVM::CtPopOp::create(b, word);
}

/// Inserts `value` with `index`, the same in all lanes, in front of what is worse.
static Best insertBest(ThreadBuilder &b, Best best, Value value, Value index, Value lane,
                       int64_t count) {
  Value stays = arith::CmpFOp::create(b, arith::CmpFPredicate::OGE, best.value, value);
  Value place = countBits(b, b.ballot(b.land(stays, b.less(lane, count))));
  Value movedValue = b.shuffleUp(best.value), movedIndex = b.shuffleUp(best.index);
  Value before = b.less(lane, place), at = b.equal(lane, place);
  return {b.select(before, best.value, b.select(at, value, movedValue)),
          b.select(before, best.index, b.select(at, index, movedIndex))};
}

/// Offers one score per lane. The candidates, in ascending order of lane, are those above
/// the worst entry of before. One that the others have pushed out by its turn is inserted
/// past the last place: it changes nothing, and nothing waits for a new worst entry.
static Best offerScores(ThreadBuilder &b, Best best, Value score, Value inRange,
                        Value firstIndex, Value lane, int64_t count) {
  Type i32 = b.getI32Type(), f32 = b.getF32Type();
  Value worst = b.shuffleFrom(best.value, b.i32(count - 1));
  Value above = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, score, worst);
  Value candidates = b.ballot(b.land(above, inRange));
  SmallVector<Type> types{f32, i32, i32};
  SmallVector<Location> locs(3, b.getLoc());
  auto loop =
      scf::WhileOp::create(b, types, ValueRange{best.value, best.index, candidates});
  OpBuilder::InsertionGuard guard(b);
  Block *before = b.createBlock(&loop.getBefore(), {}, types, locs);
  scf::ConditionOp::create(b, b.notEqual(before->getArgument(2), 0),
                           before->getArguments());
  Block *after = b.createBlock(&loop.getAfter(), {}, types, locs);
  Value mask = after->getArgument(2);
  Value from = LLVM::CountTrailingZerosOp::create(b, i32, mask, /*is_zero_poison=*/true);
  Value value = b.shuffleFrom(score, from);
  Best next = insertBest(b, {after->getArgument(0), after->getArgument(1)}, value,
                         b.add(firstIndex, from), lane, count);
  Value rest = b.land(mask, b.add(mask, -1));
  scf::YieldOp::create(b, ValueRange{next.value, next.index, rest});
  return {loop.getResult(0), loop.getResult(1)};
}

/// A lane holds one entry.
static LogicalResult verifyCount(Operation *op, int64_t count) {
  if (count <= kLanes)
    return success();
  return op->emitOpError() << "expected a top-k of at most " << kLanes
                           << " in a GPU kernel, got " << count;
}

LogicalResult KernelEmitter::emitTopkUpdate(TopkUpdateOp op) {
  int64_t count = tileType(op.getValues()).getDimSize(1);
  if (failed(verifyCount(op, count)))
    return failure();
  int64_t columns = tileType(op.getScores()).getDimSize(1);
  Value values = lookup(op.getValues()), indices = lookup(op.getIndices());
  Value scores = lookup(op.getScores()), base = b.toI32(lookup(op.getBase()));
  int64_t perRow = lanesPerRow(columns);
  SmallVector<Value> newValues, newIndices;
  for (int64_t r = 0; r < ThreadBuilder::sizeOf(values); ++r) {
    Best best{b.extract(values, r), b.extract(indices, r)};
    for (int64_t k = 0; k < perRow; ++k) {
      Value inRange = b.less(b.add(lane, kLanes * k), columns);
      best = offerScores(b, best, b.extract(scores, r * perRow + k), inRange,
                         b.add(base, kLanes * k), lane, count);
    }
    newValues.push_back(best.value);
    newIndices.push_back(best.index);
  }
  bind(op.getNewValues(), b.fromElements(newValues));
  bind(op.getNewIndices(), b.fromElements(newIndices));
  return success();
}

/// Sorts one value per lane, the least in lane 0, as unsigned numbers: Batcher's
/// bitonic network, whose every step compares lanes that differ in one bit.
static Value sortLanes(ThreadBuilder &b, Value value, Value lane) {
  for (int64_t run = 2; run <= kLanes; run *= 2)
    for (int64_t bit = run / 2; bit > 0; bit /= 2) {
      Value other = b.shuffleXor(value, bit);
      // Runs go up and down in turn, and up when one run is all lanes.
      Value isUpper = b.notEqual(b.land(lane, bit), 0);
      Value goesDown = b.notEqual(b.land(lane, run % kLanes), 0);
      Value least = arith::MinUIOp::create(b, value, other);
      Value most = arith::MaxUIOp::create(b, value, other);
      Value takesMost = b.lxor(isUpper, goesDown);
      value = b.select(takesMost, most, least);
    }
  return value;
}

/// As unsigned numbers an index of -1 goes last, where lanes past the last entry are
/// too.
LogicalResult KernelEmitter::emitTopkIndices(TopkIndicesOp op) {
  int64_t count = tileType(op.getIndices()).getDimSize(1);
  if (failed(verifyCount(op, count)))
    return failure();
  Value indices = lookup(op.getIndices()), none = b.i32(-1);
  SmallVector<Value> sorted;
  for (int64_t r = 0; r < ThreadBuilder::sizeOf(indices); ++r) {
    Value entry = b.select(b.less(lane, count), b.extract(indices, r), none);
    sorted.push_back(sortLanes(b, entry, lane));
  }
  bind(op.getSorted(), b.fromElements(sorted));
  return success();
}

} // namespace fovea::tile_to_sm90
