//===- Attend.h - the one attend generator ----------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Dense, windowed, compressed and selected attention are one loop over visits:
//
//   for (block, tokens, masked) in visits:
//     S  = Q K^T                           masked elements: -inf
//     m' = max(m, rowmax S)                online softmax, in base 2, f = scale log2 e
//     P  = 2^(S f - m' f),  a = 2^((m - m') f)
//     l  = l * a + rowsum P,  O = O * a + P V
//   out = O / l,  lse = (m f + log2 l) * ln 2      empty: 0 and -inf, or the sink
//
// Where a score region bounds S, as a soft cap does, m is 0 and a is 1: no row needs
// its maximum, nothing is scaled again, and P begins before the row's last score is
// there. A row's largest P is no longer 1, which 16 bits hold exactly, so O is divided
// by the sum of P as products take it, while lse is of P itself.
//
// The key set contributes bounds and the mask, through its interface.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_ATTNTOTILE_ATTEND_H
#define FOVEA_LIB_CONVERSION_ATTNTOTILE_ATTEND_H

#include "fovea/Conversion/AttnToTile/Scores.h"

namespace fovea {

/// What an attend reads: [Tk, Hkv, D] and, for index lists, a view [T, Hkv, n].
struct AttendInputs {
  KeyView k, v;
  mlir::Value indices;
  attn::KeySetInterface keys;
  double scale;
  int64_t keyBlock;
  mlir::Value sinks = {}; ///< a view [Hq], or null
  ScoreCode code = {};
  bool needsLse = true;
  VisitPart part = {}; ///< of the keys

  ScoreSource getScores() const { return {k, keys, scale, keyBlock, code}; }
};

/// The running state of a softmax: O [rows, Dv], the others [rows], all f32.
struct SoftmaxState {
  mlir::Value acc;
  mlir::Value max;           ///< the largest score so far, without its factor; null: 0
  mlir::Value sum;           ///< of weights
  mlir::Value exactSum = {}; ///< of weights before products round them; null: `sum`

  /// What a loop carries, and back.
  llvm::SmallVector<mlir::Value> getValues() const;
  SoftmaxState with(mlir::ValueRange values) const;
};

struct AttendResult {
  mlir::Value out; ///< [rows, Dv] f32
  mlir::Value lse; ///< [rows] f32, natural log
};

/// From products of queries and keys to exponents of 2.
///
/// S f - m f is one multiply-add, whose product is exact, less m f, which is rounded:
/// where S = m, what is left is half a unit in the last place of m f. That is a common
/// factor of the row's numerators, which the sum divides out, but for logits of 2^30 it
/// is a factor of 2^32, and soon infinity or 0. Two different f32 products of that size
/// are at least 8 apart in units of log2, so that only which of them are the largest
/// matters. A row from 2^26 on takes the next power of two for f: m f is exact then,
/// the largest products weigh 1, and the others next to nothing, as they should.
struct SoftmaxScale {
  /// Of scores that are logits after `scale`.
  SoftmaxScale(double scale, bool isBounded);

  /// f for each row, given a finite maximum: `factor` or `steepFactor`.
  mlir::Value emitFactors(TileBuilder &b, mlir::Value max) const;

  bool isBounded;     ///< whether rows go without a maximum
  double scale;       ///< from scores to logits
  double factor;      ///< scale * log2 e
  double steepFactor; ///< the next power of two
  double steepFrom;   ///< |m| from which rows take it
  double lowest;      ///< where the maximum starts: times either factor it is finite
};

/// One tile of queries over the key blocks that it visits.
AttendResult emitAttend(TileBuilder &b, const QueryTile &tile, mlir::Value q,
                        const AttendInputs &inputs);

} // namespace fovea

#endif // FOVEA_LIB_CONVERSION_ATTNTOTILE_ATTEND_H
