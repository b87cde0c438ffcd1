//===- KernelSharing.h - what one kernel can compute ------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_ATTN_IR_KERNELSHARING_H
#define FOVEA_DIALECT_ATTN_IR_KERNELSHARING_H

#include "mlir/IR/Operation.h"

#include <optional>
#include <string>

namespace fovea::attn {

/// Why an operation cannot be in one kernel with others.
struct KernelConflict {
  mlir::Operation *op;
  std::string reason; ///< "expected ..., got ..."
};

/// The first conflict among `ops`, which are verified and in order; none if one kernel
/// can compute them all. A kernel has one tile of query rows, so its operations share
/// heads and sequences. Of what is computed in it, gates may read outputs of attention
/// and a top-k may read scores; everything else is read from memory, where a tile of
/// another program is not yet.
std::optional<KernelConflict> findKernelConflict(llvm::ArrayRef<mlir::Operation *> ops);

} // namespace fovea::attn

#endif // FOVEA_DIALECT_ATTN_IR_KERNELSHARING_H
