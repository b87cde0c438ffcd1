//===- Compress.h - windows of tokens to compressed rows --------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_ATTNTOTILE_COMPRESS_H
#define FOVEA_LIB_CONVERSION_ATTNTOTILE_COMPRESS_H

#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Dialect/Attn/IR/Attn.h"

namespace fovea {

/// What a compress takes: views of its input [T, Hkv, D], of phi's parameters, and of
/// positions [Hkv, l, D] or null; `depth` columns of a row are multiplied at once, 0:
/// all.
struct CompressInputs {
  attn::PhiAttr phi;
  attn::CompressedAttr windows;
  mlir::Value input = {};
  llvm::SmallVector<mlir::Value> params = {};
  mlir::Value positions = {};
  int64_t depth = 0;

  /// Those of an attn.compress or of a gradient of one.
  template <typename OpT>
  static CompressInputs of(OpT op, const KernelEmission &kernel, int64_t depth) {
    CompressInputs inputs{op.getPhi(), op.getWindows()};
    inputs.input = kernel.getView(op.getInput());
    for (mlir::Value param : op.getParams())
      inputs.params.push_back(kernel.getView(param));
    if (op.getPositions())
      inputs.positions = kernel.getView(op.getPositions());
    inputs.depth = depth;
    return inputs;
  }
};

/// `columns` of row r of every window from `firstColumn` on, in f32, with the position
/// added.
mlir::Value emitRow(TileBuilder &b, const WindowTile &tile,
                    const CompressInputs &inputs, mlir::Value r,
                    mlir::Value firstColumn, int64_t columns);

/// phi of each window: a tile [windows, D] of f32.
mlir::Value emitCompress(TileBuilder &b, const WindowTile &tile,
                         const CompressInputs &inputs);

/// A parameter at [kvHead, :], f32, along the columns of the tile's rows.
mlir::Value emitRowParam(TileBuilder &b, const WindowTile &tile, mlir::Value param);

/// Of a gated phi the logits of row r, `y`, of the tile's windows, `u` being the first
/// parameter in each row.
mlir::Value emitLogits(TileBuilder &b, const WindowTile &tile,
                       const CompressInputs &inputs, mlir::Value u, mlir::Value r,
                       mlir::Value y);

/// What the activation of an mlp is of: a tile [windows, m] of f32.
mlir::Value emitHidden(TileBuilder &b, const WindowTile &tile,
                       const CompressInputs &inputs);

/// The weight at [kvHead, r] of a view [Hkv, l], f32, in every element of a tile like
/// `model`.
mlir::Value emitWeight(TileBuilder &b, mlir::Value weights, mlir::Value kvHead,
                       mlir::Value r, mlir::Value model);

} // namespace fovea

#endif // FOVEA_LIB_CONVERSION_ATTNTOTILE_COMPRESS_H
