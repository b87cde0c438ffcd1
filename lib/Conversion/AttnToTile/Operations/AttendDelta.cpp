//===- AttendDelta.cpp - the lowering of attn.attend_delta to tile --------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Dialect/Attn/IR/Attn.h"

using namespace mlir;
using namespace fovea;

namespace {
struct AttendDeltaLowering final
    : EmitTileOpInterface::ExternalModel<AttendDeltaLowering, attn::AttendDeltaOp> {
  LogicalResult emitTile(Operation *operation, KernelEmission &kernel) const {
    auto op = cast<attn::AttendDeltaOp>(operation);
    TileBuilder &b = kernel.getBuilder();
    const QueryTile &tile = kernel.getQueries();
    Value dout = b.toF32(kernel.getRows(op.getDout()));
    Value out = b.toF32(kernel.getRows(op.getOut()));
    Value delta = b.reduce(tile::ReduceKind::Add, b.mulf(dout, out), 1);
    if (op.getDlse())
      delta = b.subf(delta, tile.loadRowValues(b, kernel.getView(op.getDlse())));
    tile.storeRowValues(b, delta, kernel.getView(op.getDelta()));
    return success();
  }
};
} // namespace

void fovea::attachAttendDeltaLowering(MLIRContext &context) {
  attn::AttendDeltaOp::attachInterface<AttendDeltaLowering>(context);
}
