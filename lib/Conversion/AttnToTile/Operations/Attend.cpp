//===- Attend.cpp - the lowering of attn.attend to tile -------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "../Attend.h"
#include "Models.h"
#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/PackedShape.h"

using namespace mlir;
using namespace fovea;

namespace {
struct AttendLowering final
    : EmitTileOpInterface::ExternalModel<AttendLowering, attn::AttendOp> {
  LogicalResult emitTile(Operation *operation, KernelEmission &kernel) const {
    auto op = cast<attn::AttendOp>(operation);
    FailureOr<tile::ScheduleAttr> schedule = kernel.getSchedule(op);
    if (failed(schedule))
      return failure();
    Value indices = op.getIndices() ? kernel.getView(op.getIndices()) : Value();
    Value sinks = op.getSinks() ? kernel.getView(op.getSinks()) : Value();
    AttendInputs inputs{kernel.getKeyView(op.getK()),
                        kernel.getKeyView(op.getV()),
                        indices,
                        op.getKeys(),
                        op.getScaleOrDefault(),
                        schedule->getKeys(),
                        sinks,
                        ScoreCode::of(op, kernel),
                        /*needsLse=*/kernel.leaves(op.getLse()),
                        kernel.getPart()};
    TileBuilder &b = kernel.getBuilder();
    const QueryTile &tile = kernel.getQueries();
    AttendResult result = emitAttend(b, tile, kernel.getRows(op.getQ()), inputs);
    kernel.setRows(op.getOut(), result.out);
    if (inputs.needsLse)
      kernel.getStoredQueries().storeRowValues(b, result.lse,
                                               kernel.getView(op.getLse()));
    return success();
  }

  /// A sink is in all parts or in none, and lists are cut evenly. Who merges parts has
  /// all of their weights in registers.
  FailureOr<QueryParts> getQueryParts(Operation *operation, int64_t parts) const {
    auto op = cast<attn::AttendOp>(operation);
    if (op.getSinks())
      return op.emitOpError()
             << "expected a schedule of one part for an attention with "
                "sinks, got "
             << parts;
    constexpr int64_t kMostMerged = 32;
    if (parts > kMostMerged)
      return op.emitOpError() << "expected a schedule of at most " << kMostMerged
                              << " parts, which are merged, got " << parts;
    int64_t listed = op.getIndices() ? attn::dimOf(op.getIndices()) : 0;
    if (listed % parts != 0)
      return op.emitOpError() << "expected the schedule's parts to divide the lists' "
                              << listed << " blocks, got " << parts;
    return QueryParts::Softmax;
  }
};
} // namespace

void fovea::attachAttendLowering(MLIRContext &context) {
  attn::AttendOp::attachInterface<AttendLowering>(context);
}
