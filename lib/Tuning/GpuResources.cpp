//===- GpuResources.cpp - what a schedule takes of a multiprocessor -------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "GpuResources.h"

#include "GpuShapes.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Tile/IR/QueuedRows.h"
#include "fovea/Dialect/Tile/IR/SharedSlots.h"
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
using tuning::Residents;
using tuning::TileRows;

/// Registers of a thread beside its tiles: addresses, statistics, counts.
static constexpr int64_t kOtherRegisters = 36;

Residents tuning::residentsOf(tile::ScheduleAttr schedule) {
  return {schedule.getGpu().getResidency(), schedule.getGpu().getTeams()};
}

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
  demand.fewQueries = attn::isOfFewQueries(root);
  if (auto pages = attn::GatherPagesOp::findReadBy(root))
    demand.pageSlots = pages.getSlots();
  return demand;
}

/// Warps of a block whose teams have `groups` consumers' warpgroups each.
static int64_t countWarps(const GpuTargetInfo &target, int64_t groups,
                          Residents residents) {
  return residents.teams * groups * tile::kWarpsPerGroup +
         getProducerWarps(target, residents.teams);
}

int64_t tuning::registersFor(const GpuTargetInfo &target, int64_t groups,
                             Residents residents, int64_t entries) {
  int64_t warps = countWarps(target, groups, residents);
  int64_t producer = getProducerRegisters(entries);
  if (producer > target.maxRegistersPerThread)
    return 0;
  if (target.hasWgmma) {
    RegisterBudget budget =
        shareRegisters(target, residents.teams * groups, residents.blocks, producer);
    int64_t atLaunch =
        getLaunchRegisters(target, warps * tile::kLanes, residents.blocks);
    return budget.consumer ? budget.consumer : producer > atLaunch ? 0 : atLaunch;
  }
  int64_t perPartition =
      llvm::divideCeil(residents.blocks * warps, target.partitionsPerSM);
  int64_t share = target.registersPerSM / target.partitionsPerSM / perPartition /
                  target.threadsPerWarp / 8 * 8;
  return std::min<int64_t>(share, target.maxRegistersPerThread);
}

bool tuning::takesProducts(const GpuDemand &demand, const GpuTargetInfo &target,
                           int64_t groups, Residents residents) {
  constexpr int64_t kBesideProduct = 30;
  int64_t warps = countWarps(target, groups, residents);
  return !target.hasWgmma ||
         demand.valueColumns / 2 + kBesideProduct <=
             getLaunchRegisters(target, warps * tile::kLanes, residents.blocks);
}

bool tuning::canOverlap(const GpuDemand &demand, const GpuTargetInfo &target) {
  return target.hasWgmma && !demand.scores &&
         (demand.rangedKeys > 0 || demand.waitsLate());
}

/// In how many parts the heads of a token are taken.
static int64_t countHeadParts(const GpuDemand &demand, const TileRows &tile) {
  return demand.scores ? llvm::divideCeil(demand.group, tile.perToken) : 1;
}

/// Of what a visit's scores take. O and S are f32 of a row's share of columns; P is
/// 16-bit, and S lives while it is made. A gradient has dP beside S.
static int64_t scoreRegisters(const GpuDemand &demand, int64_t keys) {
  return demand.scoreTiles * (keys / 2) + keys / 4;
}

/// While a visit's scores become weights beside the accumulators.
static int64_t loopRegisters(const GpuDemand &demand, int64_t keys) {
  return demand.valueColumns / 2 + scoreRegisters(demand, keys) + kOtherRegisters;
}

/// Accumulators of so many columns leave few registers beside them.
static constexpr int64_t kWideColumns = 208;

/// An epilogue has f32 accumulators, those of a row on their way to 16 bits, of which
/// ptxas keeps no more than so many at a time, fewer beside wide accumulators, 16-bit
/// branches, and no scores any more.
static int64_t epilogueRegisters(const GpuDemand &demand) {
  int64_t mostOnTheirWay = demand.valueColumns > kWideColumns ? 24 : 36;
  return demand.valueColumns / 2 + std::min(demand.valueColumns / 4, mostOnTheirWay) +
         demand.branchColumns / 4;
}

/// Top-ks that scores reach through queues.
static int64_t countQueues(const GpuDemand &demand, int64_t keys) {
  return tile::goThroughQueue(keys / demand.rankedKeys) ? demand.topks : 0;
}

/// Of the entries of a top-k, a value and an index each.
static int64_t topkRegisters(const GpuDemand &demand, const TileRows &tile,
                             int64_t keys) {
  int64_t warps = tile.rows / kFragmentRows;
  int64_t entries = std::max<int64_t>(demand.topk, 1);
  if (countQueues(demand, keys))
    return 2 * tile::queuedRegisters(tile.tokens(), warps, entries);
  return 2 * tile::rowsPerWarp(tile.tokens(), warps) * tile::lanesPerRow(entries);
}

int64_t tuning::registersOf(const GpuDemand &demand, const TileRows &tile,
                            int64_t keys) {
  int64_t scores = scoreRegisters(demand, keys);
  if (demand.scores) {
    int64_t tokensPerWarp = std::max<int64_t>(kFragmentRows / tile.perToken, 1);
    int64_t lists = topkRegisters(demand, tile, keys);
    int64_t earlierParts = countHeadParts(demand, tile) > 1 ? keys / 2 : 0;
    if (demand.keysPerBlock) {
      // The lists of a warp's tokens beside S, which has no P; then beside each token's
      // block scores and who of them is a candidate.
      int64_t products = keys / 2 + (tile.perToken == 1 ? 0 : keys / 4) + earlierParts;
      int64_t blocks = tile::lanesPerRow(keys / demand.keysPerBlock);
      return kOtherRegisters + lists + std::max(products, (blocks + 1) * tokensPerWarp);
    }
    return scores + earlierParts + kOtherRegisters + 4 * tokensPerWarp + lists;
  }
  return std::max(loopRegisters(demand, keys), epilogueRegisters(demand));
}

/// Whether a tile has rows that are no head's, between those of two tokens.
static bool isMasked(const GpuDemand &demand, const TileRows &tile) {
  return tile.perToken != demand.group && tile.tokens() > 1;
}

/// Of what an epilogue of loaded branches has to know of a thread's rows, and ptxas
/// keeps from before the loop on: the branches' places where a warp's rows are one
/// token's; places row by row where a warp begins inside of a token; which rows are no
/// head's, beside more than one branch. Read off what ptxas 13.0 spilled in sweeps of
/// shapes (docs/gpu-target.md): the least that explains it.
static int64_t rowRegisters(const GpuDemand &demand, const TileRows &tile) {
  constexpr int64_t kPlace = 4, kStraddling = 10, kMask = 40;
  int64_t branches = demand.branchColumns / demand.valueColumns;
  bool isShared = tile.perToken % kFragmentRows == 0;
  bool isAligned = isShared || kFragmentRows % tile.perToken == 0;
  return std::max({isShared ? kPlace * branches : 0, isAligned ? 0 : kStraddling,
                   isMasked(demand, tile) ? kMask * (branches - 1) : 0});
}

/// Whether neither the loop nor the epilogue has room for what both are to keep, or the
/// epilogue has none for which of its rows are no head's (72 to 112 B at head dim 256).
static bool spillsRows(const GpuDemand &demand, const GpuTargetInfo &target,
                       const TileRows &tile, tile::ScheduleAttr schedule) {
  if (!target.hasWgmma || demand.scores || !demand.branchColumns)
    return false;
  constexpr int64_t kTight = 10, kMaskedRows = 24;
  int64_t limit =
      tuning::registersFor(target, tile.rows / kGroupRows,
                           tuning::residentsOf(schedule), listEntriesOf(demand, tile));
  if (isMasked(demand, tile) && epilogueRegisters(demand) + kMaskedRows > limit)
    return true;
  return epilogueRegisters(demand) + kTight > limit &&
         loopRegisters(demand, schedule.getKeys()) + rowRegisters(demand, tile) > limit;
}

/// Bytes of the tiles alone, in the slots of their rings.
static int64_t slotBytesFor(const GpuDemand &demand, const TileRows &tile,
                            tile::ScheduleAttr schedule) {
  auto slotOf = [](int64_t rows, int64_t columns) {
    constexpr int64_t kElementBytes = 2;
    return tile::getSlotBytes(rows * columns * kElementBytes);
  };
  int64_t keys = schedule.getKeys();
  bool isOneRing = schedule.getGpu().getOneRing() && tuning::canShareRing(demand);
  int64_t valueColumns = isOneRing ? 0 : demand.valueTile;
  return schedule.getGpu().getOuterStages() * countHeadParts(demand, tile) *
             slotOf(tile.rows, demand.queryColumns) +
         schedule.getGpu().getStages() *
             (slotOf(keys, demand.keyTile) + slotOf(keys, valueColumns));
}

bool tuning::isKnownToFail(const GpuDemand &demand, const GpuTargetInfo &target,
                           tile::ScheduleAttr schedule) {
  int64_t perToken = schedule.getGroupRows() ? schedule.getGroupRows() : demand.group;
  TileRows tile{schedule.getTokens() * perToken, perToken};
  return spillsRows(demand, target, tile, schedule) ||
         slotBytesFor(demand, tile, schedule) >
             sharedLimitFor(target, residentsOf(schedule));
}

bool tuning::canShareRing(const GpuDemand &demand) {
  return demand.keyTile == demand.valueTile;
}

int64_t tuning::sharedFor(const GpuDemand &demand, const TileRows &tile, int64_t keys,
                          int64_t stages, int64_t queryStages, bool oneRing) {
  int64_t queries = countHeadParts(demand, tile) * tile.rows * demand.queryColumns * 2;
  int64_t slotColumns =
      oneRing && canShareRing(demand) ? demand.keyTile : demand.keyColumns;
  int64_t bytes =
      queryStages * queries + stages * keys * slotColumns * 2 + kOtherSharedBytes;
  if (!demand.scores)
    return bytes;
  // One row of f32 per token, or per warp that shares one: a key in each column, or
  // where no heads are summed, the best of a block.
  bool isBest = demand.keysPerBlock && tile.perToken == 1 &&
                tile::liesInFragment(demand.keysPerBlock);
  int64_t columns = isBest ? keys / demand.keysPerBlock : keys;
  int64_t warps = tile.rows / kFragmentRows;
  return bytes + std::max(tile.tokens(), warps) * columns * 4 +
         countQueues(demand, keys) *
             tile::queuesBytes(tile.tokens(), warps, demand.topk);
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
  bool isTight = target.hasWgmma && groups > 1 && demand.valueColumns > kWideColumns;
  return isTight ? 64 : kMost;
}

int64_t tuning::sharedLimitFor(const GpuTargetInfo &target, Residents residents) {
  int64_t ofBlock =
      std::min(target.sharedBytesPerBlock, target.sharedBytesPerSM / residents.blocks -
                                               target.systemSharedBytesPerBlock);
  return residents.teams == 1
             ? ofBlock
             : llvm::alignDown(ofBlock / residents.teams, tile::kSlotAlignment);
}
