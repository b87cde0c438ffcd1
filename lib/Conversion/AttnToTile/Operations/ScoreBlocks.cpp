//===- ScoreBlocks.cpp - the lowering of attn.score_blocks to tile --------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "../Select.h"
#include "Models.h"
#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Tuning/Schedule.h"

using namespace mlir;
using namespace fovea;

/// Blocks that one step of `keys` compressed keys scores.
static int64_t countBlocks(attn::ScoreBlocksOp op, int64_t keys) {
  return keys * op.getWindows().getStride() / int64_t(op.getBlocks().getBlock());
}

namespace {
struct ScoreBlocksLowering final
    : EmitTileOpInterface::ExternalModel<ScoreBlocksLowering, attn::ScoreBlocksOp> {
  LogicalResult emitTile(Operation *operation, KernelEmission &kernel) const {
    return emitScoreMatrix(operation, kernel);
  }

  FailureOr<SmallVector<Value>> emitScores(Operation *operation, KernelEmission &kernel,
                                           ValueRange inits,
                                           ScoreConsumer consumer) const {
    auto op = cast<attn::ScoreBlocksOp>(operation);
    FailureOr<tile::ScheduleAttr> schedule = kernel.getSchedule(op);
    if (failed(schedule))
      return failure();
    ScoreInputs inputs{kernel.getKeyView(op.getKc()),
                       kernel.getView(op.getLse()),
                       op.getWindows(),
                       int64_t(op.getBlocks().getBlock()),
                       op.getScaleOrDefault(),
                       schedule->getKeys(),
                       ScoreCode::of(op, kernel)};
    auto load = [&](const QueryTile &part) { return kernel.getRows(op.getQ(), part); };
    return emitComputedScores(kernel.getBuilder(), kernel.getQueries(), load, inputs,
                              inits, consumer);
  }

  /// Whole steps of blocks are written.
  FailureOr<int64_t> getColumnStep(Operation *operation) const {
    auto op = cast<attn::ScoreBlocksOp>(operation);
    FailureOr<tile::ScheduleAttr> schedule = tuning::getSchedule(op);
    if (failed(schedule))
      return failure();
    return countBlocks(op, schedule->getKeys());
  }
};
} // namespace

void fovea::attachScoreBlocksLowering(MLIRContext &context) {
  attn::ScoreBlocksOp::attachInterface<ScoreBlocksLowering>(context);
}
