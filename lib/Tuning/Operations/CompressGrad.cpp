//===- CompressGrad.cpp - what tuning knows of a compression's gradients --===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "../GpuShapes.h"
#include "CompressShapes.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Tuning/CpuModel.h"
#include "fovea/Tuning/GpuSchedule.h"
#include "fovea/Tuning/TuningInterfaces.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::tuning;
using attn::CompressGradInputOp;

/// Emits an error and fails where no kernel computes the gradient of phi.
static LogicalResult verifyKind(Operation *op, attn::PhiAttr phi) {
  attn::PhiKind kind = phi.getKind();
  if (kind == attn::PhiKind::Mean || kind == attn::PhiKind::Weighted)
    return success();
  return op->emitOpError() << "expected phi of mean or weighted, of which alone there "
                              "is a kernel, got "
                           << attn::stringifyPhiKind(kind);
}

namespace {

struct GradInputSchedule final
    : ScheduleOpInterface::ExternalModel<GradInputSchedule, CompressGradInputOp> {
  int64_t chooseTokens(Operation *operation) const {
    auto op = cast<CompressGradInputOp>(operation);
    return halveToFit(kLaneRows, dimOf(op.getInput()), kMostWindowElements);
  }

  int64_t chooseKeys(Operation *) const { return kTargetKeys; }

  LogicalResult verifySchedule(Operation *operation, tile::ScheduleAttr) const {
    return verifyKind(operation, cast<CompressGradInputOp>(operation).getPhi());
  }
};

struct GradInputGpuSchedule final
    : GpuScheduleOpInterface::ExternalModel<GradInputGpuSchedule, CompressGradInputOp> {
  LogicalResult verifyGpuShape(Operation *operation) const {
    auto op = cast<CompressGradInputOp>(operation);
    if (failed(verifyKind(op, op.getPhi())))
      return failure();
    return verifyLaneColumns(op, dimOf(op.getInput()));
  }

  /// A stride per warp, its columns along the lanes.
  SmallVector<tile::ScheduleAttr> getGpuCandidates(Operation *operation,
                                                   const GpuTargetInfo &) const {
    return {makeSchedule(operation->getContext(), tile::kWarpsPerGroup,
                         tile::kFragmentRows)};
  }

  std::string describeSizes(Operation *operation) const {
    auto op = cast<CompressGradInputOp>(operation);
    return "head dim " + std::to_string(dimOf(op.getInput()));
  }

  std::string describeKernel(Operation *operation) const {
    return describeCompression(cast<CompressGradInputOp>(operation));
  }
};

struct GradInputWork final
    : WorkOpInterface::ExternalModel<GradInputWork, CompressGradInputOp> {
  void countWork(Operation *operation, WorkCounter &counter) const {
    auto op = cast<CompressGradInputOp>(operation);
    counter.read(op.getDout(), counter.getTokens() / op.getWindows().getStride());
    for (Value parameter : op.getParams())
      counter.read(parameter, /*rows=*/0);
    counter.write(op.getDinput(), counter.getTokens());
  }
};

} // namespace

void tuning::attachCompressGradTuning(MLIRContext &context) {
  CompressGradInputOp::attachInterface<GradInputSchedule, GradInputGpuSchedule,
                                       GradInputWork>(context);
}
