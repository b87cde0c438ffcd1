//===- EmitReduce.cpp - along rows, over heads of a token, over blocks ----===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <limits>

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

static constexpr int64_t kFloatBytes = sizeof(float);
/// Columns of a fragment that four lanes hold together, two each.
static constexpr int64_t kColumnsOfFour = 8;

Value combine(ThreadBuilder &b, ReduceKind kind, Value x, Value y) {
  if (kind == ReduceKind::Max)
    return arith::MaxNumFOp::create(b, x, y);
  return arith::AddFOp::create(b, x, y, arith::FastMathFlags::contract);
}

/// A balanced tree: the depth of dependent operations is the logarithm.
static Value reduceTree(ThreadBuilder &b, ReduceKind kind, SmallVector<Value> values) {
  while (values.size() > 1) {
    SmallVector<Value> next;
    for (size_t i = 0; i + 1 < values.size(); i += 2)
      next.push_back(combine(b, kind, values[i], values[i + 1]));
    if (values.size() % 2)
      next.push_back(values.back());
    values = next;
  }
  return values.front();
}

LogicalResult KernelEmitter::emitReduce(ReduceOp op) {
  std::optional<int64_t> group = op.getGroup();
  if (!group && op.getAxis() == 1 && encodingOf<FragmentAttr>(op.getInput()))
    return emitRowReduce(op), success();
  if (!group && op.getAxis() == 1 && encodingOf<LanesAttr>(op.getInput()))
    return emitLaneReduce(op), success();
  if (!group && op.getAxis() == 0 && encodingOf<FragmentAttr>(op.getInput()) &&
      tileType(op.getInput()).getDimSize(0) == kWarpsPerGroup * kFragmentRows)
    return emitColumnReduce(op), success();
  if (group && op.getAxis() == 0 && op.getKind() == ReduceKind::Add &&
      encodingOf<FragmentAttr>(op.getInput()) && llvm::isPowerOf2_64(*group) &&
      *group <= kWarpsPerGroup * kFragmentRows)
    return emitGroupReduce(op, *group), success();
  return op.emitOpError() << "expected a reduction along the rows of a fragment, down "
                             "64 of them, or a sum over groups of 1, 2, 4, 8, 16, 32 "
                             "or 64 of them";
}

/// A lane's own columns, then the other three lanes of the row.
void KernelEmitter::emitRowReduce(ReduceOp op) {
  Value input = lookup(op.getInput());
  SmallVector<Value> rows;
  for (int64_t half : {0, 1}) {
    SmallVector<Value> values;
    for (int64_t e = 0; e < ThreadBuilder::sizeOf(input); ++e)
      if (fragmentHalf(e) == half)
        values.push_back(b.extract(input, e));
    Value value = reduceTree(b, op.getKind(), values);
    for (int64_t mask : {1, 2})
      value = combine(b, op.getKind(), value, b.shuffleXor(value, mask));
    rows.push_back(value);
  }
  bind(op.getResult(), b.fromElements(rows));
}

/// A lane's own columns, then all lanes of the warp; columns past the last do not
/// count.
void KernelEmitter::emitLaneReduce(ReduceOp op) {
  Value input = lookup(op.getInput());
  int64_t columns = tileType(op.getInput()).getDimSize(1),
          perRow = lanesPerRow(columns);
  double none =
      op.getKind() == ReduceKind::Max ? -std::numeric_limits<double>::infinity() : 0.0;
  SmallVector<Value> rows;
  for (int64_t r = 0; r < ThreadBuilder::sizeOf(input) / perRow; ++r) {
    SmallVector<Value> values;
    for (int64_t k = 0; k < perRow; ++k) {
      Value value = b.extract(input, r * perRow + k);
      if (kLanes * (k + 1) > columns) {
        Value neutral = b.f32(none);
        value = b.select(b.less(lane, columns - kLanes * k), value, neutral);
      }
      values.push_back(value);
    }
    Value value = reduceTree(b, op.getKind(), values);
    for (int64_t mask = 1; mask < kLanes; mask *= 2)
      value = combine(b, op.getKind(), value, b.shuffleXor(value, mask));
    rows.push_back(value);
  }
  bind(op.getResult(), b.fromElements(rows));
}

/// Sums over `bits` bits of the lane number from bit 2 on, each step halving what a
/// lane keeps: a lane ends with size / 2^bits of the columns. `first` becomes the
/// number of the first of them. An odd number of columns has no halves: both lanes keep
/// them all, with the same sums, and will write the same numbers to the same place.
static SmallVector<Value> scatterSum(ThreadBuilder &b, SmallVector<Value> values,
                                     int64_t bits, Value lane, Value &first) {
  first = b.i32(0);
  for (int64_t bit = 0; bit < bits; ++bit) {
    if (values.size() % 2 != 0) {
      for (Value &value : values) {
        Value other = b.shuffleXor(value, int64_t(4) << bit);
        value = arith::AddFOp::create(b, value, other, arith::FastMathFlags::contract);
      }
      continue;
    }
    int64_t half = values.size() / 2;
    Value upper = b.notEqual(b.land(lane, int64_t(4) << bit), 0);
    SmallVector<Value> kept;
    for (int64_t i = 0; i < half; ++i) {
      Value mine = b.select(upper, values[i + half], values[i]);
      Value theirs = b.select(upper, values[i], values[i + half]);
      Value other = b.shuffleXor(theirs, int64_t(4) << bit);
      kept.push_back(
          arith::AddFOp::create(b, mine, other, arith::FastMathFlags::contract));
    }
    Value lower = b.i32(0);
    first = b.add(first, b.select(upper, b.i32(half), lower));
    values = kept;
  }
  return values;
}

/// The heads of a token are consecutive rows: all 16 of a warp, half of them, ...; of
/// 32 or 64 heads each of two or four warps sums its own, and who reads adds them. The
/// sums go to scratch, a row per token and warp.
void KernelEmitter::emitGroupReduce(ReduceOp op, int64_t group) {
  Value input = lookup(op.getInput());
  int64_t columns = tileType(op.getInput()).getDimSize(1);
  int64_t held = columns / 4;
  auto valueAt = [&](int64_t column, int64_t half) {
    return b.extract(input, 4 * (column / 2) + 2 * half + column % 2);
  };
  bool acrossHalves = group >= kFragmentRows;
  int64_t bits = std::min<int64_t>(llvm::Log2_64(group), 3);
  Value base = shared(scratch.lookup(op));
  bool acrossWarps = group > kFragmentRows;
  // Who reads the last round's sums must be done.
  acrossWarps ? syncWarpgroup() : (void)simt::SyncWarpOp::create(b);
  for (int64_t half = 0; half < (acrossHalves ? 1 : 2); ++half) {
    SmallVector<Value> values;
    for (int64_t c = 0; c < held; ++c) {
      Value value = valueAt(c, half);
      if (acrossHalves)
        value = arith::AddFOp::create(b, value, valueAt(c, 1),
                                      arith::FastMathFlags::contract);
      values.push_back(value);
    }
    Value first;
    values = scatterSum(b, values, bits, lane, first);
    // The row: one per token and warp. Rows of a half are its tokens.
    Value row = warp;
    int64_t rowsFurther = 0;
    if (!acrossHalves) {
      Value laneRow = b.div(lane, 4);
      row = b.div(b.add(b.mul(warp, kFragmentRows), laneRow), group);
      rowsFurther = 8 * half / group;
    }
    auto columnOf = [&](Value number) { // of the lane's columns
      Value odd = b.rem(number, 2);
      Value pair = b.mul(b.rem(lane, 4), 2);
      return b.add(b.add(b.mul(b.div(number, 2), 8), pair), odd);
    };
    Value rowStart = b.mul(row, columns);
    auto addressOf = [&](Value column) {
      return b.offset(base, b.mul(b.add(rowStart, column), kFloatBytes));
    };
    // Where an even number is left, `first` is even: pairs of columns stay together,
    // and one address and constants do.
    bool inPairs = values.size() % 2 == 0;
    Value firstAddress = addressOf(columnOf(first));
    for (int64_t i = 0, e = values.size(); i < e; ++i) {
      Value address = inPairs
                          ? b.offset(firstAddress, (8 * (i / 2) + i % 2) * kFloatBytes)
                          : addressOf(columnOf(b.add(first, i)));
      b.store(values[i], b.offset(address, rowsFurther * columns * kFloatBytes), 4);
    }
  }
  acrossWarps ? syncWarpgroup() : (void)simt::SyncWarpOp::create(b);
  bind(op.getResult(), base);
}

//===----------------------------------------------------------------------===//
// block_max
//===----------------------------------------------------------------------===//

LogicalResult KernelEmitter::emitBlockMax(BlockMaxOp op) {
  if (encodingOf<ScratchAttr>(op.getInput()))
    return emitScratchBlockMax(op), success();
  if (encodingOf<FragmentAttr>(op.getInput()) && liesInFragment(op.getKeys()))
    return emitFragmentBlockMax(op), success();
  return op.emitOpError() << "expected keys in scratch, or 1, 2, 4 or a multiple of 8 "
                             "keys per block in a fragment, got "
                          << op.getKeys() << " in " << op.getInput().getType();
}

/// The largest of `values`; -inf where they are all NaN.
static Value largestOf(ThreadBuilder &b, SmallVector<Value> values) {
  Value none = b.f32(-std::numeric_limits<double>::infinity());
  return combine(b, ReduceKind::Max, reduceTree(b, ReduceKind::Max, values), none);
}

/// The maxima of one half's row that this lane is to write, and their blocks. Four
/// lanes share a row, two columns of each eight are a lane's: blocks of 8 and more are
/// spread over all four, and each writes every fourth; of smaller ones it has its own,
/// or half.
static SmallVector<std::pair<Value, Value>>
fragmentMaxima(ThreadBuilder &b, ArrayRef<Value> columns, int64_t keys, Value lane) {
  SmallVector<std::pair<Value, Value>> maxima; // value, block
  Value quarter = b.rem(lane, 4);
  if (keys >= kColumnsOfFour) {
    int64_t perBlock = keys / 4, blocks = columns.size() / perBlock;
    SmallVector<Value> values;
    for (int64_t j = 0; j < blocks; ++j) {
      Value value =
          largestOf(b, SmallVector<Value>(columns.slice(j * perBlock, perBlock)));
      for (int64_t mask : {1, 2})
        value = combine(b, ReduceKind::Max, value, b.shuffleXor(value, mask));
      values.push_back(value);
    }
    for (int64_t first = 0; first < blocks; first += 4) {
      // Where there are fewer than four, the lanes that are left write the last one
      // again.
      int64_t last = std::min<int64_t>(first + 3, blocks - 1);
      Value value = values[last];
      for (int64_t j = first; j < last; ++j)
        value = b.select(b.equal(quarter, j - first), values[j], value);
      maxima.push_back({value, b.min(b.add(quarter, first), last)});
    }
    return maxima;
  }
  for (int64_t c = 0, e = columns.size(); c < e; c += 2) {
    int64_t firstColumn = 4 * c;
    if (keys == 1) {
      for (int64_t i : {0, 1})
        maxima.push_back({largestOf(b, {columns[c + i]}),
                          b.add(b.mul(quarter, 2), firstColumn + i)});
      continue;
    }
    Value value = largestOf(b, {columns[c], columns[c + 1]});
    if (keys == 4)
      value = combine(b, ReduceKind::Max, value, b.shuffleXor(value, 1));
    maxima.push_back({value, b.add(b.div(quarter, keys / 2), firstColumn / keys)});
  }
  return maxima;
}

/// Rows of a fragment are tokens, whose maxima go to scratch, a row for each; a warp
/// reads those of its own rows, a block per lane.
void KernelEmitter::emitFragmentBlockMax(BlockMaxOp op) {
  Value input = lookup(op.getInput());
  int64_t blocks = tileType(op.getScores()).getDimSize(1);
  Value ofWarp = b.mul(warp, kFragmentRows * blocks * kFloatBytes);
  Value base = b.offset(shared(scratch.lookup(op)), ofWarp);
  simt::SyncWarpOp::create(b); // who reads the last round's maxima is done
  for (int64_t half : {0, 1}) {
    SmallVector<Value> columns;
    for (int64_t e = 0; e < ThreadBuilder::sizeOf(input); ++e)
      if (fragmentHalf(e) == half)
        columns.push_back(b.extract(input, e));
    Value row = b.add(b.div(lane, 4), 8 * half);
    for (auto [value, block] : fragmentMaxima(b, columns, op.getKeys(), lane))
      b.store(value,
              b.offset(base, b.mul(b.add(b.mul(row, blocks), block), kFloatBytes)), 4);
  }
  simt::SyncWarpOp::create(b);
  SmallVector<Value> scores;
  for (int64_t row = 0; row < kFragmentRows; ++row)
    for (int64_t k = 0; k < lanesPerRow(blocks); ++k) {
      // Lanes past the last block repeat it, and nobody reads them.
      Value block = b.min(b.add(lane, kLanes * k), blocks - 1);
      Value address = b.offset(base, b.mul(block, kFloatBytes));
      scores.push_back(
          b.load(b.getF32Type(), b.offset(address, row * blocks * kFloatBytes), 4));
    }
  bind(op.getScores(), b.fromElements(scores));
}

/// Of a row of scratch per token, and one for each warp that shares the token's heads,
/// which are added: blocks of whole warps' columns are read by all lanes one after
/// another, others by a lane each.
void KernelEmitter::emitScratchBlockMax(BlockMaxOp op) {
  RankedTensorType inputType = tileType(op.getInput());
  int64_t tokens = inputType.getDimSize(0), columns = inputType.getDimSize(1);
  int64_t keys = op.getKeys(), blocks = columns / keys;
  int64_t warps = encodingOf<ScratchAttr>(op.getInput()).getWarps();
  int64_t rows = rowsPerWarp(tokens, warps), parts = warpsPerRow(tokens, warps);
  Value firstRow = b.mul(b.div(b.mul(warp, rows), parts), parts);
  Value base = b.offset(lookup(op.getInput()), b.mul(firstRow, columns * kFloatBytes));
  auto keyAt = [&](int64_t row, Value address, int64_t further) {
    Value sum;
    for (int64_t part = 0; part < parts; ++part) {
      int64_t at = ((row * parts + part) * columns + further) * kFloatBytes;
      Value value = b.load(b.getF32Type(), b.offset(address, at), 4);
      sum = sum ? combine(b, ReduceKind::Add, sum, value) : value;
    }
    return sum;
  };
  auto byAllLanes = [&](int64_t row, int64_t block) {
    Value address = b.offset(base, b.mul(lane, kFloatBytes));
    SmallVector<Value> values;
    for (int64_t i = 0; i < keys; i += kLanes)
      values.push_back(keyAt(row, address, block * keys + i));
    Value value = largestOf(b, values);
    for (int64_t mask = 1; mask < kLanes; mask *= 2)
      value = combine(b, ReduceKind::Max, value, b.shuffleXor(value, mask));
    return value;
  };
  auto byOneLane = [&](int64_t row, Value block) {
    Value address = b.offset(base, b.mul(block, keys * kFloatBytes));
    SmallVector<Value> values;
    for (int64_t i = 0; i < keys; ++i)
      values.push_back(keyAt(row, address, i));
    return largestOf(b, values);
  };
  SmallVector<Value> scores;
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t first = 0; first < blocks; first += kLanes) {
      if (keys % kLanes != 0) {
        scores.push_back(byOneLane(row, b.min(b.add(lane, first), blocks - 1)));
        continue;
      }
      Value score = byAllLanes(row, first);
      for (int64_t j = first + 1; j < std::min(first + kLanes, blocks); ++j) {
        Value next = byAllLanes(row, j);
        score = b.select(b.equal(lane, j - first), next, score);
      }
      scores.push_back(score);
    }
  bind(op.getScores(), b.fromElements(scores));
}

} // namespace fovea::tile_to_simt
