//===- EmitLocate.cpp - whose tokens a tile is -----------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Emitters.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_loops {

/// Binary search for the run of rows that owns the tile: run j starts at tile number
/// e(j) / step + j. The offsets at both ends are carried along, so that none is read
/// twice.
void emitLocate(const Emission &emission, LocateOp op) {
  LoopBuilder &b = emission.b;
  IRMapping &scalars = emission.scalars;
  Value cu = emission.scalar(op.getCu()), tile = emission.scalar(op.getTile());
  Value tokens = emission.scalar(op.getTokens());
  int64_t step = op.getStep();
  Value zero = b.index(0), one = b.index(1);
  auto firstTile = [&](Value run, Value start) {
    return b.add(b.div(start, step), run);
  };
  auto clampedOffset = [&](Value at) -> Value {
    Value offset = b.toIndex(memref::LoadOp::create(b, cu, at));
    return b.min(b.max(offset, zero), tokens);
  };
  Value offsets = memref::DimOp::create(b, cu, zero);
  SmallVector<Value> inits{zero, zero, b.add(offsets, one), tokens};
  auto search = scf::WhileOp::create(
      b, ValueRange(inits).getTypes(), inits,
      [&](OpBuilder &, Location, ValueRange state) {
        scf::ConditionOp::create(b, b.less(b.add(state[0], one), state[2]), state);
      },
      [&](OpBuilder &, Location, ValueRange state) {
        Value middle = b.div(b.add(state[0], state[2]), 2);
        Value start = clampedOffset(b.sub(middle, one));
        Value isLater = b.less(tile, firstTile(middle, start));
        scf::YieldOp::create(b, ValueRange{b.select(isLater, state[0], middle),
                                           b.select(isLater, state[1], start),
                                           b.select(isLater, middle, state[2]),
                                           b.select(isLater, start, state[3])});
      });
  Value run = search.getResult(0), base = search.getResult(1);
  Value length = b.max(b.sub(search.getResult(3), base), zero);
  Value isBelow = b.less(run, offsets);
  Value isSequence = b.both(b.less(zero, run), isBelow);
  Value past = b.sub(tile, firstTile(run, base));
  scalars.map(op.getSequence(), b.sub(run, one));
  scalars.map(op.getBase(), base);
  scalars.map(op.getLength(), length);
  scalars.map(op.getFirst(), b.mul(past, step));
  scalars.map(op.getKeys(), b.select(isSequence, length, zero));
}

void emitSequence(const Emission &emission, SequenceOp op) {
  LoopBuilder &b = emission.b;
  Value cu = emission.scalar(op.getCu()), number = emission.scalar(op.getSequence());
  Value tokens = emission.scalar(op.getTokens()), zero = b.index(0);
  Value lengths = op.getLengths() ? emission.scalar(op.getLengths()) : Value();
  Value ends = memref::DimOp::create(b, cu, zero);
  Value sequences = b.add(ends, -1);
  if (lengths)
    sequences = b.min(sequences, memref::DimOp::create(b, lengths, zero));
  Value isAtLeast0 = b.lessEqual(zero, number);
  Value isOne = b.both(isAtLeast0, b.less(number, sequences));
  auto load = [&](Value array, Value at, Value most) {
    Value loaded = b.toIndex(memref::LoadOp::create(b, array, at));
    return b.min(b.max(loaded, zero), most);
  };
  auto branch = scf::IfOp::create(
      b, isOne,
      [&](OpBuilder &, Location) {
        Value base = load(cu, number, tokens);
        Value end = load(cu, b.add(number, 1), tokens);
        Value length = b.max(b.sub(end, base), zero);
        if (lengths)
          length = load(lengths, number, length);
        scf::YieldOp::create(b, ValueRange{base, length});
      },
      [&](OpBuilder &, Location) { scf::YieldOp::create(b, ValueRange{zero, zero}); });
  emission.scalars.map(op.getBase(), branch.getResult(0));
  emission.scalars.map(op.getLength(), branch.getResult(1));
}

} // namespace fovea::tile_to_loops
