//===- KernelSharing.h - what one kernel can compute ------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_ATTN_IR_KERNELSHARING_H
#define FOVEA_DIALECT_ATTN_IR_KERNELSHARING_H

#include "fovea/Dialect/Attn/IR/KernelTiling.h"
#include "mlir/IR/Operation.h"

#include <optional>
#include <string>

namespace fovea::attn {

/// Why an operation cannot be in one kernel with others.
struct KernelConflict {
  mlir::Operation *op;
  std::string reason; ///< "expected ..., got ..."
};

/// The first conflict among `ops`, which are verified, in order, and have the
/// KernelOpInterface; none if one kernel can compute them all. A kernel has one tile of
/// query rows, so its operations share heads and sequences. What is computed in it may
/// be read in it where both sides take the same form of it (KernelTiling.h); everything
/// else is read from memory, where a tile of another program is not yet.
std::optional<KernelConflict> findKernelConflict(llvm::ArrayRef<mlir::Operation *> ops);

/// How the kernel that computes all of `ops`, among which there is no conflict, is
/// tiled. Heads that none of them says are 0, and so are offsets null.
KernelTiling getKernelTiling(llvm::ArrayRef<mlir::Operation *> ops);

} // namespace fovea::attn

#endif // FOVEA_DIALECT_ATTN_IR_KERNELSHARING_H
