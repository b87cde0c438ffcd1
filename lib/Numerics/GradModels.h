//===- GradModels.h - the numbers of gradients ------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_NUMERICS_GRADMODELS_H
#define FOVEA_LIB_NUMERICS_GRADMODELS_H

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Numerics/ErrorBounds.h"

namespace fovea {

/// The sum of what x and y have as products, each taken positive.
double getMagnitude(llvm::ArrayRef<double> x, llvm::ArrayRef<double> y);

/// The error of element (i, j) of `value`, 0 if it is exact.
double getError(const ErrorBounds &bounds, mlir::Value value, int64_t i, int64_t j);

// Of those that a device computes.
void deriveBounds(attn::AttendDeltaOp op, ErrorBounds &bounds);
void deriveBounds(attn::AttendGradKVOp op, ErrorBounds &bounds);
void deriveBounds(attn::AttendGradQOp op, ErrorBounds &bounds);
void deriveBounds(attn::AttendGradSinksOp op, ErrorBounds &bounds);
void deriveBounds(attn::CombineGradGatesOp op, ErrorBounds &bounds);
void deriveBounds(attn::SumTokensOp op, ErrorBounds &bounds);
/// Fails where phi's parameters are not exact.
llvm::Error deriveBounds(attn::CompressGradHiddenOp op, ErrorBounds &bounds);
llvm::Error deriveBounds(attn::CompressGradInputOp op, ErrorBounds &bounds);
llvm::Error deriveBounds(attn::CompressGradParamsOp op, ErrorBounds &bounds);
/// Fails where the parts are not rows [T, H, D].
llvm::Error deriveBounds(attn::SumOp op, ErrorBounds &bounds);

/// Attaches those of the attn dialect's gradient operations; the dialect is loaded.
void attachGradNumerics(mlir::MLIRContext &context);

} // namespace fovea

#endif // FOVEA_LIB_NUMERICS_GRADMODELS_H
