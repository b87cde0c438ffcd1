//===- ScoreBound.cpp - how exact a score region can be -------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// For each step two numbers: how far its result is off where its operands are, which
// the step's slope says, and what the step rounds itself (docs/numerics.md). A
// comparison of numbers that are nearer than their errors may go either way, and then a
// select may be off by all that its two values differ.
//
//===----------------------------------------------------------------------===//

#include "fovea/Numerics/ErrorBounds.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace fovea;
using attn::ScoreOpKind;
using llvm::ArrayRef;
using reference::ScoreStep;

static constexpr double u = f32Roundoff;
/// A value past this may overflow in f32.
static constexpr double largestValue = 0x1p126;

/// How far log x may be off where x is by `error`.
static double boundLogarithm(double x, double error) {
  if (error == 0)
    return 0;
  return error < x ? -std::log1p(-error / x) : kInfinity;
}

/// How far the result may be off for its operands are.
static double boundOperands(const ScoreStep &step, ArrayRef<BoundedScore> x,
                            double value) {
  using Op = ScoreOpKind;
  auto size = [&](unsigned i) { return std::fabs(x[i].score); };
  auto error = [&](unsigned i) { return x[i].error; };
  switch (step.kind) {
  case Op::Constant:
    return 0;
  case Op::NegF:
  case Op::AbsF:
  case Op::SIToFP:
    return error(0);
  case Op::AddF:
  case Op::SubF:
  case Op::AddI:
  case Op::SubI:
    return error(0) + error(1);
  case Op::MulF:
  case Op::MulI:
    return size(0) * error(1) + size(1) * error(0) + error(0) * error(1);
  case Op::DivF:
    return error(1) < size(1)
               ? (error(0) + std::fabs(value) * error(1)) / (size(1) - error(1))
               : kInfinity;
  case Op::MaxNumF:
  case Op::MinNumF:
  case Op::MinSI:
  case Op::MaxSI:
    return std::max(error(0), error(1));
  case Op::Exp:
    return value * std::expm1(error(0));
  case Op::Exp2:
    return value * std::expm1(error(0) * llvm::numbers::ln2);
  case Op::Log:
    return boundLogarithm(x[0].score, error(0));
  case Op::Log2:
    return boundLogarithm(x[0].score, error(0)) * llvm::numbers::log2e;
  case Op::Sqrt:
    return error(0) <= x[0].score ? value - std::sqrt(x[0].score - error(0))
                                  : kInfinity;
  case Op::Tanh: {
    double least = std::tanh(std::max(0.0, size(0) - error(0)));
    return std::min(2.0, (1 - least * least) * error(0));
  }
  case Op::CmpF:
    if (step.predicate == unsigned(mlir::arith::CmpFPredicate::ORD))
      return 0; // a number is one, however far it is off
    [[fallthrough]];
  case Op::CmpI: // 1: either way
    return std::fabs(x[0].score - x[1].score) <= error(0) + error(1);
  case Op::Select: {
    const BoundedScore &taken = x[x[0].score != 0 ? 1 : 2];
    return error(0) == 0 || x[1].score == x[2].score
               ? std::max(taken.error, error(0) == 0 ? 0 : std::max(error(1), error(2)))
               : std::fabs(x[1].score - x[2].score) + std::max(error(1), error(2));
  }
  case Op::DivSI:
  case Op::RemSI:
  case Op::AndI:
  case Op::OrI:
  case Op::XOrI: // of bits: 1 either way
    return value == 0 || value == 1 ? 1 : kInfinity;
  }
  llvm_unreachable("every step is covered");
}

/// What a device rounds in one step. Factors may be multiplied before they meet a
/// value, and a division by a constant is one of them.
static double boundRounding(const ScoreStep &step, ArrayRef<BoundedScore> x,
                            double value) {
  using Op = ScoreOpKind;
  double size = std::fabs(value);
  switch (step.kind) {
  case Op::AddF:
  case Op::SubF:
  case Op::MulF:
    return 2 * u * size + f32Smallest;
  case Op::DivF:
    return 4 * u * size + f32Smallest;
  case Op::SIToFP:
    return u * size;
  case Op::Exp: // as 2^(x log2 e)
    return (2 * std::fabs(x[0].score) + 8) * u * size + f32Smallest;
  case Op::Exp2:
  case Op::Sqrt:
    return 8 * u * size + f32Smallest;
  case Op::Log:
  case Op::Log2:
    return 20 * u * std::max(1.0, size);
  case Op::Tanh:
    return 16 * u + (step.isApproximate ? 0x1p-10 / std::sqrt(2.0) * size : 0);
  default: // exact
    return 0;
  }
}

static BoundedScore boundStep(const ScoreStep &step, ArrayRef<BoundedScore> operands) {
  llvm::SmallVector<double, 3> values;
  bool isExact = true;
  for (const BoundedScore &operand : operands) {
    values.push_back(operand.score);
    isExact &= operand.error == 0;
  }
  double value = computeStep(step, values);
  double error = (isExact ? 0 : boundOperands(step, operands, value));
  if (std::isfinite(value))
    error += boundRounding(step, operands, value);
  if (std::isfinite(value) && std::fabs(value) > largestValue)
    error = kInfinity;
  return {value, std::isnan(error) ? kInfinity : error};
}

BoundedScore fovea::getBoundedScore(const reference::ScoreProgram &program,
                                    BoundedScore score, int64_t query, int64_t key,
                                    int64_t head) {
  return getBoundedScores(program, score, query, key, head).front();
}

llvm::SmallVector<BoundedScore, 4>
fovea::getBoundedScores(const reference::ScoreProgram &program, BoundedScore score,
                        int64_t query, int64_t key, int64_t head) {
  if (program.isEmpty())
    return {score};
  llvm::SmallVector<BoundedScore, 4> results =
      program.runAll<BoundedScore>(score, query, key, head, boundStep);
  // Softmax multiplies by log2 e, and by the region's last factor.
  BoundedScore &result = results.front();
  if (std::isfinite(result.score))
    result.error += 4 * u * std::fabs(result.score);
  return results;
}
