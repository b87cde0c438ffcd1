//===- Sum.cpp - the lowering of attn.sum to tile -------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/PackedShape.h"

using namespace mlir;
using namespace fovea;

/// At a time: a thread of a GPU has 64 of as many in a warp's rows.
static int64_t columnsOf(int64_t dim) {
  constexpr int64_t kMost = 128;
  return dim > kMost && dim % 16 == 0 ? dim / 2 : dim;
}

namespace {
struct SumLowering final
    : EmitTileOpInterface::ExternalModel<SumLowering, attn::SumOp> {
  LogicalResult emitTile(Operation *operation, KernelEmission &kernel) const {
    auto op = cast<attn::SumOp>(operation);
    TileBuilder &b = kernel.getBuilder();
    const QueryTile &rows = kernel.getQueries();
    int64_t dim = attn::dimOf(op.getOut()), columns = columnsOf(dim);
    b.emitLoop(b.index(dim), columns, {}, [&](Value first, ValueRange) {
      Value sum;
      for (Value part : op.getParts()) {
        Value next = b.toF32(rows.loadColumns(b, kernel.getView(part), first, columns));
        sum = sum ? b.addf(sum, next) : next;
      }
      rows.storeColumns(b, sum, kernel.getView(op.getOut()), first);
      return SmallVector<Value>();
    });
    return success();
  }
};
} // namespace

void fovea::attachSumLowering(MLIRContext &context) {
  attn::SumOp::attachInterface<SumLowering>(context);
}
