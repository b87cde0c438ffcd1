//===- GradientFlow.h - where gradients go ----------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Before anything is built: which values of a function lie between the arguments whose
// gradients are wanted and the results that these are of.
//
//   %k ──▶ compress ──▶ %kc ──▶ attend ──▶ %o ──▶ return      %kc: a gradient
//                          └──▶ score_blocks ──▶ select_topk ──▶ indices: none
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DIALECT_ATTN_TRANSFORMS_GRADIENTFLOW_H
#define FOVEA_LIB_DIALECT_ATTN_TRANSFORMS_GRADIENTFLOW_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace fovea::attn {

class GradientFlow {
public:
  /// Of `function`, whose operations have the GradientOpInterface: from the `arguments`
  /// to the results of these numbers.
  GradientFlow(mlir::func::FuncOp function,
               llvm::ArrayRef<mlir::BlockArgument> arguments,
               llvm::ArrayRef<unsigned> results);

  /// Whether an argument is among the values that `value` follows from smoothly.
  bool isVaried(mlir::Value value) const { return varied.contains(value); }

  /// Whether the operand has a gradient that is wanted.
  bool isWanted(mlir::OpOperand &operand) const;

  /// Contributions to the gradient of `value`: of the operands that read it, and of
  /// results.
  unsigned countContributions(mlir::Value value) const {
    return contributions.lookup(value);
  }

private:
  void findVaried(mlir::Block &body, llvm::ArrayRef<mlir::BlockArgument> arguments);
  void findContributions(mlir::Block &body, llvm::ArrayRef<unsigned> results);

  llvm::DenseSet<mlir::Value> varied;
  llvm::DenseMap<mlir::Value, unsigned> contributions;
};

} // namespace fovea::attn

#endif // FOVEA_LIB_DIALECT_ATTN_TRANSFORMS_GRADIENTFLOW_H
