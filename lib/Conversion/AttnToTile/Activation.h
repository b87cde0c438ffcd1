//===- Activation.h - what becomes of a hidden layer ------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_ATTNTOTILE_ACTIVATION_H
#define FOVEA_LIB_CONVERSION_ATTNTOTILE_ACTIVATION_H

#include "fovea/Conversion/AttnToTile/TileBuilder.h"
#include "fovea/Dialect/Attn/IR/Attn.h"

namespace fovea {

/// The activation of each element of a tile of f32.
mlir::Value emitActivation(TileBuilder &b, mlir::Value x, attn::Activation activation);
/// Its derivative there: that of relu is 0 where x is not above 0.
mlir::Value emitSlope(TileBuilder &b, mlir::Value x, attn::Activation activation);

} // namespace fovea

#endif // FOVEA_LIB_CONVERSION_ATTNTOTILE_ACTIVATION_H
