//===- SoftmaxBound.h - how exact a softmax can be --------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A score s that f32 computes is known to some d only, and e^(s + d) is e^s times
// e^d: what the scores' errors do to a softmax depends on their size, not on the
// probabilities alone. With |d_u| <= D_u the weighted sum o = sum_u p_u v_u of
// scores that are off by d_u differs from the exact one by
//
//   |sum_u p_u (e^d_u - 1) (v_u - o)| / sum_u p_u e^d_u.
//
// A shift of all scores alike changes nothing, so the error of the likeliest key
// is taken from every other one's: D'_u = D_u + D_top, and 0 for the likeliest.
// That keeps the bound small where one key has nearly all the weight, however
// large the scores are.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_NUMERICS_SOFTMAXBOUND_H
#define FOVEA_NUMERICS_SOFTMAXBOUND_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <limits>
#include <vector>

namespace fovea {

/// Half a unit in the last place of 1 in f32.
inline constexpr double f32Roundoff = 0x1p-24;
/// A gate's exponential and division, in f32.
inline constexpr double gateRoundoff = 16 * f32Roundoff;
/// What a device may flush to 0.
inline constexpr double f32Smallest = 0x1p-126;
/// The error of what nobody can know.
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The relative error of an f32 sum of `terms` products, against the sum of their
/// magnitudes: errors of single steps add as a random walk does, and some steps
/// are taken whatever the length.
double getSumRoundoff(size_t terms);

/// A row of values, and what is known of each.
struct RowView {
  llvm::ArrayRef<double> value;
  llvm::ArrayRef<double> error;     ///< how far it may be off; empty: exact
  llvm::ArrayRef<double> magnitude; ///< of its terms, which may cancel; empty: its own
};

/// Values that are summed or multiplied, and what bounds the result.
struct BoundedRow {
  explicit BoundedRow(size_t size) : value(size), magnitude(size), error(size) {}

  std::vector<double> value;     ///< exact, from the operands as they are
  std::vector<double> magnitude; ///< the sum of the terms' absolute values
  std::vector<double> error;     ///< how far a device's value may be off

  operator RowView() const { return {value, error, magnitude}; }
  /// Adds `factor`, which may be off by `factorError`, times `row`. `factorMagnitude`:
  /// of the factor's own terms, where these may cancel.
  void addScaled(double factor, double factorError, RowView row,
                 double factorMagnitude = 0);
};

/// The softmax over the keys of one query: add each, then finish.
class SoftmaxBound final {
public:
  void add(double score, double scoreError) {
    scores.push_back(score);
    scoreErrors.push_back(scoreError);
  }
  void finish();

  size_t size() const { return scores.size(); }
  double getLse() const { return lse; }
  double getLseError() const { return lseError; }

  using RowOf = llvm::function_ref<RowView(size_t)>;
  /// sum_u p_u v_u for rows of `width` elements. `operandRoundoff` is what the
  /// device loses where it stores a probability before it multiplies.
  BoundedRow sumValues(size_t width, RowOf value, double operandRoundoff) const;

private:
  void findGrowths(size_t top);

  std::vector<double> scores, scoreErrors;
  std::vector<double> probabilities;
  /// How much each probability may grow or shrink, the likeliest held fixed.
  std::vector<double> growths;
  double lse = 0, lseError = 0;
};

} // namespace fovea

#endif // FOVEA_NUMERICS_SOFTMAXBOUND_H
