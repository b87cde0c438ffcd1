//===- AttendGrad.cpp - what tuning knows of gradients of attention -------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Of those that have a kernel.
//
//===----------------------------------------------------------------------===//

#include "AttentionSchedule.h"
#include "RowSchedule.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Tuning/GpuSchedule.h"
#include "fovea/Tuning/KernelDescription.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::tuning;
using attn::AttendDeltaOp;
using attn::AttendGradQOp;

template <> struct tuning::RowOperation<AttendDeltaOp> {
  static Value getRows(AttendDeltaOp op) { return op.getOut(); }
  static StringRef describe(AttendDeltaOp op) { return op.getDlse() ? ", dlse" : ""; }
};

namespace {

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

struct GradQGpuSchedule final
    : GpuScheduleOpInterface::ExternalModel<GradQGpuSchedule, AttendGradQOp> {
  LogicalResult verifyGpuShape(Operation *operation) const {
    auto op = cast<AttendGradQOp>(operation);
    return verifyAttentionShape(op, {op.getQ(), op.getK(), op.getV(), op.getDout()});
  }

  /// Rows of q and of dout stay while keys and values pass; of a visit S and dP live
  /// beside one another, and dQ is what is carried.
  void addDemand(Operation *operation, GpuDemand &demand) const {
    auto op = cast<AttendGradQOp>(operation);
    int64_t dk = dimOf(op.getK()), dv = dimOf(op.getV());
    demand.group = headsOf(op.getQ()) / headsOf(op.getK());
    demand.queryColumns = demand.keyColumns = dk + dv;
    demand.keyTile = dk;
    demand.valueTile = dv;
    demand.valueColumns = demand.liveColumns = dk;
    demand.scoreTiles = 2;
    addListDemand(op, demand);
  }

  SmallVector<tile::ScheduleAttr> getGpuCandidates(Operation *operation,
                                                   const GpuTargetInfo &target) const {
    return getKeyBlockCandidates(operation, target);
  }

  std::string describeSizes(Operation *operation) const {
    return describeAttentionSizes(cast<AttendGradQOp>(operation));
  }

  std::string describeKernel(Operation *operation) const {
    auto op = cast<AttendGradQOp>(operation);
    std::string text;
    llvm::raw_string_ostream stream(text);
    stream << "attend_grad_q<group = " << headsOf(op.getQ()) / headsOf(op.getK())
           << ", dims = " << dimOf(op.getK()) << " x " << dimOf(op.getV())
           << ", type = " << typeOf(op.getQ()) << ", keys = " << op.getKeys();
    if (op.getIndices())
      stream << ", listed = " << countListed(op);
    stream << ">";
    return text;
  }
};

struct GradQWork final : WorkOpInterface::ExternalModel<GradQWork, AttendGradQOp> {
  /// The attention's two products, and one of dS and keys.
  void countWork(Operation *operation, WorkCounter &counter) const {
    auto op = cast<AttendGradQOp>(operation);
    int64_t tokens = counter.getTokens();
    double pairs = counter.countPairs(op, op.getKeys(), countListed(op));
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
  AttendDeltaOp::attachInterface<RowSchedule<AttendDeltaOp>,
                                 RowGpuSchedule<AttendDeltaOp>, DeltaWork>(context);
  AttendGradQOp::attachInterface<AttentionSchedule<AttendGradQOp>, GradQGpuSchedule,
                                 GradQWork>(context);
}
