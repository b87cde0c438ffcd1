//===- Scale.cpp - which softmax scales kernels can hold ------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Scale.h"

#include "llvm/Support/MathExtras.h"

#include <limits>

mlir::LogicalResult fovea::attn::verifyScale(mlir::Operation *op,
                                             std::optional<llvm::APFloat> scale) {
  if (!scale)
    return mlir::success();
  double value = scale->convertToDouble();
  double factor = value * llvm::numbers::log2e;
  if (factor >= std::numeric_limits<float>::min() && factor <= 0x1p126)
    return mlir::success();
  return op->emitOpError() << "expected a scale from 8.2e-39 to 5.8e+37, so that f32 "
                              "holds it times log2 e, got "
                           << value;
}

mlir::LogicalResult fovea::attn::verifySinkScale(mlir::Operation *op,
                                                 std::optional<llvm::APFloat> scale) {
  double value = scale ? scale->convertToDouble() : 1;
  if (value >= 0x1p-40 && value <= 0x1p40)
    return mlir::success();
  return op->emitOpError()
         << "expected a scale from 9.1e-13 to 1.1e+12 with sinks, got " << value;
}
