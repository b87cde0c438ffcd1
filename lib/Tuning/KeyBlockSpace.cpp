//===- KeyBlockSpace.cpp - schedules of a kernel that visits key blocks ---===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "KeyBlockSpace.h"

#include "GpuShapes.h"
#include "fovea/Hardware/GpuTargetInfo.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace fovea;
using tile::Products;
using tile::ProgramOrder;
using tile::ScheduleAttr;
using tuning::BlockShape;
using tuning::Depth;
using tuning::KeyBlockSpace;
using tuning::kGroupRows;
using tuning::Residents;

// The values of fields that registers and shared memory do not bound.
static constexpr int64_t kMostGroups = 3, kMostBlocks = 3, kMostTeams = 3;
static constexpr int64_t kFewestStages = 2, kMostStages = 8, kMostQueryStages = 2;

KeyBlockSpace::KeyBlockSpace(Operation *root, const GpuTargetInfo &target)
    : context(root->getContext()), demand(demandOf(root)), target(target) {}

std::optional<BlockShape> KeyBlockSpace::findShape(int64_t groups, Residents residents,
                                                   int64_t least) const {
  TileRows tile = rowsFor(demand, groups * kGroupRows, least);
  if (!isWhole(demand, tile))
    return std::nullopt;
  return BlockShape{groups, residents, tile};
}

SmallVector<int64_t> KeyBlockSpace::getWidths(const BlockShape &shape,
                                              int64_t spare) const {
  // Teams take listed blocks, of which few have a mask: ptxas keeps what their loops
  // need in 8 registers less than is estimated.
  int64_t unmasked = shape.residents.teams > 1 ? 8 : 0;
  int64_t registers = registersFor(target, shape.groups, shape.residents,
                                   listEntriesOf(demand, shape.tile)) +
                      unmasked - spare;
  SmallVector<int64_t> widths;
  for (int64_t keys = mostKeysFor(demand, target, shape.groups); keys >= kKeyStep;
       keys -= kKeyStep)
    if (keys % demand.keysMultiple == 0 && keys >= demand.leastKeys &&
        (!demand.keysDivide || demand.keysDivide % keys == 0) &&
        demand.fitsPages(keys) && registersOf(demand, shape.tile, keys) <= registers)
      widths.push_back(keys);
  return widths;
}

bool KeyBlockSpace::takesOneRing(const BlockShape &shape) const {
  return shape.residents.teams > 1 && canShareRing(demand);
}

SmallVector<Depth> KeyBlockSpace::getDepths(const BlockShape &shape, int64_t keys,
                                            int64_t spare) const {
  int64_t limit = sharedLimitFor(target, shape.residents) - spare;
  bool oneRing = takesOneRing(shape);
  SmallVector<Depth> depths;
  for (int64_t stages = kMostStages; stages >= kFewestStages; --stages)
    for (int64_t queryStages = kMostQueryStages; queryStages >= 1; --queryStages)
      if (sharedFor(demand, shape.tile, keys, stages, queryStages, oneRing) <= limit)
        depths.push_back({stages, queryStages});
  return depths;
}

/// What a warp gains is that it passes by listed blocks; without wgmma every product is
/// a warp's.
bool KeyBlockSpace::takes(Products products, const BlockShape &shape) const {
  return products == Products::Warp
             ? demand.listed && target.hasWgmma
             : takesProducts(demand, target, shape.groups, shape.residents);
}

bool KeyBlockSpace::overlaps(Products products) const {
  return products == Products::Warpgroup && canOverlap(demand, target);
}

ScheduleAttr KeyBlockSpace::makeSchedule(const BlockShape &shape, int64_t keys,
                                         Depth depth, GpuPlan plan) const {
  plan.groupRows = groupRowsOf(demand, shape.tile);
  plan.stages = depth.stages;
  plan.outerStages = depth.queryStages;
  plan.oneRing = takesOneRing(shape);
  plan.residency = shape.residents.blocks;
  plan.teams = shape.residents.teams;
  return tuning::makeSchedule(context, shape.tile.tokens(), keys, plan);
}

void KeyBlockSpace::visitShapes(function_ref<void(const BlockShape &)> visit) const {
  auto visitAll = [&](int64_t groups, Residents residents) {
    for (int64_t least = 1; least <= kGroupRows; least *= 2)
      if (std::optional<BlockShape> shape = findShape(groups, residents, least))
        visit(*shape);
  };
  for (int64_t groups = kMostGroups; groups >= 1; --groups)
    for (int64_t blocks = 1; blocks <= kMostBlocks; ++blocks)
      visitAll(groups, {blocks, /*teams=*/1});
  // Programs that visit the same keys read them once where they share a tile; where
  // lists choose them there is less to share.
  for (int64_t teams = 2; demand.listed && teams <= kMostTeams; ++teams)
    visitAll(/*groups=*/1, {/*blocks=*/1, teams});
}

void KeyBlockSpace::addSchedules(const BlockShape &shape, int64_t keys,
                                 Schedules &found) const {
  SmallVector<Depth> depths = getDepths(shape, keys);
  for (Products products : {Products::Warpgroup, Products::Warp}) {
    if (!takes(products, shape))
      continue;
    for (Depth depth : depths)
      for (ProgramOrder programs :
           {ProgramOrder::LastTileFirst, ProgramOrder::HeadByHead}) {
        GpuPlan plan;
        plan.products = products;
        plan.programs = programs;
        found.insert(makeSchedule(shape, keys, depth, plan));
        if (!overlaps(products) || takesOneRing(shape))
          continue;
        plan.overlap = true;
        found.insert(makeSchedule(shape, keys, depth, plan));
        // Turns are of rotated loops.
        plan.turns = true;
        if (!demand.waitsLate())
          found.insert(makeSchedule(shape, keys, depth, plan));
      }
  }
}

SmallVector<ScheduleAttr> KeyBlockSpace::list() const {
  Schedules found;
  visitShapes([&](const BlockShape &shape) {
    for (int64_t keys : getWidths(shape))
      addSchedules(shape, keys, found);
  });
  return found.takeVector();
}

bool KeyBlockSpace::contains(ScheduleAttr schedule) const {
  Schedules found;
  visitShapes([&](const BlockShape &shape) {
    if (schedule.getTokens() == shape.tile.tokens() &&
        llvm::is_contained(getWidths(shape), schedule.getKeys()))
      addSchedules(shape, schedule.getKeys(), found);
  });
  return found.contains(schedule);
}
