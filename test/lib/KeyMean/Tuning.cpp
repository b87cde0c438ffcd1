//===- Tuning.cpp - how a mean over keys is scheduled ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "KeyMean.h"
#include "fovea/Tuning/CpuModel.h"
#include "fovea/Tuning/TuningInterfaces.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::test;

namespace {
/// There is no model for a GPU: what asks for one gets a diagnostic.
template <typename OpT>
struct Schedule final : tuning::ScheduleOpInterface::ExternalModel<Schedule<OpT>, OpT> {
  int64_t chooseTokens(Operation *) const { return tuning::kTargetRows; }
  int64_t chooseKeys(Operation *) const { return tuning::kTargetKeys; }
};

template <typename OpT>
struct CountWork final : tuning::WorkOpInterface::ExternalModel<CountWork<OpT>, OpT> {
  void countWork(Operation *operation, tuning::WorkCounter &counter) const {
    auto op = cast<OpT>(operation);
    auto type = cast<RankedTensorType>(op.getV().getType());
    int64_t tokens = counter.getTokens();
    counter.addFlops(2 * counter.countPairs(op, op.getKeys(), /*count=*/0) *
                     type.getDimSize(1) * type.getDimSize(2));
    counter.read(op.getV(), tokens);
    counter.write(op.getOut(), tokens);
  }
};

template <template <typename> typename Model, typename... OpTs>
void attach(MLIRContext &context) {
  (OpTs::template attachInterface<Model<OpTs>>(context), ...);
}
} // namespace

void test::attachTuning(MLIRContext &context) {
  attach<Schedule, KeyMeanOp, NoLoweringOp, NoWorkOp, NoReferenceOp, NoNumericsOp,
         NoGradientOp>(context);
  attach<CountWork, KeyMeanOp, NoLoweringOp, NoScheduleOp, NoReferenceOp, NoNumericsOp,
         NoGradientOp>(context);
}
