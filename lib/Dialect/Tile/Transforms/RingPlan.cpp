//===- RingPlan.cpp - which ring a load goes through ----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "RingPlan.h"

#include "fovea/Dialect/Tile/IR/TileType.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace fovea::tile;

bool fovea::tile::isSharedLoad(Operation *op) {
  auto load = dyn_cast<LoadOp>(op);
  return load && isa<SharedAttr>(tileType(load.getTile()).getEncoding());
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

void RingPlan::build(Region &source, GpuAttr schedule, ImplicitLocOpBuilder &b) {
  struct Key {
    Type slot;
    bool inLoop;
    unsigned ordinal, ring;
    SmallVector<Block *> blocks; ///< of its loads
  };
  SmallVector<Key> keys;
  llvm::DenseMap<std::pair<Block *, Type>, unsigned> counts;
  source.walk<WalkOrder::PreOrder>([&](Operation *op) {
    auto loop = dyn_cast<ForVisitsOp>(op);
    if (loop && loop.isSearched()) {
      int64_t tokens = tileType(loop.getTokenMask()).getDimSize(0);
      ringOf[op] =
          make(VisitRingType::get(b.getContext(), schedule.getVisitSlots(), tokens), b);
    }
    if (!isSharedLoad(op))
      return;
    Type slot = op->getResult(0).getType();
    bool inLoop = isInLoop(op);
    unsigned ordinal = counts[{op->getBlock(), slot}]++;
    auto isAround = [&](Block *block) {
      return block != op->getBlock() && block->findAncestorOpInBlock(*op);
    };
    auto *found = llvm::find_if(keys, [&](const Key &key) {
      return key.slot == slot && key.inLoop == inLoop && key.ordinal == ordinal &&
             llvm::none_of(key.blocks, isAround);
    });
    if (found == keys.end()) {
      int64_t stages = inLoop ? schedule.getStages() : schedule.getOuterStages();
      unsigned ring =
          make(RingType::get(b.getContext(), stages, cast<RankedTensorType>(slot)), b);
      keys.push_back({slot, inLoop, ordinal, ring, {}});
      found = &keys.back();
    }
    found->blocks.push_back(op->getBlock());
    ringOf[op] = found->ring;
  });
}
