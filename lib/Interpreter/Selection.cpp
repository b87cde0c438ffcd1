//===- Selection.cpp - visits, block scores, top-k ------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Machine.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace fovea::tile;

static RankedTensorType typeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

namespace {
/// The range and the flags that both producers of visits give.
struct VisitBounds {
  template <typename OpTy>
  VisitBounds(OpTy op, Machine &machine)
      : begin(machine.integer(op.getBegin())), end(machine.integer(op.getEnd())),
        fullBegin(machine.integer(op.getFullBegin())),
        fullEnd(machine.integer(op.getFullEnd())) {
    if (end - begin <= machine.world.options.maxSteps)
      return;
    machine.world.findings.report(FindingKind::Deadlock, op.getLoc(),
                                  "the block visits keys without an end");
    end = begin;
  }
  bool isMasked(int64_t block) const { return block < fullBegin || block >= fullEnd; }

  int64_t begin, end, fullBegin, fullEnd;
};
} // namespace

static void evaluateRange(VisitRangeOp op, Machine &machine) {
  VisitBounds bounds(op, machine);
  auto visits = std::make_shared<std::vector<Visit>>();
  for (int64_t block = bounds.begin; block < bounds.end; ++block)
    visits->push_back({block, bounds.isMasked(block), nullptr});
  machine.set(op, VisitsRef(visits));
}

/// Each block of the range that some row lists, with the rows that do.
static void evaluateLists(VisitListsOp op, Machine &machine) {
  VisitBounds bounds(op, machine);
  TileRef lists = machine.tile(op.getLists(), op);
  auto tokensType =
      RankedTensorType::get({lists->rows()}, IntegerType::get(op.getContext(), 1));
  int64_t split = op.getSplit(), columns = lists->columns();
  auto visits = std::make_shared<std::vector<Visit>>();
  for (int64_t block = bounds.begin; block < bounds.end; ++block) {
    auto tokens = std::make_shared<Tile>(tokensType);
    bool some = false;
    for (int64_t i = 0; i < lists->size(); ++i)
      if (lists->ints[i] == block / split) {
        tokens->ints[i / columns] = 1;
        some = true;
      }
    if (some)
      visits->push_back({block, bounds.isMasked(block), tokens});
  }
  machine.set(op, VisitsRef(visits));
}

/// As `band_sum` is defined: what the windows of this tile give to its own blocks, and
/// to those past it.
static void evaluateBandSum(BandSumOp op, Machine &machine) {
  TileRef input = machine.tile(op.getInput(), op);
  TileRef carry = machine.tile(op.getCarry(), op);
  if (!input || !carry)
    return;
  auto scores = std::make_shared<Tile>(typeOf(op.getScores()));
  auto newCarry = std::make_shared<Tile>(typeOf(op.getNewCarry()));
  int64_t windows = input->columns(), blocks = scores->columns();
  int64_t halo = carry->columns();
  for (int64_t row = 0; row < input->rows(); ++row)
    for (int64_t j = 0; j < blocks + halo; ++j) {
      float sum = j < halo ? carry->floats[row * halo + j] : 0.0f;
      for (int64_t i = 0; i < windows; ++i)
        if (int64_t weight = BandSumOp::getWeight(i, j, op.getWindow(), op.getStride(),
                                                  op.getInto()))
          sum += float(weight) * input->floats[row * windows + i];
      if (j < blocks)
        scores->floats[row * blocks + j] = sum;
      else
        newCarry->floats[row * halo + j - blocks] = sum;
    }
  machine.set(op.getScores(), TileRef(scores));
  machine.set(op.getNewCarry(), TileRef(newCarry));
}

static void evaluateBlockMax(BlockMaxOp op, Machine &machine) {
  TileRef input = machine.tile(op.getInput(), op);
  if (!input)
    return;
  auto scores = std::make_shared<Tile>(typeOf(op.getScores()));
  int64_t keys = op.getKeys();
  for (int64_t j = 0; j < scores->size(); ++j) {
    float best = -std::numeric_limits<float>::infinity();
    for (int64_t i = j * keys; i < (j + 1) * keys; ++i)
      best = std::fmax(best, input->floats[i]); // NaN does not count
    scores->floats[j] = best;
  }
  machine.set(op, TileRef(scores));
}

static void evaluateTopkUpdate(TopkUpdateOp op, Machine &machine) {
  TileRef scores = machine.tile(op.getScores(), op);
  TileRef oldValues = machine.tile(op.getValues(), op);
  TileRef oldIndices = machine.tile(op.getIndices(), op);
  if (!scores || !oldValues || !oldIndices)
    return;
  auto values = std::make_shared<Tile>(*oldValues);
  auto indices = std::make_shared<Tile>(*oldIndices);
  int64_t count = values->columns(), columns = scores->columns();
  int64_t base = machine.integer(op.getBase());
  for (int64_t row = 0; row < values->rows(); ++row)
    for (int64_t column = 0; column < columns; ++column) {
      float score = scores->floats[row * columns + column];
      float *best = &values->floats[row * count];
      int32_t *names = &indices->ints[row * count];
      if (!(score > best[count - 1])) // false for NaN, and for -inf
        continue;
      int64_t at = count - 1;
      for (; at > 0 && score > best[at - 1]; --at) {
        best[at] = best[at - 1];
        names[at] = names[at - 1];
      }
      best[at] = score;
      names[at] = base + column;
    }
  machine.set(op.getNewValues(), TileRef(values));
  machine.set(op.getNewIndices(), TileRef(indices));
}

static void evaluateTopkIndices(TopkIndicesOp op, Machine &machine) {
  TileRef indices = machine.tile(op.getIndices(), op);
  if (!indices)
    return;
  auto sorted = std::make_shared<Tile>(*indices);
  int64_t columns = sorted->columns();
  for (int64_t row = 0; row < sorted->rows(); ++row)
    std::sort(&sorted->ints[row * columns], &sorted->ints[row * columns] + columns,
              [](uint32_t x, uint32_t y) { return x < y; }); // -1 last
  machine.set(op, TileRef(sorted));
}

bool fovea::tile::evaluateSelection(Operation *op, Machine &machine) {
  if (auto range = dyn_cast<VisitRangeOp>(op))
    evaluateRange(range, machine);
  else if (auto lists = dyn_cast<VisitListsOp>(op))
    evaluateLists(lists, machine);
  else if (auto band = dyn_cast<BandSumOp>(op))
    evaluateBandSum(band, machine);
  else if (auto blockMax = dyn_cast<BlockMaxOp>(op))
    evaluateBlockMax(blockMax, machine);
  else if (auto update = dyn_cast<TopkUpdateOp>(op))
    evaluateTopkUpdate(update, machine);
  else if (auto topk = dyn_cast<TopkIndicesOp>(op))
    evaluateTopkIndices(topk, machine);
  else
    return false;
  return true;
}
