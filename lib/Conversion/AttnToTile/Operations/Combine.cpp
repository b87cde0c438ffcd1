//===- Combine.cpp - the lowering of attn.combine to tile -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Gates.h"
#include "Models.h"
#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace fovea;

Value fovea::emitGate(TileBuilder &b, const QueryTile &tile, Value gates,
                      int64_t column, attn::GateMode mode) {
  Value gate = b.toF32(tile.loadRowColumn(b, gates, column));
  if (mode == attn::GateMode::Values)
    return gate;
  Value one = b.constantLike(gate, 1.0);
  Value e = math::ExpOp::create(b, arith::NegFOp::create(b, gate));
  return arith::DivFOp::create(b, one, b.addf(one, e));
}

namespace {
struct CombineLowering final
    : EmitTileOpInterface::ExternalModel<CombineLowering, attn::CombineOp> {
  LogicalResult emitTile(Operation *operation, KernelEmission &kernel) const {
    auto op = cast<attn::CombineOp>(operation);
    TileBuilder &b = kernel.getBuilder();
    const QueryTile &tile = kernel.getQueries();
    Value gates = kernel.getView(op.getGates()), out;
    int64_t dv = cast<RankedTensorType>(op.getOut().getType()).getDimSize(2);
    // Asked for first: it is on its way while the gates are.
    Value base = op.getBase() ? kernel.getRows(op.getBase()) : Value();
    for (auto [c, branch] : llvm::enumerate(op.getBranches())) {
      Value gate = emitGate(b, tile, gates, op.getGateColumn(c), op.getMode());
      Value weight = b.alongRows(gate, dv);
      Value term = b.mulf(b.toF32(kernel.getRows(branch)), weight);
      out = out ? b.addf(out, term) : term;
    }
    if (base)
      out = b.addf(b.toF32(base), out);
    kernel.setRows(op.getOut(), out);
    return success();
  }
};
} // namespace

void fovea::attachCombineLowering(MLIRContext &context) {
  attn::CombineOp::attachInterface<CombineLowering>(context);
}
