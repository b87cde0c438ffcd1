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
// With a region dS is times what that changes by; what it changes by one of its learned
// values sums up beside dQ, one number for each row.
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
  KeyView v;          ///< [Tk, Hkv, Dv]
  Value dout;         ///< [rows, Dv]
  Value shift, delta; ///< [rows]

  /// dQ and the sums of learned values, and what the keys of a visit add to them. Both
  /// products of the visit's keys and values are there before the first is read: a GPU
  /// runs the second meanwhile.
  SmallVector<Value> emitStep(const Visit &visit, ValueRange sums) const {
    Value keyTile = scores.loadKeys(visit);
    Value products = scores.emitProducts(keyTile);
    Value gradProducts =
        scores.emitGradProducts(dout, scores.getKeys().load(v, visit.block));
    ScoreValues values = scores.emitRegion(visit, products);
    Value p = scores.emitProbabilities(visit, values.score, shift);
    Value ds = scores.emitScoreGrads(p, gradProducts, delta);
    SmallVector<Value> next;
    for (auto [i, sum] : llvm::enumerate(sums.drop_front())) {
      Value added = scores.emitChain(ds, values, 1 + i);
      next.push_back(b.addf(sum, b.reduce(tile::ReduceKind::Add, added, 1)));
    }
    Value byScore = scores.emitChain(ds, values, 0);
    next.insert(next.begin(), tile::DotOp::create(b, byScore, keyTile, sums.front(),
                                                  /*transposeRhs=*/false));
    return next;
  }
};

struct AttendGradQLowering final
    : EmitTileOpInterface::ExternalModel<AttendGradQLowering, attn::AttendGradQOp> {
  LogicalResult emitTile(Operation *operation, KernelEmission &kernel) const {
    auto op = cast<attn::AttendGradQOp>(operation);
    FailureOr<tile::ScheduleAttr> schedule = kernel.getSchedule(op);
    if (failed(schedule))
      return failure();
    TileBuilder &b = kernel.getBuilder();
    const QueryTile &tile = kernel.getQueries();
    Value indices = op.getIndices() ? kernel.getView(op.getIndices()) : Value();
    double scale = op.getScaleOrDefault();
    attn::ScoreRegionGradient gradient(op.getScoreRegion(), /*byLearned=*/true);
    ScoreSource source{{kernel.getView(op.getK())},
                       op.getKeys(),
                       scale,
                       schedule->getKeys(),
                       ScoreCode::of(op, kernel, gradient)};
    ScoreTiles scores(b, tile, kernel.getRows(op.getQ()), source);
    Value dout = kernel.getRows(op.getDout());
    Value lse = tile.loadRowValues(b, kernel.getView(op.getLse()));
    Value delta = tile.loadRowValues(b, kernel.getView(op.getDelta()));
    GradTile grad{b,    scores, {kernel.getView(op.getV())}, dout, emitShift(b, lse),
                  delta};
    Value visits = scores.emitVisits(indices);
    SmallVector<Value> none{b.constantTile({tile.rows(), keyDim(op)}, 0)};
    none.append(op.getLearned().size(), b.constantTile({tile.rows()}, 0));
    auto loop = tile::ForVisitsOp::create(b, visits, tile.tokens, tile.groupRows, none);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(&loop.getBody().front());
      Visit visit = scores.getVisit(loop, indices);
      tile::YieldOp::create(b, grad.emitStep(visit, loop.getCarried()));
    }
    auto getSum = [&](unsigned i, double factor) -> Value {
      Value sum = loop.getResult(i);
      return b.mulf(sum, b.constantLike(sum, factor * source.getDerivativeFactor(i)));
    };
    Value dq = getSum(0, scale);
    if (op.getBase())
      dq = b.addf(dq, b.toF32(kernel.getRows(op.getBase())));
    kernel.setRows(op.getDq(), dq);
    for (auto [i, result] : llvm::enumerate(op.getDlearned()))
      if (kernel.leaves(result))
        tile.storeRowValues(b, getSum(1 + i, 1), kernel.getView(result));
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
