//===- ScoreRange.cpp - how large scores can be ---------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/ScoreRange.h"

#include "fovea/Dialect/Attn/IR/ScoreRegion.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>

using namespace mlir;
using namespace fovea::attn;
using llvm::ArrayRef;

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr ScoreRange anything = {-infinity, infinity};

double ScoreRange::getLargestMagnitude() const {
  return std::max(std::fabs(low), std::fabs(high));
}

namespace {
/// What a value may be; only a constant is known not to be NaN.
struct Known : ScoreRange {
  bool isNumber = false;
};
} // namespace

/// The smallest range of these, of which none may be NaN: infinity less infinity is no
/// number, so that the rest tells nothing.
static ScoreRange hull(std::initializer_list<double> ends) {
  if (llvm::any_of(ends, [](double end) { return std::isnan(end); }))
    return anything;
  return {std::min(ends), std::max(ends)};
}

/// As a bound of a product: a factor of 0 keeps it 0, or makes it NaN.
static double multiply(double x, double y) { return x == 0 || y == 0 ? 0 : x * y; }

static ScoreRange getProductRange(ScoreRange x, ScoreRange y) {
  return hull({multiply(x.low, y.low), multiply(x.low, y.high), multiply(x.high, y.low),
               multiply(x.high, y.high)});
}

static ScoreRange getQuotientRange(ScoreRange x, ScoreRange y) {
  if (y.low <= 0 && y.high >= 0)
    return anything;
  return getProductRange(x, hull({1 / y.low, 1 / y.high}));
}

/// Of an operation that takes the other operand where one is NaN.
static ScoreRange getMinimumRange(const Known &x, const Known &y) {
  double high = std::min(x.high, y.high);
  if (!x.isNumber)
    high = std::max(high, y.high);
  if (!y.isNumber)
    high = std::max(high, x.high);
  return {std::min(x.low, y.low), high};
}

static Known getConstant(double value) {
  return std::isnan(value) ? Known{anything} : Known{{value, value}, true};
}

static Known negate(const Known &x) { return {{-x.high, -x.low}, x.isNumber}; }

/// Of a function that never falls; below `from` it gives no number.
static ScoreRange getRising(double (*function)(double), ScoreRange x,
                            double from = -infinity) {
  if (x.high < from)
    return anything;
  return hull({function(std::max(x.low, from)), function(x.high)});
}

static ScoreRange getRange(ScoreOpKind kind, ArrayRef<Known> x) {
  using Op = ScoreOpKind;
  switch (kind) {
  case Op::AddF:
    return hull({x[0].low + x[1].low, x[0].high + x[1].high});
  case Op::SubF:
    return hull({x[0].low - x[1].high, x[0].high - x[1].low});
  case Op::MulF:
    return getProductRange(x[0], x[1]);
  case Op::DivF:
    return getQuotientRange(x[0], x[1]);
  case Op::NegF:
    return negate(x[0]);
  case Op::MinNumF:
    return getMinimumRange(x[0], x[1]);
  case Op::MaxNumF: {
    ScoreRange least = getMinimumRange(negate(x[0]), negate(x[1]));
    return {-least.high, -least.low};
  }
  case Op::AbsF:
    return {std::max({0.0, x[0].low, -x[0].high}), x[0].getLargestMagnitude()};
  case Op::Exp:
    return getRising(std::exp, x[0]);
  case Op::Exp2:
    return getRising(std::exp2, x[0]);
  case Op::Log:
    return getRising(std::log, x[0], 0);
  case Op::Log2:
    return getRising(std::log2, x[0], 0);
  case Op::Sqrt:
    return getRising(std::sqrt, x[0], 0);
  case Op::Tanh:
    return getRising(std::tanh, x[0]);
  case Op::Select:
    return {std::min(x[1].low, x[2].low), std::max(x[1].high, x[2].high)};
  case Op::SIToFP:
    return {-0x1p31, 0x1p31};
  default: // integers, which no f32 comes from but by SIToFP
    return anything;
  }
}

ScoreRange fovea::attn::getScoreRange(Region &region) {
  if (region.empty())
    return anything;
  llvm::DenseMap<Value, Known> known;
  for (BlockArgument argument : region.getArguments())
    known[argument] = {anything};
  for (Operation &op : region.front().without_terminator()) {
    ScoreOpKind kind = *getScoreOpKind(&op);
    llvm::SmallVector<Known, 3> operands;
    for (Value operand : op.getOperands())
      operands.push_back(known.lookup(operand));
    known[op.getResult(0)] = kind == ScoreOpKind::Constant
                                 ? getConstant(getScoreConstant(&op))
                                 : Known{getRange(kind, operands)};
  }
  return known.lookup(getRegionScore(region));
}
