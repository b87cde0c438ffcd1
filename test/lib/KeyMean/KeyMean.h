//===- KeyMean.h - an operation from outside --------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TEST_KEYMEAN_H
#define FOVEA_TEST_KEYMEAN_H

#include "fovea/Dialect/Attn/IR/Attn.h"

#include "KeyMeanDialect.h.inc"
#define GET_OP_CLASSES
#include "KeyMeanOps.h.inc"

namespace fovea::test {

// One file each; each attaches a stage's model to all operations but the one that lacks
// it.
void attachLowerings(mlir::MLIRContext &context);
void attachTuning(mlir::MLIRContext &context);
void attachReferences(mlir::MLIRContext &context);
void attachNumerics(mlir::MLIRContext &context);
void attachGradients(mlir::MLIRContext &context);

} // namespace fovea::test

#endif // FOVEA_TEST_KEYMEAN_H
