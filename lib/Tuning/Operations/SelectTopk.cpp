//===- SelectTopk.cpp - what tuning knows of attn.select_topk -------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Tuning/CpuModel.h"
#include "fovea/Tuning/GpuSchedule.h"
#include "fovea/Tuning/KernelDescription.h"
#include "fovea/Tuning/TuningInterfaces.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::tuning;
using attn::SelectTopkOp;

namespace {

struct SelectTopkSchedule final
    : ScheduleOpInterface::ExternalModel<SelectTopkSchedule, SelectTopkOp> {
  int64_t chooseTokens(Operation *) const { return kLaneRows; } // of stored scores
  int64_t chooseKeys(Operation *) const { return kTargetKeys; }
};

struct SelectTopkGpuSchedule final
    : GpuScheduleOpInterface::ExternalModel<SelectTopkGpuSchedule, SelectTopkOp> {
  LogicalResult verifyGpuShape(Operation *operation) const {
    auto op = cast<SelectTopkOp>(operation);
    if (int64_t(op.getCount()) > tile::kMostTopk)
      return op.emitOpError() << "expected a count of at most " << tile::kMostTopk
                              << " on a GPU, got " << op.getCount();
    return success();
  }

  void addDemand(Operation *operation, GpuDemand &demand) const {
    demand.topk =
        std::max(demand.topk, int64_t(cast<SelectTopkOp>(operation).getCount()));
    ++demand.topks;
  }

  /// Of stored scores: a token per warp.
  SmallVector<tile::ScheduleAttr> getGpuCandidates(Operation *operation,
                                                   const GpuTargetInfo &) const {
    return {makeSchedule(operation->getContext(), tile::kWarpsPerGroup,
                         tile::kFragmentRows)};
  }

  std::string describeSizes(Operation *operation) const {
    return "a top-k of " + std::to_string(cast<SelectTopkOp>(operation).getCount());
  }

  std::string describeKernel(Operation *operation) const {
    auto op = cast<SelectTopkOp>(operation);
    std::string text;
    llvm::raw_string_ostream stream(text);
    stream << "select_topk<blocks = " << op.getBlocksAttr()
           << ", top = " << op.getCount() << ", initial = " << op.getInitial()
           << ", local = " << op.getLocal() << ">";
    return text;
  }
};

struct SelectTopkWork final
    : WorkOpInterface::ExternalModel<SelectTopkWork, SelectTopkOp> {
  void countWork(Operation *operation, WorkCounter &counter) const {
    auto op = cast<SelectTopkOp>(operation);
    counter.setScoreBlock(op.getBlocks().getBlock());
    counter.read(op.getScores(), counter.getTokens());
    counter.write(op.getIndices(), counter.getTokens());
  }
};

} // namespace

void tuning::attachSelectTopkTuning(MLIRContext &context) {
  SelectTopkOp::attachInterface<SelectTopkSchedule, SelectTopkGpuSchedule,
                                SelectTopkWork>(context);
}
