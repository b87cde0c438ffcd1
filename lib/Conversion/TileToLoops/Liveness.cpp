//===- Liveness.cpp - when stored tiles are in use ------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Liveness.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_loops {

/// The operands that `op` reads element by element before it writes them.
static SmallVector<Value> readInPlace(Operation *op) {
  if (auto dot = dyn_cast<DotOp>(op))
    return {dot.getAcc()};
  if (auto update = dyn_cast<TopkUpdateOp>(op))
    return {update.getValues(), update.getIndices()};
  if (auto sort = dyn_cast<TopkIndicesOp>(op))
    return {sort.getIndices()};
  if (op->hasTrait<OpTrait::IsTerminator>())
    return llvm::to_vector_of<Value>(op->getOperands());
  return {};
}

Liveness::Liveness(KernelOp kernel, const Fusion &fusion) : fusion(fusion) {
  Block &body = kernel.getBody().front();
  number(body);
  for (Value value : stored)
    inUse[value].resize(2 * count);
  LiveSet live;
  walkBlock(body, live);
}

void Liveness::addStored(Value value) {
  if (!isTile(value) || isGenerator(value) || isTable(value))
    return;
  Operation *op = value.getDefiningOp();
  if (const Fusion::Run *run = op ? fusion.runOf(op) : nullptr)
    if (!llvm::is_contained(Fusion::outputs(*run), value))
      return;
  stored.push_back(value);
}

void Liveness::number(Block &block) {
  for (Value argument : block.getArguments())
    addStored(argument);
  for (Operation &op : block) {
    head[&op] = count++;
    for (Region &region : op.getRegions())
      for (Block &nested : region)
        number(nested);
    end[&op] = op.getNumRegions() == 0 ? head[&op] : count++;
    for (Value result : op.getResults())
      addStored(result);
  }
}

const BitVector &Liveness::moments(Value value) const {
  return inUse.find(value)->second;
}

void Liveness::extendOver(Operation *op, Value value) {
  auto found = inUse.find(value);
  if (found != inUse.end())
    found->second.set(2 * head[op] + 1);
}

void Liveness::mark(const LiveSet &live, unsigned moment) {
  for (Value value : live)
    inUse.find(value)->second.set(moment);
}

void Liveness::define(LiveSet &live, ValueRange values, unsigned moment) {
  for (Value value : values) {
    auto found = inUse.find(value);
    if (found != inUse.end())
      found->second.set(moment);
    live.erase(value);
  }
}

/// Adds the stored tiles that reading `value` reads.
static void addReads(Value value, DenseSet<Value> &live) {
  SmallVector<Value> inputs;
  storedInputs(value, inputs);
  for (Value input : inputs)
    if (!isTable(input))
      live.insert(input);
}

void Liveness::walkBlock(Block &block, LiveSet &live) {
  for (Operation &op : llvm::reverse(block)) {
    if (const Fusion::Run *run = fusion.runOf(&op)) {
      if (run->front() == &op)
        walkRun(*run, live);
    } else if (isa<ForVisitsOp, scf::ForOp>(op)) {
      walkLoop(&op, live);
    } else if (op.getNumRegions() != 0) {
      walkBranch(&op, live);
    } else if (!isElementwise(&op) &&
               llvm::none_of(op.getResults(), [](Value v) { return isGenerator(v); })) {
      walkPlain(&op, live);
    }
  }
}

void Liveness::walkPlain(Operation *op, LiveSet &live) {
  unsigned moment = 2 * head[op];
  SmallVector<Value> inPlace = readInPlace(op);
  LiveSet during = live;
  define(live, op->getResults(), moment + 1);
  if (op->hasTrait<OpTrait::IsTerminator>())
    for (auto [source, destination] : yieldTransfers(op))
      define(live, destination, moment + 1);
  for (Value operand : op->getOperands()) {
    addReads(operand, live);
    if (!llvm::is_contained(inPlace, operand) || isGenerator(operand))
      addReads(operand, during);
  }
  // An operand that is read both ways counts as read late.
  if (auto dot = dyn_cast<DotOp>(op)) {
    addReads(dot.getLhs(), during);
    addReads(dot.getRhs(), during);
  }
  mark(during, moment + 1);
  mark(live, moment);
}

void Liveness::walkRun(const Fusion::Run &run, LiveSet &live) {
  unsigned moment = 2 * head[run.front()];
  LiveSet during = live;
  for (Operation *op : run)
    define(live, op->getResults(), moment + 1);
  for (Operation *op : run) {
    for (Value operand : op->getOperands()) {
      Operation *source = operand.getDefiningOp();
      if (source && llvm::is_contained(run, source))
        continue;
      addReads(operand, live);
      if (isGenerator(operand))
        addReads(operand, during);
    }
  }
  mark(during, moment + 1);
  mark(live, moment);
}

void Liveness::walkLoop(Operation *op, LiveSet &live) {
  unsigned headMoment = 2 * head[op], endMoment = 2 * end[op];
  mark(live, endMoment + 1);
  define(live, op->getResults(), endMoment + 1);
  // What the body reads from outside is read again by the next iteration.
  op->walk([&](Operation *nested) {
    if (nested == op)
      return;
    LiveSet reads;
    for (Value operand : nested->getOperands())
      addReads(operand, reads);
    for (Value value : reads)
      if (!op->isAncestor(value.getParentBlock()->getParentOp()))
        live.insert(value);
  });
  if (auto loop = dyn_cast<ForVisitsOp>(op))
    for (Value tile : loop.getProducer().getSearched())
      addReads(tile, live);
  mark(live, endMoment);
  Block &body = op->getRegion(0).front();
  walkBlock(body, live);
  for (Value argument : body.getArguments())
    if (inUse.count(argument))
      live.insert(argument);
  mark(live, headMoment + 1);
  define(live, body.getArguments(), headMoment + 1);
  for (auto [source, destination] : initTransfers(op))
    addReads(source, live);
  mark(live, headMoment);
}

void Liveness::walkBranch(Operation *op, LiveSet &live) {
  unsigned headMoment = 2 * head[op], endMoment = 2 * end[op];
  mark(live, endMoment + 1);
  define(live, op->getResults(), endMoment + 1);
  mark(live, endMoment);
  LiveSet before = live;
  for (Region &region : op->getRegions()) {
    LiveSet branch = live;
    for (Block &block : region)
      walkBlock(block, branch);
    before.insert(branch.begin(), branch.end());
  }
  live = std::move(before);
  mark(live, headMoment + 1);
  mark(live, headMoment);
}

} // namespace fovea::tile_to_loops
