//===- GradientRequest.h - what a gradient is asked for ---------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DIALECT_ATTN_TRANSFORMS_GRADIENTREQUEST_H
#define FOVEA_LIB_DIALECT_ATTN_TRANSFORMS_GRADIENTREQUEST_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace fovea::attn {

/// Arguments and results are named by `attn.name`, or by their number.
struct GradientRequest {
  llvm::ArrayRef<std::string> arguments; ///< empty: those that have a gradient
  llvm::ArrayRef<std::string> results;   ///< empty: those that have one
  llvm::ArrayRef<std::string> saved;     ///< words for results, or `all`, or `none`
  bool report;
};

/// What a request means of a function: arguments of numbers, results, and results of
/// operations, in their order.
struct GradientChoice {
  llvm::SmallVector<mlir::BlockArgument> arguments;
  llvm::SmallVector<unsigned> results;
  llvm::SmallVector<mlir::OpResult> saved;
};

/// Emits a diagnostic and fails where `request` names what `function` does not have, or
/// asks for the gradient of what are no numbers.
mlir::FailureOr<GradientChoice> resolve(const GradientRequest &request,
                                        mlir::func::FuncOp function);

/// The `attn.name` of an argument or a result; null where it has none.
mlir::StringAttr getName(mlir::func::FuncOp function, unsigned number, bool isResult);

/// What the operation of `result` calls it.
llvm::StringRef getWord(mlir::OpResult result);

/// What `function` may call a result of one of its operations: `<name>_<word>` where
/// the operation has a name, else `<word>_<n>`; the first that no argument and no
/// result has.
std::string makeName(mlir::func::FuncOp function, mlir::OpResult result);

} // namespace fovea::attn

#endif // FOVEA_LIB_DIALECT_ATTN_TRANSFORMS_GRADIENTREQUEST_H
