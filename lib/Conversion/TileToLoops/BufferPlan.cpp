//===- BufferPlan.cpp - which tiles share scratch -------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "BufferPlan.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_loops {

BufferPlan::BufferPlan(KernelOp kernel, const Layouts &layouts, const Fusion &fusion)
    : layouts(layouts), liveness(kernel, fusion) {
  for (Value value : liveness.values()) {
    numbers[value] = parents.size();
    parents.push_back(parents.size());
    moments.push_back(liveness.moments(value));
    members.push_back(1);
  }
  mergeTransfers(kernel);
  mergeInPlace(kernel);
  keepCopied(kernel);
  assignSlots();
}

unsigned BufferPlan::classOf(Value value) const {
  unsigned number = numbers.lookup(value);
  while (parents[number] != number)
    number = parents[number] = parents[parents[number]];
  return number;
}

bool BufferPlan::isAlone(Value value) const { return members[classOf(value)] == 1; }

bool BufferPlan::tryMerge(Value first, Value second) {
  if (!numbers.count(first) || !numbers.count(second))
    return false;
  unsigned into = classOf(first), from = classOf(second);
  if (into == from)
    return true;
  if (scratchType(tileType(first), layouts.of(first)) !=
          scratchType(tileType(second), layouts.of(second)) ||
      layouts.of(first) != layouts.of(second) || moments[into].anyCommon(moments[from]))
    return false;
  parents[from] = into;
  moments[into] |= moments[from];
  members[into] += members[from];
  return true;
}

void BufferPlan::mergeTransfers(KernelOp kernel) {
  // A loop's results are its carried values after the last iteration.
  auto mergeLoop = [&](Operation *op, auto carried) {
    for (auto [argument, result] : llvm::zip_equal(carried, op->getResults()))
      tryMerge(argument, result);
  };
  kernel.walk([&](Operation *op) {
    if (auto loop = dyn_cast<ForVisitsOp>(op))
      mergeLoop(op, loop.getCarried());
    else if (auto loop = dyn_cast<scf::ForOp>(op))
      mergeLoop(op, loop.getRegionIterArgs());
  });
  // Yields before inits: they are copied once per iteration. The walk is post-order,
  // so inner loops choose first.
  kernel.walk([&](Operation *op) {
    if (op->hasTrait<OpTrait::IsTerminator>())
      for (auto [source, destination] : yieldTransfers(op))
        tryMerge(destination, source);
  });
  kernel.walk([&](Operation *op) {
    for (auto [source, destination] : initTransfers(op))
      tryMerge(destination, source);
  });
}

void BufferPlan::mergeInPlace(KernelOp kernel) {
  kernel.walk([&](Operation *op) {
    if (auto dot = dyn_cast<DotOp>(op)) {
      tryMerge(dot.getResult(), dot.getAcc());
    } else if (auto update = dyn_cast<TopkUpdateOp>(op)) {
      tryMerge(update.getNewValues(), update.getValues());
      tryMerge(update.getNewIndices(), update.getIndices());
    } else if (auto sort = dyn_cast<TopkIndicesOp>(op)) {
      tryMerge(sort.getSorted(), sort.getIndices());
    }
  });
}

/// A tile that is copied at a loop's head or at a yield is read while other copies
/// there are written.
void BufferPlan::keepCopied(KernelOp kernel) {
  auto keep = [&](Operation *op, const Transfers &transfers) {
    for (auto [source, destination] : transfers) {
      SmallVector<Value> inputs;
      storedInputs(source, inputs);
      for (Value input : inputs)
        if (numbers.count(input) && classOf(input) != classOf(destination)) {
          liveness.extendOver(op, input);
          moments[classOf(input)] |= liveness.moments(input);
        }
    }
  };
  kernel.walk([&](Operation *op) {
    if (op->hasTrait<OpTrait::IsTerminator>())
      keep(op, yieldTransfers(op));
    keep(op, initTransfers(op));
  });
}

void BufferPlan::assignSlots() {
  DenseMap<unsigned, unsigned> slotOfClass;
  SmallVector<BitVector> taken;
  for (Value value : liveness.values()) {
    unsigned number = classOf(value);
    auto found = slotOfClass.find(number);
    if (found == slotOfClass.end()) {
      MemRefType type = scratchType(tileType(value), layouts.of(value));
      unsigned slot = 0;
      while (slot < types.size() &&
             (types[slot] != type || taken[slot].anyCommon(moments[number])))
        ++slot;
      if (slot == types.size()) {
        types.push_back(type);
        taken.push_back(moments[number]);
      } else {
        taken[slot] |= moments[number];
      }
      found = slotOfClass.try_emplace(number, slot).first;
    }
    slots[value] = found->second;
  }
}

} // namespace fovea::tile_to_loops
