//===- Fusion.cpp - runs of elementwise operations ------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Fusion.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_loops {

/// Elementwise operations, and the generators that stand between them. Constants
/// stay where they are: nothing they read can move.
static bool canSink(Operation *op) {
  if (isElementwise(op))
    return true;
  return op->getNumResults() == 1 && isGenerator(op->getResult(0)) &&
         !op->hasTrait<OpTrait::ConstantLike>();
}

/// The members of `pending` that `op`, or anything nested in it, reads.
static SetVector<Operation *> neededBy(Operation *op,
                                       const SetVector<Operation *> &pending) {
  SetVector<Operation *> needed;
  SmallVector<Operation *> readers;
  op->walk([&](Operation *nested) { readers.push_back(nested); });
  while (!readers.empty()) {
    for (Value operand : readers.pop_back_val()->getOperands())
      if (Operation *source = operand.getDefiningOp())
        if (pending.contains(source) && needed.insert(source))
          readers.push_back(source);
  }
  return needed;
}

Fusion::Fusion(KernelOp kernel, const Layouts &layouts) : layouts(layouts) {
  SmallVector<Block *> blocks;
  kernel.walk([&](Block *block) { blocks.push_back(block); });
  for (Block *block : blocks)
    sinkInto(*block);
}

void Fusion::sinkInto(Block &block) {
  SetVector<Operation *> pending;
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (canSink(&op)) {
      pending.insert(&op);
      continue;
    }
    SetVector<Operation *> needed = neededBy(&op, pending);
    if (needed.empty())
      continue;
    SmallVector<Operation *> inOrder; // `needed` follows the walk, not the program
    for (Operation *candidate : pending)
      if (needed.contains(candidate))
        inOrder.push_back(candidate);
    place(inOrder, &op);
    pending.remove_if([&](Operation *placed) { return needed.contains(placed); });
  }
}

/// Moves `needed` before `before`, members of a run next to each other.
void Fusion::place(ArrayRef<Operation *> needed, Operation *before) {
  SetVector<Operation *> waiting(needed.begin(), needed.end());
  auto isReady = [&](Operation *op) {
    return llvm::none_of(op->getOperands(), [&](Value operand) {
      return operand.getDefiningOp() && waiting.contains(operand.getDefiningOp());
    });
  };
  auto take = [&](Operation *op) {
    op->moveBefore(before);
    waiting.remove(op);
  };
  while (!waiting.empty()) {
    Operation *next = *llvm::find_if(waiting, isReady);
    if (!isElementwise(next)) {
      take(next);
      continue;
    }
    for (Operation *op : llvm::to_vector(waiting))
      if (!isElementwise(op) && isReady(op))
        take(op);
    auto run = std::make_unique<Run>();
    Value like = next->getResult(0);
    for (Operation *op : llvm::to_vector(waiting)) {
      if (!isElementwise(op) || !isReady(op))
        continue;
      Value result = op->getResult(0);
      if (tileType(result).getShape() != tileType(like).getShape() ||
          layouts.of(result) != layouts.of(like))
        continue;
      run->push_back(op);
      runOfOp[op] = run.get();
      take(op);
    }
    runs.push_back(std::move(run));
  }
}

const Fusion::Run *Fusion::runOf(Operation *op) const { return runOfOp.lookup(op); }

SmallVector<Value> Fusion::outputs(const Run &run) {
  SmallVector<Value> outputs;
  for (Operation *op : run)
    if (llvm::any_of(op->getUsers(),
                     [&](Operation *user) { return !llvm::is_contained(run, user); }))
      outputs.push_back(op->getResult(0));
  return outputs;
}

} // namespace fovea::tile_to_loops
