//===- CompressGrad.cpp - what tuning knows of a compression's gradients --===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "../GpuShapes.h"
#include "CompressShapes.h"
#include "RowSchedule.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Tuning/CpuModel.h"
#include "fovea/Tuning/GpuSchedule.h"
#include "fovea/Tuning/Schedule.h"
#include "fovea/Tuning/TuningInterfaces.h"

#include <algorithm>

using namespace mlir;
using namespace fovea;
using namespace fovea::tuning;
using attn::CompressGradInputOp;
using attn::CompressGradParamsOp;

/// Columns of the matrix that a row of a window is multiplied with; 0: there is none.
template <typename OpT> static int64_t matrixColumns(OpT op) {
  if (!hasProducts(op.getPhi()))
    return 0;
  int64_t hidden = hiddenOf(op.getPhi());
  return hidden ? hidden : dimOf(op.getInput());
}

/// What has a row for each window, and is multiplied with the matrices.
template <typename OpT> static Value getWindowRows(OpT op) {
  return op.getPhi().getKind() == attn::PhiKind::Mlp ? op.getHidden()[1] : op.getDout();
}

/// Emits an error and fails where a GPU's matrix instructions do not take them.
template <typename OpT> static LogicalResult verifyProductRows(OpT op, Value rows) {
  if (failed(verifyProductShape(op, op.getDout())))
    return failure();
  if (rows == op.getDout() || succeeded(verifyMatrixOperands(op, {rows})))
    return success();
  return failure();
}

/// Of products of all rows of all windows with a matrix.
template <typename OpT> static double countMatrixFlops(OpT op, int64_t tokens) {
  double windows = op.getWindows().getNumKeys(tokens) * headsOf(op.getInput());
  double rows = op.getWindows().getBlock(), dim = dimOf(op.getInput());
  return 2 * windows * rows * dim * matrixColumns(op);
}

/// What is read of each window.
template <typename OpT> static void countWindowRows(OpT op, WorkCounter &counter) {
  int64_t rows = counter.getTokens() / op.getWindows().getStride();
  if (op.getPhi().getKind() != attn::PhiKind::Mlp || isa<CompressGradParamsOp>(op))
    counter.read(op.getDout(), rows);
  for (Value value : op.getHidden())
    counter.read(value, rows);
}

namespace {

struct GradInputSchedule final
    : ScheduleOpInterface::ExternalModel<GradInputSchedule, CompressGradInputOp> {
  int64_t chooseTokens(Operation *operation) const {
    auto op = cast<CompressGradInputOp>(operation);
    return halveToFit(kLaneRows, dimOf(op.getInput()), kMostWindowElements);
  }

  int64_t chooseKeys(Operation *) const { return kTargetKeys; }

  int64_t chooseDepth(Operation *operation) const {
    auto op = cast<CompressGradInputOp>(operation);
    int64_t dim = dimOf(op.getInput());
    int64_t columns = matrixColumns(op);
    return columns ? getCompressDepth(dim, columns, dim) : 0;
  }

  LogicalResult verifySchedule(Operation *operation,
                               tile::ScheduleAttr schedule) const {
    auto op = cast<CompressGradInputOp>(operation);
    int64_t dim = dimOf(op.getInput());
    return verifyDepth(op, schedule, dim, matrixColumns(op));
  }
};

struct GradInputGpuSchedule final
    : GpuScheduleOpInterface::ExternalModel<GradInputGpuSchedule, CompressGradInputOp> {
  LogicalResult verifyGpuShape(Operation *operation) const {
    auto op = cast<CompressGradInputOp>(operation);
    if (hasProducts(op.getPhi()))
      return verifyProductRows(op, getWindowRows(op));
    return verifyLaneColumns(op, dimOf(op.getInput()));
  }

  /// As for a compression, with strides in place of windows.
  SmallVector<tile::ScheduleAttr> getGpuCandidates(Operation *operation,
                                                   const GpuTargetInfo &target) const {
    auto op = cast<CompressGradInputOp>(operation);
    MLIRContext *context = op.getContext();
    if (!hasProducts(op.getPhi()))
      return listResidencies(
          makeSchedule(context, tile::kWarpsPerGroup, tile::kFragmentRows));
    int64_t dim = dimOf(op.getInput());
    return {makeProductSchedule(context, dim, matrixColumns(op), target)};
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
    counter.addFlops(countMatrixFlops(op, counter.getTokens()));
    countWindowRows(op, counter);
    for (Value parameter : op.getParams())
      counter.read(parameter, /*rows=*/0);
    counter.write(op.getDinput(), counter.getTokens());
  }
};

struct GradParamsSchedule final
    : ScheduleOpInterface::ExternalModel<GradParamsSchedule, CompressGradParamsOp> {
  int64_t chooseTokens(Operation *operation) const {
    auto op = cast<CompressGradParamsOp>(operation);
    int64_t wanted = hasProducts(op.getPhi()) ? kTargetRows : kLaneRows;
    return halveToFit(wanted, dimOf(op.getInput()), kMostWindowElements);
  }

  int64_t chooseKeys(Operation *) const { return kTargetKeys; }

  /// Rows of a matrix whose gradient is one tile.
  int64_t chooseDepth(Operation *operation) const {
    auto op = cast<CompressGradParamsOp>(operation);
    int64_t dim = dimOf(op.getInput());
    if (!hasProducts(op.getPhi()))
      return 0;
    return std::min(dim,
                    halveToFit(kTargetRows, matrixColumns(op), kMostWindowElements));
  }

  LogicalResult verifySchedule(Operation *operation,
                               tile::ScheduleAttr schedule) const {
    auto op = cast<CompressGradParamsOp>(operation);
    int64_t dim = dimOf(op.getInput()), depth = schedule.getDepth();
    if (depth <= dim)
      return success();
    return op.emitOpError()
           << "expected the schedule's depth, rows of a matrix, to be at "
              "most the head dim, got "
           << depth << " and " << dim;
  }
};

struct GradParamsGpuSchedule final
    : GpuScheduleOpInterface::ExternalModel<GradParamsGpuSchedule,
                                            CompressGradParamsOp> {
  LogicalResult verifyGpuShape(Operation *operation) const {
    auto op = cast<CompressGradParamsOp>(operation);
    if (!hasProducts(op.getPhi()))
      return verifyRowShape(op, op.getInput());
    if (failed(verifyProductRows(op, getWindowRows(op))))
      return failure();
    if (int64_t dim = dimOf(op.getInput()); dim < kGroupRows)
      return op.emitOpError() << "expected a head dim of at least " << kGroupRows
                              << " for the gradients of phi's matrices on a GPU, got "
                              << dim;
    int64_t hidden = hiddenOf(op.getPhi());
    if (hidden && hidden < kGroupRows)
      return op.emitOpError() << "expected hidden to be at least " << kGroupRows
                              << " for the gradients of phi's matrices on a GPU, got "
                              << hidden;
    return success();
  }

  /// A warpgroup's windows, whose sums meet in the end; of a matrix as many rows.
  SmallVector<tile::ScheduleAttr> getGpuCandidates(Operation *operation,
                                                   const GpuTargetInfo &) const {
    auto op = cast<CompressGradParamsOp>(operation);
    GpuPlan plan;
    plan.depth = hasProducts(op.getPhi()) ? kGroupRows : 0;
    tile::ScheduleAttr schedule =
        makeSchedule(op.getContext(), kGroupRows, tile::kFragmentRows, plan);
    if (hasProducts(op.getPhi()))
      return {schedule};
    return listResidencies(schedule);
  }

  std::string describeSizes(Operation *operation) const {
    auto op = cast<CompressGradParamsOp>(operation);
    return "head dim " + std::to_string(dimOf(op.getInput()));
  }

  std::string describeKernel(Operation *operation) const {
    return describeCompression(cast<CompressGradParamsOp>(operation));
  }
};

struct GradParamsWork final
    : WorkOpInterface::ExternalModel<GradParamsWork, CompressGradParamsOp> {
  void countWork(Operation *operation, WorkCounter &counter) const {
    auto op = cast<CompressGradParamsOp>(operation);
    counter.addFlops(countMatrixFlops(op, counter.getTokens()));
    countWindowRows(op, counter);
    if (op.getPhi().getKind() != attn::PhiKind::Mean)
      counter.read(op.getInput(), counter.getTokens());
    for (Value gradient : op.getGrads())
      counter.write(gradient, /*rows=*/0);
  }
};

} // namespace

void tuning::attachCompressGradTuning(MLIRContext &context) {
  CompressGradParamsOp::attachInterface<GradParamsSchedule, GradParamsGpuSchedule,
                                        GradParamsWork>(context);
  CompressGradInputOp::attachInterface<GradInputSchedule, GradInputGpuSchedule,
                                       GradInputWork>(context);
}
