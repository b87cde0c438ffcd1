//===- IndexBlocks.cpp - what tuning knows of attn.index_blocks -----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "../GpuShapes.h"
#include "Models.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Tuning/CpuModel.h"
#include "fovea/Tuning/GpuSchedule.h"
#include "fovea/Tuning/KernelDescription.h"
#include "fovea/Tuning/TuningInterfaces.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <numeric>

using namespace mlir;
using namespace fovea;
using namespace fovea::tuning;
using attn::IndexBlocksOp;

/// Index keys of a step of scores, whose tile has a column for each.
static constexpr int64_t kMostStepKeys = 8192;

namespace {

struct IndexBlocksSchedule final
    : ScheduleOpInterface::ExternalModel<IndexBlocksSchedule, IndexBlocksOp> {
  int64_t chooseTokens(Operation *operation) const {
    auto op = cast<IndexBlocksOp>(operation);
    int64_t group = op.getGroupSize();
    int64_t tokens = halveToFit(getTargetTokens(group), group * dimOf(op.getIq()),
                                kMostQueryElements);
    return halveToFit(tokens, group * chooseKeys(op), kMostKeyElements);
  }

  int64_t chooseKeys(Operation *operation) const {
    int64_t perBlock = cast<IndexBlocksOp>(operation).getKeysPerBlock();
    return std::max<int64_t>(1, kTargetKeys / perBlock) * perBlock;
  }

  LogicalResult verifySchedule(Operation *operation,
                               tile::ScheduleAttr schedule) const {
    auto op = cast<IndexBlocksOp>(operation);
    int64_t perBlock = op.getKeysPerBlock();
    int64_t most = std::min(kMostStepKeys, kMostMatrixElements / dimOf(op.getIk()));
    if (perBlock > most)
      return op->emitOpError()
             << "expected selection blocks of at most " << most << " index keys, got "
             << perBlock << " for block = " << op.getBlocks().getBlock()
             << " and stride = " << op.getKeys().getKeyStride();
    int64_t keys = schedule.getKeys();
    if (keys % perBlock != 0)
      return op->emitOpError() << "expected the schedule's keys to be a multiple of "
                               << perBlock << ", got " << keys;
    return success();
  }
};

struct IndexBlocksGpuSchedule final
    : GpuScheduleOpInterface::ExternalModel<IndexBlocksGpuSchedule, IndexBlocksOp> {
  LogicalResult verifyGpuShape(Operation *operation) const {
    auto op = cast<IndexBlocksOp>(operation);
    if (failed(verifyMatrixOperands(op, {op.getIq(), op.getIk()})))
      return failure();
    if (op.getGroupSize() > kMostRows)
      return op.emitOpError()
             << "expected at most " << kMostRows
             << " index heads per KV head, whose scores are summed, on a GPU, got "
             << op.getGroupSize();
    int64_t keys = op.getKeysPerBlock();
    if (std::lcm<int64_t>(kDepth, keys) > kMostColumns)
      return op.emitOpError() << "expected index keys per selection block of which "
                              << kMostColumns << " or fewer make multiples of "
                              << kDepth << " on a GPU, got " << keys
                              << " for block = " << op.getBlocks().getBlock()
                              << " and stride = " << op.getKeys().getKeyStride();
    return success();
  }

  void addDemand(Operation *operation, GpuDemand &demand) const {
    auto op = cast<IndexBlocksOp>(operation);
    demand.group = op.takesHeadsTogether() ? headsOf(op.getIq()) : op.getGroupSize();
    demand.queryColumns = dimOf(op.getIq());
    demand.keyColumns = demand.keyTile = dimOf(op.getIk());
    demand.keysPerBlock = demand.rankedKeys = op.getKeysPerBlock();
    demand.keysMultiple = std::lcm<int64_t>(kDepth, demand.keysPerBlock);
    demand.scores = true;
  }

  int64_t getPartsOfFew(Operation *operation) const {
    return countPartsOfFew(countAverageKeys(cast<IndexBlocksOp>(operation).getKeys()));
  }

  SmallVector<tile::ScheduleAttr> getGpuCandidates(Operation *operation,
                                                   const GpuTargetInfo &target) const {
    return getKeyBlockCandidates(operation, target);
  }

  std::string describeSizes(Operation *operation) const {
    auto op = cast<IndexBlocksOp>(operation);
    std::string text;
    llvm::raw_string_ostream stream(text);
    stream << op.getGroupSize() << " index heads per KV head and index dim "
           << dimOf(op.getIk()) << " and selection blocks of " << op.getKeysPerBlock()
           << " index keys";
    return text;
  }

  std::string describeKernel(Operation *operation) const {
    auto op = cast<IndexBlocksOp>(operation);
    std::string text;
    llvm::raw_string_ostream stream(text);
    stream << "index_blocks<group = " << op.getGroupSize()
           << ", shared = " << op.getKeySharing() << ", dim = " << dimOf(op.getIk())
           << ", type = " << typeOf(op.getIq()) << ", keys = " << op.getKeys()
           << ", blocks = " << op.getBlocksAttr() << (op.isRectified() ? ", relu" : "")
           << (op.getWeights() ? ", weights" : "") << ">";
    return text;
  }
};

struct IndexBlocksWork final
    : WorkOpInterface::ExternalModel<IndexBlocksWork, IndexBlocksOp> {
  /// Products alone: nothing is exponentiated.
  void countWork(Operation *operation, WorkCounter &counter) const {
    auto op = cast<IndexBlocksOp>(operation);
    int64_t tokens = counter.getTokens(), dim = dimOf(op.getIk());
    double pairs = counter.countPairs(op, op.getKeys(), /*count=*/0);
    counter.addFlops(2 * pairs * headsOf(op.getIq()) * dim);
    counter.addTileReads(pairs, headsOf(op.getScores()), dim, op.getIk());
    counter.setScoreBlock(op.getBlocks().getBlock());
    counter.read(op.getIq(), tokens);
    counter.read(op.getIk(), tokens / op.getKeys().getKeyStride());
    if (op.getWeights())
      counter.read(op.getWeights(), tokens);
    counter.write(op.getScores(), tokens);
  }
};

} // namespace

void tuning::attachIndexBlocksTuning(MLIRContext &context) {
  IndexBlocksOp::attachInterface<IndexBlocksSchedule, IndexBlocksGpuSchedule,
                                 IndexBlocksWork>(context);
}
