//===- ListSchedules.cpp - attn-list-schedules ----------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Hardware/GpuTargetInfo.h"
#include "fovea/Tuning/Candidates.h"
#include "fovea/Tuning/ScheduleTable.h"
#include "fovea/Tuning/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace fovea::tuning {
#define GEN_PASS_DEF_LISTSCHEDULESPASS
#include "fovea/Tuning/Transforms/Passes.h.inc"
} // namespace fovea::tuning

using namespace mlir;
using fovea::tuning::ScheduleTables;

namespace {
struct ListSchedules final : fovea::tuning::impl::ListSchedulesPassBase<ListSchedules> {
  using ListSchedulesPassBase::ListSchedulesPassBase;

  LogicalResult initialize(MLIRContext *context) override {
    auto loaded = ScheduleTables::load(table, builtInTable, context);
    if (failed(loaded))
      return failure();
    tables = std::move(*loaded);
    return success();
  }

  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    llvm::Expected<const fovea::GpuTargetInfo *> info = fovea::lookupGpuTarget(target);
    if (!info) {
      getOperation().emitError() << llvm::toString(info.takeError());
      return signalPassFailure();
    }
    if (failed(fovea::tuning::listCandidates(getOperation(), **info, tables)))
      signalPassFailure();
  }

private:
  ScheduleTables tables;
};
} // namespace
