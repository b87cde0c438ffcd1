//===- FloatBuilder.h - f32 and its bits ------------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_TARGET_CPU_FLOATBUILDER_H
#define FOVEA_LIB_TARGET_CPU_FLOATBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace fovea {

/// Writes operations on f32 and on its bits, of scalars and of vectors alike.
struct FloatBuilder {
  mlir::ImplicitLocOpBuilder &b;
  mlir::Type type; ///< f32, or a vector of it

  /// `element`, or as many of it as `type` has.
  mlir::Type as(mlir::Type element) const {
    auto vector = mlir::dyn_cast<mlir::VectorType>(type);
    return vector ? mlir::Type(vector.clone(element)) : element;
  }
  mlir::Type intType() const { return as(b.getI32Type()); }

  mlir::Value constant(float value) {
    if (auto vector = mlir::dyn_cast<mlir::VectorType>(type))
      return mlir::arith::ConstantOp::create(
          b, mlir::DenseElementsAttr::get(vector, value));
    return mlir::arith::ConstantOp::create(b, b.getF32FloatAttr(value));
  }
  mlir::Value integer(int32_t value) {
    if (auto vector = mlir::dyn_cast<mlir::VectorType>(intType()))
      return mlir::arith::ConstantOp::create(
          b, mlir::DenseElementsAttr::get(vector, value));
    return mlir::arith::ConstantOp::create(b, b.getI32IntegerAttr(value));
  }

  mlir::Value add(mlir::Value x, mlir::Value y) {
    return mlir::arith::AddIOp::create(b, x, y);
  }
  mlir::Value add(mlir::Value x, int32_t y) { return add(x, integer(y)); }
  mlir::Value both(mlir::Value x, int32_t mask) {
    return mlir::arith::AndIOp::create(b, x, integer(mask));
  }
  mlir::Value either(mlir::Value x, mlir::Value y) {
    return mlir::arith::OrIOp::create(b, x, y);
  }
  mlir::Value shiftLeft(mlir::Value x, int32_t count) {
    return mlir::arith::ShLIOp::create(b, x, integer(count));
  }
  mlir::Value shiftRight(mlir::Value x, int32_t count) {
    return mlir::arith::ShRUIOp::create(b, x, integer(count));
  }
  mlir::Value toBits(mlir::Value x) {
    return mlir::arith::BitcastOp::create(b, intType(), x);
  }
  mlir::Value fromBits(mlir::Value x) {
    return mlir::arith::BitcastOp::create(b, type, x);
  }

  mlir::Value pick(mlir::arith::CmpFPredicate predicate, mlir::Value x, mlir::Value y,
                   mlir::Value yes, mlir::Value no) {
    mlir::Value holds = mlir::arith::CmpFOp::create(b, predicate, x, y);
    return mlir::arith::SelectOp::create(b, holds, yes, no);
  }
  /// `yes` where x < bound, of bits without their sign.
  mlir::Value pickBelow(mlir::Value x, int32_t bound, mlir::Value yes, mlir::Value no) {
    mlir::Value holds = mlir::arith::CmpIOp::create(b, mlir::arith::CmpIPredicate::slt,
                                                    x, integer(bound));
    return mlir::arith::SelectOp::create(b, holds, yes, no);
  }
};

} // namespace fovea

#endif // FOVEA_LIB_TARGET_CPU_FLOATBUILDER_H
