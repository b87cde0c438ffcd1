//===- InvertLists.cpp - the lowering of attn.invert_lists to tile --------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Dialect/Attn/IR/Attn.h"

using namespace mlir;
using namespace fovea;

namespace {
struct InvertListsLowering final
    : EmitTileOpInterface::ExternalModel<InvertListsLowering, attn::InvertListsOp> {
  LogicalResult emitTile(Operation *operation, KernelEmission &kernel) const {
    auto op = cast<attn::InvertListsOp>(operation);
    for (Value result : op.getResults())
      if (!kernel.leaves(result))
        return op.emitOpError() << "expected both results to be read, got a use of "
                                   "one alone";
    FailureOr<tile::ScheduleAttr> schedule = kernel.getSchedule(op);
    if (failed(schedule))
      return failure();
    const BlockTile &tile = kernel.getBlocks();
    // Where queries are apart, only those of sequences are there, all of which count.
    const Place &place = tile.place;
    SmallVector<Value> blockRows;
    if (place.isApart)
      blockRows = {place.keyRow, place.keyTokens};
    tile::InvertListsOp::create(
        kernel.getBuilder(), kernel.getView(op.getIndices()),
        kernel.getView(op.getBounds()), kernel.getView(op.getEntries()), place.queryRow,
        tile.head, place.queries, place.isApart ? place.queries : place.keys, blockRows,
        tile.first, schedule->getKeys(), op.getBlock(), schedule->getTokens());
    return success();
  }
};
} // namespace

void fovea::attachInvertListsLowering(MLIRContext &context) {
  attn::InvertListsOp::attachInterface<InvertListsLowering>(context);
}
