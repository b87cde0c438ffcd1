//===- AttendGradQ.cpp - the lowering of attn.attend_grad_q to tile -------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The visits of the attention, once more. With lse and delta known there is no maximum
// to follow, and a visit adds one product to what is carried:
//
//   P = 2^(S f - lse log2 e)      dS = P * (dO V^T - delta)      dQ = dQ + dS K
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Conversion/AttnToTile/Scores.h"
#include "fovea/Dialect/Attn/IR/Attn.h"

using namespace mlir;
using namespace fovea;

namespace {

/// One tile of queries, and what its rows are known by.
struct GradTile {
  TileBuilder &b;
  const ScoreTiles &scores;
  Value v;            ///< a view [Tk, Hkv, Dv]
  Value dout;         ///< [rows, Dv]
  Value shift, delta; ///< [rows]

  /// `dq` and what the keys of a visit add to it. Both products of the visit's keys
  /// and values are there before the first is read: a GPU runs the second meanwhile.
  Value emitStep(const Visit &visit, Value dq) const {
    Value keyTile = scores.loadKeys(visit);
    Value products = scores.emitProducts(keyTile);
    Value gradProducts =
        scores.emitGradProducts(dout, scores.getKeys().load(v, visit.block));
    Value p = scores.emitProbabilities(visit, products, shift);
    Value ds = scores.emitScoreGrads(p, gradProducts, delta);
    return tile::DotOp::create(b, ds, keyTile, dq, /*transposeRhs=*/false);
  }
};

struct AttendGradQLowering final
    : EmitTileOpInterface::ExternalModel<AttendGradQLowering, attn::AttendGradQOp> {
  LogicalResult emitTile(Operation *operation, KernelEmission &kernel) const {
    auto op = cast<attn::AttendGradQOp>(operation);
    if (!op.getScoreRegion().empty())
      return op.emitOpError()
             << "expected no score region, whose gradient has no kernel "
                "yet, got one";
    FailureOr<tile::ScheduleAttr> schedule = kernel.getSchedule(op);
    if (failed(schedule))
      return failure();
    TileBuilder &b = kernel.getBuilder();
    const QueryTile &tile = kernel.getQueries();
    Value indices = op.getIndices() ? kernel.getView(op.getIndices()) : Value();
    double scale = op.getScaleOrDefault();
    ScoreTiles scores(
        b, tile, kernel.getRows(op.getQ()),
        {kernel.getView(op.getK()), op.getKeys(), scale, schedule->getKeys()});
    Value dout = kernel.getRows(op.getDout());
    Value lse = tile.loadRowValues(b, kernel.getView(op.getLse()));
    Value delta = tile.loadRowValues(b, kernel.getView(op.getDelta()));
    GradTile grad{b, scores, kernel.getView(op.getV()), dout, emitShift(b, lse), delta};
    Value visits = scores.emitVisits(indices);
    Value none = b.constantTile({tile.rows(), keyDim(op)}, 0);
    auto loop = tile::ForVisitsOp::create(b, visits, tile.tokens, tile.groupRows, none);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(&loop.getBody().front());
      Value next =
          grad.emitStep(scores.getVisit(loop, indices), loop.getCarried().front());
      tile::YieldOp::create(b, next);
    }
    Value sum = loop.getResult(0);
    Value dq = b.mulf(sum, b.constantLike(sum, scale));
    if (op.getBase())
      dq = b.addf(dq, b.toF32(kernel.getRows(op.getBase())));
    kernel.setRows(op.getDq(), dq);
    return success();
  }

  static int64_t keyDim(attn::AttendGradQOp op) {
    return cast<RankedTensorType>(op.getK().getType()).getDimSize(2);
  }
};
} // namespace

void fovea::attachAttendGradQLowering(MLIRContext &context) {
  attn::AttendGradQOp::attachInterface<AttendGradQLowering>(context);
}
