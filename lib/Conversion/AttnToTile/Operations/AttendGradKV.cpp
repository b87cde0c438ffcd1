//===- AttendGradKV.cpp - the lowering of attn.attend_grad_kv to tile -----===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A tile of keys visits the queries that see it (QueryVisits.h), all heads of a group
// at once, with scores transposed: what a visit adds to the keys are products with the
// queries' rows as they are, each of which is loaded once for two products.
//
//   P^T = 2^(K Q^T f - lse log2 e)      dS^T = P^T * (V dO^T - delta)
//   dV  = dV + P^T dO                   dK   = dK + dS^T Q
//
// With a region dS^T is times what that changes by. Where one of dK and dV is nobody's,
// what it alone needs is left out.
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Conversion/AttnToTile/QueryVisits.h"
#include "fovea/Conversion/AttnToTile/Scores.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/PackedShape.h"

#include <limits>

using namespace mlir;
using namespace fovea;

namespace {

/// One tile of keys, and what its visits read.
struct KeyGradTile {
  TileBuilder &b;
  const KeyTile &tile;
  ScoreSource source;
  const QueryVisits &visits;
  bool hasDk, hasDv;
  Value keyTile, valueTile; ///< [keys, D]; values are read for dK alone
  Value q, dout;            ///< views [T, Hq, D]
  Value lse, delta;         ///< views [T, Hq]
  Type operand;             ///< that products take P and dS in

  /// dK and dV, without the scale, and what the queries of a visit add to them. Shifts
  /// are made while the product with keys runs, and both products are there before the
  /// first is read. dS is made of P as its product takes it: beside another one,
  /// registers would hold P twice.
  SmallVector<Value> emitStep(tile::ForVisitsOp loop) const {
    QueryTile queries = visits.emitTile(loop.getBlockNumber());
    Value rowLse = queries.loadRowValues(b, lse), rowDelta, gradProducts;
    if (hasDk)
      rowDelta = queries.loadRowValues(b, delta);
    Value queryTile = queries.loadPacked(b, q);
    ScoreTiles scores(b, queries, queryTile, source, tile.keys);
    Value products = scores.emitProducts(keyTile);
    Value shift = shiftOf(queries, rowLse);
    Value doutTile = queries.loadPacked(b, dout);
    if (hasDk)
      gradProducts = scores.emitGradProducts(doutTile, valueTile);
    Visit visit{tile.block, /*tokens=*/{}, loop.getNeedsMask()};
    ScoreValues values = scores.emitRegion(visit, products);
    Value exact = scores.emitProbabilities(visit, values.score, shift);
    Value p = b.toElement(exact, operand), ds;
    if (hasDk) {
      Value exactGrads = scores.emitScoreGrads(b.toF32(p), gradProducts, rowDelta);
      ds = b.toElement(scores.emitChain(exactGrads, values, 0), operand);
    }
    SmallVector<Value> sums(loop.getCarried());
    auto add = [&](Value weights, Value rows, Value &sum) {
      sum = tile::DotOp::create(b, weights, rows, sum, /*transposeRhs=*/false);
    };
    if (hasDv)
      add(p, doutTile, sums.back());
    if (hasDk)
      add(ds, queryTile, sums.front());
    return sums;
  }

  /// That of a row which is no head's is that of an empty one: keys sum over it, and in
  /// it may be another head's numbers.
  Value shiftOf(const QueryTile &queries, Value rowLse) const {
    Value shift = emitShift(b, rowLse);
    if (!queries.isPadded())
      return shift;
    Value empty = b.constantLike(shift, std::numeric_limits<double>::infinity());
    Value isHead = queries.headRows(b);
    return b.select(isHead, shift, empty);
  }
};

/// A GPU multiplies 16 bits by 16, a CPU f32 by what it loads.
static Type operandOf(attn::AttendGradKVOp op, tile::ScheduleAttr schedule) {
  return schedule.getGpu()
             ? cast<RankedTensorType>(op.getQ().getType()).getElementType()
             : Float32Type::get(op.getContext());
}

struct AttendGradKVLowering final
    : EmitTileOpInterface::ExternalModel<AttendGradKVLowering, attn::AttendGradKVOp> {
  LogicalResult emitTile(Operation *operation, KernelEmission &kernel) const {
    auto op = cast<attn::AttendGradKVOp>(operation);
    FailureOr<tile::ScheduleAttr> schedule = kernel.getSchedule(op);
    if (failed(schedule))
      return failure();
    TileBuilder &b = kernel.getBuilder();
    const KeyTile &tile = kernel.getKeys();
    double scale = op.getScaleOrDefault();
    Value k = kernel.getView(op.getK());
    QueryLists lists;
    if (op.getEntries())
      lists = {kernel.getView(op.getBounds()), kernel.getView(op.getEntries()),
               schedule->getKeys()};
    QueryVisits visits(b, tile, op.getKeys(), lists, schedule->getTokens(),
                       kernel.getGroup(), kernel.getGroupRows());
    // Settled before the visits, which leave no registers for what it is made of.
    SumRows sums = visits.emitSumRows(tile.part);
    attn::ScoreRegionGradient gradient(op.getScoreRegion(), /*byLearned=*/false);
    bool hasDk = kernel.leaves(op.getDk()), hasDv = kernel.leaves(op.getDv());
    Value keyTile = tile.load(k);
    KeyGradTile grad{b,
                     tile,
                     {{k},
                      op.getKeys(),
                      scale,
                      schedule->getKeys(),
                      ScoreCode::of(op, kernel, gradient)},
                     visits,
                     hasDk,
                     hasDv,
                     keyTile,
                     hasDk ? tile.load(kernel.getView(op.getV())) : Value(),
                     kernel.getView(op.getQ()),
                     kernel.getView(op.getDout()),
                     kernel.getView(op.getLse()),
                     kernel.getView(op.getDelta()),
                     operandOf(op, *schedule)};
    SmallVector<std::pair<Value, double>> results; // and what they are scaled by
    if (hasDk)
      results.push_back({op.getDk(), scale * grad.source.getDerivativeFactor(0)});
    if (hasDv)
      results.push_back({op.getDv(), 1});
    SmallVector<Value> none;
    for (auto [result, factor] : results)
      none.push_back(b.constantTile({tile.keys.getRows(), attn::dimOf(result)}, 0));
    auto loop = tile::ForVisitsOp::create(b, visits.emitVisits(), visits.getTokens(),
                                          visits.getGroupRows(), none);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(&loop.getBody().front());
      tile::YieldOp::create(b, grad.emitStep(loop));
    }
    for (auto [sum, each] : llvm::zip_equal(loop.getResults(), results)) {
      auto [result, factor] = each;
      Value rows = factor == 1 ? sum : b.mulf(sum, b.constantLike(sum, factor));
      sums.store(b, tile.zeroUnusedRows(b, rows), kernel.getView(result));
    }
    return success();
  }
};
} // namespace

void fovea::attachAttendGradKVLowering(MLIRContext &context) {
  attn::AttendGradKVOp::attachInterface<AttendGradKVLowering>(context);
}
