//===- AttendGrad.h - Gradients of attention --------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// For a loss that the attention's out and lse enter, of which dout and dlse are the
// gradients: with s' the score of a pair, P = exp(s' - lse) and dP = dout . v,
//
//   delta = dout . out - dlse      dS = P * (dP - delta)      one number a row, a pair
//   dq = sum over keys of scale * dS * ds'/ds * k
//   dk = sum over queries and heads of scale * dS * ds'/ds * q,   dv = sum of P * dout
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_REFERENCE_ATTENDGRAD_H
#define FOVEA_REFERENCE_ATTENDGRAD_H

#include "fovea/Reference/Array.h"
#include "fovea/Reference/Attend.h"
#include "fovea/Reference/ComputeOptions.h"
#include "fovea/Reference/KeySet.h"
#include "fovea/Reference/Sequences.h"
#include "llvm/ADT/SmallVector.h"

#include <functional>

namespace fovea::reference {

/// What a score function makes of a score, and what that changes by.
struct ScoreDerivative {
  double score;
  double slope = 1;                          ///< by the score as it was
  llvm::SmallVector<double, 2> learned = {}; ///< by each learned number
};

/// The derivative of a ScoreFunction, at the same arguments. Empty: that of nothing.
using ScoreGradient = std::function<ScoreDerivative(double score, int64_t query,
                                                    int64_t key, int64_t head)>;

/// What the attention was given, and what is known of its results.
struct AttendGradOperands {
  const Array &query;      ///< [T, Hq, Dk]
  const Array &key;        ///< [Tk, Hkv, Dk], Hkv divides Hq
  const Array &value;      ///< [Tk, Hkv, Dv]
  const Array &outputGrad; ///< [T, Hq, Dv]
  const Array &lse;        ///< [T, Hq]
  const Array &delta;      ///< [T, Hq], of attendDelta
  /// [T, Hkv, n], or null if the key set takes none.
  const IndexArray *indices = nullptr;
  ScoreGradient scoreGradient = nullptr;
  size_t numLearned = 0; ///< learned numbers of the score function
};

struct AttendGradQResult {
  Array query; ///< [T, Hq, Dk]
  /// [T, Hq] for each learned number: its gradient, row by row.
  std::vector<Array> learned;
};

struct AttendGradKVResult {
  Array key;   ///< [Tk, Hkv, Dk]
  Array value; ///< [Tk, Hkv, Dv]
};

/// delta[t,h] = dout[t,h] . out[t,h] - dlse[t,h], of [T, Hq, Dv] twice and [T, Hq], or
/// null for a dlse of 0. An error names the operand whose shape does not fit.
llvm::Expected<Array> attendDelta(const Array &outputGrad, const Array &output,
                                  const Array *lseGrad,
                                  const ComputeOptions &options = {});

/// The gradient of queries, and of the score function's learned numbers. Keys outside
/// of the set, keys whose score is -inf, and all of a row whose lse is -inf contribute
/// exactly nothing. An error names the operand whose shape does not fit.
llvm::Expected<AttendGradQResult> attendGradQ(const AttendGradOperands &operands,
                                              const KeySet &keySet,
                                              const Sequences &sequences, double scale,
                                              const ComputeOptions &options = {});

/// The gradients of keys and values; 0 in rows that no query sees. A sum over all
/// queries: `options.tokens` must be empty.
llvm::Expected<AttendGradKVResult> attendGradKV(const AttendGradOperands &operands,
                                                const KeySet &keySet,
                                                const Sequences &sequences,
                                                double scale,
                                                const ComputeOptions &options = {});

/// dsinks[h] = -sum_t exp(sinks[h] - lse[t,h]) * delta[t,h] over the tokens of all
/// sequences, but for those whose lse is -inf.
llvm::Expected<Array> attendGradSinks(const Array &sinks, const Array &lse,
                                      const Array &delta, const Sequences &sequences);

/// sums[h] = sum_t rows[t,h] over the tokens of all sequences.
llvm::Expected<Array> sumTokens(const Array &rows, const Sequences &sequences);

} // namespace fovea::reference

#endif // FOVEA_REFERENCE_ATTENDGRAD_H
