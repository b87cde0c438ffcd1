//===- ListSchedules.cpp - attn-list-schedules ----------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Hardware/GpuTargetInfo.h"
#include "fovea/Tuning/Candidates.h"
#include "fovea/Tuning/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace fovea::tuning {
#define GEN_PASS_DEF_LISTSCHEDULESPASS
#include "fovea/Tuning/Transforms/Passes.h.inc"
} // namespace fovea::tuning

namespace {
struct ListSchedules final : fovea::tuning::impl::ListSchedulesPassBase<ListSchedules> {
  using ListSchedulesPassBase::ListSchedulesPassBase;

  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    llvm::Expected<const fovea::GpuTargetInfo *> info = fovea::lookupGpuTarget(target);
    if (!info) {
      getOperation().emitError() << llvm::toString(info.takeError());
      return signalPassFailure();
    }
    if (failed(fovea::tuning::listCandidates(getOperation(), **info)))
      signalPassFailure();
  }
};
} // namespace
