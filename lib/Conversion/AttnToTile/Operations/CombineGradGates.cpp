//===- CombineGradGates.cpp - the lowering of attn.combine_grad_gates -----===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Gates.h"
#include "Models.h"
#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Dialect/Attn/IR/PackedShape.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <limits>

using namespace mlir;
using namespace fovea;

namespace {
struct CombineGradGatesLowering final
    : EmitTileOpInterface::ExternalModel<CombineGradGatesLowering,
                                         attn::CombineGradGatesOp> {
  LogicalResult emitTile(Operation *operation, KernelEmission &kernel) const {
    auto op = cast<attn::CombineGradGatesOp>(operation);
    TileBuilder &b = kernel.getBuilder();
    const QueryTile &tile = kernel.getQueries();
    Value dout = b.toF32(kernel.getRows(op.getDout()));
    SmallVector<Value> sums(attn::dimOf(op.getGates()));
    for (auto [i, branch] : llvm::enumerate(op.getBranches())) {
      Value terms = b.mulf(dout, b.toF32(kernel.getRows(branch)));
      Value part = b.reduce(tile::ReduceKind::Add, terms, 1);
      if (!op.getLses().empty()) {
        tile.storeRowValues(b, part, kernel.getView(op.getDeltas()[i]));
        emitGatedLse(op, i, kernel);
      }
      Value &sum = sums[op.getGateColumn(i)];
      sum = sum ? b.addf(sum, part) : part;
    }
    Value gates = kernel.getView(op.getGates()), grads = kernel.getView(op.getDgates());
    for (auto [column, sum] : llvm::enumerate(sums)) {
      if (!sum)
        sum = b.constantTile({tile.rows()}, 0);
      else if (op.getMode() == attn::GateMode::Logits)
        sum = b.mulf(sum, emitSlope(b, emitGate(b, tile, gates, column, op.getMode())));
      tile.storeRowColumn(b, sum, grads, column);
    }
    return success();
  }

  /// Of branch number `i`: lse less the logarithm of the gate's sigmoid, in a form
  /// whose exponential does not overflow: `ln p = min(g, 0) - ln(1 + exp(-|g|))`.
  static void emitGatedLse(attn::CombineGradGatesOp op, size_t i,
                           KernelEmission &kernel) {
    TileBuilder &b = kernel.getBuilder();
    const QueryTile &tile = kernel.getQueries();
    Value lse = tile.loadRowValues(b, kernel.getView(op.getLses()[i]));
    Value gate = b.toF32(
        tile.loadRowColumn(b, kernel.getView(op.getGates()), op.getGateColumn(i)));
    Value zero = b.constantLike(gate, 0.0), one = b.constantLike(gate, 1.0);
    Value size = math::AbsFOp::create(b, gate);
    Value small = math::ExpOp::create(b, arith::NegFOp::create(b, size));
    Value log = math::LogOp::create(b, b.addf(one, small));
    Value negative = arith::MinNumFOp::create(b, gate, zero);
    Value gated = b.subf(lse, b.subf(negative, log));
    // Not -inf less -inf; and a row that is nobody's, whose lse is read as 0, has 0.
    Value none = b.constantLike(lse, -std::numeric_limits<double>::infinity());
    Value empty = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, lse, none);
    gated = b.select(empty, lse, gated);
    gated = b.select(tile.ownedRows(b), gated, zero);
    tile.storeRowValues(b, gated, kernel.getView(op.getGated()[i]));
  }

  /// Of the sigmoid where it is `p`.
  static Value emitSlope(TileBuilder &b, Value p) {
    return b.mulf(p, b.subf(b.constantLike(p, 1.0), p));
  }
};
} // namespace

void fovea::attachCombineGradGatesLowering(MLIRContext &context) {
  attn::CombineGradGatesOp::attachInterface<CombineGradGatesLowering>(context);
}
