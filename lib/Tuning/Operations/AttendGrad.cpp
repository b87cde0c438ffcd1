//===- AttendGrad.cpp - what tuning knows of gradients of attention -------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Of those that have a kernel, which is the CPU's alone.
//
//===----------------------------------------------------------------------===//

#include "AttentionSchedule.h"
#include "fovea/Dialect/Attn/IR/Attn.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::tuning;
using attn::AttendDeltaOp;
using attn::AttendGradQOp;

namespace {

struct DeltaSchedule final
    : ScheduleOpInterface::ExternalModel<DeltaSchedule, AttendDeltaOp> {
  int64_t chooseTokens(Operation *operation) const {
    auto op = cast<AttendDeltaOp>(operation);
    return std::max<int64_t>(1, kTargetRows / headsOf(op.getOut()));
  }
  int64_t chooseKeys(Operation *) const { return kTargetKeys; }
};

struct DeltaWork final : WorkOpInterface::ExternalModel<DeltaWork, AttendDeltaOp> {
  void countWork(Operation *operation, WorkCounter &counter) const {
    auto op = cast<AttendDeltaOp>(operation);
    counter.read(op.getDout(), counter.getTokens());
    counter.read(op.getOut(), counter.getTokens());
    if (op.getDlse())
      counter.read(op.getDlse(), counter.getTokens());
    counter.write(op.getDelta(), counter.getTokens());
  }
};

struct GradQWork final : WorkOpInterface::ExternalModel<GradQWork, AttendGradQOp> {
  /// The attention's two products, and one of dS and keys.
  void countWork(Operation *operation, WorkCounter &counter) const {
    auto op = cast<AttendGradQOp>(operation);
    int64_t tokens = counter.getTokens();
    int64_t listed = op.getIndices() ? dimOf(op.getIndices()) : 0;
    double pairs = counter.countPairs(op, op.getKeys(), listed);
    counter.addPairs(pairs, op.getQ(), op.getK(), op.getV());
    counter.addFlops(2 * pairs * headsOf(op.getQ()) * dimOf(op.getK()));
    counter.addScoreRegion(pairs, op.getQ(), op.getScoreRegion());
    int64_t keys = tokens / op.getKeys().getKeyStride();
    for (Value rows : {Value(op.getQ()), Value(op.getDout()), Value(op.getLse()),
                       Value(op.getDelta()), Value(op.getIndices())})
      if (rows)
        counter.read(rows, tokens);
    counter.read(op.getK(), keys);
    counter.read(op.getV(), keys);
    counter.write(op.getDq(), tokens);
  }
};

} // namespace

void tuning::attachAttendGradTuning(MLIRContext &context) {
  AttendDeltaOp::attachInterface<DeltaSchedule, DeltaWork>(context);
  AttendGradQOp::attachInterface<AttentionSchedule<AttendGradQOp>, GradQWork>(context);
}
