//===- CombineGradGates.cpp - the lowering of attn.combine_grad_gates -----===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Gates.h"
#include "Models.h"
#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Dialect/Attn/IR/PackedShape.h"

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

  /// Of the sigmoid where it is `p`.
  static Value emitSlope(TileBuilder &b, Value p) {
    return b.mulf(p, b.subf(b.constantLike(p, 1.0), p));
  }
};
} // namespace

void fovea::attachCombineGradGatesLowering(MLIRContext &context) {
  attn::CombineGradGatesOp::attachInterface<CombineGradGatesLowering>(context);
}
