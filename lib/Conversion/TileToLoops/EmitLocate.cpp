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
  Value tokens = emission.scalar(op.getTokens()), step = b.index(op.getStep());
  Value zero = b.index(0), one = b.index(1), two = b.index(2);
  auto add = [&](Value x, Value y) -> Value { return arith::AddIOp::create(b, x, y); };
  auto sub = [&](Value x, Value y) -> Value { return arith::SubIOp::create(b, x, y); };
  auto select = [&](Value condition, Value x, Value y) -> Value {
    return arith::SelectOp::create(b, condition, x, y);
  };
  auto less = [&](Value x, Value y) -> Value {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, x, y);
  };
  auto firstTile = [&](Value run, Value start) {
    return add(arith::DivUIOp::create(b, start, step), run);
  };
  auto clampedOffset = [&](Value at) -> Value {
    Value offset = arith::IndexCastOp::create(
        b, b.getIndexType(), memref::LoadOp::create(b, cu, at).getResult());
    Value low = arith::MaxSIOp::create(b, offset, zero);
    return arith::MinSIOp::create(b, low, tokens);
  };
  Value offsets = memref::DimOp::create(b, cu, zero);
  SmallVector<Value> inits{zero, zero, add(offsets, one), tokens};
  auto search = scf::WhileOp::create(
      b, ValueRange(inits).getTypes(), inits,
      [&](OpBuilder &, Location, ValueRange state) {
        scf::ConditionOp::create(b, less(add(state[0], one), state[2]), state);
      },
      [&](OpBuilder &, Location, ValueRange state) {
        Value middle = arith::DivUIOp::create(b, add(state[0], state[2]), two);
        Value start = clampedOffset(sub(middle, one));
        Value isLater = less(tile, firstTile(middle, start));
        scf::YieldOp::create(b, ValueRange{select(isLater, state[0], middle),
                                           select(isLater, state[1], start),
                                           select(isLater, middle, state[2]),
                                           select(isLater, start, state[3])});
      });
  Value run = search.getResult(0), base = search.getResult(1);
  Value length = arith::MaxSIOp::create(b, sub(search.getResult(3), base), zero);
  Value isBelow = less(run, offsets);
  Value isSequence = arith::AndIOp::create(b, less(zero, run), isBelow);
  Value past = sub(tile, firstTile(run, base));
  scalars.map(op.getSequence(), sub(run, one));
  scalars.map(op.getBase(), base);
  scalars.map(op.getLength(), length);
  scalars.map(op.getFirst(), arith::MulIOp::create(b, past, step).getResult());
  scalars.map(op.getKeys(), select(isSequence, length, zero));
}

} // namespace fovea::tile_to_loops
