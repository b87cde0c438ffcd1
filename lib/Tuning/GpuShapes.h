//===- GpuShapes.h - limits of instructions and layouts ---------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Each limit is that of an instruction or of a way to lay tiles out, whatever the
// schedule: checked before any is chosen, so that what is refused is refused at the
// operation, by the name that the parameter has in a spec. docs/gpu-target.md lists
// them.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_TUNING_GPUSHAPES_H
#define FOVEA_LIB_TUNING_GPUSHAPES_H

#include "mlir/IR/Operation.h"

namespace fovea::tuning {

/// Inner elements of a matrix instruction, and columns of its result in one
/// instruction.
inline constexpr int64_t kMostColumns = 256, kDepth = 16;
/// Rows of a block, of a warpgroup. A group of heads has at most those of a block;
/// scores of more than a warpgroup's are summed in parts.
inline constexpr int64_t kMostRows = 192, kGroupRows = 64;
/// Keys of a key block, and what they are a multiple of.
inline constexpr int64_t kMostKeys = 128, kKeyStep = kDepth;

/// Operands of matrix instructions, [rows, heads, D]: f16 or bf16, in columns that they
/// take whole. Emits an error at `op` and fails where one is not.
llvm::LogicalResult verifyMatrixOperands(mlir::Operation *op,
                                         llvm::ArrayRef<mlir::Value> packed);

} // namespace fovea::tuning

#endif // FOVEA_LIB_TUNING_GPUSHAPES_H
