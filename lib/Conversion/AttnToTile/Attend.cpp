//===- Attend.cpp - the one attend generator ------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Attend.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace fovea;

static int64_t rowsOf(Value tile) { return TileBuilder::typeOf(tile).getDimSize(0); }
static int64_t colsOf(Value tile) { return TileBuilder::typeOf(tile).getDimSize(1); }

SoftmaxState fovea::emitInitialState(TileBuilder &b, int64_t rows, int64_t dv) {
  return {b.constantTile({rows, dv}, 0), b.minusInfinity({rows}),
          b.constantTile({rows}, 0)};
}

AttendResult fovea::emitFinish(TileBuilder &b, const SoftmaxState &state) {
  Value zero = b.constantLike(state.sum, 0.0), one = b.constantLike(state.sum, 1.0);
  Value some = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, state.sum, zero);
  Value safeSum = b.select(some, state.sum, one);
  Value inverse = arith::DivFOp::create(b, b.select(some, one, zero), safeSum);
  Value log = b.addf(state.max, math::Log2Op::create(b, safeSum));
  Value lse = b.select(some, b.mulf(log, b.constantLike(log, llvm::numbers::ln2)),
                       b.minusInfinity({rowsOf(log)}));
  return {b.mulf(state.acc, b.alongRows(inverse, colsOf(state.acc))), lse};
}

namespace {

/// One visit: a key block, who listed it, and whether some element is masked.
struct Visit {
  Value block;
  Value tokens; ///< tensor<tokens x i1>, or null when every token visits
  Value masked; ///< i1
};

/// Emits the steps of one attend on one query tile.
class AttendStep {
public:
  AttendStep(TileBuilder &b, const QueryTile &tile, Value q, const AttendInputs &inputs)
      : b(b), tile(tile), q(q), inputs(inputs), n(inputs.keyBlock),
        factor(inputs.scale * llvm::numbers::log2e) {
    numKeys = inputs.keys.emitNumKeys(b, tile.length);
    keyBase = b.div(tile.base, inputs.keys.getKeyStride());
  }

  SoftmaxState emit(const Visit &visit, const SoftmaxState &state) {
    Value firstKey = b.mul(visit.block, n);
    Value scores = emitScores(visit, firstKey);
    Value rowMax = b.reduce(tile::ReduceKind::Max, scores, 1);
    // A positive factor keeps the order, so the maximum is scaled once per row, and the
    // scores where they meet the shift: one multiply-add.
    if (factor > 0)
      rowMax = b.mulf(rowMax, b.constantLike(rowMax, factor));
    Value max = arith::MaxNumFOp::create(b, state.max, rowMax);
    // A row that has seen nothing yet has max = -inf; subtract 0 from it instead.
    Value none = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, max,
                                       b.minusInfinity({tile.rows()}));
    Value shift = b.select(none, b.constantLike(max, 0.0), max);
    if (factor > 0)
      scores = b.mulf(scores, b.constantLike(scores, factor));
    Value p = math::Exp2Op::create(b, b.subf(scores, b.alongRows(shift, n)));
    Value alpha = math::Exp2Op::create(b, b.subf(state.max, shift));
    Value sum = b.addf(b.mulf(state.sum, alpha), b.reduce(tile::ReduceKind::Add, p, 1));
    Value rescaled = b.mulf(state.acc, b.alongRows(alpha, colsOf(state.acc)));
    Value acc = tile::DotOp::create(b, p, loadKeys(inputs.v, firstKey), rescaled,
                                    /*transposeRhs=*/false);
    return {acc, max, sum};
  }

private:
  /// The block's rows of a view [Tk, Hkv, D]; rows past the last key read as 0.
  Value loadKeys(Value view, Value firstKey) {
    int64_t dim = cast<MemRefType>(view.getType()).getShape().back();
    return b.load(view, {b.add(keyBase, firstKey), tile.kvHead, b.index(0)},
                  {n, 1, dim}, b.sub(numKeys, firstKey));
  }

  /// Scores, -inf where the query does not see the key. Times `factor` they are in units
  /// of log2; one that is not positive is applied here.
  Value emitScores(const Visit &visit, Value firstKey) {
    Value zero = b.constantTile({tile.rows(), n}, 0);
    Value scores = tile::DotOp::create(b, q, loadKeys(inputs.k, firstKey), zero,
                                       /*transposeRhs=*/true);
    if (!(factor > 0))
      scores = b.mulf(scores, b.constantLike(scores, factor));
    if (visit.tokens) {
      Value rows = visit.tokens;
      if (tile.groupRows > 1)
        rows = tile::RepeatOp::create(
            b, RankedTensorType::get({tile.rows()}, b.getI1Type()), rows,
            tile.groupRows);
      scores = hideUnless(b.alongRows(rows, n), scores);
    }
    auto branch = scf::IfOp::create(b, TypeRange(scores.getType()), visit.masked,
                                    /*addElse=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    scf::YieldOp::create(b, hideUnless(emitElementMask(firstKey), scores));
    b.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(b, scores);
    return branch.getResult(0);
  }

  Value hideUnless(Value mask, Value scores) {
    return b.select(mask, scores, b.minusInfinity({tile.rows(), n}));
  }

  Value emitElementMask(Value firstKey) {
    Value query = b.alongRows(tile.rowPositions(b), n);
    Value key = b.alongColumns(b.positions(firstKey, n), tile.rows());
    return inputs.keys.emitMask(b, query, key,
                                b.splatI32(tile.length, {tile.rows(), n}));
  }

  TileBuilder &b;
  const QueryTile &tile;
  Value q;
  const AttendInputs &inputs;
  int64_t n;
  double factor;
  Value numKeys, keyBase;
};

} // namespace

/// The visits of a query tile, as a value.
static Value emitVisits(TileBuilder &b, const QueryTile &tile,
                        const AttendInputs &inputs) {
  attn::VisitBounds bounds =
      inputs.keys.emitVisits(b, {tile.length, tile.first, tile.last, inputs.keyBlock});
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
  SoftmaxState initial = emitInitialState(b, tile.rows(), dv);
  Value visits = emitVisits(b, tile, inputs);
  auto loop = tile::ForVisitsOp::create(
      b, visits, tile.tokens, ValueRange{initial.acc, initial.max, initial.sum});
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
  return emitFinish(b, {loop.getResult(0), loop.getResult(1), loop.getResult(2)});
}

//===----------------------------------------------------------------------===//
// key_outer
//===----------------------------------------------------------------------===//

void fovea::emitForQueryTiles(TileBuilder &b, const QueryTile &sequence, Value begin,
                              Value end, function_ref<void(const QueryTile &)> body) {
  Value low = b.mul(b.div(begin, sequence.tokens), sequence.tokens);
  auto loop =
      scf::ForOp::create(b, low, b.min(end, sequence.length), b.index(sequence.tokens));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(QueryTile::at(b, sequence.tokens, sequence.group, sequence.groupRows,
                     sequence.base, sequence.length, loop.getInductionVar(),
                     sequence.kvHead));
}

/// Which tokens of the tile list the key block.
static Value emitListed(TileBuilder &b, const QueryTile &tile,
                        const AttendInputs &inputs, Value block) {
  Value lists = tile.loadPerToken(b, inputs.indices);
  int64_t split = inputs.keys.getIndexBlock() / inputs.keyBlock;
  Value wanted = b.splatI32(b.div(block, split), TileBuilder::typeOf(lists).getShape());
  Value equal = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, lists, wanted);
  ArrayRef<int64_t> shape = TileBuilder::typeOf(lists).getShape();
  Value hits = b.select(equal, b.constantTile(shape, 1), b.constantTile(shape, 0));
  Value any = b.reduce(tile::ReduceKind::Max, hits, 1);
  return arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, any,
                               b.constantLike(any, 0.0));
}

static SoftmaxState loadState(TileBuilder &b, const QueryTile &tile,
                              const StateViews &views) {
  return {tile.loadPacked(b, views.acc), tile.loadRowValues(b, views.max),
          tile.loadRowValues(b, views.sum)};
}

static void storeState(TileBuilder &b, const QueryTile &tile, const StateViews &views,
                       const SoftmaxState &state) {
  tile.storePacked(b, state.acc, views.acc);
  tile.storeRowValues(b, state.max, views.max);
  tile.storeRowValues(b, state.sum, views.sum);
}

void fovea::emitAttendKeyOuter(
    TileBuilder &b, QueryTile sequence, Value qView, const AttendInputs &inputs,
    const StateViews &views,
    function_ref<void(const QueryTile &, const AttendResult &)> finish) {
  int64_t dv = cast<MemRefType>(inputs.v.getType()).getShape().back();
  Value zero = b.index(0);
  emitForQueryTiles(b, sequence, zero, sequence.length, [&](const QueryTile &tile) {
    storeState(b, tile, views, emitInitialState(b, tile.rows(), dv));
  });
  Value numKeys = inputs.keys.emitNumKeys(b, sequence.length);
  auto loop =
      scf::ForOp::create(b, zero, b.ceilDiv(numKeys, inputs.keyBlock), b.index(1));
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value block = loop.getInductionVar();
    attn::QueryBounds bounds =
        inputs.keys.emitTranspose(b, {sequence.length, block, inputs.keyBlock});
    emitForQueryTiles(
        b, sequence, bounds.begin, bounds.end, [&](const QueryTile &tile) {
          AttendStep step(b, tile, tile.loadPacked(b, qView), inputs);
          Value listed = inputs.indices ? emitListed(b, tile, inputs, block) : Value();
          Value masked = arith::ConstantIntOp::create(b, b.getLoc(), 1, 1);
          storeState(b, tile, views,
                     step.emit({block, listed, masked}, loadState(b, tile, views)));
        });
  }
  emitForQueryTiles(b, sequence, zero, sequence.length, [&](const QueryTile &tile) {
    finish(tile, emitFinish(b, loadState(b, tile, views)));
  });
}
