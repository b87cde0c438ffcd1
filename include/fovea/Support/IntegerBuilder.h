//===- IntegerBuilder.h - integer arithmetic and loops as IR ----*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// What positions, sizes and addresses are computed with, from the key sets of a spec
// down to one thread's code. Builders that say more begin with it. MLIR's ArithBuilder
// does not do: it folds nothing, and marks sums as free of overflow.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_SUPPORT_INTEGERBUILDER_H
#define FOVEA_SUPPORT_INTEGERBUILDER_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::scf {
class ForOp;
}

namespace fovea {

/// Writes integer arithmetic as arith ops, folded where operands are constant: from
/// constants come constants. Values are of type index, of an integer type, or vectors
/// or tensors of one; those of one call have one type, and a number stands for a
/// constant of the other operand's type. Comparisons give i1, or vectors or tensors of
/// i1, which both, either and select take.
class IntegerBuilder : public mlir::ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  mlir::Value index(int64_t value); ///< of type index
  /// A constant of the type of `model`, in each of its elements.
  mlir::Value constantLike(mlir::Value model, int64_t value);

  mlir::Value add(mlir::Value lhs, int64_t rhs);
  mlir::Value add(mlir::Value lhs, mlir::Value rhs);
  mlir::Value sub(mlir::Value lhs, mlir::Value rhs);
  mlir::Value mul(mlir::Value lhs, int64_t rhs);
  mlir::Value mul(mlir::Value lhs, mlir::Value rhs);
  mlir::Value max(mlir::Value lhs, int64_t rhs);
  mlir::Value max(mlir::Value lhs, mlir::Value rhs);
  mlir::Value min(mlir::Value lhs, int64_t rhs);
  mlir::Value min(mlir::Value lhs, mlir::Value rhs);

  /// Of a `lhs` that is not negative.
  mlir::Value div(mlir::Value lhs, int64_t rhs);
  mlir::Value ceilDiv(mlir::Value lhs, int64_t rhs);
  mlir::Value rem(mlir::Value lhs, int64_t rhs);

  mlir::Value less(mlir::Value lhs, int64_t rhs);
  mlir::Value less(mlir::Value lhs, mlir::Value rhs);
  mlir::Value lessEqual(mlir::Value lhs, int64_t rhs);
  mlir::Value lessEqual(mlir::Value lhs, mlir::Value rhs);
  mlir::Value atLeast(mlir::Value lhs, mlir::Value rhs);
  mlir::Value equal(mlir::Value lhs, int64_t rhs);
  mlir::Value equal(mlir::Value lhs, mlir::Value rhs);

  mlir::Value both(mlir::Value lhs, mlir::Value rhs);
  mlir::Value either(mlir::Value lhs, mlir::Value rhs);
  /// `ifTrue` where `condition` holds, else `ifFalse`.
  mlir::Value select(mlir::Value condition, mlir::Value ifTrue, mlir::Value ifFalse);

  mlir::Value toIndex(mlir::Value value); ///< signed
  mlir::Value toI32(mlir::Value value);   ///< truncates
  mlir::Value toI64(mlir::Value value);   ///< of i32: sign-extends

  /// A loop from 0 to `end` by `step`, in the type of `end`. One that carries `inits`
  /// has no terminator yet.
  mlir::scf::ForOp createLoop(mlir::Value end, int64_t step,
                              mlir::ValueRange inits = {});
  using LoopBody =
      llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value, mlir::ValueRange)>;
  /// The same with its body, which gets the step and what is carried, and gives what is
  /// carried on. Gives what the last step did.
  llvm::SmallVector<mlir::Value> emitLoop(mlir::Value end, int64_t step,
                                          mlir::ValueRange inits, LoopBody body);
};

} // namespace fovea

#endif // FOVEA_SUPPORT_INTEGERBUILDER_H
