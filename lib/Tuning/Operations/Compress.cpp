//===- Compress.cpp - what tuning knows of attn.compress ------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "../GpuShapes.h"
#include "CompressShapes.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Hardware/GpuTargetInfo.h"
#include "fovea/Tuning/CpuModel.h"
#include "fovea/Tuning/GpuSchedule.h"
#include "fovea/Tuning/KernelDescription.h"
#include "fovea/Tuning/Schedule.h"
#include "fovea/Tuning/TuningInterfaces.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::tuning;
using attn::CompressGradHiddenOp;
using attn::CompressOp;

tile::ScheduleAttr tuning::makeProductSchedule(MLIRContext *context, int64_t dim,
                                               int64_t columns,
                                               const GpuTargetInfo &target) {
  // A product's left-hand side is in registers beside its accumulator.
  constexpr int64_t kMostDepth = 192;
  GpuPlan plan;
  plan.depth = getCompressDepth(dim, columns, kMostDepth);
  int64_t bytes = plan.depth * columns * 2;
  int64_t limit = target.sharedBytesPerBlock;
  plan.stages = std::clamp<int64_t>((limit - kOtherSharedBytes) / bytes - 1, 1, 2);
  return makeSchedule(context, kGroupRows, tile::kFragmentRows, plan);
}

namespace {

/// Of attn.compress, and of attn.compress_grad_hidden, which computes half of it again.
template <typename OpT>
struct CompressSchedule final
    : ScheduleOpInterface::ExternalModel<CompressSchedule<OpT>, OpT> {
  int64_t chooseTokens(Operation *operation) const {
    auto op = cast<OpT>(operation);
    return halveToFit(kLaneRows, std::max(dimOf(op.getInput()), hiddenOf(op.getPhi())),
                      kMostWindowElements);
  }

  int64_t chooseKeys(Operation *) const { return kTargetKeys; }

  int64_t chooseDepth(Operation *operation) const {
    auto op = cast<OpT>(operation);
    int64_t dim = dimOf(op.getInput()), hidden = hiddenOf(op.getPhi());
    return hasProducts(op.getPhi()) ? getCompressDepth(dim, hidden ? hidden : dim, dim)
                                    : 0;
  }

  LogicalResult verifySchedule(Operation *operation,
                               tile::ScheduleAttr schedule) const {
    auto op = cast<OpT>(operation);
    int64_t hidden = hiddenOf(op.getPhi()), dim = dimOf(op.getInput());
    int64_t columns = hidden ? hidden : dim;
    if (failed(verifyDepth(op, schedule, dim, hasProducts(op.getPhi()) ? columns : 0)))
      return failure();
    if (hidden * dim > kMostMatrixElements) // phi's second matrix is one tile
      return op->emitOpError() << "expected hidden times the head dim to be at most "
                               << kMostMatrixElements << ", got hidden = " << hidden
                               << " and a head dim of " << dim;
    return success();
  }
};

template <typename OpT>
struct CompressGpuSchedule final
    : GpuScheduleOpInterface::ExternalModel<CompressGpuSchedule<OpT>, OpT> {
  LogicalResult verifyGpuShape(Operation *operation) const {
    auto op = cast<OpT>(operation);
    int64_t dim = dimOf(op.getInput()), hidden = op.getPhi().getHidden();
    if (!hasProducts(op.getPhi()))
      return verifyLaneColumns(op, dim);
    if (failed(verifyProductShape(op, op.getInput())))
      return failure();
    if (hidden % kDepth != 0 || hidden > kMostColumns)
      return op.emitOpError() << "expected hidden to be a multiple of " << kDepth
                              << " of at most " << kMostColumns << " on a GPU, got "
                              << hidden;
    // The layer and its gradient are accumulators of one product each.
    constexpr int64_t kMostHidden = 128;
    if (std::is_same_v<OpT, CompressGradHiddenOp> && hidden > kMostHidden)
      return op.emitOpError() << "expected hidden to be at most " << kMostHidden
                              << " for its gradient on a GPU, got " << hidden;
    return success();
  }

  /// Products need a warpgroup's rows, and as many of phi's matrices in flight as fit.
  /// Other phi take a window per warp, its columns along the lanes.
  SmallVector<tile::ScheduleAttr> getGpuCandidates(Operation *operation,
                                                   const GpuTargetInfo &target) const {
    auto op = cast<OpT>(operation);
    MLIRContext *context = op.getContext();
    if (!hasProducts(op.getPhi()))
      return listResidencies(
          makeSchedule(context, tile::kWarpsPerGroup, tile::kFragmentRows));
    int64_t dim = dimOf(op.getInput()), hidden = hiddenOf(op.getPhi());
    return {makeProductSchedule(context, dim, hidden ? hidden : dim, target)};
  }

  std::string describeSizes(Operation *operation) const {
    auto op = cast<OpT>(operation);
    std::string text = "head dim " + std::to_string(dimOf(op.getInput()));
    if (int64_t hidden = hiddenOf(op.getPhi()))
      text += " and hidden = " + std::to_string(hidden);
    return text;
  }

  std::string describeKernel(Operation *operation) const {
    return describeCompression(cast<OpT>(operation));
  }
};

struct CompressWork final : WorkOpInterface::ExternalModel<CompressWork, CompressOp> {
  void countWork(Operation *operation, WorkCounter &counter) const {
    auto op = cast<CompressOp>(operation);
    int64_t tokens = counter.getTokens();
    double windows = op.getWindows().getNumKeys(tokens) * headsOf(op.getInput());
    double rows = op.getWindows().getBlock(), dim = dimOf(op.getInput());
    if (op.getPhi().getKind() == attn::PhiKind::Linear)
      counter.addFlops(2 * windows * rows * dim * dim);
    if (op.getPhi().getKind() == attn::PhiKind::Mlp)
      counter.addFlops(2 * windows * (rows + 1) * dim * op.getPhi().getHidden());
    counter.read(op.getInput(), tokens);
    for (Value parameter : op.getParams())
      counter.read(parameter, /*rows=*/0);
    if (op.getPositions())
      counter.read(op.getPositions(), /*rows=*/0);
    counter.write(op.getOutput(), tokens / op.getWindows().getStride());
  }
};

struct GradHiddenWork final
    : WorkOpInterface::ExternalModel<GradHiddenWork, CompressGradHiddenOp> {
  void countWork(Operation *operation, WorkCounter &counter) const {
    auto op = cast<CompressGradHiddenOp>(operation);
    int64_t tokens = counter.getTokens(), rows = tokens / op.getWindows().getStride();
    double windows = op.getWindows().getNumKeys(tokens) * headsOf(op.getInput());
    double products = (op.getWindows().getBlock() + 1) * dimOf(op.getInput());
    counter.addFlops(2 * windows * products * hiddenOf(op.getPhi()));
    counter.read(op.getInput(), tokens);
    counter.read(op.getDout(), rows);
    for (Value parameter : op.getParams())
      counter.read(parameter, /*rows=*/0);
    counter.write(op.getActive(), rows);
    counter.write(op.getDhidden(), rows);
  }
};

} // namespace

void tuning::attachCompressTuning(MLIRContext &context) {
  CompressOp::attachInterface<CompressSchedule<CompressOp>,
                              CompressGpuSchedule<CompressOp>, CompressWork>(context);
  CompressGradHiddenOp::attachInterface<CompressSchedule<CompressGradHiddenOp>,
                                        CompressGpuSchedule<CompressGradHiddenOp>,
                                        GradHiddenWork>(context);
}
