//===- Compress.cpp - the lowering of attn.compress to tile ---------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "../Compress.h"
#include "Models.h"
#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Dialect/Attn/IR/Attn.h"

using namespace mlir;
using namespace fovea;

namespace {
struct CompressLowering final
    : EmitTileOpInterface::ExternalModel<CompressLowering, attn::CompressOp> {
  LogicalResult emitTile(Operation *operation, KernelEmission &kernel) const {
    auto op = cast<attn::CompressOp>(operation);
    FailureOr<tile::ScheduleAttr> schedule = kernel.getSchedule(op);
    if (failed(schedule))
      return failure();
    TileBuilder &b = kernel.getBuilder();
    const WindowTile &tile = kernel.getWindows();
    Value out =
        emitCompress(b, tile, CompressInputs::of(op, kernel, schedule->getDepth()));
    tile.store(b, out, kernel.getView(op.getOutput()));
    return success();
  }
};
} // namespace

void fovea::attachCompressLowering(MLIRContext &context) {
  attn::CompressOp::attachInterface<CompressLowering>(context);
}
