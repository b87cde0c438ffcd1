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
// Where all loops are over ranges of blocks, products of one visit overlap the softmax
// of the next: two warpgroups in turns with wide key blocks, or three, by how many
// blocks a program visits (measured there too).
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

#include "GpuResources.h"
#include "GpuShapes.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Hardware/GpuTargetInfo.h"
#include "fovea/Hardware/RegisterBudget.h"
#include "fovea/Tuning/Machine.h"
#include "fovea/Tuning/Schedule.h"
#include "fovea/Tuning/TuningInterfaces.h"
#include "fovea/Tuning/Work.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

using namespace mlir;
using namespace fovea;
using tuning::GpuScheduleOpInterface;
using tuning::groupRowsOf;
using tuning::isKnownToFail;
using tuning::isWhole;
using tuning::kGroupRows;
using tuning::listEntriesOf;
using tuning::makeSchedule;
using tuning::mostKeysFor;
using tuning::registersFor;
using tuning::registersOf;
using tuning::rowsFor;
using tuning::sharedFor;
using tuning::sharedLimitFor;
using tuning::takesProducts;
using tuning::TileRows;
using Demand = tuning::GpuDemand;

static constexpr int64_t kMaxStages = 4;
/// Key-block widths that are candidates for one number of warpgroups.
static constexpr int64_t kMostWidths = 4;

tile::ScheduleAttr tuning::makeSchedule(MLIRContext *context, int64_t tokens,
                                        int64_t keys, const GpuPlan &plan) {
  auto gpu = tile::GpuAttr::get(context, plan.stages, plan.outerStages, plan.products,
                                plan.residency, plan.programs, plan.visitSlots,
                                plan.overlap, plan.turns);
  return tile::ScheduleAttr::get(context, tokens, keys, plan.groupRows, plan.depth,
                                 gpu);
}

tuning::GpuPlan tuning::planOf(tile::ScheduleAttr schedule) {
  tile::GpuAttr gpu = schedule.getGpu();
  return {schedule.getGroupRows(), schedule.getDepth(), gpu.getStages(),
          gpu.getOuterStages(),    gpu.getProducts(),   gpu.getResidency(),
          gpu.getPrograms(),       gpu.getVisitSlots(), gpu.getOverlap(),
          gpu.getTurns()};
}

/// Blocks take the programs of one head one behind another where lists choose its keys,
/// which so stay in the cache; elsewhere the longest programs first.
static tile::ProgramOrder programsOf(const Demand &demand) {
  return demand.listed ? tile::ProgramOrder::HeadByHead
                       : tile::ProgramOrder::LastTileFirst;
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

/// A second query tile, then the deepest ring of keys that fits beside it. 0 stages:
/// not even `leastStages` fit beside one.
static std::pair<int64_t, int64_t>
chooseQueriesFirst(const Demand &demand, const TileRows &tile, int64_t keys,
                   int64_t limit, int64_t mostStages, int64_t leastStages) {
  for (int64_t queryStages : {2, 1})
    for (int64_t stages = mostStages; stages >= leastStages; --stages)
      if (sharedFor(demand, tile, keys, stages, queryStages) <= limit)
        return {stages, queryStages};
  return {0, 1};
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
  auto [stages, queryStages] =
      chooseQueriesFirst(demand, tile, keys, sharedLimitFor(target, plan.blocks),
                         plan.mostStages, plan.leastStages);
  if (!stages)
    return {};
  return makeSchedule(root->getContext(), tile.tokens(), keys,
                      {groupRowsOf(demand, tile), /*depth=*/0, stages, queryStages,
                       plan.products, plan.blocks, programsOf(demand)});
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

namespace {
/// A way to let products run beside the softmax of the next visit.
struct OverlapPlan {
  int64_t groups; ///< warpgroups of a block
  bool turns;
};
} // namespace

/// The widest key block beside a second query tile, which is there when a program
/// begins; then the deepest ring of keys.
static tile::ScheduleAttr overlapSchedule(Operation *root, const Demand &demand,
                                          const GpuTargetInfo &target, int64_t least,
                                          const OverlapPlan &plan) {
  TileRows tile = rowsFor(demand, plan.groups * kGroupRows, least);
  if (!isWhole(demand, tile) ||
      !takesProducts(demand, target, plan.groups, /*blocks=*/1))
    return {};
  // What the rotated loop carries besides; with less, three warpgroups spill 8 to 32 B.
  constexpr int64_t kCarriedRegisters = 8;
  int64_t registers = registersFor(target, plan.groups, /*blocks=*/1, /*entries=*/0) -
                      kCarriedRegisters;
  for (int64_t keys = mostKeysFor(demand, target, plan.groups); keys >= 32;
       keys -= 16) {
    if (keys % demand.keysMultiple != 0 || registersOf(demand, tile, keys) > registers)
      continue;
    auto [stages, queryStages] =
        chooseQueriesFirst(demand, tile, keys, target.sharedBytesPerBlock, kMaxStages,
                           /*leastStages=*/2);
    if (!stages)
      continue;
    tuning::GpuPlan gpu;
    gpu.groupRows = groupRowsOf(demand, tile);
    gpu.stages = stages;
    gpu.outerStages = queryStages;
    gpu.programs = programsOf(demand);
    gpu.overlap = true;
    gpu.turns = plan.turns;
    return makeSchedule(root->getContext(), tile.tokens(), keys, gpu);
  }
  return {};
}

/// Whether products take longer than exponentials and the special functions of score
/// regions do. Where they do not, the units of the latter are to be filled, which more
/// warpgroups do better: an exact soft cap at 16k takes 10.6 ms in turns, 9.5 without.
static bool isBoundByProducts(Operation *root, const GpuTargetInfo &target) {
  const tuning::Machine *machine = tuning::lookupMachine(target.name);
  if (!machine)
    return true;
  constexpr int64_t kTokens = 65536;
  FailureOr<tuning::Work> work = tuning::countWork(root, kTokens, kGroupRows);
  return succeeded(work) && work->flops / machine->flops >= work->exps / machine->exps;
}

/// Two warpgroups that take turns with wide key blocks are faster where a program
/// visits many blocks, three that do not where it visits few (docs/gpu-target.md has
/// the readings). What an epilogue holds of other branches has no room beside either.
static void addOverlapped(Operation *root, const Demand &demand,
                          const GpuTargetInfo &target, int64_t least,
                          SmallVectorImpl<tile::ScheduleAttr> &result) {
  if (!tuning::canOverlap(demand, target) || demand.listed || demand.branchColumns ||
      !isBoundByProducts(root, target))
    return;
  constexpr double kManyKeys = 8192;
  OverlapPlan first{/*groups=*/2, /*turns=*/true},
      second{/*groups=*/3, /*turns=*/false};
  auto rowsOf = [&](const OverlapPlan &plan) {
    return rowsFor(demand, plan.groups * kGroupRows, least).perToken;
  };
  if (demand.rangedKeys < kManyKeys)
    std::swap(first, second);
  // Rows that are computed for nobody cost more than either gains.
  if (rowsOf(second) < rowsOf(first))
    std::swap(first, second);
  for (const OverlapPlan &plan : {first, second})
    if (tile::ScheduleAttr found = overlapSchedule(root, demand, target, least, plan))
      result.push_back(found);
}

/// The schedules whose tokens take at least `least` rows, the best first.
static void addCandidates(Operation *root, const Demand &demand,
                          const GpuTargetInfo &target, int64_t least,
                          SmallVectorImpl<tile::ScheduleAttr> &result) {
  if (tile::ScheduleAttr lone = loneGroupSchedule(root, demand, target, least))
    result.push_back(lone);
  if (tile::ScheduleAttr byWarp = byWarpSchedule(root, demand, target, least))
    result.push_back(byWarp);
  addOverlapped(root, demand, target, least, result);
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
  // Not before: what is left is what would be tried next, in the order that was
  // measured.
  llvm::erase_if(result, [&](tile::ScheduleAttr schedule) {
    return isKnownToFail(demand, target, schedule);
  });
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
