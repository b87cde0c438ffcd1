//===- SumTokens.cpp - what tuning knows of sums over tokens --------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// attn.sum_tokens and attn.attend_grad_sinks.
//
//===----------------------------------------------------------------------===//

#include "../GpuShapes.h"
#include "Models.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Tuning/CpuModel.h"
#include "fovea/Tuning/GpuSchedule.h"
#include "fovea/Tuning/TuningInterfaces.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::tuning;
using attn::AttendGradSinksOp;
using attn::SumTokensOp;

static ValueRange getSummed(SumTokensOp op) { return op->getOperands().take_front(); }
static ValueRange getSummed(AttendGradSinksOp op) {
  return op->getOperands().slice(1, 2); // lse and delta
}

namespace {

template <typename OpT>
struct SumSchedule final : ScheduleOpInterface::ExternalModel<SumSchedule<OpT>, OpT> {
  int64_t chooseTokens(Operation *) const { return kTargetRows; }
  int64_t chooseKeys(Operation *) const { return kTargetKeys; }
};

template <typename OpT>
struct SumGpuSchedule final
    : GpuScheduleOpInterface::ExternalModel<SumGpuSchedule<OpT>, OpT> {
  LogicalResult verifyGpuShape(Operation *op) const {
    int64_t heads = headsOf(getSummed(cast<OpT>(op)).front());
    if (heads % attn::kSummedHeads == 0)
      return success();
    return op->emitOpError() << "expected " << attn::kSummedHeads
                             << " to divide the heads on a GPU, got " << heads;
  }

  /// A warpgroup's tokens, whose sums meet in the end.
  SmallVector<tile::ScheduleAttr> getGpuCandidates(Operation *op,
                                                   const GpuTargetInfo &) const {
    return listResidencies(
        makeSchedule(op->getContext(), kGroupRows, tile::kFragmentRows));
  }

  std::string describeSizes(Operation *op) const {
    return std::to_string(headsOf(getSummed(cast<OpT>(op)).front())) + " heads";
  }

  std::string describeKernel(Operation *op) const {
    int64_t heads = headsOf(getSummed(cast<OpT>(op)).front());
    return OpT::getOperationName().substr(sizeof("attn.") - 1).str() +
           "<heads = " + std::to_string(heads) + ">";
  }
};

template <typename OpT>
struct TokenSumWork final : WorkOpInterface::ExternalModel<TokenSumWork<OpT>, OpT> {
  void countWork(Operation *op, WorkCounter &counter) const {
    for (Value rows : getSummed(cast<OpT>(op)))
      counter.read(rows, counter.getTokens());
    counter.write(op->getResult(0), /*rows=*/0);
  }
};

} // namespace

void tuning::attachSumTokensTuning(MLIRContext &context) {
  AttendGradSinksOp::attachInterface<SumSchedule<AttendGradSinksOp>,
                                     SumGpuSchedule<AttendGradSinksOp>,
                                     TokenSumWork<AttendGradSinksOp>>(context);
  SumTokensOp::attachInterface<SumSchedule<SumTokensOp>, SumGpuSchedule<SumTokensOp>,
                               TokenSumWork<SumTokensOp>>(context);
}
