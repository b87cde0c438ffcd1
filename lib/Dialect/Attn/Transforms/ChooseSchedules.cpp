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

/// Between its key blocks a key_outer kernel keeps its state in memory, which the lanes of
/// a GPU's rows would have to hand to one another there.
static LogicalResult refuseKeyOuter(Operation &op) {
  auto schedule = op.getAttrOfType<tile::ScheduleAttr>(tuning::kScheduleAttrName);
  if (!schedule || schedule.getOrder() == tile::LoopOrder::QueryOuter)
    return success();
  return op.emitOpError() << "expected order = query_outer for a GPU, got key_outer";
}

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
    int64_t number = -1;
    for (Operation &op : getOperation().getBody().front()) {
      if (failed(refuseKeyOuter(op)))
        return signalPassFailure();
      bool isKernel = isa<AttnDialect>(op.getDialect()) && !isa<YieldOp>(op);
      if (!isKernel || op.hasAttr(tuning::kScheduleAttrName))
        continue;
      SmallVector<tile::ScheduleAttr> all = tuning::getGpuCandidates(&op, **info);
      if (all.empty())
        return signalPassFailure();
      std::string key = (getOperation().getName() + "." + llvm::Twine(++number)).str();
      size_t choice = std::min<size_t>(findChoice(key), all.size() - 1);
      tuning::setSchedule(&op, all[choice]);
      OpBuilder b(&getContext());
      op.setAttr(tuning::kCandidateAttrName,
                 b.getDictionaryAttr(
                     {b.getNamedAttr("key", b.getStringAttr(key)),
                      b.getNamedAttr("left", b.getI64IntegerAttr(all.size() - 1 - choice))}));
    }
  }

private:
  /// What `candidates` says of the operation called `key`; 0 where it says nothing.
  size_t findChoice(StringRef key) const {
    size_t choice = 0;
    for (StringRef entry : candidates)
      if (entry.consume_front(key) && entry.consume_front("="))
        entry.getAsInteger(10, choice);
    return choice;
  }
};
} // namespace
