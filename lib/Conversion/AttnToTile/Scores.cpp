//===- Scores.cpp - the one generator of scores ---------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Conversion/AttnToTile/Scores.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace mlir;
using namespace fovea;

Value fovea::emitShift(TileBuilder &b, Value lse) {
  constexpr double kLargest = 0x1p30;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Value lse2 = b.mulf(lse, b.constantLike(lse, llvm::numbers::log2e));
  Value largest = b.constantLike(lse, kLargest);
  Value isOut = arith::CmpFOp::create(b, arith::CmpFPredicate::OGE,
                                      math::AbsFOp::create(b, lse2), largest);
  return b.select(isOut, b.constantLike(lse, kInfinity), lse2);
}

ScoreTiles::ScoreTiles(TileBuilder &b, const QueryTile &tile, Value q,
                       const ScoreSource &source)
    : b(b), tile(tile), q(q), source(source),
      keys(b, tile.place, source.keyHead ? source.keyHead : tile.kvHead, source.keys,
           source.keyBlock, source.keyBlock),
      layout{ScoreOwner::Queries, tile.rows(), source.keyBlock},
      transform(b, tile, layout, source.code, source.scale) {}

ScoreTiles::ScoreTiles(TileBuilder &b, const QueryTile &tile, Value q,
                       const ScoreSource &source, const KeyTiles &keys)
    : b(b), tile(tile), q(q), source(source), keys(keys),
      layout{ScoreOwner::Keys, tile.rows(), keys.getRows()},
      transform(b, tile, layout, source.code, source.scale) {}

/// Visited blocks exist, so the bound by the number of keys leaves those of a sequence
/// as they are, and none to rows that are nobody's.
Value ScoreTiles::emitVisits(Value indices, const VisitPart &part) const {
  attn::VisitBounds bounds = source.keys.emitVisits(
      b, {tile.place.length, tile.first, tile.last, source.keyBlock});
  bounds.end = b.min(bounds.end, keys.emitNumBlocks());
  if (!indices) {
    auto [begin, end] = part.cut(b, bounds.begin, bounds.end);
    return tile::VisitRangeOp::create(b, begin, end, bounds.fullBegin, bounds.fullEnd);
  }
  return tile::VisitListsOp::create(
      b, tile.loadPerToken(b, indices, part), bounds.begin, bounds.end,
      bounds.fullBegin, bounds.fullEnd, source.keys.getIndexBlock() / source.keyBlock);
}

Visit ScoreTiles::getVisit(tile::ForVisitsOp loop, Value indices) const {
  bool everyTokenVisits = !indices || tile.tokens == 1;
  return {loop.getBlockNumber(),
          everyTokenVisits ? Value() : Value(loop.getTokenMask()), loop.getNeedsMask()};
}

Value ScoreTiles::loadKeys(const Visit &visit) const {
  return keys.load(source.k, visit.block);
}

Value ScoreTiles::emitProducts(Value keyTile) const {
  return layout.emitProducts(b, q, keyTile);
}

ScoreValues ScoreTiles::emitRegion(const Visit &visit, Value products) const {
  return transform.emit(products, [&] { return keys.emitPositions(visit.block); });
}

Value ScoreTiles::emitScores(const Visit &visit, Value products,
                             function_ref<Value(Value scores)> map) const {
  Value unmasked = emitRegion(visit, products).score;
  return hide(visit, map ? map(unmasked) : unmasked,
              -std::numeric_limits<double>::infinity());
}

Value ScoreTiles::emitProbabilities(const Visit &visit, Value scores,
                                    Value shift) const {
  Value exponents =
      b.mulf(scores, b.constantLike(scores, source.getFactor() * llvm::numbers::log2e));
  if (shift)
    exponents = b.subf(exponents, layout.spreadQueries(b, shift));
  Value p = math::Exp2Op::create(b, exponents);
  // Keys sum over rows that are no head's, whose shift is infinite. What a region makes
  // of them may be as well.
  if (layout.owner == ScoreOwner::Keys && tile.isPadded() && !source.code.isEmpty()) {
    Value isHead = layout.spreadQueries(b, tile.headRows(b));
    p = b.select(isHead, p, b.constantLike(p, 0.0));
  }
  return hide(visit, p, 0.0);
}

Value ScoreTiles::emitGradProducts(Value dout, Value valueTile) const {
  return layout.emitProducts(b, dout, valueTile);
}

Value ScoreTiles::emitScoreGrads(Value probabilities, Value gradProducts,
                                 Value delta) const {
  return b.mulf(probabilities, b.subf(gradProducts, layout.spreadQueries(b, delta)));
}

Value ScoreTiles::emitChain(Value scoreGrads, ScoreValues &values, size_t i) const {
  Value derivative = transform.emitDerivative(values, i);
  if (!derivative)
    return scoreGrads;
  Value zero = b.constantLike(scoreGrads, 0.0);
  Value isFlat = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, scoreGrads, zero);
  return b.select(isFlat, zero, b.mulf(scoreGrads, derivative));
}

Value ScoreTiles::hide(const Visit &visit, Value values, double hidden) const {
  auto hideUnless = [&](Value mask, Value tile) -> Value {
    return b.select(mask, tile, b.constantLike(tile, hidden));
  };
  if (visit.tokens) {
    Value rows = visit.tokens;
    if (tile.groupRows > 1)
      rows = tile::RepeatOp::create(
          b, RankedTensorType::get({tile.rows()}, b.getI1Type()), rows, tile.groupRows);
    values = hideUnless(layout.spreadQueries(b, rows), values);
  }
  auto branch = scf::IfOp::create(b, TypeRange(values.getType()), visit.masked,
                                  /*addElse=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  scf::YieldOp::create(b, hideUnless(emitElementMask(visit.block), values));
  b.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(b, values);
  return branch.getResult(0);
}

Value ScoreTiles::emitElementMask(Value block) const {
  Value query = layout.spreadQueries(b, tile.rowPositions(b));
  Value key = layout.spreadKeys(b, keys.emitNumbers(block));
  Value length = b.splatI32(tile.place.length, layout.getShape());
  Value sees = source.keys.emitMask(b, query, key, length);
  if (layout.owner == ScoreOwner::Queries)
    return sees;
  // Nobody stores a row of a token that does not exist, but keys sum over it.
  Value number = layout.spreadQueries(b, tile.rowTokens(b));
  return b.both(sees, b.less(number, b.splatI32(tile.owned, layout.getShape())));
}
