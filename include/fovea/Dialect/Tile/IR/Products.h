//===- Products.h - operands of matrix products -----------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_TILE_IR_PRODUCTS_H
#define FOVEA_DIALECT_TILE_IR_PRODUCTS_H

#include "mlir/IR/Types.h"

namespace fovea::tile {

/// Whether a tile of `type` lies as operand A of a matrix instruction does, in
/// registers. False for what is no tile.
bool isRegisterOperand(mlir::Type type);

} // namespace fovea::tile

#endif // FOVEA_DIALECT_TILE_IR_PRODUCTS_H
