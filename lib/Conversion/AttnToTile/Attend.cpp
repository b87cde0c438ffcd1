//===- Attend.cpp - the one attend generator ------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Attend.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace fovea;

static int64_t rowsOf(Value tile) { return TileBuilder::typeOf(tile).getDimSize(0); }
static int64_t colsOf(Value tile) { return TileBuilder::typeOf(tile).getDimSize(1); }

/// Of rows that have seen no key. A sink is as a key of value 0 that a row has seen: m
/// is its logit and l is 1. `sinks` is a view [Hq], or null.
static SoftmaxState emitInitialState(TileBuilder &b, const QueryTile &tile, int64_t dv,
                                     const SoftmaxScale &scale, Value sinks) {
  int64_t rows = tile.rows();
  Value acc = b.constantTile({rows, dv}, 0);
  Value lowest = b.constantTile({rows}, scale.lowest);
  if (!sinks)
    return {acc, lowest, b.constantTile({rows}, 0)};
  Value sink = tile.loadPerHead(b, sinks);
  sink = b.mulf(sink, b.constantLike(sink, 1 / scale.scale));
  // A row that is no sequence's has no sink, either.
  Value none = b.minusInfinity({rows});
  sink = b.select(tile.ownedRows(b), sink, none);
  Value max = arith::MaxNumFOp::create(b, sink, lowest);
  // 1; 0 where the sink is -inf, and NaN where it is NaN or +inf.
  Value sum = math::Exp2Op::create(b, b.subf(sink, max));
  return {acc, max, sum};
}

static AttendResult emitFinish(TileBuilder &b, const SoftmaxState &state,
                               const SoftmaxScale &scale) {
  Value zero = b.constantLike(state.sum, 0.0), one = b.constantLike(state.sum, 1.0);
  // The largest product weighs 2^-4 at least, so that the sum is 0 where no key has a
  // logit above -inf, and nowhere else; NaN is not 0.
  Value empty = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, state.sum, zero);
  Value safeSum = b.select(empty, one, state.sum);
  Value inverse = arith::DivFOp::create(b, b.select(empty, zero, one), safeSum);
  Value max = b.mulf(state.max, b.constantLike(state.max, scale.factor));
  Value log = b.addf(max, math::Log2Op::create(b, safeSum));
  Value natural = b.mulf(log, b.constantLike(log, llvm::numbers::ln2));
  Value lse = b.select(empty, b.minusInfinity({rowsOf(log)}), natural);
  return {b.mulf(state.acc, b.alongRows(inverse, colsOf(state.acc))), lse};
}

/// The largest |logit| in units of log2 up to which one multiply-add computes
/// score * factor - max * factor: the product is rounded there and the maximum's is
/// rounded before, so that they differ by up to 2^-25 of it, 4 at most.
static constexpr double kLargestExactLog2 = 0x1p26;

SoftmaxScale::SoftmaxScale(double scale)
    : scale(scale), factor(scale * llvm::numbers::log2e),
      steepFactor(std::exp2(std::ceil(std::log2(factor)))),
      steepFrom(kLargestExactLog2 / factor),
      lowest(-std::numeric_limits<float>::max() / std::max(1.0, steepFactor)) {}

Value SoftmaxScale::emitFactors(TileBuilder &b, Value max) const {
  Value bound = b.constantLike(max, steepFrom);
  Value isExact = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT,
                                        math::AbsFOp::create(b, max), bound);
  Value steep = b.constantLike(max, steepFactor);
  return b.select(isExact, b.constantLike(max, factor), steep);
}

static SoftmaxScale getSoftmaxScale(const AttendInputs &inputs) {
  return SoftmaxScale(inputs.getScores().getFactor());
}

namespace {

/// Emits the steps of one attend on one query tile.
class AttendStep {
public:
  AttendStep(TileBuilder &b, const QueryTile &tile, Value q, const AttendInputs &inputs)
      : b(b), scores(b, tile, q, inputs.getScores()), v(inputs.v),
        scale(getSoftmaxScale(inputs)) {}

  SoftmaxState emit(const Visit &visit, const SoftmaxState &state) {
    int64_t n = scores.getKeys().getSize();
    Value scoreTile = scores.emitScores(visit);
    Value max = arith::MaxNumFOp::create(b, state.max,
                                         b.reduce(tile::ReduceKind::Max, scoreTile, 1));
    // The maximum starts at a finite number: a row that has seen nothing yet subtracts
    // it.
    Value factors = scale.emitFactors(b, max);
    Value shift = b.mulf(max, factors);
    Value shifts = b.alongRows(shift, n);
    Value shifted = b.subf(b.mulf(scoreTile, b.alongRows(factors, n)), shifts);
    Value p = math::Exp2Op::create(b, shifted);
    Value alpha = math::Exp2Op::create(b, b.mulf(b.subf(state.max, max), factors));
    Value added = b.reduce(tile::ReduceKind::Add, p, 1);
    Value sum = b.addf(b.mulf(state.sum, alpha), added);
    Value rescaled = b.mulf(state.acc, b.alongRows(alpha, colsOf(state.acc)));
    Value acc = tile::DotOp::create(b, p, scores.getKeys().load(v, visit.block),
                                    rescaled, /*transposeRhs=*/false);
    return {acc, max, sum};
  }

  const KeyTiles &getKeys() const { return scores.getKeys(); }

private:
  TileBuilder &b;
  ScoreTiles scores;
  Value v;
  SoftmaxScale scale;
};

} // namespace

/// The visits of a query tile, as a value. Visited blocks exist, so the bound by the
/// number of keys leaves those of a sequence as they are, and none to rows that are
/// nobody's.
static Value emitVisits(TileBuilder &b, const QueryTile &tile,
                        const AttendInputs &inputs, const KeyTiles &keys) {
  attn::VisitBounds bounds = inputs.keys.emitVisits(
      b, {tile.place.length, tile.first, tile.last, inputs.keyBlock});
  bounds.end = b.min(bounds.end, keys.emitNumBlocks());
  if (!inputs.indices)
    return tile::VisitRangeOp::create(b, bounds.begin, bounds.end, bounds.fullBegin,
                                      bounds.fullEnd);
  return tile::VisitListsOp::create(
      b, tile.loadPerToken(b, inputs.indices), bounds.begin, bounds.end,
      bounds.fullBegin, bounds.fullEnd, inputs.keys.getIndexBlock() / inputs.keyBlock);
}

AttendResult fovea::emitAttend(TileBuilder &b, const QueryTile &tile, Value q,
                               const AttendInputs &inputs) {
  AttendStep step(b, tile, q, inputs);
  int64_t dv = cast<MemRefType>(inputs.v.getType()).getShape().back();
  SoftmaxState initial =
      emitInitialState(b, tile, dv, getSoftmaxScale(inputs), inputs.sinks);
  Value visits = emitVisits(b, tile, inputs, step.getKeys());
  auto loop =
      tile::ForVisitsOp::create(b, visits, tile.tokens, tile.groupRows,
                                ValueRange{initial.acc, initial.max, initial.sum});
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&loop.getBody().front());
    bool everyTokenVisits = !inputs.indices || tile.tokens == 1;
    Visit visit{loop.getBlockNumber(),
                everyTokenVisits ? Value() : Value(loop.getTokenMask()),
                loop.getNeedsMask()};
    auto carried = loop.getCarried();
    SoftmaxState next = step.emit(visit, {carried[0], carried[1], carried[2]});
    tile::YieldOp::create(b, ValueRange{next.acc, next.max, next.sum});
  }
  return emitFinish(b, {loop.getResult(0), loop.getResult(1), loop.getResult(2)},
                    getSoftmaxScale(inputs));
}
