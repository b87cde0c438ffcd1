//===- Models.h - what a stage knows of an operation ------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_ATTN_IR_MODELS_H
#define FOVEA_DIALECT_ATTN_IR_MODELS_H

#include "mlir/IR/Operation.h"

namespace fovea::attn {

/// What a stage knows of `op`: its model of the stage's interface. Where there is none,
/// says so once, at the operation, and returns null: `what` is the stage's word for it,
/// such as "a lowering to tile".
template <typename Interface>
Interface getModel(mlir::Operation *op, llvm::StringRef what) {
  auto model = llvm::dyn_cast<Interface>(op);
  if (!model)
    op->emitOpError() << "expected " << what
                      << ", got none: see docs/adding-an-operation.md";
  return model;
}

} // namespace fovea::attn

#endif // FOVEA_DIALECT_ATTN_IR_MODELS_H
