//===- EstimateWork.cpp - attn-estimate-work ------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The counts need operations, whose key sets say what they look at, and are wanted of
// kernels, which know no key set: so they are taken here and go down as an attribute.
//
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Tuning/Schedule.h"
#include "fovea/Tuning/Transforms/Passes.h"
#include "fovea/Tuning/Work.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace fovea::tuning {
#define GEN_PASS_DEF_ESTIMATEWORKPASS
#include "fovea/Tuning/Transforms/Passes.h.inc"
} // namespace fovea::tuning

using namespace mlir;
using namespace fovea;
using namespace fovea::attn;

/// The operation that has the schedule of the kernel of `root`.
static Operation *getFirstOperation(Operation &root) {
  auto group = dyn_cast<GroupOp>(root);
  return group ? &group.getBody().front().front() : &root;
}

namespace {
struct EstimateWork final : fovea::tuning::impl::EstimateWorkPassBase<EstimateWork> {
  using EstimateWorkPassBase::EstimateWorkPassBase;

  void runOnOperation() override {
    if (tokens < 1) {
      getOperation().emitError()
          << "expected tokens to be at least 1, got " << int64_t(tokens);
      return signalPassFailure();
    }
    for (Operation &op : getOperation().getBody().getOps()) {
      if (!isa<KernelOpInterface, GroupOp>(op))
        continue;
      FailureOr<tile::ScheduleAttr> schedule =
          tuning::getSchedule(getFirstOperation(op));
      if (failed(schedule))
        return signalPassFailure();
      FailureOr<tuning::Work> work =
          tuning::countWork(&op, tokens, tuning::getTileRows(&op, *schedule));
      if (failed(work))
        return signalPassFailure();
      op.setAttr(tuning::kWorkAttrName, tuning::toAttribute(*work, &getContext()));
    }
  }
};
} // namespace
