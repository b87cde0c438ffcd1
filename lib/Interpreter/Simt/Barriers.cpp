//===- Barriers.cpp - where warps meet and wait ---------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "BlockState.h"
#include "Warp.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace fovea::simt;
using fovea::tile::FindingKind;

//===----------------------------------------------------------------------===//
// mbarriers
//===----------------------------------------------------------------------===//

PhaseBarrier *BlockState::barrier(uint64_t address, Operation *op) {
  auto found = barriers.find(address);
  if (found != barriers.end())
    return &found->second;
  report(FindingKind::Bounds, op, "expected a barrier that was initialized");
  return nullptr;
}

void BlockState::complete(PhaseBarrier &barrier) {
  if (barrier.left > 0 || barrier.bytes != 0)
    return;
  barrier.left = barrier.count;
  ++barrier.completed;
}

void BlockState::arrive(uint64_t address, Operation *op) {
  PhaseBarrier *found = barrier(address, op);
  if (!found)
    return;
  if (found->left == 0)
    return report(FindingKind::Unbalanced, op,
                  "expected at most " + Twine(found->count) + " arrivals in a phase");
  --found->left;
  complete(*found);
}

/// A wait sees a phase's parity alone: the phase that runs has the other one.
static bool hasPassed(const PhaseBarrier &barrier, uint64_t parity) {
  return (barrier.completed & 1) != int64_t(parity & 1);
}

//===----------------------------------------------------------------------===//
// Named barriers
//===----------------------------------------------------------------------===//

static NamedBarrier &namedOf(Warp &warp, Operation *op, Value id) {
  unsigned number = id ? warp.uniform(id, op) : uint64_t(BlockState::kWholeBlock);
  return warp.block.named[std::min<unsigned>(number, BlockState::kWholeBlock)];
}

static void arriveAt(Warp &warp, Operation *op, NamedBarrier &barrier,
                     int64_t threads) {
  warp.expectAllLanes(op);
  barrier.arrived += kWarpLanes;
  if (barrier.arrived < threads)
    return;
  barrier.arrived = 0;
  ++barrier.meetings;
}

/// A warp arrives when it first looks, and passes when the meeting is over.
static bool canMeet(Warp &warp, Operation *op, Value id, int64_t threads) {
  NamedBarrier &barrier = namedOf(warp, op, id);
  if (!warp.meeting) {
    warp.meeting = barrier.meetings;
    arriveAt(warp, op, barrier, threads);
  }
  return barrier.meetings > *warp.meeting;
}

//===----------------------------------------------------------------------===//
// Who may go on
//===----------------------------------------------------------------------===//

bool fovea::simt::canPass(Warp &warp, Operation *op) {
  return TypeSwitch<Operation *, bool>(op)
      .Case([&](BarrierWaitOp wait) {
        PhaseBarrier *barrier =
            warp.block.barrier(warp.uniform(wait.getBarrier(), op), op);
        return !barrier || hasPassed(*barrier, warp.uniform(wait.getParity(), op));
      })
      .Case([&](SyncNamedOp sync) {
        return canMeet(warp, op, sync.getId(), sync.getThreads());
      })
      .Case(
          [&](SyncBlockOp) { return canMeet(warp, op, {}, warp.block.launch.threads); })
      .Case([&](CopiesWaitOp) { return warp.copies.empty(); })
      .Default(true);
}

std::string fovea::simt::explainBarrier(Warp &warp, Operation *op) {
  if (auto wait = dyn_cast<BarrierWaitOp>(op)) {
    uint64_t address = warp.uniform(wait.getBarrier(), op);
    if (PhaseBarrier *barrier = warp.block.barrier(address, op))
      return llvm::formatv("for parity {0} of the barrier at byte {1}: {2} of {3} "
                           "arrivals and {4} B are missing in phase {5}",
                           warp.uniform(wait.getParity(), op),
                           address - BlockState::kSharedBase, barrier->left,
                           barrier->count, barrier->bytes, barrier->completed);
  }
  if (auto sync = dyn_cast<SyncNamedOp>(op))
    return llvm::formatv("at named barrier {0}: {1} of {2} threads are there",
                         warp.uniform(sync.getId(), op),
                         namedOf(warp, op, sync.getId()).arrived, sync.getThreads());
  return "at " + op->getName().getStringRef().str();
}

void fovea::simt::addBarriers(Handlers &handlers) {
  auto nothing = [](Warp &, Operation *) {};
  handlers[TypeID::get<SetRegistersOp>()] = nothing;
  handlers[TypeID::get<FenceBarrierInitOp>()] = nothing;
  handlers[TypeID::get<FenceAsyncOp>()] = nothing;
  handlers[TypeID::get<SleepOp>()] = nothing;
  handlers[TypeID::get<BarrierWaitOp>()] = nothing;
  handlers[TypeID::get<CopiesWaitOp>()] = nothing;
  handlers[TypeID::get<SyncWarpOp>()] = [](Warp &warp, Operation *op) {
    warp.expectAllLanes(op);
  };
  auto met = [](Warp &warp, Operation *) { warp.meeting.reset(); };
  handlers[TypeID::get<SyncBlockOp>()] = met;
  handlers[TypeID::get<SyncNamedOp>()] = met;
  handlers[TypeID::get<ArriveNamedOp>()] = [](Warp &warp, Operation *op) {
    auto arrive = cast<ArriveNamedOp>(op);
    arriveAt(warp, op, namedOf(warp, op, arrive.getId()), arrive.getThreads());
  };
  handlers[TypeID::get<BarrierInitOp>()] = [](Warp &warp, Operation *op) {
    auto init = cast<BarrierInitOp>(op);
    int64_t count = init.getCount();
    warp.block.barriers[warp.uniform(init.getBarrier(), op)] = {count, count};
  };
  handlers[TypeID::get<BarrierArriveOp>()] = [](Warp &warp, Operation *op) {
    auto arrive = cast<BarrierArriveOp>(op);
    for (unsigned lane = 0; lane < kWarpLanes; ++lane)
      if (warp.has(lane) && warp.at(arrive.getPredicate(), lane))
        warp.block.arrive(warp.at(arrive.getBarrier(), lane), op);
  };
  handlers[TypeID::get<BarrierExpectOp>()] = [](Warp &warp, Operation *op) {
    auto expect = cast<BarrierExpectOp>(op);
    for (unsigned lane = 0; lane < kWarpLanes; ++lane)
      if (warp.has(lane)) {
        uint64_t address = warp.at(expect.getBarrier(), lane);
        if (PhaseBarrier *barrier = warp.block.barrier(address, op))
          barrier->bytes += expect.getBytes();
        warp.block.arrive(address, op);
      }
  };
  handlers[TypeID::get<BarrierArriveCopiesOp>()] = [](Warp &warp, Operation *op) {
    warp.copies.push_back(
        {op, warp.mask(), 0, warp.get(op->getOperand(0)), LanesRef()});
  };
}
