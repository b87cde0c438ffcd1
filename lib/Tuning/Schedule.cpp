//===- Schedule.cpp - who chooses a schedule ------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Tuning/Schedule.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/Models.h"
#include "fovea/Tuning/CpuModel.h"
#include "fovea/Tuning/TuningInterfaces.h"

#include <algorithm>

using namespace mlir;
using namespace fovea;
using tuning::ScheduleOpInterface;

int64_t tuning::getMostAttends(StringRef target) {
  // The time to compile a kernel grows faster than its attends; the registers of a GPU
  // hold one accumulator.
  constexpr int64_t kMostOfCpu = 8, kMostOfGpu = 1;
  return target == "cpu" ? kMostOfCpu : kMostOfGpu;
}

int64_t tuning::getCompressDepth(int64_t columns, int64_t results, int64_t most) {
  constexpr int64_t kMultiple = 16; // of a matrix instruction's depth
  most = std::clamp<int64_t>(kMostPartElements / results, 1, most);
  if (columns <= most)
    return columns;
  if (columns % kMultiple == 0 && most >= kMultiple)
    return kMultiple * getLargestDivisor(columns / kMultiple, most / kMultiple);
  return getLargestDivisor(columns, most);
}

static ScheduleOpInterface getModel(Operation *op) {
  return attn::getModel<ScheduleOpInterface>(op, "a schedule");
}

/// The fewest tokens of a group's operations, so that lists set them: of those that
/// read keys, where there are any.
static FailureOr<int64_t> chooseTokens(attn::GroupOp group) {
  int64_t reading = 0, others = 0;
  for (Operation &op : group.getBody().front().without_terminator()) {
    ScheduleOpInterface model = getModel(&op);
    if (!model)
      return failure();
    bool readsKeys = cast<attn::KernelOpInterface>(op).getTiling().readsKeys;
    int64_t &tokens = readsKeys ? reading : others;
    int64_t wanted = model.chooseTokens();
    tokens = tokens ? std::min(tokens, wanted) : wanted;
  }
  return reading ? reading : others;
}

LogicalResult tuning::setCpuSchedules(Operation *root) {
  auto group = dyn_cast<attn::GroupOp>(root);
  auto outer = root->getAttrOfType<tile::ScheduleAttr>(kScheduleAttrName);
  FailureOr<int64_t> tokens = 0; // of the group; 0: of each operation
  if (group)
    tokens = outer ? FailureOr<int64_t>(outer.getTokens()) : chooseTokens(group);
  if (failed(tokens))
    return failure();
  tile::ScheduleAttr first;
  WalkResult result = root->walk([&](attn::KernelOpInterface op) {
    ScheduleOpInterface model = ::getModel(op);
    if (!model)
      return WalkResult::interrupt();
    auto schedule = op->getAttrOfType<tile::ScheduleAttr>(kScheduleAttrName);
    if (!schedule)
      schedule = tile::ScheduleAttr::get(
          op.getContext(), *tokens ? *tokens : model.chooseTokens(), model.chooseKeys(),
          /*group_rows=*/0, model.chooseDepth(), tile::GpuAttr());
    op->setAttr(kScheduleAttrName, schedule);
    first = first ? first : schedule;
    return WalkResult::advance();
  });
  if (!result.wasInterrupted() && group && !outer && first)
    group->setAttr(kScheduleAttrName,
                   tile::ScheduleAttr::get(root->getContext(), *tokens, first.getKeys(),
                                           /*group_rows=*/0, /*depth=*/0,
                                           tile::GpuAttr()));
  return failure(result.wasInterrupted());
}

/// That of `op` itself; null, after a diagnostic, where it has none.
static tile::ScheduleAttr findSchedule(Operation *op) {
  auto schedule = op->getAttrOfType<tile::ScheduleAttr>(tuning::kScheduleAttrName);
  if (!schedule)
    op->emitOpError() << "expected " << tuning::kScheduleAttrName
                      << ", got none: run attn-choose-schedules first";
  return schedule;
}

FailureOr<tile::ScheduleAttr> tuning::getSchedule(Operation *op) {
  ScheduleOpInterface model = ::getModel(op);
  tile::ScheduleAttr schedule = model ? findSchedule(op) : nullptr;
  if (!schedule)
    return failure();
  if (auto group = dyn_cast<attn::GroupOp>(op->getParentOp())) {
    tile::ScheduleAttr outer = findSchedule(group);
    if (!outer)
      return failure();
    schedule = tile::ScheduleAttr::get(op->getContext(), outer.getTokens(),
                                       schedule.getKeys(), outer.getGroupRows(),
                                       schedule.getDepth(), schedule.getGpu());
  }
  if (failed(model.verifySchedule(schedule)))
    return failure();
  return schedule;
}
