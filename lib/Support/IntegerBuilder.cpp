//===- IntegerBuilder.cpp - integer arithmetic and loops as IR ------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Support/IntegerBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using arith::CmpIPredicate;
using fovea::IntegerBuilder;

Value IntegerBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(*this, getLoc(), value);
}
Value IntegerBuilder::constantLike(Value model, int64_t value) {
  Type type = model.getType();
  Attribute attr = getIntegerAttr(getElementTypeOrSelf(type), value);
  if (auto shaped = dyn_cast<ShapedType>(type))
    attr = DenseElementsAttr::get(shaped, attr);
  return arith::ConstantOp::create(*this, cast<TypedAttr>(attr));
}

//===----------------------------------------------------------------------===//
// Arithmetic. What a neutral number would not change is no constant and no op.
//===----------------------------------------------------------------------===//

Value IntegerBuilder::add(Value lhs, int64_t rhs) {
  return rhs == 0 ? lhs : add(lhs, constantLike(lhs, rhs));
}
Value IntegerBuilder::add(Value lhs, Value rhs) {
  return createOrFold<arith::AddIOp>(lhs, rhs);
}
Value IntegerBuilder::sub(Value lhs, Value rhs) {
  return createOrFold<arith::SubIOp>(lhs, rhs);
}
Value IntegerBuilder::mul(Value lhs, int64_t rhs) {
  return rhs == 1 ? lhs : mul(lhs, constantLike(lhs, rhs));
}
Value IntegerBuilder::mul(Value lhs, Value rhs) {
  return createOrFold<arith::MulIOp>(lhs, rhs);
}
Value IntegerBuilder::max(Value lhs, int64_t rhs) {
  return max(lhs, constantLike(lhs, rhs));
}
Value IntegerBuilder::max(Value lhs, Value rhs) {
  return createOrFold<arith::MaxSIOp>(lhs, rhs);
}
Value IntegerBuilder::min(Value lhs, int64_t rhs) {
  return min(lhs, constantLike(lhs, rhs));
}
Value IntegerBuilder::min(Value lhs, Value rhs) {
  return createOrFold<arith::MinSIOp>(lhs, rhs);
}

Value IntegerBuilder::div(Value lhs, int64_t rhs) {
  return rhs == 1 ? lhs : createOrFold<arith::DivUIOp>(lhs, constantLike(lhs, rhs));
}
Value IntegerBuilder::ceilDiv(Value lhs, int64_t rhs) {
  return div(add(lhs, rhs - 1), rhs);
}
Value IntegerBuilder::rem(Value lhs, int64_t rhs) {
  return createOrFold<arith::RemUIOp>(lhs, constantLike(lhs, rhs));
}

//===----------------------------------------------------------------------===//
// Conditions
//===----------------------------------------------------------------------===//

Value IntegerBuilder::less(Value lhs, int64_t rhs) {
  return less(lhs, constantLike(lhs, rhs));
}
Value IntegerBuilder::less(Value lhs, Value rhs) {
  return createOrFold<arith::CmpIOp>(CmpIPredicate::slt, lhs, rhs);
}
Value IntegerBuilder::lessEqual(Value lhs, int64_t rhs) {
  return lessEqual(lhs, constantLike(lhs, rhs));
}
Value IntegerBuilder::lessEqual(Value lhs, Value rhs) {
  return createOrFold<arith::CmpIOp>(CmpIPredicate::sle, lhs, rhs);
}
Value IntegerBuilder::atLeast(Value lhs, Value rhs) {
  return createOrFold<arith::CmpIOp>(CmpIPredicate::sge, lhs, rhs);
}
Value IntegerBuilder::equal(Value lhs, int64_t rhs) {
  return equal(lhs, constantLike(lhs, rhs));
}
Value IntegerBuilder::equal(Value lhs, Value rhs) {
  return createOrFold<arith::CmpIOp>(CmpIPredicate::eq, lhs, rhs);
}

Value IntegerBuilder::both(Value lhs, Value rhs) {
  return createOrFold<arith::AndIOp>(lhs, rhs);
}
Value IntegerBuilder::either(Value lhs, Value rhs) {
  return createOrFold<arith::OrIOp>(lhs, rhs);
}
Value IntegerBuilder::select(Value condition, Value ifTrue, Value ifFalse) {
  return createOrFold<arith::SelectOp>(condition, ifTrue, ifFalse);
}

Value IntegerBuilder::toIndex(Value value) {
  if (value.getType().isIndex())
    return value;
  return createOrFold<arith::IndexCastOp>(getIndexType(), value);
}
Value IntegerBuilder::toI32(Value value) {
  if (value.getType().isInteger(32))
    return value;
  if (value.getType().isIndex())
    return createOrFold<arith::IndexCastOp>(getI32Type(), value);
  return createOrFold<arith::TruncIOp>(getI32Type(), value);
}
Value IntegerBuilder::toI64(Value value) {
  if (value.getType().isInteger(64))
    return value;
  if (value.getType().isIndex())
    return createOrFold<arith::IndexCastOp>(getI64Type(), value);
  return createOrFold<arith::ExtSIOp>(getI64Type(), value);
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

scf::ForOp IntegerBuilder::createLoop(Value end, int64_t step, ValueRange inits) {
  Value stride = constantLike(end, step), zero = constantLike(end, 0);
  return scf::ForOp::create(*this, zero, end, stride, inits);
}

SmallVector<Value> IntegerBuilder::emitLoop(Value end, int64_t step, ValueRange inits,
                                            LoopBody body) {
  scf::ForOp loop = createLoop(end, step, inits);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(loop.getBody());
  SmallVector<Value> next = body(loop.getInductionVar(), loop.getRegionIterArgs());
  if (!next.empty()) // a loop that carries nothing has its terminator
    scf::YieldOp::create(*this, next);
  return llvm::to_vector_of<Value>(loop.getResults());
}
