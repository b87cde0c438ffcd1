//===- AttendGradKV.cpp - the lowering of attn.attend_grad_kv to tile -----===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A tile of keys visits the queries that see it, all heads of a group at once, with
// scores transposed: what a visit adds to the keys are products with the queries' rows
// as they are, each of which is loaded once for two products.
//
//   P^T = 2^(K Q^T f - lse log2 e)      dS^T = P^T * (V dO^T - delta)
//   dV  = dV + P^T dO                   dK   = dK + dS^T Q
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Conversion/AttnToTile/Scores.h"
#include "fovea/Dialect/Attn/IR/Attn.h"

using namespace mlir;
using namespace fovea;

namespace {

/// One tile of keys, and what its visits read.
struct KeyGradTile {
  TileBuilder &b;
  const KeyTile &tile;
  ScoreSource source;
  int64_t tokens, group;    ///< of a visit
  Value keyTile, valueTile; ///< [keys, D]
  Value q, dout;            ///< views [T, Hq, D]
  Value lse, delta;         ///< views [T, Hq]

  /// dK and dV, without the scale, and what the queries of a visit add to them.
  SmallVector<Value> emitStep(tile::ForVisitsOp loop) const {
    Value first = b.mul(loop.getBlockNumber(), tokens);
    QueryTile queries =
        QueryTile::at(b, tokens, group, group, tile.place, first, tile.kvHead);
    Value queryTile = queries.loadPacked(b, q);
    Value shift = emitShift(b, queries.loadRowValues(b, lse));
    ScoreTiles scores(b, queries, queryTile, source, tile.keys);
    Visit visit{tile.block, /*tokens=*/{}, loop.getNeedsMask()};
    Value p = scores.emitProbabilities(visit, scores.emitProducts(keyTile), shift);
    Value doutTile = queries.loadPacked(b, dout);
    Value ds =
        scores.emitScoreGrads(p, doutTile, valueTile, queries.loadRowValues(b, delta));
    auto add = [&](Value weights, Value rows, Value sum) -> Value {
      return tile::DotOp::create(b, weights, rows, sum, /*transposeRhs=*/false);
    };
    Value dv = add(p, doutTile, loop.getCarried()[1]);
    return {add(ds, queryTile, loop.getCarried()[0]), dv};
  }
};

struct AttendGradKVLowering final
    : EmitTileOpInterface::ExternalModel<AttendGradKVLowering, attn::AttendGradKVOp> {
  LogicalResult emitTile(Operation *operation, KernelEmission &kernel) const {
    auto op = cast<attn::AttendGradKVOp>(operation);
    FailureOr<tile::ScheduleAttr> schedule = kernel.getSchedule(op);
    if (failed(schedule) || failed(verifyHasKernel(op)))
      return failure();
    TileBuilder &b = kernel.getBuilder();
    const KeyTile &tile = kernel.getKeys();
    double scale = op.getScaleOrDefault();
    Value k = kernel.getView(op.getK());
    KeyGradTile grad{b,
                     tile,
                     {k, op.getKeys(), scale, schedule->getKeys()},
                     schedule->getTokens(),
                     kernel.getGroup(),
                     tile.load(k),
                     tile.load(kernel.getView(op.getV())),
                     kernel.getView(op.getQ()),
                     kernel.getView(op.getDout()),
                     kernel.getView(op.getLse()),
                     kernel.getView(op.getDelta())};
    Value visits = tile.emitVisits(b, op.getKeys(), grad.tokens);
    SmallVector<Value> none;
    for (Value rows : {grad.keyTile, grad.valueTile})
      none.push_back(b.constantTile(TileBuilder::typeOf(rows).getShape(), 0));
    auto loop = tile::ForVisitsOp::create(b, visits, grad.tokens, grad.group, none);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(&loop.getBody().front());
      tile::YieldOp::create(b, grad.emitStep(loop));
    }
    Value sum = loop.getResult(0);
    Value dk = b.mulf(sum, b.constantLike(sum, scale));
    for (auto [result, rows] :
         {std::pair(op.getDk(), dk), {op.getDv(), loop.getResult(1)}})
      if (kernel.leaves(result))
        tile.store(rows, kernel.getView(result));
    return success();
  }

  static LogicalResult verifyHasKernel(attn::AttendGradKVOp op) {
    if (!op.getScoreRegion().empty())
      return op.emitOpError()
             << "expected no score region, whose gradient has no kernel "
                "yet, got one";
    if (op.getEntries())
      return op.emitOpError() << "expected a key set without lists, whose queries have "
                                 "no kernel yet, got "
                              << op.getKeys();
    return success();
  }
};
} // namespace

void fovea::attachAttendGradKVLowering(MLIRContext &context) {
  attn::AttendGradKVOp::attachInterface<AttendGradKVLowering>(context);
}
