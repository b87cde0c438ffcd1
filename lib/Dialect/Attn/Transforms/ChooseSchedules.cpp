//===- ChooseSchedules.cpp - attn-choose-schedules ------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/Transforms/Passes.h"
#include "fovea/Target/GPU/GpuTargetInfo.h"
#include "fovea/Tuning/GpuSchedule.h"
#include "fovea/Tuning/Schedule.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace fovea::attn {
#define GEN_PASS_DEF_CHOOSESCHEDULESPASS
#include "fovea/Dialect/Attn/Transforms/Passes.h.inc"
} // namespace fovea::attn

using namespace mlir;
using namespace fovea;
using namespace fovea::attn;

namespace {
struct ChooseSchedules final
    : fovea::attn::impl::ChooseSchedulesPassBase<ChooseSchedules> {
  using ChooseSchedulesPassBase::ChooseSchedulesPassBase;

  void runOnOperation() override {
    if (target == "cpu")
      return;
    llvm::Expected<const GpuTargetInfo *> info = lookupGpuTarget(target);
    if (!info) {
      getOperation().emitError() << llvm::toString(info.takeError());
      return signalPassFailure();
    }
    for (Operation &op : getOperation().getBody().front()) {
      bool isKernel = isa<AttnDialect>(op.getDialect()) && !isa<YieldOp>(op);
      if (!isKernel || op.hasAttr(tuning::kScheduleAttrName))
        continue;
      SmallVector<tile::ScheduleAttr> candidates = tuning::getGpuCandidates(&op, **info);
      if (candidates.empty())
        return signalPassFailure();
      size_t last = candidates.size() - 1;
      tuning::setSchedule(&op, candidates[std::min<size_t>(candidate, last)]);
    }
  }
};
} // namespace
