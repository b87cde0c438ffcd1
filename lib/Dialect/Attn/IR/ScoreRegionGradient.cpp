//===- ScoreRegionGradient.cpp - what a score changes by ------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/ScoreRegionGradient.h"

#include "fovea/Dialect/Attn/IR/ScoreRegion.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"

#include <cmath>

using namespace mlir;
using namespace fovea::attn;
using arith::CmpFPredicate;

namespace {

/// Emits what the values of a region change by, by one of its arguments. A null slope
/// is 0.
class Differentiator {
public:
  Differentiator(OpBuilder &builder, BlockArgument argument)
      : builder(builder), loc(argument.getLoc()) {
    slopes[argument] = constant(1);
  }

  /// Of `score`, behind the operations.
  Value run(ArrayRef<Operation *> operations, Value score) {
    for (Operation *op : operations)
      if (Value slope = differentiate(op))
        slopes[op->getResult(0)] = slope;
    return orZero(slopes.lookup(score));
  }

private:
  Value differentiate(Operation *op);
  Value differentiateFunction(ScoreOpKind kind, Value x, Value y, Value slope);

  template <typename OpT, typename... Args> Value create(Args... args) {
    return OpT::create(builder, loc, args...);
  }
  Value constant(double value) {
    return create<arith::ConstantOp>(builder.getF32FloatAttr(value));
  }
  Value compare(CmpFPredicate predicate, Value x, Value y) {
    return create<arith::CmpFOp>(predicate, x, y);
  }
  Value orZero(Value slope) { return slope ? slope : constant(0); }

  Value add(Value x, Value y) { return !x ? y : !y ? x : create<arith::AddFOp>(x, y); }
  Value negate(Value slope) { return slope ? create<arith::NegFOp>(slope) : Value(); }
  Value subtract(Value x, Value y) {
    return !x ? negate(y) : !y ? x : create<arith::SubFOp>(x, y);
  }
  /// The first one of `x`, `y` where `condition` holds.
  Value choose(Value condition, Value x, Value y) {
    if (!x && !y)
      return {};
    Value taken = orZero(x), other = orZero(y);
    return create<arith::SelectOp>(condition, taken, other);
  }

  Value multiply(Value derivative, Value slope);
  Value divide(Value slope, Value divisor);
  Value getReciprocal(Value value) {
    Value one = constant(1);
    return create<arith::DivFOp>(one, value);
  }
  Value timesLn2(Value value);
  Value isSecond(Operation *op, CmpFPredicate isWorse);

  OpBuilder &builder;
  Location loc;
  DenseMap<Value, Value> slopes;
};

} // namespace

static std::optional<double> getNumber(Value value) {
  auto op = value.getDefiningOp<arith::ConstantOp>();
  return op ? std::optional(getScoreConstant(op)) : std::nullopt;
}

/// Whether a value is the quotient or product of constants, none of them 0 or infinite:
/// no factor is lost in it, and none grows beyond it.
static bool isFactor(Value value) {
  if (std::optional<double> number = getNumber(value))
    return std::isfinite(*number) && *number != 0;
  Operation *op = value.getDefiningOp();
  return isa_and_present<arith::MulFOp, arith::DivFOp, arith::NegFOp>(op) &&
         llvm::all_of(op->getOperands(), isFactor);
}

/// What does not change adds nothing, however steep the function is there.
Value Differentiator::multiply(Value derivative, Value slope) {
  if (!slope || getNumber(slope) == 1)
    return slope ? derivative : Value();
  Value product = create<arith::MulFOp>(derivative, slope);
  if (isFactor(slope) || isFactor(derivative))
    return product;
  Value zero = constant(0);
  Value isFlat = compare(CmpFPredicate::OEQ, slope, zero);
  return create<arith::SelectOp>(isFlat, zero, product);
}

Value Differentiator::divide(Value slope, Value divisor) {
  if (slope && isFactor(divisor))
    return create<arith::DivFOp>(slope, divisor);
  return slope ? multiply(getReciprocal(divisor), slope) : Value();
}

/// A logarithm of a constant: the reference takes it in double, where a number of f32
/// would not be ln 2.
Value Differentiator::timesLn2(Value value) {
  Value two = constant(2);
  Value ln2 = create<math::LogOp>(two);
  return create<arith::MulFOp>(value, ln2);
}

/// Of a maximum or a minimum whether it is the second operand: the first one is worse,
/// or NaN. It is the first where the second is NaN.
Value Differentiator::isSecond(Operation *op, CmpFPredicate isWorse) {
  Value x = op->getOperand(0), y = op->getOperand(1);
  Value second = compare(isWorse, x, y);
  if (std::optional<double> number = getNumber(y); number && !std::isnan(*number))
    return second;
  Value isNumber = compare(CmpFPredicate::ORD, y, y);
  return create<arith::AndIOp>(second, isNumber);
}

/// Of a function of one operand x that is y.
Value Differentiator::differentiateFunction(ScoreOpKind kind, Value x, Value y,
                                            Value slope) {
  using Op = ScoreOpKind;
  switch (kind) {
  case Op::Exp:
    return multiply(y, slope);
  case Op::Exp2:
    return multiply(timesLn2(y), slope);
  case Op::Log:
    return divide(slope, x);
  case Op::Log2:
    return divide(slope, timesLn2(x));
  case Op::Sqrt: {
    Value two = constant(2);
    return divide(slope, create<arith::MulFOp>(two, y));
  }
  case Op::Tanh: {
    Value one = constant(1), square = create<arith::MulFOp>(y, y);
    return multiply(create<arith::SubFOp>(one, square), slope);
  }
  case Op::AbsF: {
    Value zero = constant(0), negative = negate(slope);
    Value isBelow = compare(CmpFPredicate::OLT, x, zero);
    Value below = choose(isBelow, negative, Value());
    return choose(compare(CmpFPredicate::OGT, x, zero), slope, below);
  }
  default:
    llvm_unreachable("no function");
  }
}

Value Differentiator::differentiate(Operation *op) {
  using Op = ScoreOpKind;
  auto get = [&](unsigned i) { return op->getOperand(i); };
  auto slopeOf = [&](unsigned i) { return slopes.lookup(get(i)); };
  Value y = op->getResult(0);
  switch (ScoreOpKind kind = *getScoreOpKind(op)) {
  case Op::AddF:
    return add(slopeOf(0), slopeOf(1));
  case Op::SubF:
    return subtract(slopeOf(0), slopeOf(1));
  case Op::MulF: {
    Value byFirst = multiply(get(1), slopeOf(0));
    return add(byFirst, multiply(get(0), slopeOf(1)));
  }
  case Op::DivF: {
    Value byFirst = divide(slopeOf(0), get(1));
    if (!slopeOf(1))
      return byFirst;
    Value ratio = create<arith::DivFOp>(y, get(1));
    return subtract(byFirst, multiply(ratio, slopeOf(1)));
  }
  case Op::NegF:
    return negate(slopeOf(0));
  case Op::MaxNumF:
  case Op::MinNumF:
    if (!slopeOf(0) && !slopeOf(1))
      return {};
    return choose(
        isSecond(op, kind == Op::MaxNumF ? CmpFPredicate::ULT : CmpFPredicate::UGT),
        slopeOf(1), slopeOf(0));
  case Op::Select:
    return choose(get(0), slopeOf(1), slopeOf(2));
  case Op::AbsF:
  case Op::Exp:
  case Op::Exp2:
  case Op::Log:
  case Op::Log2:
  case Op::Sqrt:
  case Op::Tanh:
    return slopeOf(0) ? differentiateFunction(kind, get(0), y, slopeOf(0)) : Value();
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
    return {};
  }
  llvm_unreachable("every kind is covered");
}

ScoreRegionGradient::ScoreRegionGradient(Region &original, bool byLearned) {
  if (original.empty())
    return;
  cloneScoreRegion(original, region);
  Block &block = region.front();
  SmallVector<Operation *> operations;
  for (Operation &op : block.without_terminator())
    operations.push_back(&op);
  OpBuilder builder(block.getTerminator());
  Value score = getRegionScore(region);
  auto differentiateBy = [&](BlockArgument argument) {
    derivatives.push_back(Differentiator(builder, argument).run(operations, score));
  };
  differentiateBy(block.getArgument(unsigned(ScoreArgument::Score)));
  if (byLearned)
    llvm::for_each(block.getArguments().drop_front(kFirstLearned), differentiateBy);
}
