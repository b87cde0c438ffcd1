//===- ControlFlow.h - bodies of loops and branches -------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Passes that rewrite a kernel copy its loops and branches with other types and other
// contents. What is the same for all of them is how a body is filled.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_SUPPORT_CONTROLFLOW_H
#define FOVEA_SUPPORT_CONTROLFLOW_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace fovea {

/// Writes what a body runs at the builder's place, and gives what it yields; fails
/// after a diagnostic.
using BodyWriter =
    llvm::function_ref<llvm::FailureOr<llvm::SmallVector<mlir::Value>>()>;

/// Fills `block`, the body of an scf.for or a branch of an scf.if that were just
/// created: what `write` writes, then an scf.yield, in place of the one that is there
/// already where nothing is carried. The builder is where it was afterwards.
llvm::LogicalResult fillBody(mlir::ImplicitLocOpBuilder &b, mlir::Block &block,
                             BodyWriter write);

} // namespace fovea

#endif // FOVEA_SUPPORT_CONTROLFLOW_H
