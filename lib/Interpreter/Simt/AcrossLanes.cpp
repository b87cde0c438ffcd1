//===- AcrossLanes.cpp - shuffles, votes, special registers ---------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "BlockState.h"
#include "Warp.h"

using namespace mlir;
using namespace fovea::simt;

static void evaluateSpecial(Warp &warp, Operation *op) {
  Lanes result(kWarpLanes);
  for (unsigned lane = 0; lane < kWarpLanes; ++lane)
    switch (cast<SpecialOp>(op).getWhich()) {
    case Special::Thread:
      result[lane] = warp.number * kWarpLanes + lane;
      break;
    case Special::Block:
      result[lane] = warp.block.block;
      break;
    case Special::Blocks:
      result[lane] = warp.block.launch.options.blocks;
      break;
    }
  warp.set(op->getResult(0), std::move(result));
}

static void evaluateShuffle(Warp &warp, Operation *op) {
  warp.expectAllLanes(op);
  auto shuffle = cast<ShuffleOp>(op);
  Lanes result(kWarpLanes);
  for (unsigned lane = 0; lane < kWarpLanes; ++lane) {
    unsigned by = warp.at(shuffle.getLane(), lane), from = lane;
    switch (shuffle.getKind()) {
    case ShuffleKind::Xor:
      from = (lane ^ by) % kWarpLanes;
      break;
    case ShuffleKind::Index:
      from = by % kWarpLanes;
      break;
    case ShuffleKind::Up:
      from = by <= lane ? lane - by : lane;
      break;
    }
    result[lane] = warp.at(shuffle.getValue(), from);
  }
  warp.set(op->getResult(0), std::move(result));
}

static void evaluateBallot(Warp &warp, Operation *op) {
  warp.expectAllLanes(op);
  warp.set(op->getResult(0),
           Lanes(kWarpLanes, whereTrue(*warp.get(op->getOperand(0)))));
}

static void evaluateElect(Warp &warp, Operation *op) {
  warp.expectAllLanes(op);
  Lanes result(kWarpLanes);
  result[0] = 1;
  warp.set(op->getResult(0), std::move(result));
}

static void evaluateWarpReduce(Warp &warp, Operation *op) {
  warp.expectAllLanes(op);
  auto reduce = cast<WarpReduceOp>(op);
  uint64_t word = warp.at(reduce.getValue(), 0);
  for (unsigned lane = 1; lane < kWarpLanes; ++lane) {
    uint64_t other = warp.at(reduce.getValue(), lane);
    word = reduce.getKind() == WarpReduction::Or ? word | other : std::min(word, other);
  }
  warp.set(op->getResult(0), Lanes(kWarpLanes, word));
}

void fovea::simt::addAcrossLanes(Handlers &handlers) {
  handlers[TypeID::get<SpecialOp>()] = evaluateSpecial;
  handlers[TypeID::get<ShuffleOp>()] = evaluateShuffle;
  handlers[TypeID::get<BallotOp>()] = evaluateBallot;
  handlers[TypeID::get<ElectOp>()] = evaluateElect;
  handlers[TypeID::get<WarpReduceOp>()] = evaluateWarpReduce;
}
