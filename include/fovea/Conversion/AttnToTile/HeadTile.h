//===- HeadTile.h - what is summed over all tokens --------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The gradient of what all tokens share is a sum over them. Each of its elements has
// one program, which goes through the sequences in order and through each by tiles: no
// sum is shared, and its bits depend on the schedule alone.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_CONVERSION_ATTNTOTILE_HEADTILE_H
#define FOVEA_CONVERSION_ATTNTOTILE_HEADTILE_H

#include "fovea/Conversion/AttnToTile/Place.h"

namespace fovea {

/// What one program sums: of a head, or of some heads of a token, or a part of that.
struct HeadTile {
  mlir::Value head;    ///< a KV head
  mlir::Value part;    ///< of what the head's programs sum
  mlir::Value offsets; ///< view of cu_seqlens
  mlir::Value rows;    ///< packed rows
  mlir::Value lengths; ///< view of how many are tokens; null: all that are a sequence's
  int64_t tokens;      ///< static: tokens or windows of a step

  using Carried = llvm::SmallVector<mlir::Value>;
  /// Goes through the sequences. Gives what the last one carried on.
  Carried
  forSequences(TileBuilder &b, mlir::ValueRange inits,
               llvm::function_ref<Carried(const Place &, mlir::ValueRange)> body) const;
  /// Goes through the tokens of all sequences by tiles [tokens, columns] of f32, which
  /// are one run of rows, and adds up what `term` gives for `count` rows from `first`
  /// on.
  mlir::Value sumTokens(
      TileBuilder &b, int64_t columns,
      llvm::function_ref<mlir::Value(mlir::Value first, mlir::Value count)> term) const;
  /// Stores the sum of the elements of a tile [tokens] of f32 to the element `at` of a
  /// view of two dims.
  static void storeTotal(TileBuilder &b, mlir::Value values, mlir::Value view,
                         mlir::ValueRange at);
};

} // namespace fovea

#endif // FOVEA_CONVERSION_ATTNTOTILE_HEADTILE_H
