//===- Scores.h - the one generator of scores -------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// What a query and a key give each other, for all who ask: attention, which does not
// know yet what the scores of a row sum to, and whoever comes behind it, such as the
// scores of blocks, and has the row's lse:
//
//   S = region(Q K^T)    one visit's scores, without the region's last factors
//   attention:           S, hidden keys -inf
//   behind it:           2^(S f - lse log2 e), hidden keys 0
//   index heads:         a function of S, hidden keys -inf
//   gradients:           2^(S f - lse log2 e) and dS, or both transposed, and dS times
//                        what the region changes by
//
// f takes such a score to an exponent of 2: the scale, or the region's factor, times
// log2 e.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_CONVERSION_ATTNTOTILE_SCORES_H
#define FOVEA_CONVERSION_ATTNTOTILE_SCORES_H

#include "fovea/Conversion/AttnToTile/KeyTiles.h"
#include "fovea/Conversion/AttnToTile/QueryTile.h"
#include "fovea/Conversion/AttnToTile/ScoreLayout.h"
#include "fovea/Conversion/AttnToTile/ScoreTransform.h"
#include "fovea/Conversion/AttnToTile/VisitPart.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace fovea {

/// What scores are made from.
struct ScoreSource {
  KeyView k; ///< [Tk, Hkv, Dk]
  attn::KeySetInterface keys;
  double scale;
  int64_t keyBlock;
  ScoreCode code = {};
  mlir::Value keyHead = {}; ///< of the view; null: the KV head of the query tile

  /// What takes a score of `ScoreTiles` to the score that it stands for.
  double getFactor() const { return ScoreTransform::getFactor(code, scale); }
  /// The same of the region's derivative number `i`.
  double getDerivativeFactor(size_t i) const {
    return ScoreTransform::getDerivativeFactor(code, i, scale);
  }
};

/// What P = 2^(score - shift) subtracts of a row whose lse is known: lse in units of
/// log2. Of an empty row, whose lse is -inf, P is 0; so it is from 2^30 on, where f32
/// knows lse to 64 at best and a P could be any number. NaN stays NaN.
mlir::Value emitShift(TileBuilder &b, mlir::Value lse);

/// The scores of one tile of queries, a visit at a time. Either the tile visits keys,
/// or it is what some keys visit.
class ScoreTiles {
public:
  /// Of a tile that visits keys; `q` is a tile [rows, Dk].
  ScoreTiles(TileBuilder &b, const QueryTile &tile, mlir::Value q,
             const ScoreSource &source);
  /// Of one that `keys` visit.
  ScoreTiles(TileBuilder &b, const QueryTile &tile, mlir::Value q,
             const ScoreSource &source, const KeyTiles &keys);

  const KeyTiles &getKeys() const { return keys; }

  /// The visits of the query tile, or a part of them, as a value; `indices` is a view
  /// of lists [T, Hkv, n], or null. Lists are cut by their entries, whose number the
  /// parts divide.
  mlir::Value emitVisits(mlir::Value indices, const VisitPart &part = {}) const;
  /// One of them, in the body of `loop`.
  Visit getVisit(tile::ForVisitsOp loop, mlir::Value indices) const;

  /// The keys of a visit, [keyBlock, Dk]: what other tiles of the same KV head share.
  mlir::Value loadKeys(const Visit &visit) const;

  /// Q K^T of a visit whose keys are `keyTile`, f32.
  mlir::Value emitProducts(mlir::Value keyTile) const;

  /// What `products` stand for, or `map` of it (what index heads make of theirs); -inf
  /// where the query does not see the key.
  mlir::Value
  emitScores(const Visit &visit, mlir::Value products,
             llvm::function_ref<mlir::Value(mlir::Value scores)> map = nullptr) const;
  /// What the region makes of `products`, whether the query sees the key or not.
  ScoreValues emitRegion(const Visit &visit, mlir::Value products) const;
  /// 2^(S f - shift) of such scores, with one value of `shift` per row of queries, or
  /// 2^(S f); 0 where the query does not see the key, whatever the shift is.
  mlir::Value emitProbabilities(const Visit &visit, mlir::Value scores,
                                mlir::Value shift = {}) const;
  /// dP = dO V^T of rows `dout` and `valueTile` of Dv columns, f32.
  mlir::Value emitGradProducts(mlir::Value dout, mlir::Value valueTile) const;
  /// dS = P (dP - delta), with one value of `delta` per row of queries.
  mlir::Value emitScoreGrads(mlir::Value probabilities, mlir::Value gradProducts,
                             mlir::Value delta) const;
  /// dS times derivative number `i` of the region. Where dS is 0 that is 0, however
  /// steep the region is: a key that is not seen has any score.
  mlir::Value emitChain(mlir::Value scoreGrads, ScoreValues &values, size_t i) const;

private:
  /// `values` where the query sees the key, `hidden` elsewhere.
  mlir::Value hide(const Visit &visit, mlir::Value values, double hidden) const;
  mlir::Value emitElementMask(mlir::Value block) const;

  TileBuilder &b;
  const QueryTile &tile;
  mlir::Value q;
  ScoreSource source;
  KeyTiles keys;
  ScoreLayout layout;
  ScoreTransform transform;
};

} // namespace fovea

#endif // FOVEA_CONVERSION_ATTNTOTILE_SCORES_H
