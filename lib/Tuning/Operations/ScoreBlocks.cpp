//===- ScoreBlocks.cpp - what tuning knows of attn.score_blocks -----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "../GpuShapes.h"
#include "Models.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Tuning/CpuModel.h"
#include "fovea/Tuning/GpuSchedule.h"
#include "fovea/Tuning/KernelDescription.h"
#include "fovea/Tuning/TuningInterfaces.h"
#include "llvm/Support/raw_ostream.h"

#include <numeric>

using namespace mlir;
using namespace fovea;
using namespace fovea::tuning;
using attn::ScoreBlocksOp;

/// Compressed keys of a step of scores, whose tile has a column for each.
static constexpr int64_t kMostScoreKeys = 8192;

/// Compressed keys per selection block.
static int64_t getKeysPerBlock(ScoreBlocksOp op) {
  return op.getBlocks().getBlock() / op.getWindows().getStride();
}

/// The fewest blocks of a step, which is the halo that the band sum carries.
static int64_t getHalo(ScoreBlocksOp op) {
  return tile::BandSumOp::getHalo(op.getWindows().getBlock(),
                                  op.getWindows().getStride(),
                                  op.getBlocks().getBlock());
}

static int64_t getGroupSize(ScoreBlocksOp op) {
  return headsOf(op.getQ()) / headsOf(op.getKc());
}

namespace {

struct ScoreBlocksSchedule final
    : ScheduleOpInterface::ExternalModel<ScoreBlocksSchedule, ScoreBlocksOp> {
  int64_t chooseTokens(Operation *operation) const {
    auto op = cast<ScoreBlocksOp>(operation);
    int64_t group = getGroupSize(op);
    int64_t tokens = halveToFit(getTargetTokens(group), group * dimOf(op.getQ()),
                                kMostQueryElements);
    return halveToFit(tokens, group * chooseKeys(op), kMostKeyElements);
  }

  int64_t chooseKeys(Operation *operation) const {
    auto op = cast<ScoreBlocksOp>(operation);
    int64_t perBlock = getKeysPerBlock(op);
    int64_t blocks = std::max<int64_t>(1, kTargetKeys / perBlock);
    // A schedule cannot say more than it may have; verifySchedule refuses the
    // operation.
    return std::min(std::max(blocks, getHalo(op)) * perBlock, kMostScoreKeys);
  }

  LogicalResult verifySchedule(Operation *operation,
                               tile::ScheduleAttr schedule) const {
    auto op = cast<ScoreBlocksOp>(operation);
    int64_t perBlock = getKeysPerBlock(op), halo = getHalo(op);
    int64_t most = std::min(kMostScoreKeys, kMostMatrixElements / dimOf(op.getKc()));
    if (halo * perBlock > most)
      return op->emitOpError()
             << "expected a window to reach into selection blocks of at most " << most
             << " compressed keys, got block = " << op.getWindows().getBlock()
             << ", stride = " << op.getWindows().getStride()
             << " and selection blocks of " << op.getBlocks().getBlock();
    int64_t keys = schedule.getKeys();
    if (keys % perBlock != 0 || keys / perBlock < halo)
      return op->emitOpError()
             << "expected the schedule's keys to be a multiple of " << perBlock
             << ", at least " << halo * perBlock << ", got " << keys;
    return success();
  }
};

struct ScoreBlocksGpuSchedule final
    : GpuScheduleOpInterface::ExternalModel<ScoreBlocksGpuSchedule, ScoreBlocksOp> {
  LogicalResult verifyGpuShape(Operation *operation) const {
    auto op = cast<ScoreBlocksOp>(operation);
    if (failed(verifyMatrixOperands(op, {op.getQ(), op.getKc()})))
      return failure();
    if (getGroupSize(op) > kMostRows)
      return op.emitOpError()
             << "expected at most " << kMostRows
             << " query heads per KV head, whose scores are summed, on a "
                "GPU, got "
             << getGroupSize(op);
    int64_t perBlock = getKeysPerBlock(op);
    if (std::lcm<int64_t>(tile::kLanes, perBlock) > kMostKeys)
      return op.emitOpError()
             << "expected compressed keys per selection block of which " << kMostKeys
             << " or fewer make multiples of " << tile::kLanes << " on a GPU, got "
             << perBlock << " for block = " << op.getBlocks().getBlock()
             << " and stride = " << op.getWindows().getStride();
    if (getHalo(op) * perBlock > kMostKeys)
      return op.emitOpError()
             << "expected a window to reach into selection blocks of at "
                "most "
             << kMostKeys
             << " compressed keys on a GPU, got block = " << op.getWindows().getBlock()
             << ", stride = " << op.getWindows().getStride()
             << " and selection blocks of " << op.getBlocks().getBlock();
    return success();
  }

  void addDemand(Operation *operation, GpuDemand &demand) const {
    auto op = cast<ScoreBlocksOp>(operation);
    int64_t perBlock = getKeysPerBlock(op);
    demand.group = getGroupSize(op);
    demand.queryColumns = dimOf(op.getQ());
    demand.keyColumns = demand.keyTile = dimOf(op.getKc());
    demand.keysMultiple = std::lcm<int64_t>(tile::kLanes, perBlock);
    demand.leastKeys = getHalo(op) * perBlock;
    demand.rankedKeys = perBlock;
    demand.scores = true;
  }

  SmallVector<tile::ScheduleAttr> getGpuCandidates(Operation *operation,
                                                   const GpuTargetInfo &target) const {
    return getKeyBlockCandidates(operation, target);
  }

  std::string describeSizes(Operation *operation) const {
    auto op = cast<ScoreBlocksOp>(operation);
    std::string text;
    llvm::raw_string_ostream stream(text);
    stream << getGroupSize(op) << " heads per KV head and head dim "
           << dimOf(op.getKc()) << " and selection blocks of "
           << op.getBlocks().getBlock();
    return text;
  }

  std::string describeKernel(Operation *operation) const {
    auto op = cast<ScoreBlocksOp>(operation);
    std::string text;
    llvm::raw_string_ostream stream(text);
    stream << "score_blocks<group = " << getGroupSize(op)
           << ", dim = " << dimOf(op.getKc()) << ", type = " << typeOf(op.getQ())
           << ", windows = " << op.getWindowsAttr()
           << ", blocks = " << op.getBlocksAttr();
    if (!op.getScoreRegion().empty())
      stream << ", scores = " << hashScoreRegion(op.getScoreRegion());
    stream << ">";
    return text;
  }
};

struct ScoreBlocksWork final
    : WorkOpInterface::ExternalModel<ScoreBlocksWork, ScoreBlocksOp> {
  void countWork(Operation *operation, WorkCounter &counter) const {
    auto op = cast<ScoreBlocksOp>(operation);
    int64_t tokens = counter.getTokens();
    double pairs = counter.countPairs(op, op.getWindows(), /*count=*/0);
    counter.addPairs(pairs, op.getQ(), op.getKc(), /*v=*/{});
    counter.addScoreRegion(pairs, op.getQ(), op.getScoreRegion());
    counter.setScoreBlock(op.getBlocks().getBlock());
    counter.read(op.getQ(), tokens);
    counter.read(op.getKc(), tokens / op.getWindows().getStride());
    counter.read(op.getLse(), tokens);
    counter.write(op.getScores(), tokens);
  }
};

} // namespace

void tuning::attachScoreBlocksTuning(MLIRContext &context) {
  ScoreBlocksOp::attachInterface<ScoreBlocksSchedule, ScoreBlocksGpuSchedule,
                                 ScoreBlocksWork>(context);
}
