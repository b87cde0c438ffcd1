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
#include <numeric>

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

/// Keys of a tile that is in one page, or of whole ones.
static int64_t chooseKeys(Operation *op, ScheduleOpInterface model) {
  int64_t keys = model.chooseKeys();
  auto pages = attn::GatherPagesOp::findReadBy(op);
  if (!pages || attn::fitsPages(pages.getSlots(), keys))
    return keys;
  // Keys that divide a block still do so when they are fewer, multiples of one are
  // more.
  int64_t fewer = std::gcd(keys, pages.getSlots());
  ScopedDiagnosticHandler quiet(op->getContext(),
                                [](Diagnostic &) { return success(); });
  auto schedule = tile::ScheduleAttr::get(op->getContext(), /*tokens=*/1, fewer,
                                          /*group_rows=*/0, /*depth=*/0, /*parts=*/1,
                                          tile::GpuAttr());
  return succeeded(model.verifySchedule(schedule)) ? fewer
                                                   : std::lcm(keys, pages.getSlots());
}

static FailureOr<tile::ScheduleAttr> chooseSchedule(Operation *op) {
  ScheduleOpInterface model = getModel(op);
  if (!model)
    return failure();
  auto own = op->getAttrOfType<tile::ScheduleAttr>(tile::kScheduleAttrName);
  tile::ScheduleAttr schedule =
      own ? own
          : tile::ScheduleAttr::get(op->getContext(), model.chooseTokens(),
                                    chooseKeys(op, model), /*group_rows=*/0,
                                    model.chooseDepth(), /*parts=*/1, tile::GpuAttr());
  if (auto group = dyn_cast<attn::GroupOp>(op->getParentOp())) {
    auto outer = group->getAttrOfType<tile::ScheduleAttr>(tile::kScheduleAttrName);
    FailureOr<int64_t> tokens =
        outer ? FailureOr<int64_t>(outer.getTokens()) : chooseTokens(group);
    if (failed(tokens))
      return failure();
    schedule = tile::ScheduleAttr::get(op->getContext(), *tokens, schedule.getKeys(),
                                       outer ? outer.getGroupRows() : 0,
                                       schedule.getDepth(), schedule.getParts(),
                                       outer ? outer.getGpu() : schedule.getGpu());
  }
  if (failed(model.verifySchedule(schedule)))
    return failure();
  return schedule;
}

LogicalResult tuning::completeSchedules(Operation *function) {
  WalkResult result = function->walk([](attn::KernelOpInterface op) {
    FailureOr<tile::ScheduleAttr> schedule = chooseSchedule(op);
    if (failed(schedule))
      return WalkResult::interrupt();
    op->setAttr(kScheduleAttrName, *schedule);
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

FailureOr<tile::ScheduleAttr> tuning::getSchedule(Operation *op) {
  ScheduleOpInterface model = ::getModel(op);
  if (!model)
    return failure();
  auto schedule = op->getAttrOfType<tile::ScheduleAttr>(kScheduleAttrName);
  if (!schedule)
    return op->emitOpError() << "expected a tile.schedule, got none: run "
                                "attn-choose-schedules first";
  if (failed(model.verifySchedule(schedule)))
    return failure();
  return schedule;
}
