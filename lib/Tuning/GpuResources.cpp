//===- GpuResources.cpp - what a schedule takes of a multiprocessor -------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "GpuResources.h"

#include "GpuShapes.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Hardware/GpuTargetInfo.h"
#include "fovea/Hardware/RegisterBudget.h"
#include "fovea/Tuning/GpuSchedule.h"
#include "fovea/Tuning/TuningInterfaces.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace mlir;
using namespace fovea;
using tile::kFragmentRows;
using tuning::GpuDemand;
using tuning::kGroupRows;
using tuning::TileRows;

/// Registers of a thread beside its tiles: addresses, statistics, counts.
static constexpr int64_t kOtherRegisters = 36;

TileRows tuning::rowsFor(const GpuDemand &demand, int64_t rows, int64_t least) {
  int64_t perToken = std::max(demand.group, least);
  if (demand.scores)
    return {rows, std::min<int64_t>(llvm::PowerOf2Ceil(perToken), kGroupRows)};
  while (perToken <= rows && rows % perToken != 0)
    ++perToken;
  return {rows, perToken <= rows ? perToken : 0};
}

GpuDemand tuning::demandOf(Operation *root) {
  GpuDemand demand;
  root->walk([&](GpuScheduleOpInterface op) { op.addDemand(demand); });
  return demand;
}

int64_t tuning::registersFor(const GpuTargetInfo &target, int64_t groups,
                             int64_t blocks, int64_t entries) {
  int64_t warps = groups * tile::kWarpsPerGroup + getProducerWarps(target);
  int64_t producer = getProducerRegisters(entries);
  if (producer > target.maxRegistersPerThread)
    return 0;
  if (target.hasWgmma) {
    RegisterBudget budget = shareRegisters(target, groups, blocks, producer);
    int64_t atLaunch = getLaunchRegisters(target, warps * tile::kLanes, blocks);
    return budget.consumer ? budget.consumer : producer > atLaunch ? 0 : atLaunch;
  }
  int64_t perPartition = llvm::divideCeil(blocks * warps, target.partitionsPerSM);
  int64_t share = target.registersPerSM / target.partitionsPerSM / perPartition /
                  target.threadsPerWarp / 8 * 8;
  return std::min<int64_t>(share, target.maxRegistersPerThread);
}

bool tuning::takesProducts(const GpuDemand &demand, const GpuTargetInfo &target,
                           int64_t groups, int64_t blocks) {
  constexpr int64_t kBesideProduct = 30;
  int64_t warps = groups * tile::kWarpsPerGroup + getProducerWarps(target);
  return !target.hasWgmma ||
         demand.valueColumns / 2 + kBesideProduct <=
             getLaunchRegisters(target, warps * tile::kLanes, blocks);
}

bool tuning::canOverlap(const GpuDemand &demand, const GpuTargetInfo &target) {
  return target.hasWgmma && demand.rangedKeys > 0 && !demand.scores;
}

/// In how many parts the heads of a token are taken.
static int64_t countHeadParts(const GpuDemand &demand, const TileRows &tile) {
  return demand.scores ? llvm::divideCeil(demand.group, tile.perToken) : 1;
}

int64_t tuning::registersOf(const GpuDemand &demand, const TileRows &tile,
                            int64_t keys) {
  // O and S are f32 of a row's share of columns; P is 16-bit, and S lives while it is
  // made.
  int64_t scores = keys / 2 + keys / 4;
  if (demand.scores) {
    int64_t tokensPerWarp = std::max<int64_t>(kFragmentRows / tile.perToken, 1);
    int64_t entries = std::max<int64_t>(tile::lanesPerRow(demand.topk), 1);
    int64_t earlierParts = countHeadParts(demand, tile) > 1 ? keys / 2 : 0;
    if (demand.keysPerBlock) {
      // The lists of a warp's tokens beside S, which has no P; then beside each token's
      // block scores and who of them is a candidate.
      int64_t lists = 2 * entries * tokensPerWarp;
      int64_t products = keys / 2 + (tile.perToken == 1 ? 0 : keys / 4) + earlierParts;
      int64_t blocks = tile::lanesPerRow(keys / demand.keysPerBlock);
      return kOtherRegisters + lists + std::max(products, (blocks + 1) * tokensPerWarp);
    }
    return scores + earlierParts + kOtherRegisters + (4 + 2 * entries) * tokensPerWarp;
  }
  // An epilogue has f32 accumulators, those of a row on their way to 16 bits, 16-bit
  // branches, and no scores any more.
  return std::max(demand.valueColumns / 2 + scores + kOtherRegisters,
                  demand.valueColumns / 2 + demand.valueColumns / 4 +
                      demand.branchColumns / 4);
}

int64_t tuning::sharedFor(const GpuDemand &demand, const TileRows &tile, int64_t keys,
                          int64_t stages, int64_t queryStages) {
  int64_t queries = countHeadParts(demand, tile) * tile.rows * demand.queryColumns * 2;
  int64_t bytes =
      queryStages * queries + stages * keys * demand.keyColumns * 2 + kOtherSharedBytes;
  if (!demand.scores)
    return bytes;
  // One row of f32 per token, or per warp that shares one: a key in each column, or
  // where no heads are summed, the best of a block.
  bool isBest = demand.keysPerBlock && tile.perToken == 1 &&
                tile::liesInFragment(demand.keysPerBlock);
  int64_t columns = isBest ? keys / demand.keysPerBlock : keys;
  return bytes + std::max(tile.tokens(), tile.rows / kFragmentRows) * columns * 4;
}

int64_t tuning::listEntriesOf(const GpuDemand &demand, const TileRows &tile) {
  return getListEntries(tile.tokens(), demand.listed);
}

bool tuning::isWhole(const GpuDemand &demand, const TileRows &tile) {
  return tile.perToken && tile.tokens() <= demand.maxTokens;
}

int64_t tuning::groupRowsOf(const GpuDemand &demand, const TileRows &tile) {
  return tile.perToken == demand.group ? 0 : tile.perToken;
}

int64_t tuning::mostKeysFor(const GpuDemand &demand, const GpuTargetInfo &target,
                            int64_t groups) {
  constexpr int64_t kMost = 128;
  if (demand.keysPerBlock > kMost) // whole blocks of index keys
    return demand.keysMultiple;
  bool isTight = target.hasWgmma && groups > 1 && demand.valueColumns > 208;
  return isTight ? 64 : kMost;
}

int64_t tuning::sharedLimitFor(const GpuTargetInfo &target, int64_t blocks) {
  return std::min(target.sharedBytesPerBlock,
                  target.sharedBytesPerSM / blocks - target.systemSharedBytesPerBlock);
}
