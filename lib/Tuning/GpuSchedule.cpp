//===- GpuSchedule.cpp - the cost model of a GPU --------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The model in one paragraph. A warpgroup computes 64 rows, and three of them on one
// multiprocessor hide each other's softmax behind their products, better than two do
// with wider key blocks (measured: docs/gpu-target.md). So as many warpgroups as
// registers allow, then the widest key block whose scores fit beside the accumulators,
// then stages of keys, then the query tile of the next program if shared memory has
// room. Index lists are merged over at most 64 tokens, and a key block divides a listed
// one.
//
// A block computes whole tokens. Where the heads of a group make no whole tiles, a
// token takes the next number of rows that does; and where lists or states of many
// tokens do not fit, a last candidate gives each token more rows, so that a tile has
// fewer.
//
// With mma.sync every warp is on its own, so no number of warpgroups is needed for
// overlap; and registers are shared out evenly, so three leave room for narrow key
// blocks only. Two come first there.
//
//===----------------------------------------------------------------------===//

#include "fovea/Tuning/GpuSchedule.h"

#include "GpuShapes.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Hardware/GpuTargetInfo.h"
#include "fovea/Hardware/RegisterBudget.h"
#include "fovea/Tuning/Schedule.h"
#include "fovea/Tuning/TuningInterfaces.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

using namespace mlir;
using namespace fovea;
using tile::kFragmentRows;
using tuning::GpuScheduleOpInterface;
using tuning::kGroupRows;
using tuning::kOtherSharedBytes;
using tuning::makeSchedule;
using Demand = tuning::GpuDemand;

/// Registers of a thread beside its tiles: addresses, statistics, counts.
static constexpr int64_t kOtherRegisters = 36;
static constexpr int64_t kMaxStages = 4;
/// Key-block widths that are candidates for one number of warpgroups.
static constexpr int64_t kMostWidths = 4;

namespace {
/// The rows of a query tile.
struct TileRows {
  int64_t rows;
  int64_t perToken; ///< 0: no whole number of tokens makes such a tile
  int64_t tokens() const { return rows / perToken; }
};
} // namespace

/// Rows of a token where a tile has `rows` and a token at least `least`. Sums over the
/// heads of a token fold halves of rows onto one another, within a warpgroup; more
/// heads than it has rows are taken in parts.
static TileRows rowsFor(const Demand &demand, int64_t rows, int64_t least) {
  int64_t perToken = std::max(demand.group, least);
  if (demand.scores)
    return {rows, std::min<int64_t>(llvm::PowerOf2Ceil(perToken), kGroupRows)};
  while (perToken <= rows && rows % perToken != 0)
    ++perToken;
  return {rows, perToken <= rows ? perToken : 0};
}

/// Every operation of `root` has a model, for verifyGpuShape has passed it.
static Demand demandOf(Operation *root) {
  Demand demand;
  root->walk([&](GpuScheduleOpInterface op) { op.addDemand(demand); });
  return demand;
}

/// Registers per thread of a consumer when `groups` warpgroups share a block, of which
/// `blocks` share a multiprocessor, beside a producer that holds `entries` of index
/// lists per lane; 0 where these have no room. Without setmaxnreg, which comes with
/// wgmma, all threads get as many, and a warp's are in one of the multiprocessor's
/// partitions.
static int64_t registersFor(const GpuTargetInfo &target, int64_t groups, int64_t blocks,
                            int64_t entries) {
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

/// Whether ptxas takes a wgmma of that many columns where a block has `groups`
/// warpgroups and a multiprocessor `blocks` blocks: its operands, and what goes with
/// them, are to fit what a thread has at launch, before any hand-over (C7602,
/// "Insufficient registers").
static bool takesProducts(const Demand &demand, const GpuTargetInfo &target,
                          int64_t groups, int64_t blocks) {
  constexpr int64_t kBesideProduct = 30;
  int64_t warps = groups * tile::kWarpsPerGroup + getProducerWarps(target);
  return !target.hasWgmma ||
         demand.valueColumns / 2 + kBesideProduct <=
             getLaunchRegisters(target, warps * tile::kLanes, blocks);
}

/// In how many parts the heads of a token are taken.
static int64_t countHeadParts(const Demand &demand, const TileRows &tile) {
  return demand.scores ? llvm::divideCeil(demand.group, tile.perToken) : 1;
}

/// Registers of a consumer's tiles and what goes with them.
static int64_t registersOf(const Demand &demand, const TileRows &tile, int64_t keys) {
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

/// Shared memory in bytes.
static int64_t sharedFor(const Demand &demand, const TileRows &tile, int64_t keys,
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

tile::ScheduleAttr tuning::makeSchedule(MLIRContext *context, int64_t tokens,
                                        int64_t keys, const GpuPlan &plan) {
  auto gpu = tile::GpuAttr::get(context, plan.stages, plan.outerStages, plan.products,
                                plan.residency, plan.programs, plan.visitSlots,
                                plan.overlap, plan.turns);
  return tile::ScheduleAttr::get(context, tokens, keys, plan.groupRows, plan.depth,
                                 gpu);
}

/// Blocks take the programs of one head one behind another where lists choose its keys,
/// which so stay in the cache; elsewhere the longest programs first.
static tile::ProgramOrder programsOf(const Demand &demand) {
  return demand.listed ? tile::ProgramOrder::HeadByHead
                       : tile::ProgramOrder::LastTileFirst;
}

/// What a schedule says of a token's rows: 0 where they are its heads.
static int64_t groupRowsOf(const Demand &demand, const TileRows &tile) {
  return tile.perToken == demand.group ? 0 : tile.perToken;
}

/// The deepest ring of keys that fits, then a second query tile. A score kernel ends
/// each program with no product to wait for, and has the next one's queries by then:
/// there the second query tile comes first. 0 stages: not even two fit.
static std::pair<int64_t, int64_t>
chooseStages(const Demand &demand, const TileRows &tile, int64_t keys, int64_t limit) {
  for (int64_t least : {demand.scores ? 2 : 1, 1})
    for (int64_t stages = kMaxStages; stages >= 2; --stages)
      for (int64_t queryStages = 2; queryStages >= least; --queryStages)
        if (sharedFor(demand, tile, keys, stages, queryStages) <= limit)
          return {stages, queryStages};
  return {0, 1};
}

/// Entries of index lists per lane of the warp that merges those of a tile.
static int64_t listEntriesOf(const Demand &demand, const TileRows &tile) {
  return getListEntries(tile.tokens(), demand.listed);
}

/// Whether a tile is of whole tokens, of which there are not too many.
static bool isWhole(const Demand &demand, const TileRows &tile) {
  return tile.perToken && tile.tokens() <= demand.maxTokens;
}

namespace {
/// A way to take the blocks of index lists.
struct ListPlan {
  int64_t groups, blocks; ///< warpgroups of a block, blocks of a multiprocessor
  int64_t mostStages, leastStages;
  tile::Products products;
};
} // namespace

/// Key blocks of 64 or of whole listed blocks, then a second query tile, then stages of
/// keys. Null where the tokens, registers or fewest stages do not fit.
static tile::ScheduleAttr listSchedule(Operation *root, const Demand &demand,
                                       const GpuTargetInfo &target, int64_t least,
                                       const ListPlan &plan) {
  TileRows tile = rowsFor(demand, plan.groups * kGroupRows, least);
  int64_t keys = std::min<int64_t>(demand.keysDivide, 64);
  if (keys == 0 || keys % 16 != 0 || demand.keysDivide % keys != 0 ||
      !isWhole(demand, tile) ||
      (plan.products == tile::Products::Warpgroup &&
       !takesProducts(demand, target, plan.groups, plan.blocks)) ||
      registersOf(demand, tile, keys) >
          registersFor(target, plan.groups, plan.blocks, listEntriesOf(demand, tile)))
    return {};
  int64_t limit =
      std::min(target.sharedBytesPerBlock, target.sharedBytesPerSM / plan.blocks -
                                               target.systemSharedBytesPerBlock);
  for (int64_t queryStages : {2, 1})
    for (int64_t stages = plan.mostStages; stages >= plan.leastStages; --stages)
      if (sharedFor(demand, tile, keys, stages, queryStages) <= limit)
        return makeSchedule(root->getContext(), tile.tokens(), keys,
                            {groupRowsOf(demand, tile), /*depth=*/0, stages,
                             queryStages, plan.products, plan.blocks,
                             programsOf(demand)});
  return {};
}

/// Whether two blocks of one consumer warpgroup are to share a multiprocessor where
/// index lists are merged. Each of their threads has 128 registers at launch, so that a
/// producer of 64 leaves consumers 192, which is what most tiles need.
static bool canShareMultiprocessor(int64_t listEntries) {
  constexpr int64_t kMostForProducer = 64;
  return listEntries > 0 && getProducerRegisters(listEntries) <= kMostForProducer;
}

/// Two blocks of one warpgroup each on a multiprocessor: warpgroups of one block would
/// wait for whoever is busy with a block that they pass by.
static tile::ScheduleAttr loneGroupSchedule(Operation *root, const Demand &demand,
                                            const GpuTargetInfo &target,
                                            int64_t least) {
  TileRows tile = rowsFor(demand, kGroupRows, least);
  if (!tile.perToken || !canShareMultiprocessor(listEntriesOf(demand, tile)))
    return {};
  return listSchedule(root, demand, target, least,
                      {/*groups=*/1, /*blocks=*/2, kMaxStages, /*leastStages=*/2,
                       tile::Products::Warpgroup});
}

/// With lists of tokens that have little in common, most of a warpgroup's rows are of
/// tokens that did not list the block. Two warpgroups' warps each multiply for their
/// own rows and pass by what none of these listed, while at least four key blocks are
/// in flight for them. It is faster than a lone warpgroup on such lists, slower on
/// lists that agree (docs/gpu-target.md has the readings).
static tile::ScheduleAttr byWarpSchedule(Operation *root, const Demand &demand,
                                         const GpuTargetInfo &target, int64_t least) {
  if (!target.hasWgmma) // without it every schedule multiplies by warp
    return {};
  return listSchedule(root, demand, target, least,
                      {/*groups=*/2, /*blocks=*/1, /*mostStages=*/6, /*leastStages=*/4,
                       tile::Products::Warp});
}

/// Warpgroups of a block, the best number first.
static ArrayRef<int64_t> groupCounts(const GpuTargetInfo &target) {
  static constexpr int64_t withWgmma[] = {3, 2, 1}, withMmaSync[] = {2, 3, 1};
  return target.hasWgmma ? ArrayRef(withWgmma) : ArrayRef(withMmaSync);
}

/// The widest key block beside accumulators of that many columns: with 80 keys, above
/// 208 columns spill 4 to 12 B where warpgroups share a block, with 64 none up to 256.
static int64_t mostKeysFor(const Demand &demand, const GpuTargetInfo &target,
                           int64_t groups) {
  constexpr int64_t kMost = 128;
  if (demand.keysPerBlock > kMost) // whole blocks of index keys
    return demand.keysMultiple;
  bool isTight = target.hasWgmma && groups > 1 && demand.valueColumns > 208;
  return isTight ? 64 : kMost;
}

/// The schedules whose tokens take at least `least` rows, the best first.
static void addCandidates(Operation *root, const Demand &demand,
                          const GpuTargetInfo &target, int64_t least,
                          SmallVectorImpl<tile::ScheduleAttr> &result) {
  if (tile::ScheduleAttr lone = loneGroupSchedule(root, demand, target, least))
    result.push_back(lone);
  if (tile::ScheduleAttr byWarp = byWarpSchedule(root, demand, target, least))
    result.push_back(byWarp);
  for (int64_t groups : groupCounts(target)) {
    TileRows tile = rowsFor(demand, groups * kGroupRows, least);
    if (!isWhole(demand, tile) || !takesProducts(demand, target, groups, /*blocks=*/1))
      continue;
    int64_t registers =
        registersFor(target, groups, /*blocks=*/1, listEntriesOf(demand, tile));
    int64_t widths = 0;
    for (int64_t keys = mostKeysFor(demand, target, groups);
         keys >= 16 && widths < kMostWidths; keys -= 16) {
      if (keys % demand.keysMultiple != 0 || keys < demand.leastKeys ||
          (demand.keysDivide && demand.keysDivide % keys != 0) ||
          registersOf(demand, tile, keys) > registers)
        continue;
      auto [stages, queryStages] =
          chooseStages(demand, tile, keys, target.sharedBytesPerBlock);
      if (!stages)
        continue;
      result.push_back(makeSchedule(root->getContext(), tile.tokens(), keys,
                                    {groupRowsOf(demand, tile), /*depth=*/0, stages,
                                     queryStages, tile::Products::Warpgroup,
                                     /*residency=*/1, programsOf(demand)}));
      ++widths;
    }
  }
}

SmallVector<tile::ScheduleAttr>
tuning::getKeyBlockCandidates(Operation *root, const GpuTargetInfo &target) {
  Demand demand = demandOf(root);
  SmallVector<tile::ScheduleAttr> result;
  for (int64_t least = 1; result.empty() && least <= kGroupRows; least *= 2)
    addCandidates(root, demand, target, least, result);
  // Where what a warp keeps of many tokens spills all the same, fewer tokens do not.
  constexpr int64_t kFewTokensRows = 8, kMostLast = 2;
  if (!result.empty() && (demand.scores || demand.listed) &&
      std::max(demand.group, result.back().getGroupRows()) < kFewTokensRows) {
    SmallVector<tile::ScheduleAttr> last;
    addCandidates(root, demand, target, kFewTokensRows, last);
    llvm::append_range(result, llvm::ArrayRef(last).take_front(kMostLast));
  }
  return result;
}

SmallVector<tile::ScheduleAttr> tuning::getGpuCandidates(Operation *root,
                                                         const GpuTargetInfo &target) {
  if (isa<attn::GroupOp>(root))
    return getKeyBlockCandidates(root, target);
  return cast<GpuScheduleOpInterface>(root).getGpuCandidates(target);
}

void tuning::setSchedule(Operation *root, tile::ScheduleAttr schedule) {
  root->walk([&](Operation *op) {
    if (isa<attn::KernelOpInterface, attn::GroupOp>(op) &&
        !op->hasAttr(kScheduleAttrName))
      op->setAttr(kScheduleAttrName, schedule);
  });
}

void tuning::completeGpuSchedule(Operation &root) {
  auto schedule = root.getAttrOfType<tile::ScheduleAttr>(kScheduleAttrName);
  if (schedule.getGpu())
    return;
  GpuPlan plan;
  plan.groupRows = schedule.getGroupRows();
  plan.depth = schedule.getDepth();
  plan.programs = programsOf(demandOf(&root));
  root.setAttr(kScheduleAttrName, makeSchedule(root.getContext(), schedule.getTokens(),
                                               schedule.getKeys(), plan));
}
