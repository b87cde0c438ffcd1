//===- ScoreGradient.cpp - the derivative of a score region ---------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Reference/ScoreProgram.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace fovea::reference;
using fovea::attn::ScoreOpKind;

/// What does not change adds nothing, however steep the function is there.
static double multiply(double derivative, double slope) {
  return slope == 0 ? 0 : derivative * slope;
}

double fovea::reference::differentiateStep(const ScoreStep &step,
                                           llvm::ArrayRef<double> x,
                                           llvm::ArrayRef<double> dx) {
  using Op = ScoreOpKind;
  double value = computeStep(step, x);
  switch (step.kind) {
  case Op::AddF:
    return dx[0] + dx[1];
  case Op::SubF:
    return dx[0] - dx[1];
  case Op::MulF:
    return multiply(x[1], dx[0]) + multiply(x[0], dx[1]);
  case Op::DivF:
    return multiply(1 / x[1], dx[0]) - multiply(value / x[1], dx[1]);
  case Op::NegF:
    return -dx[0];
  case Op::MaxNumF:
    return x[0] >= x[1] || std::isnan(x[1]) ? dx[0] : dx[1];
  case Op::MinNumF:
    return x[0] <= x[1] || std::isnan(x[1]) ? dx[0] : dx[1];
  case Op::AbsF:
    return x[0] > 0 ? dx[0] : x[0] < 0 ? -dx[0] : multiply(x[0], dx[0]); // 0, or NaN
  case Op::Exp:
    return multiply(value, dx[0]);
  case Op::Exp2:
    return multiply(value * llvm::numbers::ln2, dx[0]);
  case Op::Log:
    return multiply(1 / x[0], dx[0]);
  case Op::Log2:
    return multiply(1 / (x[0] * llvm::numbers::ln2), dx[0]);
  case Op::Sqrt:
    return multiply(1 / (2 * value), dx[0]);
  case Op::Tanh:
    return multiply(1 - value * value, dx[0]);
  case Op::Select:
    return x[0] != 0 ? dx[1] : dx[2];
  case Op::Constant:
  case Op::CmpF:
  case Op::AddI:
  case Op::SubI:
  case Op::MulI:
  case Op::DivSI:
  case Op::RemSI:
  case Op::MinSI:
  case Op::MaxSI:
  case Op::AndI:
  case Op::OrI:
  case Op::XOrI:
  case Op::CmpI:
  case Op::SIToFP:
    return 0;
  }
  llvm_unreachable("every kind is covered");
}

namespace {
/// A value, and what it changes by.
struct Dual {
  double value, slope = 0;
  Dual(double value, double slope = 0) : value(value), slope(slope) {}
};
} // namespace

static Dual computeDual(const ScoreStep &step, llvm::ArrayRef<Dual> operands) {
  llvm::SmallVector<double, 3> values, slopes;
  for (const Dual &operand : operands) {
    values.push_back(operand.value);
    slopes.push_back(operand.slope);
  }
  return {computeStep(step, values), differentiateStep(step, values, slopes)};
}

ScoreGradient ScoreProgram::getGradient() const {
  if (isEmpty())
    return nullptr;
  return [program = *this](double score, int64_t query, int64_t key, int64_t head) {
    // By one argument after the other: the score, then the learned numbers.
    auto runBy = [&](size_t argument) {
      llvm::SmallVector<Dual, 16> values{score, double(query), double(key),
                                         double(head)};
      for (const Array *array : program.learned)
        values.push_back(array->at(head));
      values[argument].slope = 1;
      return program.run<Dual>(values, computeDual);
    };
    Dual byScore = runBy(size_t(attn::ScoreArgument::Score));
    ScoreDerivative derivative{byScore.value, byScore.slope, {}};
    for (size_t i = 0; i < program.learned.size(); ++i)
      derivative.learned.push_back(runBy(attn::kFirstLearned + i).slope);
    return derivative;
  };
}
