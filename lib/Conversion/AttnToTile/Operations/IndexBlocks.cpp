//===- IndexBlocks.cpp - the lowering of attn.index_blocks to tile --------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "../Index.h"
#include "Models.h"
#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Tuning/Schedule.h"

using namespace mlir;
using namespace fovea;

namespace {
struct IndexBlocksLowering final
    : EmitTileOpInterface::ExternalModel<IndexBlocksLowering, attn::IndexBlocksOp> {
  LogicalResult emitTile(Operation *operation, KernelEmission &kernel) const {
    return emitScoreMatrix(operation, kernel);
  }

  FailureOr<SmallVector<Value>> emitScores(Operation *operation, KernelEmission &kernel,
                                           ValueRange inits,
                                           ScoreConsumer consumer) const {
    auto op = cast<attn::IndexBlocksOp>(operation);
    FailureOr<tile::ScheduleAttr> schedule = kernel.getSchedule(op);
    if (failed(schedule))
      return failure();
    IndexInputs inputs{kernel.getKeyView(op.getIk()),
                       op.getWeights() ? kernel.getView(op.getWeights()) : Value(), op,
                       int64_t(schedule->getKeys()), kernel.getPart()};
    auto load = [&](const QueryTile &part) { return kernel.getRows(op.getIq(), part); };
    return emitIndexScores(kernel.getBuilder(), kernel.getQueries(), load, inputs,
                           inits, consumer);
  }

  /// Each writes the scores of the blocks that it visits.
  FailureOr<QueryParts> getQueryParts(Operation *, int64_t) const {
    return QueryParts::Own;
  }

  /// Whole steps of blocks are written.
  FailureOr<int64_t> getColumnStep(Operation *operation) const {
    auto op = cast<attn::IndexBlocksOp>(operation);
    FailureOr<tile::ScheduleAttr> schedule = tuning::getSchedule(op);
    if (failed(schedule))
      return failure();
    return int64_t(schedule->getKeys()) / op.getKeysPerBlock();
  }
};
} // namespace

void fovea::attachIndexBlocksLowering(MLIRContext &context) {
  attn::IndexBlocksOp::attachInterface<IndexBlocksLowering>(context);
}
