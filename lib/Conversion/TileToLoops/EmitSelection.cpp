//===- EmitSelection.cpp - block scores and streaming top-k ---------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Emitters.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_loops {

namespace {
/// The windows i = first(j) .. first(j) + weights.size() - 1 that overlap block j,
/// where first(j) = j * ratio - before. The weights depend on i - first(j) alone.
struct Band {
  int64_t ratio, before;
  SmallVector<int64_t> weights; ///< empty for a wide band

  Band(int64_t block, int64_t stride, int64_t into)
      : ratio(into / stride), before(block / stride - 1) {
    if (isWide())
      return;
    for (int64_t d = -before; d < ratio; ++d) // of a block far from the first
      weights.push_back(
          BandSumOp::getWeight(before * ratio + d, before, block, stride, into));
  }

  int64_t size() const { return before + ratio; }
  /// Whether its sums are loops, and not written out.
  bool isWide() const {
    int64_t halo = std::max<int64_t>(1, (before + ratio - 1) / ratio);
    return size() * halo > 512;
  }
};
} // namespace

/// Adds the windows of the block whose first is `first` (which may be negative) to
/// `sum` in a loop, whose weights are computed: window first + before + o has min(o +
/// before + 1, ratio) - max(o, 0), what BandSumOp::getWeight says far from block 0.
static Value emitWideBand(LoopBuilder &b, Value sum, Value first, const Storage &input,
                          Value row, int64_t before, int64_t ratio) {
  Value begin = b.max(first, 0);
  Value columns = b.index(input.tile.getDimSize(1));
  Value end = b.min(b.add(first, before + ratio), columns);
  Value windows = b.sub(end, begin);
  return b.emitLoop(windows, 1, sum, [&](Value d, ValueRange carried) {
    Value window = b.add(begin, d), shift = b.index(before);
    Value o = b.sub(b.sub(window, first), shift);
    Value missed = b.max(o, 0);
    Value weight = b.sub(b.min(b.add(o, before + 1), ratio), missed);
    Value factor = arith::SIToFPOp::create(b, b.getF32Type(), b.toI32(weight));
    return Values{
        math::FmaOp::create(b, factor, loadElement(b, input, row, window), carried[0])};
  })[0];
}

/// As emitBandSum, block by block in loops.
static void emitWideBandSum(const Emission &emission, BandSumOp op, int64_t before,
                            int64_t ratio) {
  LoopBuilder &b = emission.b;
  Storage input = emission.tiles.inMemory(op.getInput()),
          carried = emission.tiles.inMemory(op.getCarry());
  Storage scores = emission.scratch.storageOf(op.getScores()),
          newCarry = emission.scratch.storageOf(op.getNewCarry());
  int64_t columns = scores.tile.getDimSize(1), halo = carried.tile.getDimSize(1);
  Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
  b.loop(input.tile.getDimSize(0), 1, [&](Value row) {
    auto sumOf = [&](Value sum, Value j) {
      Value shift = b.index(before);
      Value first = b.sub(b.mul(j, ratio), shift);
      return emitWideBand(b, sum, first, input, row, before, ratio);
    };
    b.loop(0, halo, 1, [&](Value j) {
      storeElement(b, sumOf(loadElement(b, carried, row, j), j), scores, row, j);
    });
    b.loop(halo, columns, 1,
           [&](Value j) { storeElement(b, sumOf(zero, j), scores, row, j); });
    b.loop(0, halo, 1, [&](Value j) {
      Value block = b.add(j, columns);
      storeElement(b, sumOf(zero, block), newCarry, row, j);
    });
  });
}

/// Block by block; every block adds its windows in ascending order starting from what
/// is carried (or 0), so that equal inputs give equal bits wherever a tile is cut.
void emitBandSum(const Emission &emission, BandSumOp op) {
  LoopBuilder &b = emission.b;
  Storage input = emission.tiles.inMemory(op.getInput()),
          carried = emission.tiles.inMemory(op.getCarry());
  Storage scores = emission.scratch.storageOf(op.getScores()),
          newCarry = emission.scratch.storageOf(op.getNewCarry());
  Band band(op.getWindow(), op.getStride(), op.getInto());
  if (band.isWide())
    return emitWideBandSum(emission, op, band.before, band.ratio);
  int64_t windows = input.tile.getDimSize(1), columns = scores.tile.getDimSize(1);
  int64_t halo = carried.tile.getDimSize(1);
  b.loop(input.tile.getDimSize(0), 1, [&](Value row) {
    // The windows of block `j`, counted from `first`; those outside the tile are left
    // out where `j` is known.
    auto sumBlock = [&](Value sum, Value first, std::optional<int64_t> j) -> Value {
      for (auto [d, weight] : llvm::enumerate(band.weights)) {
        int64_t i = j ? *j * band.ratio - band.before + int64_t(d) : 0;
        if (weight == 0 || i < 0 || i >= windows)
          continue;
        Value at = j ? b.index(i) : b.add(first, d);
        Value factor = arith::ConstantOp::create(b, b.getF32FloatAttr(weight));
        sum = math::FmaOp::create(b, factor, loadElement(b, input, row, at), sum);
      }
      return sum;
    };
    Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
    for (int64_t j = 0; j < halo; ++j) {
      Value column = b.index(j), sum = loadElement(b, carried, row, column);
      storeElement(b, sumBlock(sum, Value(), j), scores, row, column);
    }
    b.loop(halo, columns, 1, [&](Value j) {
      Value shift = b.index(band.before);
      Value first = b.sub(b.mul(j, band.ratio), shift);
      storeElement(b, sumBlock(zero, first, std::nullopt), scores, row, j);
    });
    for (int64_t j = 0; j < halo; ++j) {
      Value column = b.index(j);
      storeElement(b, sumBlock(zero, Value(), columns + j), newCarry, row, column);
    }
  });
}

/// Moves slots down from `last` while `isWorse(slot before)` says so, then writes.
/// Gives where to write.
static Value shiftDown(LoopBuilder &b, Value last, function_ref<Value(Value)> isWorse,
                       function_ref<void(Value, Value)> move) {
  Value one = b.index(1);
  Value zero = b.index(0);
  auto search = scf::WhileOp::create(
      b, TypeRange{b.getIndexType()}, ValueRange{last},
      [&](OpBuilder &, Location, ValueRange at) {
        Value some = b.less(zero, at[0]);
        auto worse = scf::IfOp::create(
            b, some,
            [&](OpBuilder &, Location) {
              Value before = b.sub(at[0], one);
              scf::YieldOp::create(b, isWorse(before));
            },
            [&](OpBuilder &, Location) {
              Value no = arith::ConstantIntOp::create(b, 0, 1);
              scf::YieldOp::create(b, no);
            });
        scf::ConditionOp::create(b, worse.getResult(0), at);
      },
      [&](OpBuilder &, Location, ValueRange at) {
        Value before = b.sub(at[0], one);
        move(before, at[0]);
        scf::YieldOp::create(b, before);
      });
  return search.getResult(0);
}

/// Insertion into a sorted list. The last slot is the worst: most scores fail against
/// it at once. Comparing strictly keeps ties in the order offered, and never takes
/// -inf (which an unused slot holds) or NaN.
void emitTopkUpdate(const Emission &emission, TopkUpdateOp op) {
  LoopBuilder &b = emission.b;
  Storage scores = emission.tiles.inMemory(op.getScores());
  Storage values = emission.scratch.storageOf(op.getNewValues()),
          indices = emission.scratch.storageOf(op.getNewIndices());
  emission.tiles.copy(op.getValues(), values);
  emission.tiles.copy(op.getIndices(), indices);
  Value base = b.toI32(emission.scalar(op.getBase()));
  Value last = b.index(values.tile.getDimSize(1) - 1);
  auto greater = [&](Value x, Value y) -> Value {
    return arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x, y);
  };
  b.loop(values.tile.getDimSize(0), 1, [&](Value row) {
    b.loop(0, scores.tile.getDimSize(1), 1, [&](Value column) {
      Value score = loadElement(b, scores, row, column);
      Value taken = greater(score, loadElement(b, values, row, last));
      auto insert = scf::IfOp::create(b, taken);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(&insert.getThenRegion().front());
      Value at = shiftDown(
          b, last,
          [&](Value slot) { return greater(score, loadElement(b, values, row, slot)); },
          [&](Value from, Value to) {
            storeElement(b, loadElement(b, values, row, from), values, row, to);
            storeElement(b, loadElement(b, indices, row, from), indices, row, to);
          });
      Value offset = b.toI32(column);
      storeElement(b, score, values, row, at);
      storeElement(b, b.add(base, offset), indices, row, at);
    });
  });
}

/// Insertion sort; as unsigned numbers, -1 is last.
void emitTopkIndices(const Emission &emission, TopkIndicesOp op) {
  LoopBuilder &b = emission.b;
  Storage sorted = emission.scratch.storageOf(op.getSorted());
  emission.tiles.copy(op.getIndices(), sorted);
  b.loop(sorted.tile.getDimSize(0), 1, [&](Value row) {
    b.loop(1, sorted.tile.getDimSize(1), 1, [&](Value column) {
      Value entry = loadElement(b, sorted, row, column);
      Value at = shiftDown(
          b, column,
          [&](Value slot) -> Value {
            return arith::CmpIOp::create(b, arith::CmpIPredicate::ugt,
                                         loadElement(b, sorted, row, slot), entry);
          },
          [&](Value from, Value to) {
            storeElement(b, loadElement(b, sorted, row, from), sorted, row, to);
          });
      storeElement(b, entry, sorted, row, at);
    });
  });
}

} // namespace fovea::tile_to_loops
