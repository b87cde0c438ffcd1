//===- FloatsAsBits.cpp - 16-bit floats that a CPU does not know ----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// LLVM legalizes whatever touches a float that the target does not know, a select or an
// element of a vector too, by widening it to f32 and back, and back is a call of
// __truncsfbf2 or __truncsfhf2. Which operations reach it is decided by its
// vectorizers, so no operation can be written such that none does. Hence no value of
// such a type reaches it: conversions are operations on f32 and its bits, and every
// type that has such a float in it has an integer of 16 bits instead.
//
//===----------------------------------------------------------------------===//

#include "FloatBuilder.h"
#include "fovea/Target/CPU/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"

#include <cstdint>

namespace fovea {
#define GEN_PASS_DEF_CPUFLOATSASBITSPASS
#include "fovea/Target/CPU/Passes.h.inc"
} // namespace fovea

using namespace mlir;
using namespace fovea;

namespace {
/// Writes the conversions of one operation. A narrow float is an i32 here, of which the
/// lower half is its bits and the upper half is 0.
struct Conversions : FloatBuilder {
  Value widen(Value narrow) {
    Value half = arith::BitcastOp::create(b, as(b.getI16Type()), narrow);
    Value bits = arith::ExtUIOp::create(b, intType(), half);
    bool isBf16 = getElementTypeOrSelf(narrow.getType()).isBF16();
    return isBf16 ? fromBits(shiftLeft(bits, 16)) : widenF16(bits);
  }
  Value narrow(Value wide, Type element) {
    Value bits = element.isBF16() ? narrowToBf16(wide) : narrowToF16(wide);
    Value half = arith::TruncIOp::create(b, as(b.getI16Type()), bits);
    return arith::BitcastOp::create(b, as(element), half);
  }

private:
  /// To the nearest, of two to the one whose last bit is 0. The last bit that stays is
  /// added below, so a tie carries into it just where it is 1.
  Value roundOff(Value bits, int32_t count, int32_t rebias) {
    Value last = both(shiftRight(bits, count), 1);
    Value biased = add(bits, rebias + (1 << (count - 1)) - 1);
    return shiftRight(add(biased, last), count);
  }
  Value narrowToBf16(Value wide) {
    Value rounded = roundOff(toBits(wide), 16, /*rebias=*/0);
    Value quiet = integer(0x7fc0);
    return pick(arith::CmpFPredicate::UNO, wide, wide, quiet, rounded);
  }

  // The formats of f16 (5 bits of exponent, 10 of fraction) in an f32's bits: exponents
  // differ by 112, fractions begin 13 bits higher.
  static constexpr int32_t kBias = 112 << 23;
  static constexpr int32_t kShift = 13;

  /// A number below 2^-14 has no leading one: a difference of two that do is exact, and
  /// unlike a product of its bits reads no f32 that a processor may take for 0.
  Value widenF16(Value bits) {
    Value sign = shiftLeft(both(bits, 0x8000), 16);
    Value magnitude = shiftLeft(both(bits, 0x7fff), kShift);
    Value normal = add(magnitude, kBias);
    Value special = add(magnitude, 2 * kBias); // infinity and NaN
    constexpr int32_t kSmallest = 113 << 23;
    Value one = fromBits(integer(kSmallest));
    Value above = fromBits(add(magnitude, kSmallest));
    Value small = toBits(arith::SubFOp::create(b, above, one));
    Value large = pickBelow(magnitude, 31 << 23, normal, special);
    Value result = pickBelow(magnitude, 1 << 23, small, large);
    return fromBits(either(result, sign));
  }
  /// Below 2^-14 the sum with 0.5, whose last bit is f16's smallest number, rounds.
  Value narrowToF16(Value wide) {
    Value bits = toBits(wide);
    Value sign = shiftRight(both(bits, INT32_MIN), 16);
    Value magnitude = both(bits, INT32_MAX);
    Value normal = roundOff(magnitude, kShift, -kBias);
    constexpr int32_t kHalf = 126 << 23;
    Value half = fromBits(integer(kHalf));
    Value sum = arith::AddFOp::create(b, fromBits(magnitude), half);
    Value small = add(toBits(sum), -kHalf);
    Value infinity = integer(0x7c00), quiet = integer(0x7e00);
    Value special = pickBelow(magnitude, (255 << 23) + 1, infinity, quiet);
    Value large = pickBelow(magnitude, (127 + 16) << 23, normal, special);
    Value result = pickBelow(magnitude, 113 << 23, small, large);
    return either(result, sign);
  }
};

class CpuFloatsAsBitsPass final
    : public fovea::impl::CpuFloatsAsBitsPassBase<CpuFloatsAsBitsPass> {
  using CpuFloatsAsBitsPassBase::CpuFloatsAsBitsPassBase;

  bool isKept(Type type) const {
    Type element = getElementTypeOrSelf(type);
    return element.isBF16() || (f16 && element.isF16());
  }
  bool isConversion(Operation *op) const {
    return (isa<arith::ExtFOp>(op) && isKept(op->getOperand(0).getType())) ||
           (isa<arith::TruncFOp>(op) && isKept(op->getResult(0).getType()));
  }
  LogicalResult check(Operation *op) const;
  void expand(Operation *op) const;
  AttrTypeReplacer getReplacer();
  void runOnOperation() override;
};
} // namespace

/// Refuses what computes with a narrow float otherwise than by a conversion that is
/// expanded here.
LogicalResult CpuFloatsAsBitsPass::check(Operation *op) const {
  if (!isa_and_nonnull<arith::ArithDialect, math::MathDialect>(op->getDialect()) ||
      isa<arith::ConstantOp, arith::SelectOp, arith::BitcastOp>(op))
    return success();
  if (auto truncation = dyn_cast<arith::TruncFOp>(op);
      truncation && isConversion(op) && truncation.getRoundingmode() &&
      *truncation.getRoundingmode() != arith::RoundingMode::to_nearest_even)
    return op->emitOpError() << "expected to_nearest_even, got "
                             << stringifyEnum(*truncation.getRoundingmode());
  SmallVector<Type> types = llvm::to_vector(op->getOperandTypes());
  llvm::append_range(types, op->getResultTypes());
  int64_t kept = llvm::count_if(types, [&](Type type) { return isKept(type); });
  int64_t wide = llvm::count_if(
      types, [](Type type) { return getElementTypeOrSelf(type).isF32(); });
  if (kept == 0 || (isConversion(op) && kept == 1 && wide == 1))
    return success();
  return op->emitOpError()
         << "expected 16-bit floats to be converted from and to f32, and moved, got "
         << op->getOperand(0).getType() << " to " << op->getResult(0).getType();
}

/// Replaces a conversion by operations on bits.
void CpuFloatsAsBitsPass::expand(Operation *op) const {
  Type from = op->getOperand(0).getType(), to = op->getResult(0).getType();
  ImplicitLocOpBuilder b(op->getLoc(), op);
  Conversions conversions{{b, isa<arith::ExtFOp>(op) ? to : from}};
  Value result = isa<arith::ExtFOp>(op)
                     ? conversions.widen(op->getOperand(0))
                     : conversions.narrow(op->getOperand(0), getElementTypeOrSelf(to));
  op->getResult(0).replaceAllUsesWith(result);
  op->erase();
}

/// Gives types and constants with narrow floats integers instead.
AttrTypeReplacer CpuFloatsAsBitsPass::getReplacer() {
  AttrTypeReplacer replacer;
  Type integer = IntegerType::get(&getContext(), 16);
  replacer.addReplacement([this, integer](FloatType type) -> std::optional<Type> {
    return isKept(type) ? std::optional(integer) : std::nullopt;
  });
  replacer.addReplacement([=](FloatAttr value) -> std::optional<Attribute> {
    if (!isKept(value.getType()))
      return std::nullopt;
    return IntegerAttr::get(integer, value.getValue().bitcastToAPInt());
  });
  replacer.addReplacement([=](DenseElementsAttr values) -> std::optional<Attribute> {
    if (!isKept(values.getType()))
      return std::nullopt;
    return values.bitcast(integer);
  });
  return replacer;
}

void CpuFloatsAsBitsPass::runOnOperation() {
  WalkResult checked = getOperation()->walk([&](Operation *op) {
    return failed(check(op)) ? WalkResult::interrupt() : WalkResult::advance();
  });
  if (checked.wasInterrupted())
    return signalPassFailure();
  SmallVector<Operation *> found;
  getOperation()->walk([&](Operation *op) {
    if (isConversion(op))
      found.push_back(op);
  });
  for (Operation *op : found)
    expand(op);
  getReplacer().recursivelyReplaceElementsIn(getOperation(), /*replaceAttrs=*/true,
                                             /*replaceLocs=*/false,
                                             /*replaceTypes=*/true);
}
