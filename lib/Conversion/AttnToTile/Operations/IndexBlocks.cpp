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
  /// A matrix that leaves is written here; one that only an operation of this kernel
  /// reads is streamed where it is read.
  LogicalResult emitTile(Operation *operation, KernelEmission &kernel) const {
    auto op = cast<attn::IndexBlocksOp>(operation);
    if (!kernel.leaves(op.getScores()))
      return success();
    TileBuilder &b = kernel.getBuilder();
    const QueryTile &tile = kernel.getQueries();
    return emitScores(op, kernel, {}, [&](Value scores, Value firstBlock, ValueRange) {
      int64_t blocks = TileBuilder::typeOf(scores).getDimSize(1);
      b.store(scores, kernel.getView(op.getScores()),
              {tile.row, tile.kvHead, firstBlock}, {tile.tokens, 1, blocks},
              tile.count);
      return SmallVector<Value>();
    });
  }

  FailureOr<SmallVector<Value>> emitScores(Operation *operation, KernelEmission &kernel,
                                           ValueRange inits,
                                           ScoreConsumer consumer) const {
    auto op = cast<attn::IndexBlocksOp>(operation);
    FailureOr<tile::ScheduleAttr> schedule = kernel.getSchedule(op);
    if (failed(schedule))
      return failure();
    TileBuilder &b = kernel.getBuilder();
    const QueryTile &queries = kernel.getQueries();
    IndexInputs inputs{kernel.getView(op.getIk()),
                       op.getWeights() ? kernel.getView(op.getWeights()) : Value(), op,
                       int64_t(schedule->getKeys())};
    // The rows of all heads are the kernel's; those of a part are read for it alone.
    auto loadQueries = [&](const QueryTile &tile) {
      return tile.group == queries.group
                 ? kernel.getRows(op.getIq())
                 : tile.loadPacked(b, kernel.getView(op.getIq()));
    };
    return emitIndexScores(b, queries, loadQueries, inputs, inits, consumer);
  }

  bool takesHeadsInParts(Operation *) const { return true; }

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
