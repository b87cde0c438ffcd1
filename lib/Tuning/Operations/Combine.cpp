//===- Combine.cpp - what tuning knows of attn.combine --------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "RowSchedule.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Tuning/KernelDescription.h"
#include "fovea/Tuning/TuningInterfaces.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::tuning;
using attn::CombineOp;

template <> struct tuning::RowOperation<CombineOp> {
  static Value getRows(CombineOp op) { return op.getOut(); }
};

/// Whether a branch is not computed beside `op`, by the same kernel: it is loaded when
/// the accumulator is done.
static bool isLoaded(Value branch, CombineOp op) {
  auto producer = branch.getDefiningOp<attn::KernelOpInterface>();
  bool isBeside = producer && producer->getBlock() == op->getBlock() &&
                  isa<attn::GroupOp>(op->getParentOp());
  return !isBeside || !producer.getTiling().readsKeys;
}

/// Whether no operation of the kernel behind `op` takes `branch`, whose accumulator is
/// done with it.
static bool isLastReader(CombineOp op, Value branch) {
  return llvm::none_of(branch.getUsers(), [&](Operation *user) {
    return user->getBlock() == op->getBlock() && op->isBeforeInBlock(user) &&
           !user->hasTrait<OpTrait::IsTerminator>();
  });
}

namespace {

struct CombineGpuSchedule final
    : GpuScheduleOpInterface::ExternalModel<CombineGpuSchedule, CombineOp> {
  LogicalResult verifyGpuShape(Operation *operation) const {
    return verifyRowShape(operation, cast<CombineOp>(operation).getOut());
  }

  void addDemand(Operation *operation, GpuDemand &demand) const {
    auto op = cast<CombineOp>(operation);
    int64_t loaded = op.getBase() ? dimOf(op.getBase()) : 0;
    llvm::SmallPtrSet<Value, 4> done;
    for (Value branch : op.getBranches())
      if (isLoaded(branch, op))
        loaded += dimOf(branch);
      else if (isLastReader(op, branch) && done.insert(branch).second)
        // What goes on from this sum finds it in memory.
        demand.liveColumns -= dimOf(branch);
    demand.branchColumns = std::max(demand.branchColumns, loaded);
  }

  SmallVector<tile::ScheduleAttr> getGpuCandidates(Operation *operation,
                                                   const GpuTargetInfo &) const {
    return listResidencies(makeRowSchedule(
        operation->getContext(), headsOf(cast<CombineOp>(operation).getOut())));
  }

  std::string describeSizes(Operation *operation) const {
    auto op = cast<CombineOp>(operation);
    return std::to_string(op.getBranches().size()) + " branches of " +
           std::to_string(headsOf(op.getOut())) + " heads of " +
           std::to_string(dimOf(op.getOut()));
  }

  /// Beside an attention a group's heads are that one's.
  std::string describeKernel(Operation *operation) const {
    auto op = cast<CombineOp>(operation);
    std::string text;
    llvm::raw_string_ostream stream(text);
    stream << "combine<branches = " << op.getBranches().size()
           << ", loaded = " << llvm::count_if(op.getBranches(), [&](Value branch) {
                return isLoaded(branch, op);
              });
    if (op.getBase())
      stream << ", base";
    if (!isa<attn::GroupOp>(op->getParentOp()))
      stream << ", heads = " << headsOf(op.getOut());
    stream << ", dim = " << dimOf(op.getOut()) << ", type = " << typeOf(op.getOut())
           << ", gates = " << typeOf(op.getGates()) << " "
           << attn::stringifyGateMode(op.getMode()) << ">";
    return text;
  }
};

struct CombineWork final : WorkOpInterface::ExternalModel<CombineWork, CombineOp> {
  void countWork(Operation *operation, WorkCounter &counter) const {
    auto op = cast<CombineOp>(operation);
    for (Value branch : op.getBranches())
      counter.read(branch, counter.getTokens());
    counter.read(op.getGates(), counter.getTokens());
    if (op.getBase())
      counter.read(op.getBase(), counter.getTokens());
    counter.write(op.getOut(), counter.getTokens());
  }
};

} // namespace

void tuning::attachCombineTuning(MLIRContext &context) {
  CombineOp::attachInterface<RowSchedule<CombineOp>, CombineGpuSchedule, CombineWork>(
      context);
}
