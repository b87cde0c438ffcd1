//===- RingPlan.cpp - which ring a load goes through ----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "RingPlan.h"

#include "fovea/Dialect/Tile/IR/TileType.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

#include <vector>

using namespace mlir;
using namespace fovea::tile;

bool fovea::tile::isSharedLoad(Operation *op) {
  auto load = dyn_cast<LoadOp>(op);
  return load && isInSlot(load.getTile().getType());
}

bool fovea::tile::touchesRings(Operation *op) {
  return op
      ->walk([](Operation *inner) {
        auto loop = dyn_cast<ForVisitsOp>(inner);
        return isSharedLoad(inner) || (loop && loop.isSearched())
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

unsigned RingPlan::make(Type type, ImplicitLocOpBuilder &b) {
  values.push_back(MakeRingOp::create(b, type));
  return values.size() - 1;
}

static bool isInLoop(Operation *op) {
  return op->getParentOfType<ForVisitsOp>() || op->getParentOfType<scf::ForOp>();
}

namespace {
/// Loads into shared memory that share a ring.
struct LoadGroup {
  RankedTensorType slot;
  bool inLoop = false; ///< some of them
  std::optional<int64_t> number = {};
  unsigned ordinal = 0;        ///< of its loads, among those of their blocks
  SmallVector<Block *> blocks; ///< of its loads
  SmallVector<Operation *> loads = {};
};
} // namespace

/// Loads of one shape at the same place of their loops are a group, where no tile.ring
/// says which are; with `oneRing` those of a loop at all places.
static SmallVector<LoadGroup> groupLoads(Region &source, bool oneRing) {
  SmallVector<LoadGroup> groups;
  llvm::DenseMap<std::pair<Block *, Type>, unsigned> counts;
  source.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!isSharedLoad(op))
      return;
    RankedTensorType slot = tileType(op->getResult(0));
    bool inLoop = isInLoop(op);
    unsigned place = counts[{op->getBlock(), slot}]++;
    unsigned ordinal = oneRing && inLoop ? 0 : place;
    std::optional<int64_t> number;
    if (auto attr = op->getAttrOfType<IntegerAttr>(kRingAttrName))
      number = attr.getInt();
    auto isAround = [&](Block *block) {
      return block != op->getBlock() && block->findAncestorOpInBlock(*op);
    };
    auto *found = llvm::find_if(groups, [&](const LoadGroup &group) {
      if (group.slot != slot || number || group.number)
        return group.slot == slot && group.number == number;
      return group.inLoop == inLoop && group.ordinal == ordinal &&
             llvm::none_of(group.blocks, isAround);
    });
    if (found == groups.end()) {
      groups.push_back({slot, false, number, ordinal, {}});
      found = &groups.back();
    }
    found->inLoop |= inLoop;
    found->blocks.push_back(op->getBlock());
    found->loads.push_back(op);
  });
  return groups;
}

void fovea::tile::numberRings(Region &source) {
  Builder b(source.getContext());
  for (auto [number, group] : llvm::enumerate(groupLoads(source, /*oneRing=*/false)))
    for (Operation *load : group.loads)
      load->setAttr(kRingAttrName, b.getI64IntegerAttr(number + 1));
}

/// A stretch of a block without loops or branches that count: what it is behind.
using Stretch = std::pair<Block *, Operation *>;

static Stretch findStretch(Operation *load) {
  Operation *op = load->getPrevNode();
  while (op && !(op->getNumRegions() && touchesRings(op)))
    op = op->getPrevNode();
  return {load->getBlock(), op};
}

/// Visits are posted where the loads of their loop are not.
void RingPlan::findLeaders(Region &source) {
  std::vector<std::vector<Stretch>> stretches(values.size());
  source.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isSharedLoad(op))
      stretches[of(op)].push_back(findStretch(op));
  });
  for (unsigned ring = 0; ring < values.size(); ++ring) {
    unsigned leader = ring;
    if (!stretches[ring].empty())
      leader = llvm::find(stretches, stretches[ring]) - stretches.begin();
    leaders.push_back(leader);
  }
}

void RingPlan::build(Region &source, GpuAttr schedule, ImplicitLocOpBuilder &b) {
  SmallVector<LoadGroup> groups = groupLoads(source, schedule && schedule.getOneRing());
  llvm::DenseMap<Operation *, const LoadGroup *> groupOf;
  for (const LoadGroup &group : groups)
    for (Operation *load : group.loads)
      groupOf[load] = &group;
  source.walk<WalkOrder::PreOrder>([&](Operation *op) {
    auto loop = dyn_cast<ForVisitsOp>(op);
    if (loop && loop.isSearched()) {
      int64_t tokens = tileType(loop.getTokenMask()).getDimSize(0);
      ringOf[op] =
          make(VisitRingType::get(b.getContext(), schedule.getVisitSlots(), tokens), b);
    }
    const LoadGroup *group = groupOf.lookup(op);
    if (!group || ringOf.contains(op))
      return;
    int64_t stages = group->inLoop ? schedule.getStages() : schedule.getOuterStages();
    unsigned ring = make(RingType::get(b.getContext(), stages, group->slot), b);
    for (Operation *load : group->loads)
      ringOf[load] = ring;
  });
  findLeaders(source);
}
