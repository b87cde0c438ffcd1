//===- Attend.cpp - the one attend generator ------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Attend.h"

#include "fovea/Dialect/Attn/IR/ScoreRange.h"
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

SmallVector<Value> SoftmaxState::getValues() const {
  SmallVector<Value> values;
  llvm::copy_if(ArrayRef<Value>{acc, max, sum, exactSum}, std::back_inserter(values),
                [](Value value) { return bool(value); });
  return values;
}

SoftmaxState SoftmaxState::with(ValueRange values) const {
  SoftmaxState state = *this;
  auto next = values.begin();
  for (Value *value : {&state.acc, &state.max, &state.sum, &state.exactSum})
    if (*value)
      *value = *next++;
  return state;
}

/// The logit of each row's sink, as a score. A row that is no sequence's has none.
static Value emitSink(TileBuilder &b, const QueryTile &tile, const SoftmaxScale &scale,
                      Value sinks) {
  Value sink = tile.loadPerHead(b, sinks);
  sink = b.mulf(sink, b.constantLike(sink, 1 / scale.scale));
  Value none = b.minusInfinity({tile.rows()});
  return b.select(tile.ownedRows(b), sink, none);
}

/// Of rows that have seen no key. A sink is as a key of value 0 that a row has seen: m
/// is its logit and l is 1.
static SoftmaxState emitInitialState(TileBuilder &b, const QueryTile &tile,
                                     const AttendInputs &inputs,
                                     const SoftmaxScale &scale) {
  int64_t rows = tile.rows();
  Value acc = b.constantTile({rows, inputs.v.getColumns()}, 0);
  if (scale.isBounded) {
    bool isRounded = inputs.needsLse && !inputs.v.getElementType().isF32();
    Value sum = b.constantTile({rows}, 0);
    return {acc, Value(), sum, isRounded ? b.constantTile({rows}, 0) : Value()};
  }
  Value sinks = inputs.sinks;
  Value lowest = b.constantTile({rows}, scale.lowest);
  if (!sinks)
    return {acc, lowest, b.constantTile({rows}, 0)};
  Value sink = emitSink(b, tile, scale, sinks);
  Value max = arith::MaxNumFOp::create(b, sink, lowest);
  // 1; 0 where the sink is -inf, and NaN where it is NaN or +inf.
  Value sum = math::Exp2Op::create(b, b.subf(sink, max));
  return {acc, max, sum};
}

/// Adds the sink to rows whose keys needed no maximum: it may be of any size.
static SoftmaxState emitSinkLast(TileBuilder &b, const QueryTile &tile,
                                 const SoftmaxState &state, const SoftmaxScale &scale,
                                 Value sinks) {
  Value sink = emitSink(b, tile, scale, sinks);
  Value factor = b.constantLike(sink, scale.factor);
  Value zero = b.constantLike(sink, 0.0);
  Value max = arith::MaxNumFOp::create(b, sink, zero);
  Value alpha = math::Exp2Op::create(b, b.mulf(b.subf(zero, max), factor));
  Value weight = math::Exp2Op::create(b, b.mulf(b.subf(sink, max), factor));
  Value acc = b.mulf(state.acc, b.alongRows(alpha, colsOf(state.acc)));
  auto addWeight = [&](Value sum) -> Value {
    return sum ? b.addf(b.mulf(sum, alpha), weight) : Value();
  };
  Value sum = addWeight(state.sum);
  return {acc, max, sum, addWeight(state.exactSum)};
}

static AttendResult emitFinish(TileBuilder &b, const SoftmaxState &state,
                               const SoftmaxScale &scale) {
  Value zero = b.constantLike(state.sum, 0.0), one = b.constantLike(state.sum, 1.0);
  // The largest product weighs 2^-4 at least, and a bounded one what the bound says, so
  // that the sum is 0 where no key has a logit above -inf, and nowhere else; NaN is not
  // 0.
  Value empty = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, state.sum, zero);
  Value safeSum = b.select(empty, one, state.sum);
  Value inverse = arith::DivFOp::create(b, b.select(empty, zero, one), safeSum);
  Value max =
      state.max ? b.mulf(state.max, b.constantLike(state.max, scale.factor)) : Value();
  Value sum = state.exactSum ? b.select(empty, one, state.exactSum) : safeSum;
  Value log = math::Log2Op::create(b, sum);
  if (max)
    log = b.addf(max, log);
  Value natural = b.mulf(log, b.constantLike(log, llvm::numbers::ln2));
  Value lse = b.select(empty, b.minusInfinity({rowsOf(log)}), natural);
  return {b.mulf(state.acc, b.alongRows(inverse, colsOf(state.acc))), lse};
}

/// The largest |logit| in units of log2 up to which one multiply-add computes
/// score * factor - max * factor: the product is rounded there and the maximum's is
/// rounded before, so that they differ by up to 2^-25 of it, 4 at most.
static constexpr double kLargestExactLog2 = 0x1p26;

/// The largest |logit| in units of log2 up to which rows go without a maximum. A value
/// is multiplied by 2^80 at most and summed over 2^24 keys at most within f32, as long
/// as it is below 2^23, and its part in the result is not lost above 2^-46. The weights
/// of f16 values are f16, whose normal numbers begin at 2^-14.
static double getLargestBoundedLog2(Type values) { return values.isF16() ? 14 : 80; }

SoftmaxScale::SoftmaxScale(double scale, bool isBounded)
    : isBounded(isBounded), scale(scale), factor(scale * llvm::numbers::log2e),
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
  bool isBounded = false;
  if (!inputs.code.isEmpty()) {
    attn::ScoreRange range = attn::getScoreRange(*inputs.code.region);
    Type values = inputs.v.getElementType();
    isBounded = range.getLargestMagnitude() * llvm::numbers::log2e <=
                getLargestBoundedLog2(values);
  }
  return SoftmaxScale(inputs.getScores().getFactor(), isBounded);
}

namespace {

/// Emits the steps of one attend on one query tile.
class AttendStep {
public:
  AttendStep(TileBuilder &b, const QueryTile &tile, Value q, const AttendInputs &inputs,
             const SoftmaxScale &scale)
      : b(b), tile(tile), scores(b, tile, q, inputs.getScores()), v(inputs.v),
        scale(scale) {}

  SoftmaxState emit(const Visit &visit, const SoftmaxState &state) {
    Value products = scores.emitProducts(scores.loadKeys(visit));
    auto weigh = [&] {
      return scale.isBounded ? weighBounded(visit, products, state)
                             : weighOnline(visit, products, state);
    };
    Weighed weighed = visit.tokens ? emitForListed(visit, state, weigh) : weigh();
    SoftmaxState next = weighed.state;
    next.acc = tile::DotOp::create(b, weighed.p, scores.getKeys().load(v, visit.block),
                                   next.acc, /*transposeRhs=*/false);
    return next;
  }

  const ScoreTiles &getScores() const { return scores; }

private:
  /// The weights of a visit's keys, and the state that their products are added to.
  struct Weighed {
    Value p;
    SoftmaxState state;

    SmallVector<Value> getValues() const {
      SmallVector<Value> values{p};
      llvm::append_range(values, state.getValues());
      return values;
    }
  };

  /// What `weigh` gives, where it is of tokens that listed the block. Of others it is
  /// no weight and the state as it was, which who computes no row of a listed token
  /// need not compute.
  Weighed emitForListed(const Visit &visit, const SoftmaxState &state,
                        function_ref<Weighed()> weigh) {
    Value none = b.constantTile({tile.rows(), scores.getKeys().getSize()}, 0);
    SmallVector<Value> unlisted = Weighed{none, state}.getValues();
    Value some = tile::AnyTokenOp::create(b, b.getI1Type(), visit.tokens,
                                          tile.groupRows, /*byWarp=*/true);
    auto branch = scf::IfOp::create(b, TypeRange(ValueRange(unlisted)), some,
                                    /*addElse=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    scf::YieldOp::create(b, weigh().getValues());
    b.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(b, unlisted);
    return {branch.getResult(0), state.with(branch.getResults().drop_front())};
  }

  Weighed weighOnline(const Visit &visit, Value products, const SoftmaxState &state) {
    int64_t n = scores.getKeys().getSize();
    Value scoreTile = scores.emitScores(visit, products);
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
    return {p, {rescaled, max, sum}};
  }

  Weighed weighBounded(const Visit &visit, Value products, const SoftmaxState &state) {
    Value scoreTile = scores.emitRegion(visit, products).score;
    Value p = scores.emitProbabilities(visit, scoreTile);
    auto addTo = [&](Value sum) -> Value {
      return sum ? b.addf(sum, b.reduce(tile::ReduceKind::Add, p, 1)) : Value();
    };
    Value exactSum = addTo(state.exactSum);
    if (Type type = v.getElementType(); !type.isF32())
      p = tile::AsOperandOp::create(b, p.getType(), p, TypeAttr::get(type));
    Value sum = addTo(state.sum);
    return {p, {state.acc, Value(), sum, exactSum}};
  }

  TileBuilder &b;
  const QueryTile &tile;
  ScoreTiles scores;
  const KeyView &v;
  const SoftmaxScale &scale;
};

} // namespace

AttendResult fovea::emitAttend(TileBuilder &b, const QueryTile &tile, Value q,
                               const AttendInputs &inputs) {
  SoftmaxScale scale = getSoftmaxScale(inputs);
  AttendStep step(b, tile, q, inputs, scale);
  SoftmaxState initial = emitInitialState(b, tile, inputs, scale);
  Value visits = step.getScores().emitVisits(inputs.indices, inputs.part);
  auto loop = tile::ForVisitsOp::create(b, visits, tile.tokens, tile.groupRows,
                                        initial.getValues());
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&loop.getBody().front());
    Visit visit = step.getScores().getVisit(loop, inputs.indices);
    SoftmaxState next = step.emit(visit, initial.with(loop.getCarried()));
    tile::YieldOp::create(b, next.getValues());
  }
  SoftmaxState last = initial.with(loop.getResults());
  if (scale.isBounded && inputs.sinks)
    last = emitSinkLast(b, tile, last, scale, inputs.sinks);
  return emitFinish(b, last, scale);
}
