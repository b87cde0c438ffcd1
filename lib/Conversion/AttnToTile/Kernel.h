//===- Kernel.h - one kernel of an operation or a group ---------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_ATTNTOTILE_KERNEL_H
#define FOVEA_LIB_CONVERSION_ATTNTOTILE_KERNEL_H

#include "TileBuilder.h"
#include "fovea/Dialect/Attn/IR/Attn.h"

namespace fovea {

/// The operations that become one kernel, and the tensors that cross its border.
struct KernelOps {
  mlir::Operation *root;                    ///< a group, or the one operation
  llvm::SmallVector<mlir::Operation *> ops; ///< in order, without the yield
  llvm::SmallVector<mlir::Value> inputs;    ///< operands from outside, each once
  llvm::SmallVector<mlir::Value> outputs;   ///< results of `ops` that leave
  llvm::SmallVector<mlir::Value> leaving;   ///< the root's results, same order

  static KernelOps of(mlir::Operation *root);
};

/// Maps a tensor of the attn function to the memref that holds it.
using ViewOf = llvm::function_ref<mlir::Value(mlir::Value)>;

/// The launch grid, in the host function.
mlir::FailureOr<llvm::SmallVector<mlir::Value>>
emitGrid(TileBuilder &b, const KernelOps &kernel, ViewOf viewOf);

/// The kernel's body, at the builder's insertion point.
mlir::LogicalResult emitKernelBody(TileBuilder &b, const KernelOps &kernel,
                                   ViewOf viewOf);

} // namespace fovea

#endif // FOVEA_LIB_CONVERSION_ATTNTOTILE_KERNEL_H
