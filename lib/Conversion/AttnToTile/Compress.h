//===- Compress.h - windows of tokens to compressed rows --------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_ATTNTOTILE_COMPRESS_H
#define FOVEA_LIB_CONVERSION_ATTNTOTILE_COMPRESS_H

#include "fovea/Conversion/AttnToTile/WindowTile.h"
#include "fovea/Dialect/Attn/IR/Attn.h"

namespace fovea {

/// Views of a compress: input [T, Hkv, D], phi's parameters, positions [Hkv, l, D] or
/// null; `depth` columns of a row are multiplied at once, 0: all.
struct CompressInputs {
  mlir::Value input;
  llvm::SmallVector<mlir::Value> params;
  mlir::Value positions;
  int64_t depth = 0;
};

/// `columns` of row r of every window from `firstColumn` on, in f32, with the position
/// added.
mlir::Value emitRow(TileBuilder &b, const WindowTile &tile,
                    const CompressInputs &inputs, mlir::Value r,
                    mlir::Value firstColumn, int64_t columns);

/// phi of each window: a tile [windows, D] of f32.
mlir::Value emitCompress(TileBuilder &b, const WindowTile &tile, attn::CompressOp op,
                         const CompressInputs &inputs);

/// The weight at [kvHead, r] of a view [Hkv, l], f32, in every element of a tile like
/// `model`.
mlir::Value emitWeight(TileBuilder &b, mlir::Value weights, mlir::Value kvHead,
                       mlir::Value r, mlir::Value model);

} // namespace fovea

#endif // FOVEA_LIB_CONVERSION_ATTNTOTILE_COMPRESS_H
