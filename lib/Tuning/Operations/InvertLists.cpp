//===- InvertLists.cpp - what tuning knows of attn.invert_lists -----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A schedule's keys are the blocks of a program, and its tokens those whose lists are
// read at once.
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Tuning/CpuModel.h"
#include "fovea/Tuning/GpuSchedule.h"
#include "fovea/Tuning/TuningInterfaces.h"

#include <algorithm>

using namespace mlir;
using namespace fovea;
using namespace fovea::tuning;
using attn::InvertListsOp;

/// Blocks of a program, whose tokens are a number of 32 bits.
static int64_t fitBlocks(InvertListsOp op, int64_t wanted) {
  return std::min(wanted, kMaxSize / int64_t(op.getBlock()));
}

namespace {

struct InvertListsSchedule final
    : ScheduleOpInterface::ExternalModel<InvertListsSchedule, InvertListsOp> {
  int64_t chooseTokens(Operation *) const { return kLaneRows; }

  /// Every program reads all lists of its sequence, so that few should share it.
  int64_t chooseKeys(Operation *operation) const {
    return fitBlocks(cast<InvertListsOp>(operation), /*wanted=*/256);
  }

  LogicalResult verifySchedule(Operation *operation,
                               tile::ScheduleAttr schedule) const {
    auto op = cast<InvertListsOp>(operation);
    int64_t most = fitBlocks(op, kMaxSize);
    if (schedule.getKeys() <= most)
      return success();
    return op.emitOpError() << "expected the schedule's keys, which are blocks of "
                            << op.getBlock() << " tokens, to be at most " << most
                            << ", got " << schedule.getKeys();
  }
};

struct InvertListsGpuSchedule final
    : GpuScheduleOpInterface::ExternalModel<InvertListsGpuSchedule, InvertListsOp> {
  LogicalResult verifyGpuShape(Operation *) const { return success(); }

  /// A block for each lane, and as many warps as a thread block has: programs are few,
  /// and each waits for memory.
  SmallVector<tile::ScheduleAttr> getGpuCandidates(Operation *operation,
                                                   const GpuTargetInfo &) const {
    int64_t blocks = fitBlocks(cast<InvertListsOp>(operation), tile::kLanes);
    SmallVector<tile::ScheduleAttr> schedules;
    for (int64_t warps : {tile::kMaxWarps, tile::kMaxWarps / 2})
      schedules.push_back(
          makeSchedule(operation->getContext(), warps * tile::kLanes, blocks));
    return schedules;
  }

  std::string describeSizes(Operation *operation) const {
    auto op = cast<InvertListsOp>(operation);
    return "lists of " + std::to_string(dimOf(op.getIndices())) + " blocks";
  }

  std::string describeKernel(Operation *operation) const {
    auto op = cast<InvertListsOp>(operation);
    return "invert_lists<listed = " + std::to_string(dimOf(op.getIndices())) +
           ", block = " + std::to_string(op.getBlock()) + ">";
  }
};

struct InvertListsWork final
    : WorkOpInterface::ExternalModel<InvertListsWork, InvertListsOp> {
  void countWork(Operation *operation, WorkCounter &counter) const {
    auto op = cast<InvertListsOp>(operation);
    counter.read(op.getIndices(), counter.getTokens());
    counter.write(op.getBounds(), counter.getTokens());
    counter.write(op.getEntries(), counter.getTokens());
  }
};

} // namespace

void tuning::attachInvertListsTuning(MLIRContext &context) {
  InvertListsOp::attachInterface<InvertListsSchedule, InvertListsGpuSchedule,
                                 InvertListsWork>(context);
}
