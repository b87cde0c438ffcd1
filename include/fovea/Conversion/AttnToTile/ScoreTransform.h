//===- ScoreTransform.h - a score region on tiles ---------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A score region is scalar code; here it becomes elementwise operations on whole tiles.
// Two things keep it cheap:
//
//   * What depends on the query alone (its head's bias, a slope) is computed once per
//     row, before the loop over keys; what depends on the key alone, once per column.
//     Only what differs from pair to pair is computed for each.
//   * Factors of constants are carried along and applied once. `50 * tanh(s / 50)` is
//     tanh(product * c), and the last 50 is part of what takes a score to an exponent
//     of 2, as the scale is where there is no region:
//
//       value       (tile, factor)              meaning: tile * factor
//       %s          (Q K^T, scale)
//       %s / 50     (Q K^T, scale / 50)
//       tanh        (tanh(Q K^T * scale / 50), 1)
//       50 * tanh   (tanh(...), 50)             softmax multiplies by 50 log2 e
//
// A gradient's region computes derivatives, too (ScoreRegionGradient.h), whose factors
// are taken out of the sums that they enter.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_CONVERSION_ATTNTOTILE_SCORETRANSFORM_H
#define FOVEA_CONVERSION_ATTNTOTILE_SCORETRANSFORM_H

#include "fovea/Conversion/AttnToTile/QueryTile.h"
#include "fovea/Conversion/AttnToTile/ScoreLayout.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/ScoreRegionGradient.h"

namespace fovea {

/// A region, with what it reads.
struct ScoreCode {
  mlir::Region *region = nullptr;         ///< null or empty: the score is what it was
  llvm::SmallVector<mlir::Value> learned; ///< views [Hq]
  /// What the region computes beside the score.
  llvm::SmallVector<mlir::Value> derivatives = {};

  /// The region of attn.attend or attn.score_blocks.
  template <typename OpT, typename KernelT>
  static ScoreCode of(OpT op, const KernelT &kernel) {
    ScoreCode code{&op.getScoreRegion(), {}};
    for (mlir::Value value : op.getLearned())
      code.learned.push_back(kernel.getView(value));
    return code;
  }
  /// That of a gradient, which outlives the code.
  template <typename OpT, typename KernelT>
  static ScoreCode of(OpT op, const KernelT &kernel,
                      attn::ScoreRegionGradient &gradient) {
    ScoreCode code = of(op, kernel);
    code.region = &gradient.getRegion();
    llvm::append_range(code.derivatives, gradient.getDerivatives());
    return code;
  }

  bool isEmpty() const { return !region || region->empty(); }
};

/// What a region makes of the products of a visit.
struct ScoreValues {
  mlir::Value score; ///< over ScoreTransform::getFactor
  /// The region's values that there are, as tiles of their extents.
  llvm::DenseMap<mlir::Value, mlir::Value> tiles;
};

/// One region on tiles of `layout`, whose queries are those of one query tile.
class ScoreTransform {
public:
  /// Emits what depends on queries alone. Products times `scale` are the scores that
  /// the region takes.
  ScoreTransform(TileBuilder &b, const QueryTile &tile, const ScoreLayout &layout,
                 ScoreCode code, double scale);

  /// What takes a score of `emit` to a score: a positive number.
  static double getFactor(const ScoreCode &code, double scale);
  /// What takes derivative number `i` to what it stands for; 1 without a region.
  static double getDerivativeFactor(const ScoreCode &code, size_t i, double scale);

  /// From products. `emitPositions` gives the keys' positions, i32, and is called where
  /// the region reads them.
  ScoreValues emit(mlir::Value products,
                   llvm::function_ref<mlir::Value()> emitPositions) const;
  /// Derivative number `i`, over `getDerivativeFactor`, where a visit needs it: a tile
  /// that waits takes registers. Null for 1, and without a region.
  mlir::Value emitDerivative(ScoreValues &values, size_t i) const;

private:
  using Tiles = llvm::DenseMap<mlir::Value, mlir::Value>;
  mlir::Value getArgument(attn::ScoreArgument argument) const;
  /// Emits the operations of `extent`, in their order, up to `last` where that is not
  /// null.
  void emitAll(attn::ScoreExtent extent, Tiles &tiles,
               mlir::Operation *last = nullptr) const;
  /// The tile of `value`, spread over what operations of `extent` lie in.
  mlir::Value use(mlir::Value value, attn::ScoreExtent extent, Tiles &tiles) const;
  mlir::Value emitOp(mlir::Operation *op, attn::ScoreExtent extent, Tiles &tiles) const;
  mlir::Value emitArgument(mlir::BlockArgument argument) const;
  /// The tile of each pair of `base`, a value without its factor.
  mlir::Value getTile(mlir::Value base, Tiles &tiles) const;

  TileBuilder &b;
  const QueryTile &tile;
  ScoreLayout layout;
  ScoreCode code;
  double scale;
  Tiles rows; ///< of ScoreExtent::Query
};

} // namespace fovea

#endif // FOVEA_CONVERSION_ATTNTOTILE_SCORETRANSFORM_H
