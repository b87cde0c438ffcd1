//===- KeySetBuilder.cpp - arithmetic that key sets write -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/KeySetBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace fovea::attn;

Value KeySetBuilder::constant(int64_t value) {
  return arith::ConstantIndexOp::create(builder, builder.getLoc(), value);
}

Value KeySetBuilder::like(Value model, int64_t value) {
  Type type = model.getType();
  Attribute attr = builder.getIntegerAttr(getElementTypeOrSelf(type), value);
  if (auto shaped = dyn_cast<ShapedType>(type))
    attr = DenseElementsAttr::get(shaped, attr);
  return arith::ConstantOp::create(builder, builder.getLoc(), cast<TypedAttr>(attr));
}

/// Builds an op and folds it: constant positions give constant bounds, which is how
/// the property tests evaluate what a key set emits.
template <typename OpT>
static Value fold(ImplicitLocOpBuilder &builder, Value lhs, Value rhs) {
  return builder.createOrFold<OpT>(lhs, rhs);
}

static Value compare(ImplicitLocOpBuilder &builder, arith::CmpIPredicate predicate,
                     Value lhs, Value rhs) {
  return builder.createOrFold<arith::CmpIOp>(predicate, lhs, rhs);
}

Value KeySetBuilder::add(Value lhs, int64_t rhs) { return add(lhs, like(lhs, rhs)); }
Value KeySetBuilder::add(Value lhs, Value rhs) {
  return fold<arith::AddIOp>(builder, lhs, rhs);
}
Value KeySetBuilder::sub(Value lhs, Value rhs) {
  return fold<arith::SubIOp>(builder, lhs, rhs);
}
Value KeySetBuilder::mul(Value lhs, int64_t rhs) {
  return fold<arith::MulIOp>(builder, lhs, like(lhs, rhs));
}
Value KeySetBuilder::div(Value lhs, int64_t rhs) {
  return fold<arith::DivUIOp>(builder, lhs, like(lhs, rhs));
}
Value KeySetBuilder::ceilDiv(Value lhs, int64_t rhs) {
  return div(add(lhs, rhs - 1), rhs);
}
Value KeySetBuilder::rem(Value lhs, int64_t rhs) {
  return fold<arith::RemUIOp>(builder, lhs, like(lhs, rhs));
}
Value KeySetBuilder::max(Value lhs, int64_t rhs) { return max(lhs, like(lhs, rhs)); }
Value KeySetBuilder::max(Value lhs, Value rhs) {
  return fold<arith::MaxSIOp>(builder, lhs, rhs);
}
Value KeySetBuilder::min(Value lhs, int64_t rhs) { return min(lhs, like(lhs, rhs)); }
Value KeySetBuilder::min(Value lhs, Value rhs) {
  return fold<arith::MinSIOp>(builder, lhs, rhs);
}

Value KeySetBuilder::less(Value lhs, int64_t rhs) { return less(lhs, like(lhs, rhs)); }
Value KeySetBuilder::less(Value lhs, Value rhs) {
  return compare(builder, arith::CmpIPredicate::slt, lhs, rhs);
}
Value KeySetBuilder::lessEqual(Value lhs, int64_t rhs) {
  return lessEqual(lhs, like(lhs, rhs));
}
Value KeySetBuilder::lessEqual(Value lhs, Value rhs) {
  return compare(builder, arith::CmpIPredicate::sle, lhs, rhs);
}
Value KeySetBuilder::equal(Value lhs, int64_t rhs) {
  return compare(builder, arith::CmpIPredicate::eq, lhs, like(lhs, rhs));
}

Value KeySetBuilder::both(Value lhs, Value rhs) {
  return fold<arith::AndIOp>(builder, lhs, rhs);
}
Value KeySetBuilder::either(Value lhs, Value rhs) {
  return fold<arith::OrIOp>(builder, lhs, rhs);
}
Value KeySetBuilder::select(Value condition, Value ifTrue, Value ifFalse) {
  return builder.createOrFold<arith::SelectOp>(condition, ifTrue, ifFalse);
}
