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
#include "KeyBlockSpace.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Hardware/GpuTargetInfo.h"
#include "fovea/Hardware/RegisterBudget.h"
#include "fovea/Tuning/Machine.h"
#include "fovea/Tuning/Schedule.h"
#include "fovea/Tuning/TuningInterfaces.h"
#include "fovea/Tuning/Work.h"

#include <cmath>

using namespace mlir;
using namespace fovea;
using tuning::canShareRing;
using tuning::demandOf;
using tuning::Depth;
using tuning::GpuScheduleOpInterface;
using tuning::isKnownToFail;
using tuning::KeyBlockSpace;
using tuning::kGroupRows;
using tuning::listEntriesOf;
using tuning::Residents;
using tuning::rowsFor;
using Demand = tuning::GpuDemand;

tile::ScheduleAttr tuning::makeSchedule(MLIRContext *context, int64_t tokens,
                                        int64_t keys, const GpuPlan &plan) {
  auto gpu = tile::GpuAttr::get(context, plan.stages, plan.outerStages, plan.products,
                                plan.residency, plan.programs, plan.visitSlots,
                                plan.overlap, plan.turns, plan.teams, plan.oneRing);
  return tile::ScheduleAttr::get(context, tokens, keys, plan.groupRows, plan.depth,
                                 plan.parts, gpu);
}

tuning::GpuPlan tuning::planOf(tile::ScheduleAttr schedule) {
  tile::GpuAttr gpu = schedule.getGpu();
  return {schedule.getGroupRows(), schedule.getDepth(),  schedule.getParts(),
          gpu.getStages(),         gpu.getOuterStages(), gpu.getProducts(),
          gpu.getResidency(),      gpu.getPrograms(),    gpu.getVisitSlots(),
          gpu.getOverlap(),        gpu.getTurns(),       gpu.getTeams(),
          gpu.getOneRing()};
}

SmallVector<tile::ScheduleAttr> tuning::listResidencies(tile::ScheduleAttr schedule) {
  SmallVector<tile::ScheduleAttr> result{schedule};
  GpuPlan plan = planOf(schedule);
  for (int64_t blocks : {8, 4}) {
    plan.residency = blocks;
    result.push_back(makeSchedule(schedule.getContext(), schedule.getTokens(),
                                  schedule.getKeys(), plan));
  }
  return result;
}

/// Blocks take the programs of one head one behind another where lists choose its keys,
/// which so stay in the cache; elsewhere the longest programs first.
static tile::ProgramOrder programsOf(const Demand &demand) {
  return demand.listed ? tile::ProgramOrder::HeadByHead
                       : tile::ProgramOrder::LastTileFirst;
}

namespace {
/// A part of the space that the model ranks at once: the widest key blocks first, and
/// beside each the deepest rings alone.
struct Family {
  int64_t groups; ///< warpgroups of a team
  Residents residents = {};
  tile::Products products = tile::Products::Warpgroup;
  bool overlap = false, turns = false;
  int64_t leastRows = 1; ///< of a token
  int64_t keys = 0;      ///< the only width of a key block; 0: any from leastKeys on
  int64_t leastKeys = 0;
  int64_t mostWidths = 1; ///< that are candidates
  int64_t fewestStages = 2, mostStages = 4;
  int64_t fewestQueryStages = 1, mostQueryStages = 2;
  bool queriesFirst = true; ///< a second query tile before deeper rings of keys
  int64_t spare = 0;        ///< registers that are left
  int64_t spareBytes = 0;   ///< of shared memory
  int64_t parts = 1;
};
} // namespace

/// The depth that the family prefers, of those that fit beside a key block.
static std::optional<Depth> chooseDepth(const Family &family, ArrayRef<Depth> depths) {
  auto worth = [&](Depth depth) {
    return family.queriesFirst ? std::pair(depth.queryStages, depth.stages)
                               : std::pair(depth.stages, depth.queryStages);
  };
  std::optional<Depth> best;
  for (Depth depth : depths)
    if (depth.stages >= family.fewestStages && depth.stages <= family.mostStages &&
        depth.queryStages >= family.fewestQueryStages &&
        depth.queryStages <= family.mostQueryStages &&
        (!best || worth(depth) > worth(*best)))
      best = depth;
  return best;
}

/// The best schedules of a family whose tokens take at least `least` rows.
static void addBest(const KeyBlockSpace &space, const Family &family, int64_t least,
                    SmallVectorImpl<tile::ScheduleAttr> &result) {
  auto shape = space.findShape(family.groups, family.residents,
                               std::max(least, family.leastRows));
  if (!shape || !space.takes(family.products, *shape))
    return;
  tuning::GpuPlan plan;
  plan.products = family.products;
  plan.programs = programsOf(space.getDemand());
  plan.overlap = family.overlap;
  plan.turns = family.turns;
  plan.parts = family.parts;
  int64_t widths = 0;
  for (int64_t keys : space.getWidths(*shape, family.spare)) {
    if (widths == family.mostWidths || keys < family.leastKeys ||
        (family.keys && keys != family.keys))
      continue;
    auto depth = chooseDepth(family, space.getDepths(*shape, keys, family.spareBytes));
    if (!depth)
      continue;
    tile::ScheduleAttr schedule = space.makeSchedule(*shape, keys, *depth, plan);
    if (!llvm::is_contained(result, schedule)) // by another family
      result.push_back(schedule);
    ++widths;
  }
}

/// Whether a producer that merges the lists of such a tile leaves those beside it what
/// most tiles need: of two blocks of a warpgroup each thread has 128 registers at
/// launch, so that a producer of 64 leaves consumers 192; of a producer's warpgroup and
/// three teams' one of 72 leaves 144.
static bool leavesRegisters(const Demand &demand, const tuning::BlockShape &shape) {
  int64_t most = shape.residents.teams > 1 ? 72 : 64;
  return getProducerRegisters(listEntriesOf(demand, shape.tile)) <= most;
}

/// The teams that take index lists, of tokens with as many rows as make lists few
/// enough: one head's token takes two rows, for the lists of 64 tokens are too many.
static std::optional<Family> teamsFamily(const KeyBlockSpace &space, int64_t least,
                                         int64_t keys) {
  constexpr int64_t kMostRows = 8;
  Family family{/*groups=*/1, {/*blocks=*/1, /*teams=*/3}};
  family.keys = keys;
  family.fewestStages = 3;
  family.mostStages = 8;
  for (int64_t rows = least; rows <= std::max(least, kMostRows); rows *= 2) {
    auto shape = space.findShape(family.groups, family.residents, rows);
    if (!shape || !leavesRegisters(space.getDemand(), *shape))
      continue;
    family.leastRows = rows;
    return family;
  }
  return std::nullopt;
}

/// The ways to take the blocks of index lists, in key blocks of 64 or of whole listed
/// blocks.
///
/// First, programs of one warpgroup each side by side: warpgroups of one program would
/// wait for whoever is busy with a block that they pass by. Three teams of a block hide
/// more of each other's latencies than two blocks do, where they can: keys and values
/// are of one shape, and there is room for three tiles of them.
///
/// Then by warp. With lists of tokens that have little in common, most of a warpgroup's
/// rows are of tokens that did not list the block; warps each multiply for their own
/// rows and pass by what none of these listed. It is faster than teams of warpgroups
/// where head dims are small and lists have little in common, slower on lists that
/// agree (docs/gpu-target.md has the readings).
static void addListFamilies(const KeyBlockSpace &space, int64_t least,
                            SmallVectorImpl<Family> &families) {
  const Demand &demand = space.getDemand();
  if (!demand.listed)
    return;
  int64_t keys = std::min<int64_t>(demand.keysDivide, 64);
  // Those of a gradient gain more by late waits, which one ring of keys and values does
  // not have.
  if (space.getTarget().hasWgmma && canShareRing(demand) && !demand.waitsLate())
    if (auto teams = teamsFamily(space, least, keys))
      families.push_back(*teams);
  Family lone{/*groups=*/1, {/*blocks=*/2}};
  lone.keys = keys;
  auto shape = space.findShape(lone.groups, lone.residents, least);
  if (shape && leavesRegisters(demand, *shape))
    families.push_back(lone);
  Family byWarp{/*groups=*/1, {/*blocks=*/1, /*teams=*/2}};
  byWarp.products = tile::Products::Warp;
  byWarp.keys = keys;
  byWarp.fewestStages = 4;
  byWarp.mostStages = 8;
  families.push_back(byWarp);
}

/// Warpgroups of a block, the best number first.
static ArrayRef<int64_t> groupCounts(const GpuTargetInfo &target) {
  static constexpr int64_t withWgmma[] = {3, 2, 1}, withMmaSync[] = {2, 3, 1};
  return target.hasWgmma ? ArrayRef(withWgmma) : ArrayRef(withMmaSync);
}

/// The time that exponentials and the special functions of score regions take, as a
/// part of that of products.
static double getSpecialShare(Operation *root, const GpuTargetInfo &target) {
  const tuning::Machine *machine = tuning::lookupMachine(target.name);
  if (!machine)
    return 0;
  constexpr int64_t kTokens = 65536;
  FailureOr<tuning::Work> work = tuning::countWork(root, kTokens, kGroupRows);
  return failed(work) ? INFINITY
                      : work->exps / machine->exps / (work->flops / machine->flops);
}

/// Whether the epilogue loads rows of one array, a partial sum as a rule.
static bool loadsOneArray(const Demand &demand) {
  return demand.branchColumns && demand.branchColumns <= demand.valueColumns;
}

/// Products beside the softmax of the next visit, with the widest key block beside a
/// second query tile, which is there when a program begins. Three warpgroups that load
/// a sum have no register left for the number of its slot (they spill 4 B), and many of
/// them none for the widest key block: the next one is better than two in turns, if it
/// is of 64 keys or more (measured: docs/gpu-target.md).
static Family overlapFamily(const Demand &demand, int64_t groups, bool turns) {
  Family family{groups};
  family.overlap = true;
  family.turns = turns;
  family.leastKeys = 32;
  // What the rotated loop carries besides; with less, three warpgroups spill 8 to 32 B.
  family.spare = 8;
  if (groups > 2 && loadsOneArray(demand)) {
    family.mostQueryStages = 1;
    family.mostWidths = 2;
    family.leastKeys = 64;
  }
  return family;
}

/// Two warpgroups that take turns with wide key blocks are faster where a program
/// visits many blocks, three that do not where it visits few, or where special
/// functions are half of the work: more warpgroups fill their units better
/// (docs/gpu-target.md has the readings). Where they are more work than products
/// nothing is gained by overlap, and what an epilogue holds of several branches has no
/// room beside it. One sum has; it is worth a warpgroup's second query tile where a
/// program visits more than a window.
static void addOverlapFamilies(Operation *root, const KeyBlockSpace &space,
                               int64_t least, SmallVectorImpl<Family> &families) {
  const Demand &demand = space.getDemand();
  constexpr double kKeysBesideSum = 1024;
  bool hasRoom = !demand.branchColumns ||
                 (loadsOneArray(demand) && demand.rangedKeys >= kKeysBesideSum);
  if (!space.overlaps(tile::Products::Warpgroup) || demand.waitsLate() ||
      demand.listed || !hasRoom)
    return;
  double special = getSpecialShare(root, space.getTarget());
  if (special > 1)
    return;
  constexpr double kManyKeys = 8192, kManySpecial = 0.5;
  Family first = overlapFamily(demand, /*groups=*/2, /*turns=*/true),
         second = overlapFamily(demand, /*groups=*/3, /*turns=*/false);
  auto rowsOf = [&](const Family &family) {
    return rowsFor(demand, family.groups * kGroupRows, least).perToken;
  };
  if (demand.rangedKeys < kManyKeys || special > kManySpecial)
    std::swap(first, second);
  // Rows that are computed for nobody cost more than either gains.
  if (rowsOf(second) < rowsOf(first))
    std::swap(first, second);
  families.append({first, second});
}

/// The widest key blocks of 64 or more that leave room for four tiles of them and for
/// the next program's queries, which are there when an epilogue has waited for its
/// rows.
static Family besideLoad(Family family) {
  family.leastKeys = 64;
  family.fewestStages = family.mostStages = 4;
  family.fewestQueryStages = 2;
  return family;
}

/// The schedules whose tokens take at least `least` rows, the best first.
static void addCandidates(Operation *root, const KeyBlockSpace &space, int64_t least,
                          SmallVectorImpl<tile::ScheduleAttr> &result) {
  SmallVector<Family> families;
  addListFamilies(space, least, families);
  addOverlapFamilies(root, space, least, families);
  for (int64_t groups : groupCounts(space.getTarget())) {
    Family family{groups};
    if (loadsOneArray(space.getDemand()))
      families.push_back(besideLoad(family));
    family.mostWidths = 4;
    // A score kernel ends each program with no product to wait for, and has the next
    // one's queries by then.
    family.queriesFirst = space.getDemand().scores;
    families.push_back(family);
  }
  for (Family &family : families) {
    family.overlap |= space.getDemand().waitsLate() && family.residents.teams == 1 &&
                      space.overlaps(family.products);
    addBest(space, family, least, result);
  }
}

double tuning::countAverageKeys(attn::KeySetInterface keys) {
  constexpr int64_t kTokens = 65536;
  return keys.getCost(kTokens, /*count=*/0) / kTokens;
}

/// Measured on an H200, dense steps of 64k and 8k tokens and MSA's of 16 blocks of 128:
/// 32 parts of dense keys and 4 of lists are the best or near it from 1 to 32
/// sequences.
int64_t tuning::countPartsOfFew(double keys) {
  constexpr double kKeysOfPart = 512, kMostParts = 32;
  return int64_t(std::clamp(std::exp2(std::floor(std::log2(keys / kKeysOfPart))), 1.0,
                            kMostParts));
}

/// Few queries make few rows: a warpgroup's, of as few tokens as there can be. What
/// counts is how much is on its way to a multiprocessor, and that another block
/// computes while one waits.
static void addFewCandidates(Operation *root, const KeyBlockSpace &space,
                             SmallVectorImpl<tile::ScheduleAttr> &result) {
  auto op = dyn_cast<GpuScheduleOpInterface>(root);
  // Of small rows a tile may take more than is counted, which one block has room for.
  constexpr int64_t kSpareBytes = 4096;
  // What sums over windows leave of shared memory is not much more than one block's.
  bool sumsWindows = space.getDemand().scores && !space.getDemand().keysPerBlock;
  for (int64_t blocks : {2, 1}) {
    if (blocks > 1 && sumsWindows)
      continue;
    Family family{/*groups=*/1, {blocks}};
    family.leastRows = 8;
    family.mostWidths = 2;
    family.mostStages = 8;
    family.queriesFirst = false;
    family.mostQueryStages = 1;
    family.spareBytes = blocks > 1 ? kSpareBytes : 0;
    family.parts = op ? op.getPartsOfFew() : 1;
    addBest(space, family, /*least=*/1, result);
  }
}

SmallVector<tile::ScheduleAttr>
tuning::getKeyBlockCandidates(Operation *root, const GpuTargetInfo &target) {
  KeyBlockSpace space(root, target);
  const Demand &demand = space.getDemand();
  SmallVector<tile::ScheduleAttr> result, few;
  if (demand.fewQueries)
    addFewCandidates(root, space, few);
  for (int64_t least = 1; result.empty() && least <= kGroupRows; least *= 2)
    addCandidates(root, space, least, result);
  // Where what a warp keeps of many tokens spills all the same, fewer tokens do not.
  constexpr int64_t kFewTokensRows = 8, kMostLast = 2;
  if (!result.empty() && (demand.scores || demand.listed) &&
      std::max(demand.group, result.back().getGroupRows()) < kFewTokensRows) {
    SmallVector<tile::ScheduleAttr> last;
    addCandidates(root, space, kFewTokensRows, last);
    // Teams may have as few already.
    llvm::erase_if(last, [&](tile::ScheduleAttr schedule) {
      return llvm::is_contained(result, schedule);
    });
    llvm::append_range(result, llvm::ArrayRef(last).take_front(kMostLast));
  }
  // Not before: what is left is what would be tried next, in the order that was
  // measured.
  llvm::erase_if(result, [&](tile::ScheduleAttr schedule) {
    return isKnownToFail(demand, target, schedule);
  });
  llvm::copy_if(result, std::back_inserter(few), [&](tile::ScheduleAttr schedule) {
    return !llvm::is_contained(few, schedule);
  });
  return few;
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
  plan.parts = schedule.getParts();
  plan.programs = programsOf(demandOf(&root));
  root.setAttr(kScheduleAttrName, makeSchedule(root.getContext(), schedule.getTokens(),
                                               schedule.getKeys(), plan));
}
