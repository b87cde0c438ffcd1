//===- Select.cpp - block scores and streaming top-k ----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Select.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

#include <deque>
#include <limits>

using namespace mlir;
using namespace fovea;

Value fovea::emitNumBlocks(TileBuilder &b, const QueryTile &tile, int64_t selectBlock) {
  Value seen = b.min(b.add(tile.last, b.index(1)), tile.place.keys);
  return b.ceilDiv(seen, selectBlock);
}

namespace {
/// Some heads of a token, as many as a tile has rows for.
struct HeadPart {
  HeadPart(TileBuilder &b, const QueryTile &tile, const ScoreInputs &inputs,
           QueryLoader loadQueries)
      : tile(tile),
        scores(b, this->tile, loadQueries(tile),
               {inputs.kc, inputs.windows, inputs.scale, inputs.keyBlock, inputs.code}),
        shift(emitShift(b, tile.loadRowValues(b, inputs.lse))) {}
  HeadPart(const HeadPart &) = delete; // `scores` refers to `tile`

  /// P of one step of compressed keys; 0 in rows that are no head's.
  Value emitProbabilities(TileBuilder &b, const Visit &visit, Value keyTile) const {
    Value products = scores.emitProducts(keyTile);
    Value scoreTile = scores.emitRegion(visit, products).score;
    Value visible = scores.emitProbabilities(visit, scoreTile, shift);
    return tile.zeroPaddedHeads(b, visible);
  }

  QueryTile tile;
  ScoreTiles scores;
  Value shift;
};
} // namespace

LogicalResult fovea::emitScoreMatrix(Operation *op, KernelEmission &kernel) {
  Value matrix = op->getResult(0);
  if (!kernel.leaves(matrix))
    return success();
  TileBuilder &b = kernel.getBuilder();
  const QueryTile &tile = kernel.getQueries();
  auto store = [&](Value scores, Value firstBlock, ValueRange) {
    RankedTensorType type = TileBuilder::typeOf(scores);
    int64_t blocks = type.getDimSize(1);
    if (type.getDimSize(0) != tile.tokens) // rows of several heads
      tile.storeColumns(b, scores, kernel.getView(matrix), firstBlock);
    else
      b.store(scores, kernel.getView(matrix), {tile.row, tile.kvHead, firstBlock},
              {tile.tokens, 1, blocks}, tile.count);
    return SmallVector<Value>();
  };
  return cast<EmitTileOpInterface>(op).emitScores(kernel, {}, store);
}

Value fovea::emitHeadSum(TileBuilder &b, const QueryTile &tile, Value values) {
  if (tile.groupRows == 1)
    return values;
  int64_t n = TileBuilder::typeOf(values).getDimSize(1);
  return tile::ReduceOp::create(b, b.f32Tile({tile.tokens, n}), tile::ReduceKind::Add,
                                values, 0, b.getI64IntegerAttr(tile.groupRows));
}

/// Whether some query of the tile may not see some key of a block, i1.
static Value emitNeedsMask(TileBuilder &b, const attn::VisitBounds &bounds,
                           Value block) {
  Value behind = b.less(b.sub(bounds.fullEnd, b.index(1)), block);
  return arith::OrIOp::create(b, b.less(block, bounds.fullBegin), behind);
}

SmallVector<Value> fovea::emitScoreSteps(TileBuilder &b, const QueryTile &tile,
                                         const ScoreSteps &steps, ValueRange inits,
                                         StepEmitter emit) {
  Value count = b.ceilDiv(emitNumBlocks(b, tile, steps.selectBlock), steps.blocks);
  attn::VisitBounds bounds = steps.keys.emitVisits(
      b, {tile.place.length, tile.first, tile.last, steps.keyBlock});
  std::pair<Value, Value> run = steps.part.cut(b, b.index(0), count);
  Value own = b.sub(run.second, run.first);
  return b.emitLoop(own, /*step=*/1, inits, [&](Value number, ValueRange carried) {
    Value step = b.add(number, run.first);
    Value masked = emitNeedsMask(b, bounds, step);
    return emit({step, /*tokens=*/{}, masked}, carried);
  });
}

/// P is summed over the heads of each token, and over windows (Eq 8 to 10).
SmallVector<Value> fovea::emitComputedScores(TileBuilder &b, const QueryTile &tile,
                                             QueryLoader loadQueries,
                                             const ScoreInputs &inputs,
                                             ValueRange inits, ScoreConsumer consumer) {
  int64_t block = inputs.windows.getBlock(), stride = inputs.windows.getStride();
  int64_t halo = tile::BandSumOp::getHalo(block, stride, inputs.selectBlock);
  int64_t blocks = inputs.blocksPerStep();
  std::deque<HeadPart> parts;
  for (const QueryTile &part : tile.parts(b))
    parts.emplace_back(b, part, inputs, loadQueries);
  SmallVector<Value> carriedInits{b.constantTile({tile.tokens, halo}, 0)};
  carriedInits.append(inits.begin(), inits.end());
  auto emitStep = [&](const Visit &visit, ValueRange carried) {
    Value keyTile = parts.front().scores.loadKeys(visit);
    Value p = emitSumOfParts(b, parts, [&](const HeadPart &part) {
      return part.emitProbabilities(b, visit, keyTile);
    });
    Value carry = carried.front();
    auto band =
        tile::BandSumOp::create(b, b.f32Tile({tile.tokens, blocks}), carry.getType(), p,
                                carry, block, stride, inputs.selectBlock);
    SmallVector<Value> next{band.getNewCarry()};
    next.append(
        consumer(band.getScores(), b.mul(visit.block, blocks), carried.drop_front()));
    return next;
  };
  SmallVector<Value> results = emitScoreSteps(
      b, tile, {inputs.windows, inputs.keyBlock, inputs.selectBlock, blocks},
      carriedInits, emitStep);
  results.erase(results.begin());
  return results;
}

SmallVector<Value> fovea::emitStoredScores(TileBuilder &b, const QueryTile &tile,
                                           Value scoresView, const StoredScores &stored,
                                           ValueRange inits, ScoreConsumer consumer) {
  // A sequence may be longer than the columns that were given.
  Value columns = memref::DimOp::create(b, scoresView, 2);
  Value blocks = b.min(emitNumBlocks(b, tile, stored.selectBlock), columns);
  Value steps = b.ceilDiv(blocks, stored.columns);
  return b.emitLoop(steps, /*step=*/1, inits, [&](Value step, ValueRange carried) {
    Value block = b.mul(step, stored.columns);
    Value scores = b.load(scoresView, {tile.row, tile.kvHead, block},
                          {tile.tokens, 1, stored.columns}, tile.count);
    return consumer(scores, block, carried);
  });
}

SmallVector<Value> fovea::emitTopkInit(TileBuilder &b, const QueryTile &tile,
                                       attn::SelectTopkOp op) {
  int64_t count = op.getCount();
  auto type = RankedTensorType::get({tile.tokens, count}, b.getI32Type());
  Value unused = arith::ConstantOp::create(
      b, DenseElementsAttr::get(type, b.getI32IntegerAttr(-1)));
  return {b.minusInfinity({tile.tokens, count}), unused};
}

SmallVector<Value> fovea::emitTopkStep(TileBuilder &b, const QueryTile &tile,
                                       attn::SelectTopkOp op, Value scores,
                                       Value firstBlock, ValueRange carried) {
  int64_t columns = TileBuilder::typeOf(scores).getDimSize(1);
  Value positions = tile.tokenPositions(b);
  Value ownBlock = arith::DivUIOp::create(
      b, positions, b.constantLike(positions, int64_t(op.getBlocks().getBlock())));
  Value own = b.alongRows(ownBlock, columns);
  Value block = b.alongColumns(b.positions(firstBlock, columns), tile.tokens);
  auto compare = [&](arith::CmpIPredicate predicate, Value lhs, Value rhs) -> Value {
    return arith::CmpIOp::create(b, predicate, lhs, rhs);
  };
  Value candidate = compare(arith::CmpIPredicate::sle, block, own);
  Value initial = compare(arith::CmpIPredicate::slt, block,
                          b.constantLike(block, int64_t(op.getInitial())));
  Value oldestLocal =
      arith::SubIOp::create(b, own, b.constantLike(own, int64_t(op.getLocal())));
  Value local = compare(arith::CmpIPredicate::sgt, block, oldestLocal);
  Value forced = arith::OrIOp::create(b, initial, local);
  Value infinity = b.constantLike(scores, std::numeric_limits<double>::infinity());
  Value never = b.minusInfinity({tile.tokens, columns});
  Value ranked = b.select(candidate, b.select(forced, infinity, scores), never);
  auto update =
      tile::TopkUpdateOp::create(b, carried[0], carried[1], ranked, firstBlock);
  return {update.getNewValues(), update.getNewIndices()};
}
