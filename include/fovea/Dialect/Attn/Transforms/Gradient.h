//===- Gradient.h - gradients of operations ---------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Reverse mode: a backward function visits the operations of a function from the last
// to the first, and each turns the gradients of its results into contributions to those
// of its operands. A value that is used twice has two, and its gradient is their sum.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_ATTN_TRANSFORMS_GRADIENT_H
#define FOVEA_DIALECT_ATTN_TRANSFORMS_GRADIENT_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"

#include <string>

namespace fovea::attn {

/// What the gradients of one operation's operands are built with.
class GradientBuilder {
public:
  virtual ~GradientBuilder() = default;

  /// Builds behind everything that is there already.
  virtual mlir::OpBuilder &getBuilder() = 0;

  /// `value`, which the operation takes or gives, in the backward function: saved, or
  /// computed once more.
  virtual mlir::Value get(mlir::Value value) = 0;

  /// The gradient of a result, of its type; null where nothing follows from the result.
  virtual mlir::Value getGradient(mlir::Value result) = 0;

  /// Whether a contribution to the gradient of operand number `operand` is wanted.
  virtual bool wants(unsigned operand) = 0;

  /// The type of that contribution: the operand's, or, where others are added to it,
  /// with elements of f32.
  virtual mlir::Type getType(unsigned operand) = 0;

  /// Adds `contribution` to the gradient of operand number `operand`, at most once; of
  /// a type that getType() gives, or the operand's.
  virtual void add(unsigned operand, mlir::Value contribution) = 0;
};

/// What the backward function of @`forward` is called: @f_backward, of @f or
/// @f_forward.
std::string getBackwardName(llvm::StringRef forward);

/// Attaches the gradients of the attn dialect's operations.
void registerGradientModels(mlir::DialectRegistry &registry);

} // namespace fovea::attn

#include "fovea/Dialect/Attn/Transforms/GradientOpInterface.h.inc"

#endif // FOVEA_DIALECT_ATTN_TRANSFORMS_GRADIENT_H
