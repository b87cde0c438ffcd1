//===- Work.cpp - how much a kernel must do -------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Tuning/Work.h"

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/KeySetContract.h"
#include "fovea/Dialect/Attn/IR/Models.h"
#include "fovea/Tuning/TuningInterfaces.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace fovea;
using tuning::Work;
using tuning::WorkCounter;

static int64_t sizeOf(Value tensor, unsigned axis) {
  return cast<RankedTensorType>(tensor.getType()).getDimSize(axis);
}

static int64_t elementBytes(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getElementTypeBitWidth() / 8;
}

void WorkCounter::addArray(Value tensor, int64_t rows) {
  if (!counted.insert(tensor).second)
    return;
  double elements = 1;
  auto shape = cast<RankedTensorType>(tensor.getType()).getShape();
  for (auto [axis, size] : llvm::enumerate(shape))
    elements *= !ShapedType::isDynamic(size) ? size : axis == 0 ? rows : scoreColumns;
  work.bytes += elements * elementBytes(tensor);
}

void WorkCounter::read(Value tensor, int64_t rows) {
  Operation *producer = tensor.getDefiningOp();
  if (!producer || !root->isProperAncestor(producer))
    addArray(tensor, rows);
}

void WorkCounter::write(Value tensor, int64_t rows) {
  auto leaves = [&](OpOperand &use) {
    if (tensor.getDefiningOp() == root)
      return true;
    return isa<attn::YieldOp>(use.getOwner()) &&
           !root->getResult(use.getOperandNumber()).use_empty();
  };
  if (llvm::any_of(tensor.getUses(), leaves))
    addArray(tensor, rows);
}

double WorkCounter::countPairs(Operation *op, attn::KeySetInterface keys,
                               int64_t count) {
  FailureOr<double> pairs = attn::countPairs(op, keys, tokens, count);
  isWrong |= failed(pairs);
  return pairs.value_or(0);
}

void WorkCounter::addPairs(double pairs, Value q, Value k, Value v) {
  int64_t columns = sizeOf(k, 2) + (v ? sizeOf(v, 2) : 0);
  work.flops += 2 * pairs * sizeOf(q, 1) * columns;
  work.exps += pairs * sizeOf(q, 1);
  addTileReads(pairs, sizeOf(k, 1), columns, k);
}

void WorkCounter::addTileReads(double pairs, int64_t heads, int64_t columns,
                               Value rows) {
  work.keyBytes +=
      pairs / std::min(tileRows, tokens) * heads * columns * elementBytes(rows);
}

/// Special functions of a score region that each pair needs, as a GPU computes them.
static int64_t countSpecialFunctions(Region &region) {
  using Op = attn::ScoreOpKind;
  int64_t count = 0;
  for (Operation &op : region.front().without_terminator()) {
    if (attn::getScoreExtent(op.getResult(0)) != attn::ScoreExtent::Pair)
      continue;
    switch (*attn::getScoreOpKind(&op)) {
    case Op::Exp:
    case Op::Exp2:
    case Op::Log:
    case Op::Log2:
    case Op::Sqrt:
    case Op::SIToFP:
      count += 1;
      break;
    case Op::Tanh: // e^2x and a reciprocal
      count += attn::isApproximate(&op) ? 1 : 2;
      break;
    case Op::DivF:
      count += attn::getScoreExtent(op.getOperand(1)) != attn::ScoreExtent::Constant;
      break;
    default: // additions and the like, many times as fast
      break;
    }
  }
  return count;
}

void WorkCounter::addScoreRegion(double pairs, Value q, Region &region) {
  if (!region.empty())
    work.exps += pairs * sizeOf(q, 1) * countSpecialFunctions(region);
}

void WorkCounter::setScoreBlock(int64_t block) {
  scoreColumns = llvm::divideCeil(tokens, block);
}

int64_t tuning::getTileRows(Operation *root, tile::ScheduleAttr schedule) {
  auto op = dyn_cast<attn::KernelOpInterface>(root);
  bool ownsKeys = op && op.getTiling().kind == attn::TilingKind::Keys;
  return ownsKeys ? schedule.getKeys() : schedule.getTokens();
}

FailureOr<Work> tuning::countWork(Operation *root, int64_t tokens, int64_t tileRows) {
  WorkCounter counter(root, tokens, tileRows);
  WalkResult result = root->walk([&](attn::KernelOpInterface op) {
    auto model = attn::getModel<WorkOpInterface>(op, "a count of its work");
    if (!model)
      return WalkResult::interrupt();
    model.countWork(counter);
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  return counter.getWork();
}

/// Counts fit i64 but for absurd sequences, of which the most is said that does.
static int64_t toInteger(double count) {
  constexpr double limit = 0x1p63;
  return count < limit ? std::llround(count) : std::numeric_limits<int64_t>::max();
}

tile::WorkAttr tuning::toAttribute(const Work &work, MLIRContext *context) {
  return tile::WorkAttr::get(context, toInteger(work.flops), toInteger(work.exps),
                             toInteger(work.bytes), toInteger(work.keyBytes));
}

std::optional<Work> tuning::getWork(Operation *op) {
  auto work = op->getAttrOfType<tile::WorkAttr>(kWorkAttrName);
  if (!work)
    return std::nullopt;
  return Work{double(work.getFlops()), double(work.getExps()), double(work.getBytes()),
              double(work.getKeyBytes())};
}
