//===- Sum.cpp - the lowering of attn.sum to tile -------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Dialect/Attn/IR/Attn.h"

using namespace mlir;
using namespace fovea;

namespace {
struct SumLowering final
    : EmitTileOpInterface::ExternalModel<SumLowering, attn::SumOp> {
  LogicalResult emitTile(Operation *operation, KernelEmission &kernel) const {
    auto op = cast<attn::SumOp>(operation);
    TileBuilder &b = kernel.getBuilder();
    Value sum;
    for (Value part : op.getParts()) {
      Value rows = b.toF32(kernel.getRows(part));
      sum = sum ? b.addf(sum, rows) : rows;
    }
    kernel.setRows(op.getOut(), sum);
    return success();
  }
};
} // namespace

void fovea::attachSumLowering(MLIRContext &context) {
  attn::SumOp::attachInterface<SumLowering>(context);
}
