//===- Compute.cpp - products, reductions, and what spreads values --------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Machine.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace fovea::tile;

static RankedTensorType typeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

TileRef fovea::tile::multiply(const Tile &lhs, const Tile &rhs, const Tile &acc,
                              bool transposeRhs, std::pair<int64_t, int64_t> rows) {
  int64_t inner = lhs.columns(), columns = acc.columns();
  std::vector<float> transposed;
  const float *right = rhs.floats.data();
  if (transposeRhs) {
    transposed.resize(rhs.size());
    for (int64_t n = 0; n < columns; ++n)
      for (int64_t k = 0; k < inner; ++k)
        transposed[k * columns + n] = rhs.floats[n * inner + k];
    right = transposed.data();
  }
  auto result = std::make_shared<Tile>(acc);
  for (int64_t m = 0; m < acc.rows(); ++m) {
    float *row = result->floats.data() + m * columns;
    if (m < rows.first || m >= rows.second) {
      std::fill_n(row, columns, NAN);
      continue;
    }
    for (int64_t k = 0; k < inner; ++k) {
      float factor = lhs.floats[m * inner + k];
      for (int64_t n = 0; n < columns; ++n)
        row[n] += factor * right[k * columns + n];
    }
  }
  return result;
}

static void evaluateDot(DotOp op, Machine &machine) {
  TileRef lhs = machine.tile(op.getLhs(), op), rhs = machine.tile(op.getRhs(), op);
  TileRef acc = machine.tile(op.getAcc(), op);
  if (lhs && rhs && acc)
    machine.set(op, multiply(*lhs, *rhs, *acc, op.getTransposeRhs(),
                             machine.ownRows(acc->rows())));
}

/// Whether each `group` rows of a fragment lie in one warpgroup, or in none of this
/// machine's: warpgroups meet in rings only, so no sum can be over rows of two.
static bool checkOneGroup(ReduceOp op, int64_t rows, int64_t group, Machine &machine) {
  auto [begin, end] = machine.ownRows(rows);
  bool isFragment = isa_and_nonnull<FragmentAttr>(typeOf(op.getInput()).getEncoding());
  if (!isFragment || (begin % group == 0 && (end % group == 0 || end == rows)))
    return true;
  machine.world.findings.report(
      FindingKind::Race, op.getLoc(),
      llvm::formatv("a value of group {0} is reduced from {1} rows that other "
                    "warpgroups hold too",
                    machine.group, group));
  return false;
}

/// Along `axis`, each `group` consecutive elements become one, in ascending order.
static void evaluateReduce(ReduceOp op, Machine &machine) {
  TileRef input = machine.tile(op.getInput(), op);
  if (!input)
    return;
  auto result = std::make_shared<Tile>(typeOf(op.getResult()));
  bool sum = op.getKind() == ReduceKind::Add, downRows = op.getAxis() == 0;
  float identity = sum ? 0.0f : -std::numeric_limits<float>::infinity();
  int64_t rows = input->rows(), columns = input->columns();
  int64_t group = op.getGroup().value_or(downRows ? rows : columns);
  if (downRows && !checkOneGroup(op, rows, group, machine))
    return;
  auto [begin, end] =
      downRows ? std::pair<int64_t, int64_t>(0, rows) : machine.ownRows(rows);
  int64_t outColumns = downRows ? columns : columns / group;
  for (int64_t r = begin; r < end; ++r)
    for (int64_t c = 0; c < columns; ++c) {
      float &to = result->floats[downRows ? r / group * outColumns + c
                                          : r * outColumns + c / group];
      float from = input->floats[r * columns + c];
      float before = (downRows ? r : c) % group == 0 ? identity : to;
      to = sum ? before + from : std::fmax(before, from);
    }
  machine.set(op, TileRef(result));
}

/// A tile whose element i is the input's at(i).
template <typename At>
static void gather(Operation *op, Value source, Machine &machine, At at) {
  TileRef input = machine.tile(source, op);
  if (!input)
    return;
  auto result = std::make_shared<Tile>(typeOf(op->getResult(0)));
  auto [begin, end] = machine.ownElements(typeOf(op->getResult(0)));
  for (int64_t i = begin; i < end; ++i)
    if (result->isFloat)
      result->floats[i] = input->floats[at(i)];
    else
      result->ints[i] = input->ints[at(i)];
  machine.set(op->getResult(0), TileRef(result));
}

static void evaluatePositions(PositionsOp op, Machine &machine) {
  auto result = std::make_shared<Tile>(typeOf(op.getResult()));
  int64_t base = machine.integer(op.getBase()), repeat = op.getRepeat();
  for (int64_t i = 0, size = result->size(); i < size; ++i)
    result->ints[i] = base + i / repeat;
  machine.set(op, TileRef(result));
}

/// Whether one of the tokens that this machine's rows belong to is listed.
static void evaluateAnyToken(AnyTokenOp op, Machine &machine) {
  TileRef tokens = machine.tile(op.getTokens(), op);
  int64_t heads = op.getHeads();
  auto [begin, end] = machine.ownRows(tokens->size() * heads);
  bool some = false;
  for (int64_t row = begin; row < end; row += 1)
    some |= tokens->ints[row / heads] != 0;
  machine.set(op, int64_t(some));
}

bool fovea::tile::evaluateCompute(Operation *op, Machine &machine) {
  if (auto dot = dyn_cast<DotOp>(op))
    evaluateDot(dot, machine);
  else if (auto reduce = dyn_cast<ReduceOp>(op))
    evaluateReduce(reduce, machine);
  else if (auto broadcast = dyn_cast<BroadcastOp>(op)) {
    int64_t columns = typeOf(broadcast.getResult()).getDimSize(1);
    bool alongRows = broadcast.getAxis() == 1;
    gather(op, broadcast.getInput(), machine,
           [&](int64_t i) { return alongRows ? i / columns : i % columns; });
  } else if (auto repeat = dyn_cast<RepeatOp>(op)) {
    int64_t times = repeat.getTimes();
    gather(op, repeat.getInput(), machine, [&](int64_t i) { return i / times; });
  } else if (auto operand = dyn_cast<AsOperandOp>(op)) {
    // Products of a kernel that is not placed take f32.
    gather(op, operand.getInput(), machine, [](int64_t i) { return i; });
  } else if (auto positions = dyn_cast<PositionsOp>(op)) {
    evaluatePositions(positions, machine);
  } else if (auto any = dyn_cast<AnyTokenOp>(op)) {
    evaluateAnyToken(any, machine);
  } else {
    return false;
  }
  return true;
}
