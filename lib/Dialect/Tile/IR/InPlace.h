//===- InPlace.h - views that a kernel reads and writes ---------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DIALECT_TILE_IR_INPLACE_H
#define FOVEA_LIB_DIALECT_TILE_IR_INPLACE_H

#include "fovea/Dialect/Tile/IR/Tile.h"

namespace fovea::tile {

/// Whether `view` is an argument of a kernel that reads and writes it.
bool isInPlace(mlir::Value view);

/// Whether argument number `argument` is stored.
bool writes(KernelOp kernel, unsigned argument);

/// kernel_c7: no view is read and stored, but in place.
llvm::LogicalResult verifyReadsOfStored(KernelOp kernel);

} // namespace fovea::tile

#endif // FOVEA_LIB_DIALECT_TILE_IR_INPLACE_H
