//===- SelectTopk.cpp - the lowering of attn.select_topk to tile ----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "../Select.h"
#include "Models.h"
#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Dialect/Attn/IR/Attn.h"

using namespace mlir;
using namespace fovea;

namespace {
struct SelectTopkLowering final
    : EmitTileOpInterface::ExternalModel<SelectTopkLowering, attn::SelectTopkOp> {
  LogicalResult emitTile(Operation *operation, KernelEmission &kernel) const {
    auto op = cast<attn::SelectTopkOp>(operation);
    TileBuilder &b = kernel.getBuilder();
    const QueryTile &tile = kernel.getQueries();
    SmallVector<Value> inits = emitTopkInit(b, tile, op);
    FailureOr<SmallVector<Value>> state = kernel.emitScores(
        op.getScores(), op.getBlocks().getBlock(), inits,
        [&](Value scores, Value firstBlock, ValueRange carried) {
          return emitTopkStep(b, tile, op, scores, firstBlock, carried);
        });
    if (failed(state))
      return failure();
    Value values = state->front(), indices = state->back();
    Value sorted = tile::TopkIndicesOp::create(b, indices.getType(), values, indices);
    if (kernel.leaves(op.getIndices()))
      tile.storePerToken(b, sorted, kernel.getView(op.getIndices()));
    return success();
  }
};
} // namespace

void fovea::attachSelectTopkLowering(MLIRContext &context) {
  attn::SelectTopkOp::attachInterface<SelectTopkLowering>(context);
}
