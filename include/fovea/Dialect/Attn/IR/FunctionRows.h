//===- FunctionRows.h - what the rows of a function's values count -*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A function of attn operations is over one batch: T tokens, B sequences. What each
// argument's rows count of it is nowhere written in a hand-written function, and need
// not be: the uses say it. An argument that attn.attend takes for the keys of
// #attn.compressed<block = 8, stride = 4> has T / 4 rows, whatever its name; one that
// something else takes for tokens too is a mistake, which would read or write past the
// array's end.
//
//   %k -> compress (input)            tokens
//   %v -> compress (input)            tokens     \  contradiction, at %v
//      -> attend over windows (v)     tokens / 4 /
//
// This is the one place that derives it. attn-infer-rows writes the result on the
// function, convert-attn-to-tile carries it on; nothing behind asks the uses again.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_ATTN_IR_FUNCTIONROWS_H
#define FOVEA_DIALECT_ATTN_IR_FUNCTIONROWS_H

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <limits>

namespace fovea::attn {

/// Whether `function` has a body with an operation of the dialect in it.
bool isAttnFunction(mlir::func::FuncOp function);

/// The value that `value` is: what a group yields, rather than the group's result.
mlir::Value lookThroughGroups(mlir::Value value);

class FunctionRows {
public:
  /// Follows the rows of all values of `function`, which has a body. Emits one
  /// diagnostic and fails where the body is not one block of attn operations and a
  /// return; where an argument or result is not an array of f32, f16, bf16 or i32;
  /// where two uses of a value, or a use and `attn.rows`, contradict one another; where
  /// neither says what dynamic rows count; or where static sizes do not fit.
  static mlir::FailureOr<FunctionRows> infer(mlir::func::FuncOp function);

  RowCount getArgumentRows(unsigned argument) const { return arguments[argument]; }
  RowCount getResultRows(unsigned result) const { return results[result]; }

  /// Of a value that operations take or give.
  RowCount getRows(mlir::Value value) const { return values.at(value); }

private:
  llvm::SmallVector<RowCount> arguments, results;
  llvm::DenseMap<mlir::Value, RowCount> values;
  friend class RowInference;
};

} // namespace fovea::attn

#endif // FOVEA_DIALECT_ATTN_IR_FUNCTIONROWS_H
