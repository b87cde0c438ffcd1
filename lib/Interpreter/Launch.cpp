//===- Launch.cpp - the blocks of a launch --------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Machine.h"
#include "Scheduler.h"

#include "fovea/Dialect/Tile/IR/Placement.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace fovea::tile;

namespace {
/// The roles of one block, and what is on its way between them.
class BlockRun {
public:
  BlockRun(World &world, SpecializeOp roles, const Environment &env);
  void run();

private:
  SmallVector<Choice> choices() const;
  void take(const Choice &choice);
  void reportDeadlock();

  World &world;
  std::vector<Machine> threads; ///< the producer, then the groups
};
} // namespace

BlockRun::BlockRun(World &world, SpecializeOp roles, const Environment &env)
    : world(world) {
  using Role = Machine::Role;
  threads.emplace_back(world, Role::Producer, 0, env, roles.getProducer().front());
  for (unsigned group = 0; group < world.groups; ++group)
    threads.emplace_back(world, Role::Consumer, group, env,
                         roles.getConsumers().front());
}

SmallVector<Choice> BlockRun::choices() const {
  SmallVector<Choice> result;
  for (unsigned i = 0; i < threads.size(); ++i)
    if (!threads[i].isDone() && threads[i].canRun())
      result.push_back({Choice::Kind::Thread, i});
  for (unsigned i = 0; i < world.copies.size(); ++i)
    result.push_back({Choice::Kind::Copy, i});
  for (unsigned i = 0; i < threads.size(); ++i)
    if (threads[i].hasProduct())
      result.push_back({Choice::Kind::Product, i});
  return result;
}

void BlockRun::take(const Choice &choice) {
  if (choice.kind == Choice::Kind::Thread)
    return threads[choice.index].advance();
  if (choice.kind == Choice::Kind::Product)
    return threads[choice.index].runProduct();
  Copy copy = world.copies[choice.index];
  world.copies.erase(world.copies.begin() + choice.index);
  copy.ring->arrive(copy.number, readBox(copy, world));
}

void BlockRun::reportDeadlock() {
  Finding *finding = nullptr;
  for (const Machine &thread : threads) {
    if (thread.isDone())
      continue;
    Location loc = thread.next()->getLoc();
    if (!finding)
      finding = &world.findings.report(FindingKind::Deadlock, loc,
                                       "no role of the block can run");
    finding->notes.push_back({loc, thread.explainWait()});
  }
}

void BlockRun::run() {
  Scheduler scheduler(world.options.order, world.block);
  auto isDone = [&] {
    return world.copies.empty() &&
           llvm::all_of(threads, [](const Machine &thread) { return thread.isDone(); });
  };
  while (!world.findings.any() && !isDone()) {
    SmallVector<Choice> possible = choices();
    bool stuck = llvm::none_of(possible, [](const Choice &choice) {
      return choice.kind != Choice::Kind::Product;
    });
    if (stuck)
      return reportDeadlock();
    take(possible[scheduler.pick(possible)]);
  }
  if (!world.findings.any())
    for (const Ring &ring : world.rings)
      ring.checkDrained(world.findings);
}

static SpecializeOp findRoles(KernelOp kernel) {
  for (Operation &op : kernel.getBody().front())
    if (auto roles = dyn_cast<SpecializeOp>(op))
      return roles;
  return nullptr;
}

/// Runs a machine by itself up to `end`.
static void runAlone(Machine &machine, Operation *end) {
  while (!machine.isDone() && machine.next() != end && !machine.world.findings.any())
    machine.advanceOne();
}

/// A logical kernel: each program by itself.
static void runPrograms(KernelOp kernel, const Environment &env, World &world) {
  world.groups = 1;
  for (int64_t i = 0; i < llvm::product_of(world.grid); ++i) {
    world.steps = 0;
    Machine machine(world, Machine::Role::Program, 0, env, kernel.getBody().front());
    int64_t rest = i;
    for (auto [place, size] : llvm::zip_equal(machine.place, world.grid)) {
      place = rest % size;
      rest /= size;
    }
    runAlone(machine, nullptr);
    if (world.findings.any())
      return;
  }
}

void fovea::tile::runLaunch(KernelOp kernel, ArrayRef<int64_t> grid,
                            ArrayRef<Datum> arguments, World &world) {
  ++world.launches;
  world.grid.fill(1);
  llvm::copy(grid, world.grid.begin());
  Environment env;
  for (auto [argument, value] :
       llvm::zip_equal(kernel.getBody().getArguments(), arguments))
    env[argument] = value;
  SpecializeOp roles = findRoles(kernel);
  if (!roles)
    return runPrograms(kernel, env, world);
  GpuAttr schedule = getGpuSchedule(kernel);
  bool byWarp = schedule && schedule.getProducts() == Products::Warp;
  world.groupWarps = byWarp ? 1 : kWarpsPerGroup;
  world.groups = std::max<int64_t>(
      1, llvm::divideCeil(int64_t(roles.getWarps()), world.groupWarps));
  for (world.block = 0; world.block < world.options.blocks; ++world.block) {
    world.rings.clear();
    world.copies.clear();
    world.steps = 0;
    Machine prologue(world, Machine::Role::Program, 0, env, kernel.getBody().front());
    runAlone(prologue, roles);
    if (!world.findings.any())
      BlockRun(world, roles, prologue.environment()).run();
    if (world.findings.any())
      return;
  }
}
