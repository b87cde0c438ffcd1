//===- Lowering.cpp - a mean over keys in tile ----------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "KeyMean.h"
#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Conversion/AttnToTile/KeyTiles.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::test;

/// [rows, keys]: 1 where the query sees the key, else 0.
static Value emitWeights(TileBuilder &b, const QueryTile &tile, const KeyTiles &keys,
                         attn::KeySetInterface set, const Visit &visit) {
  int64_t n = keys.getSize();
  Value ones = b.constantTile({tile.rows(), n}, 1);
  auto branch = scf::IfOp::create(b, TypeRange(ones.getType()), visit.masked,
                                  /*addElse=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  Value query = b.alongRows(tile.rowPositions(b), n);
  Value key = b.alongColumns(keys.emitNumbers(visit.block), tile.rows());
  Value length = b.splatI32(tile.place.length, {tile.rows(), n});
  Value mask = set.emitMask(b, query, key, length);
  Value weights = b.select(mask, ones, b.constantLike(ones, 0.0));
  scf::YieldOp::create(b, weights);
  b.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(b, ones);
  return branch.getResult(0);
}

namespace {
template <typename OpT>
struct Lowering final : EmitTileOpInterface::ExternalModel<Lowering<OpT>, OpT> {
  /// For each visited block W of weights: sum = sum + W V, count = count + rowsum W.
  LogicalResult emitTile(Operation *operation, KernelEmission &kernel) const {
    auto op = cast<OpT>(operation);
    FailureOr<tile::ScheduleAttr> schedule = kernel.getSchedule(op);
    if (failed(schedule))
      return failure();
    TileBuilder &b = kernel.getBuilder();
    const QueryTile &tile = kernel.getQueries();
    attn::KeySetInterface set = op.getKeys();
    int64_t keyBlock = schedule->getKeys();
    KeyTiles keys(b, tile.place, tile.kvHead, set, keyBlock, keyBlock);
    attn::VisitBounds bounds =
        set.emitVisits(b, {tile.place.length, tile.first, tile.last, keyBlock});
    bounds.end = b.min(bounds.end, keys.emitNumBlocks());
    Value visits = tile::VisitRangeOp::create(b, bounds.begin, bounds.end,
                                              bounds.fullBegin, bounds.fullEnd);
    int64_t dim = cast<RankedTensorType>(op.getV().getType()).getDimSize(2);
    Value noSum = b.constantTile({tile.rows(), dim}, 0);
    Value noCount = b.constantTile({tile.rows()}, 0);
    auto loop = tile::ForVisitsOp::create(b, visits, tile.tokens, tile.groupRows,
                                          ValueRange{noSum, noCount});
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(&loop.getBody().front());
      Visit visit{loop.getBlockNumber(), {}, loop.getNeedsMask()};
      Value weights = emitWeights(b, tile, keys, set, visit);
      Value values = keys.load({kernel.getView(op.getV())}, visit.block);
      Value sum = tile::DotOp::create(b, weights, values, loop.getCarried()[0],
                                      /*transposeRhs=*/false);
      Value count =
          b.addf(loop.getCarried()[1], b.reduce(tile::ReduceKind::Add, weights, 1));
      tile::YieldOp::create(b, ValueRange{sum, count});
    }
    // A query that sees no key has the sum 0.
    Value count = loop.getResult(1);
    Value divisor = arith::MaximumFOp::create(b, count, b.constantLike(count, 1.0));
    Value out = arith::DivFOp::create(b, loop.getResult(0), b.alongRows(divisor, dim));
    kernel.setRows(op.getOut(), out);
    return success();
  }
};

template <typename... OpTs> void attach(MLIRContext &context) {
  (OpTs::template attachInterface<Lowering<OpTs>>(context), ...);
}
} // namespace

void test::attachLowerings(MLIRContext &context) {
  attach<KeyMeanOp, NoScheduleOp, NoWorkOp, NoReferenceOp, NoNumericsOp, NoGradientOp>(
      context);
}
