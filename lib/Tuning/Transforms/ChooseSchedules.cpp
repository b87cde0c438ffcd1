//===- ChooseSchedules.cpp - attn-choose-schedules ------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Hardware/GpuTargetInfo.h"
#include "fovea/Tuning/GpuSchedule.h"
#include "fovea/Tuning/Schedule.h"
#include "fovea/Tuning/Transforms/Passes.h"
#include "fovea/Tuning/TuningInterfaces.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"

namespace fovea::tuning {
#define GEN_PASS_DEF_CHOOSESCHEDULESPASS
#include "fovea/Tuning/Transforms/Passes.h.inc"
} // namespace fovea::tuning

using namespace mlir;
using namespace fovea;
using namespace fovea::attn;

/// The sizes that decide what fits, of an operation or of all in a group.
static std::string describeShape(Operation &op) {
  std::string text;
  op.walk<WalkOrder::PreOrder>([&](tuning::GpuScheduleOpInterface inner) {
    text += (text.empty() ? "" : ", ") + inner.describeSizes();
  });
  return text;
}

/// Whether the group's schedule is that of an attention in it. Without one there is
/// nothing to share a tile with: each operation is scheduled as if it stood alone.
static bool hasAttention(GroupOp group) {
  return llvm::any_of(group.getBody().front().getOps<KernelOpInterface>(),
                      [](KernelOpInterface op) { return op.getTiling().readsKeys; });
}

namespace {
struct ChooseSchedules final
    : fovea::tuning::impl::ChooseSchedulesPassBase<ChooseSchedules> {
  using ChooseSchedulesPassBase::ChooseSchedulesPassBase;

  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    if (target != "cpu" && failed(chooseForGpu()))
      return signalPassFailure();
    if (failed(tuning::completeSchedules(getOperation())))
      return signalPassFailure();
  }

private:
  LogicalResult chooseForGpu() {
    llvm::Expected<const GpuTargetInfo *> info = lookupGpuTarget(target);
    if (!info)
      return getOperation().emitError() << llvm::toString(info.takeError());
    int64_t number = -1;
    for (Operation &op : llvm::make_early_inc_range(getOperation().getBody().front())) {
      if (!isa<KernelOpInterface, GroupOp>(op))
        continue;
      if (failed(tuning::verifyGpuShape(&op)))
        return failure();
      if (op.hasAttr(tuning::kScheduleAttrName)) {
        tuning::completeGpuSchedule(op);
        continue;
      }
      std::string key = (getOperation().getName() + "." + llvm::Twine(++number)).str();
      if (failed(choose(op, key, **info)))
        return failure();
    }
    return success();
  }

  /// Schedules the kernel of `op`. A group's last candidate is that it is none: its
  /// operations go apart, each with candidates of its own.
  LogicalResult choose(Operation &op, const std::string &key,
                       const GpuTargetInfo &info) {
    auto group = dyn_cast<GroupOp>(op);
    if (group && !hasAttention(group))
      return chooseApart(group, key, info);
    SmallVector<tile::ScheduleAttr> all = tuning::getGpuCandidates(&op, info);
    size_t choice = findChoice(key);
    if (group && choice >= all.size())
      return chooseApart(group, key, info);
    if (all.empty())
      return op.emitOpError() << "expected tiles of " << describeShape(op) << " to fit "
                              << info.name
                              << ": no schedule has 64 rows of whole tokens, key "
                                 "blocks of 16 or more, and fits its registers and "
                              << info.sharedBytesPerBlock << " B of shared memory";
    choice = std::min(choice, all.size() - 1);
    tuning::setSchedule(&op, all[choice]);
    int64_t left = all.size() - 1 - choice + (group ? 1 : 0);
    op.setAttr(tuning::kCandidateAttrName,
               tile::CandidateAttr::get(&getContext(), key, left, describeShape(op)));
    return success();
  }

  LogicalResult chooseApart(GroupOp group, const std::string &key,
                            const GpuTargetInfo &info) {
    SmallVector<Operation *> ops(
        llvm::make_pointer_range(group.getBody().front().without_terminator()));
    IRRewriter rewriter(group);
    group.inlineBody(rewriter);
    for (auto [i, op] : llvm::enumerate(ops)) {
      if (op->hasAttr(tuning::kScheduleAttrName))
        tuning::completeGpuSchedule(*op);
      else if (failed(choose(*op, key + "." + std::to_string(i), info)))
        return failure();
    }
    return success();
  }

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
