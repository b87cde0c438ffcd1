//===- KeySetBuilder.h - arithmetic that key sets write ---------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_ATTN_IR_KEYSETBUILDER_H
#define FOVEA_DIALECT_ATTN_IR_KEYSETBUILDER_H

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Value.h"

namespace fovea::attn {

/// Writes positions arithmetic as arith ops, folded where operands are constant.
/// Values are of type index, i32, or tensors of i32; an integer stands for a constant
/// of the other operand's type. Divisions are of non-negative numbers. Comparisons give
/// i1, or tensors of i1, which both, either and select take.
class KeySetBuilder {
public:
  explicit KeySetBuilder(mlir::ImplicitLocOpBuilder &builder) : builder(builder) {}

  mlir::Value constant(int64_t value); ///< of type index

  mlir::Value add(mlir::Value lhs, int64_t rhs);
  mlir::Value add(mlir::Value lhs, mlir::Value rhs);
  mlir::Value sub(mlir::Value lhs, mlir::Value rhs);
  mlir::Value mul(mlir::Value lhs, int64_t rhs);
  mlir::Value div(mlir::Value lhs, int64_t rhs);
  mlir::Value ceilDiv(mlir::Value lhs, int64_t rhs);
  mlir::Value rem(mlir::Value lhs, int64_t rhs);
  mlir::Value max(mlir::Value lhs, int64_t rhs);
  mlir::Value max(mlir::Value lhs, mlir::Value rhs);
  mlir::Value min(mlir::Value lhs, int64_t rhs);
  mlir::Value min(mlir::Value lhs, mlir::Value rhs);

  mlir::Value less(mlir::Value lhs, int64_t rhs);
  mlir::Value less(mlir::Value lhs, mlir::Value rhs);
  mlir::Value lessEqual(mlir::Value lhs, int64_t rhs);
  mlir::Value lessEqual(mlir::Value lhs, mlir::Value rhs);
  mlir::Value equal(mlir::Value lhs, int64_t rhs);

  mlir::Value both(mlir::Value lhs, mlir::Value rhs);
  mlir::Value either(mlir::Value lhs, mlir::Value rhs);
  /// `ifTrue` where `condition` holds, else `ifFalse`.
  mlir::Value select(mlir::Value condition, mlir::Value ifTrue, mlir::Value ifFalse);

private:
  /// A constant of the type of `model`.
  mlir::Value like(mlir::Value model, int64_t value);

  mlir::ImplicitLocOpBuilder &builder;
};

} // namespace fovea::attn

#endif // FOVEA_DIALECT_ATTN_IR_KEYSETBUILDER_H
