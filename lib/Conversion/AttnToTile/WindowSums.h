//===- WindowSums.h - sums over all windows ---------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_ATTNTOTILE_WINDOWSUMS_H
#define FOVEA_LIB_CONVERSION_ATTNTOTILE_WINDOWSUMS_H

#include "fovea/Conversion/AttnToTile/HeadTile.h"
#include "fovea/Conversion/AttnToTile/WindowTile.h"
#include "fovea/Dialect/Attn/IR/Attn.h"

namespace fovea {

/// Sums over the windows of all sequences of one KV head.
class WindowSums {
public:
  using Value = mlir::Value;
  using Tiles = llvm::function_ref<Value(const WindowTile &, Value)>;

  WindowSums(TileBuilder &b, const HeadTile &head, attn::CompressedAttr windows)
      : b(b), head(head), windows(windows) {}

  /// Goes through the windows by tiles: `add` gives the sum with what a tile adds to
  /// it.
  Value sum(Value zero, Tiles add) const;
  /// Of the windows' rows of a view [T / stride, Hkv, N]: a tile [N] of f32.
  Value sumRows(Value view) const;
  /// Of the outer products of the rows of two tiles, [rows, windows] and as `right`
  /// loads them [windows, N]: a tile [rows, N] of f32.
  Value sumProducts(int64_t rows, int64_t columns,
                    llvm::function_ref<Value(const WindowTile &)> left,
                    Value right) const;

private:
  TileBuilder &b;
  const HeadTile &head;
  attn::CompressedAttr windows;
};

} // namespace fovea

#endif // FOVEA_LIB_CONVERSION_ATTNTOTILE_WINDOWSUMS_H
