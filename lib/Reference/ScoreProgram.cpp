//===- ScoreProgram.cpp - a score region, scalar by scalar ----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Reference/ScoreProgram.h"

#include "fovea/Dialect/Attn/IR/ScoreRegionGradient.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

#include <algorithm>
#include <cmath>

using namespace fovea;
using namespace fovea::reference;
using attn::ScoreOpKind;

ScoreProgram::ScoreProgram(mlir::Region &region,
                           llvm::ArrayRef<mlir::Value> resultValues,
                           llvm::ArrayRef<const Array *> learned)
    : learned(learned.vec()) {
  llvm::DenseMap<mlir::Value, unsigned> numbers;
  for (mlir::BlockArgument argument : region.getArguments())
    numbers[argument] = argument.getArgNumber();
  for (mlir::Operation &op : region.front().without_terminator()) {
    ScoreStep step{*attn::getScoreOpKind(&op), {}};
    for (mlir::Value operand : op.getOperands())
      step.operands.push_back(numbers.lookup(operand));
    if (step.kind == ScoreOpKind::Constant)
      step.constant = attn::getScoreConstant(&op);
    if (auto compare = mlir::dyn_cast<mlir::arith::CmpFOp>(op))
      step.predicate = unsigned(compare.getPredicate());
    if (auto compare = mlir::dyn_cast<mlir::arith::CmpIOp>(op))
      step.predicate = unsigned(compare.getPredicate());
    step.isApproximate = attn::isApproximate(&op);
    numbers[op.getResult(0)] = region.getNumArguments() + steps.size();
    steps.push_back(std::move(step));
  }
  results.clear();
  for (mlir::Value value : resultValues)
    results.push_back(numbers.lookup(value));
}

ScoreProgram::ScoreProgram(mlir::Region &region, llvm::ArrayRef<const Array *> learned)
    : learned(learned.vec()) {
  if (!region.empty())
    *this = ScoreProgram(region, attn::getRegionScore(region), learned);
}

ScoreProgram ScoreProgram::withDerivatives(mlir::Region &region,
                                           llvm::ArrayRef<const Array *> learned) {
  if (region.empty())
    return {region, learned};
  attn::ScoreRegionGradient gradient(region, /*byLearned=*/true);
  llvm::SmallVector<mlir::Value> values{attn::getRegionScore(gradient.getRegion())};
  llvm::append_range(values, gradient.getDerivatives());
  return {gradient.getRegion(), values, learned};
}

/// An integer step of i32 operands, without wrapping.
static int64_t computeInteger(ScoreOpKind kind, int64_t x, int64_t y) {
  using Op = ScoreOpKind;
  switch (kind) {
  case Op::AddI:
    return x + y;
  case Op::SubI:
    return x - y;
  case Op::MulI:
    return x * y;
  case Op::DivSI:
    return x / y;
  case Op::RemSI:
    return x % y;
  case Op::MinSI:
    return std::min(x, y);
  case Op::MaxSI:
    return std::max(x, y);
  case Op::AndI:
    return x & y;
  case Op::OrI:
    return x | y;
  case Op::XOrI:
    return x ^ y;
  default:
    llvm_unreachable("no integer step");
  }
}

static bool compareIntegers(unsigned predicate, int64_t x, int64_t y) {
  return mlir::arith::applyCmpPredicate(mlir::arith::CmpIPredicate(predicate),
                                        llvm::APInt(32, x, /*isSigned=*/true),
                                        llvm::APInt(32, y, /*isSigned=*/true));
}

double fovea::reference::computeStep(const ScoreStep &step, llvm::ArrayRef<double> x) {
  using Op = ScoreOpKind;
  switch (step.kind) {
  case Op::Constant:
    return step.constant;
  case Op::AddF:
    return x[0] + x[1];
  case Op::SubF:
    return x[0] - x[1];
  case Op::MulF:
    return x[0] * x[1];
  case Op::DivF:
    return x[0] / x[1];
  case Op::NegF:
    return -x[0];
  case Op::MaxNumF:
    return std::fmax(x[0], x[1]);
  case Op::MinNumF:
    return std::fmin(x[0], x[1]);
  case Op::CmpF:
    return mlir::arith::applyCmpPredicate(mlir::arith::CmpFPredicate(step.predicate),
                                          llvm::APFloat(x[0]), llvm::APFloat(x[1]));
  case Op::AbsF:
    return std::fabs(x[0]);
  case Op::Exp:
    return std::exp(x[0]);
  case Op::Exp2:
    return std::exp2(x[0]);
  case Op::Log:
    return std::log(x[0]);
  case Op::Log2:
    return std::log2(x[0]);
  case Op::Sqrt:
    return std::sqrt(x[0]);
  case Op::Tanh:
    return std::tanh(x[0]);
  case Op::CmpI:
    return compareIntegers(step.predicate, int64_t(x[0]), int64_t(x[1]));
  case Op::Select:
    return x[0] != 0 ? x[1] : x[2];
  case Op::SIToFP:
    return x[0];
  default:
    return int32_t(computeInteger(step.kind, int64_t(x[0]), int64_t(x[1])));
  }
}

ScoreFunction ScoreProgram::getFunction() const {
  if (isEmpty())
    return nullptr;
  return [program = *this](double score, int64_t query, int64_t key, int64_t head) {
    return program.run<double>(score, query, key, head, computeStep);
  };
}

ScoreGradient ScoreProgram::getGradient() const {
  if (isEmpty())
    return nullptr;
  return [program = *this](double score, int64_t query, int64_t key, int64_t head) {
    llvm::SmallVector<double, 4> values =
        program.runAll<double>(score, query, key, head, computeStep);
    ScoreDerivative derivative{values[0], values[1], {}};
    derivative.learned.append(values.begin() + 2, values.end());
    return derivative;
  };
}
