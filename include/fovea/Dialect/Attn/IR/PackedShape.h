//===- PackedShape.h - the sizes of packed values ---------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_ATTN_IR_PACKEDSHAPE_H
#define FOVEA_DIALECT_ATTN_IR_PACKEDSHAPE_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"

namespace fovea::attn {

inline mlir::RankedTensorType tensorType(mlir::Value packed) {
  return mlir::cast<mlir::RankedTensorType>(packed.getType());
}
/// H of values packed as [T, H, D] or [T, H].
inline int64_t headsOf(mlir::Value packed) { return tensorType(packed).getDimSize(1); }
/// D of values packed as [T, H, D].
inline int64_t dimOf(mlir::Value packed) { return tensorType(packed).getDimSize(2); }

} // namespace fovea::attn

#endif // FOVEA_DIALECT_ATTN_IR_PACKEDSHAPE_H
