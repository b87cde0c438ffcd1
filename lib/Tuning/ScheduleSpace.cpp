//===- ScheduleSpace.cpp - every schedule that a kernel may have ----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Tuning/ScheduleSpace.h"

#include "GpuResources.h"
#include "GpuShapes.h"
#include "KeyBlockSpace.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Hardware/GpuTargetInfo.h"
#include "fovea/Tuning/GpuSchedule.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <array>
#include <cstdlib>

using namespace mlir;
using namespace fovea;
using tile::ScheduleAttr;
using tuning::GpuDemand;
using tuning::KeyBlockSpace;
using tuning::kGroupRows;
using tuning::kKeyStep;
using tuning::ScheduleTerms;
using tuning::TileRows;

static bool visitsKeyBlocks(Operation *root) {
  return root
      ->walk([](attn::KernelOpInterface op) {
        attn::KernelTiling tiling = op.getTiling();
        bool visits = tiling.readsKeys && tiling.kind != attn::TilingKind::Keys;
        return visits ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

static ScheduleAttr withStages(ScheduleAttr schedule, int64_t stages,
                               int64_t queryStages) {
  tuning::GpuPlan plan = tuning::planOf(schedule);
  plan.stages = stages;
  plan.outerStages = queryStages;
  return tuning::makeSchedule(schedule.getContext(), schedule.getTokens(),
                              schedule.getKeys(), plan);
}

namespace {

/// What a schedule is sorted by: the rank of one of the model's candidates and the
/// steps from it, added up, where that is least; then the steps; then the rank.
using Promise = std::array<int64_t, 3>;

class Judge {
public:
  Judge(ArrayRef<ScheduleAttr> candidates, ArrayRef<ScheduleAttr> space, int64_t group)
      : candidates(candidates), space(space.begin(), space.end()), group(group) {}

  Promise getPromise(ScheduleAttr schedule) const {
    Promise best = {INT64_MAX, 0, 0};
    int64_t slack = hasSlack(schedule) ? kSlackSteps : 0;
    for (auto [i, candidate] : llvm::enumerate(candidates)) {
      int64_t rank = i, steps = countSteps(schedule, candidate);
      steps += steps ? slack : 0;
      best = std::min(best, Promise{rank + steps, steps, rank});
    }
    return best;
  }

private:
  /// Of a schedule that has nothing for what it leaves free, and of rows twice as many
  /// as a token needs.
  static constexpr int64_t kSlackSteps = 4, kPaddingSteps = 4;
  /// More tiles in flight than these have brought nothing yet (docs/gpu-target.md).
  static constexpr int64_t kEnoughStages = 4;

  int64_t rowsPerToken(ScheduleAttr each) const {
    return each.getGroupRows() ? each.getGroupRows() : group;
  }

  int64_t warpgroupsOf(ScheduleAttr each) const {
    return each.getTokens() * rowsPerToken(each) / kGroupRows;
  }

  /// Of a warpgroup, of 16 keys, of a tile in flight, of a block, or from one word to
  /// another.
  int64_t countSteps(ScheduleAttr a, ScheduleAttr b) const {
    tile::GpuAttr left = a.getGpu(), right = b.getGpu();
    int64_t padding = llvm::Log2_64_Ceil(rowsPerToken(a)) -
                      int64_t(llvm::Log2_64_Ceil(rowsPerToken(b)));
    return std::abs(warpgroupsOf(a) - warpgroupsOf(b)) +
           kPaddingSteps * std::abs(padding) +
           std::abs(a.getKeys() - b.getKeys()) / kKeyStep +
           std::abs(left.getStages() - right.getStages()) +
           std::abs(left.getOuterStages() - right.getOuterStages()) +
           std::abs(left.getResidency() - right.getResidency()) +
           std::abs(left.getTeams() - right.getTeams()) +
           (left.getProducts() != right.getProducts()) +
           (left.getOverlap() != right.getOverlap()) +
           (left.getTurns() != right.getTurns()) +
           (left.getPrograms() != right.getPrograms());
  }

  /// Whether the same schedule with one more tile in flight would fit too.
  bool hasSlack(ScheduleAttr schedule) const {
    int64_t stages = schedule.getGpu().getStages(),
            queryStages = schedule.getGpu().getOuterStages();
    return (stages < kEnoughStages &&
            space.contains(withStages(schedule, stages + 1, queryStages))) ||
           space.contains(withStages(schedule, stages, queryStages + 1));
  }

  ArrayRef<ScheduleAttr> candidates;
  llvm::SmallDenseSet<Attribute> space;
  int64_t group;
};

} // namespace

SmallVector<ScheduleAttr> tuning::getScheduleSpace(Operation *root,
                                                   const GpuTargetInfo &target) {
  SmallVector<ScheduleAttr> candidates = getGpuCandidates(root, target);
  if (candidates.empty() || !visitsKeyBlocks(root))
    return candidates;
  KeyBlockSpace all(root, target);
  SmallVector<ScheduleAttr> space = all.list();
  Judge judge(candidates, space, all.getDemand().group);
  SmallVector<std::pair<Promise, size_t>> ranked; // equals as they were listed
  for (auto [i, schedule] : llvm::enumerate(space))
    ranked.push_back({judge.getPromise(schedule), i});
  llvm::sort(ranked);
  return llvm::map_to_vector(ranked, [&](auto &each) { return space[each.second]; });
}

bool tuning::isInScheduleSpace(Operation *root, ScheduleAttr schedule,
                               const GpuTargetInfo &target) {
  if (llvm::is_contained(getGpuCandidates(root, target), schedule))
    return true;
  return visitsKeyBlocks(root) && KeyBlockSpace(root, target).contains(schedule);
}

std::optional<ScheduleTerms> tuning::getTerms(Operation *root, ScheduleAttr schedule,
                                              const GpuTargetInfo &target) {
  if (!visitsKeyBlocks(root) || !schedule.getGpu())
    return std::nullopt;
  GpuDemand demand = demandOf(root);
  int64_t perToken = schedule.getGroupRows() ? schedule.getGroupRows() : demand.group;
  TileRows tile{schedule.getTokens() * perToken, perToken};
  ScheduleTerms terms;
  terms.warpgroups = tile.rows / kGroupRows;
  tuning::Residents residents = tuning::residentsOf(schedule);
  terms.blocks = residents.blocks;
  terms.teams = residents.teams;
  terms.rowsPerToken = perToken;
  terms.headsPerToken = demand.group;
  terms.registers = registersOf(demand, tile, schedule.getKeys());
  terms.registerLimit =
      registersFor(target, terms.warpgroups, residents, listEntriesOf(demand, tile));
  terms.sharedBytes =
      sharedFor(demand, tile, schedule.getKeys(), schedule.getGpu().getStages(),
                schedule.getGpu().getOuterStages(), schedule.getGpu().getOneRing());
  terms.sharedLimit = sharedLimitFor(target, residents);
  return terms;
}

std::string tuning::describePreference(Operation *root, ScheduleAttr first,
                                       ScheduleAttr second,
                                       const GpuTargetInfo &target) {
  std::optional<ScheduleTerms> a = getTerms(root, first, target),
                               b = getTerms(root, second, target);
  if (!a || !b)
    return "the model's order";
  auto before = [](const char *form, auto left, auto right) {
    return llvm::formatv(form, left, right).str();
  };
  // Index lists come first by how they are taken (addListFamilies).
  if (a->teams != b->teams)
    return before("{0} teams before {1}", a->teams, b->teams);
  if (a->blocks != b->blocks)
    return before("{0} blocks of a multiprocessor before {1}", a->blocks, b->blocks);
  if (first.getGpu().getProducts() != second.getGpu().getProducts())
    return before("products by {0} before {1}",
                  tile::stringifyProducts(first.getGpu().getProducts()),
                  tile::stringifyProducts(second.getGpu().getProducts()));
  auto overlapOf = [](tile::ScheduleAttr schedule) {
    tile::GpuAttr gpu = schedule.getGpu();
    return gpu.getTurns() ? "overlap in turns" : gpu.getOverlap() ? "overlap" : "none";
  };
  if (first.getGpu().getOverlap() != second.getGpu().getOverlap() ||
      first.getGpu().getTurns() != second.getGpu().getTurns())
    return before("{0} before {1}", overlapOf(first), overlapOf(second));
  if (a->warpgroups != b->warpgroups)
    return before("{0} warpgroups before {1}", a->warpgroups, b->warpgroups);
  if (a->rowsPerToken != b->rowsPerToken)
    return before("{0} rows per token before {1}", a->rowsPerToken, b->rowsPerToken);
  if (first.getKeys() != second.getKeys())
    return before("key blocks of {0} before {1}", first.getKeys(), second.getKeys());
  return before("{0} tiles in flight before {1}", first.getGpu().getStages(),
                second.getGpu().getStages());
}
