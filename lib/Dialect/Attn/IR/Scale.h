//===- Scale.h - which softmax scales kernels can hold ----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DIALECT_ATTN_IR_SCALE_H
#define FOVEA_LIB_DIALECT_ATTN_IR_SCALE_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/APFloat.h"

#include <optional>

namespace fovea::attn {

/// Kernels multiply by scale * log2 e, in f32: it must be a normal number there, and so
/// must the power of two above it. No scale, the default, is sound.
mlir::LogicalResult verifyScale(mlir::Operation *op,
                                std::optional<llvm::APFloat> scale);

/// A sink is divided by the scale, in f32: it must stay a number, as sinks are in use.
/// A scale of 2^-40 to 2^40, or none, is sound.
mlir::LogicalResult verifySinkScale(mlir::Operation *op,
                                    std::optional<llvm::APFloat> scale);

} // namespace fovea::attn

#endif // FOVEA_LIB_DIALECT_ATTN_IR_SCALE_H
