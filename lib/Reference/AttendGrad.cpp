//===- AttendGrad.cpp - Gradients of attention ----------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "fovea/Reference/AttendGrad.h"

#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <limits>

using namespace fovea::reference;
using llvm::Error;
using llvm::Expected;

/// What neither a row of nothing nor a key that is hidden has a probability by.
static bool isNothing(double logarithm) {
  return logarithm == -std::numeric_limits<double>::infinity();
}

static Error checkOperands(const AttendGradOperands &operands, const KeySet &keySet,
                           const Sequences &sequences) {
  if (Error error =
          checkAttend({operands.query, operands.key, operands.value, operands.indices},
                      keySet, sequences))
    return error;
  int64_t tokens = operands.query.dim(0), heads = operands.query.dim(1);
  if (Error error = checkShape("gradient of the output", operands.outputGrad.shape,
                               {tokens, heads, operands.value.dim(2)}))
    return error;
  if (Error error = checkShape("lse", operands.lse.shape, {tokens, heads}))
    return error;
  return checkShape("delta", operands.delta.shape, {tokens, heads});
}

namespace {
/// A query head and a key that it sees.
struct Pair {
  int64_t token, head, row, kvHead;
  double probability;
  double scoreGrad; ///< dS, of the score that enters the softmax
  const ScoreDerivative &score;

  /// What a number that the score changes by `slope` of gets: what does not change adds
  /// nothing, however steep the score is there.
  double by(double slope) const { return scoreGrad == 0 ? 0 : scoreGrad * slope; }
};
} // namespace

/// Visits the pair with its numbers. One of no probability contributes 0 times its
/// rows, as a matrix product has it.
static void visitPair(const AttendGradOperands &operands, const VisibleKeys &keys,
                      size_t i, int64_t head, double scale,
                      const ComputeOptions &options,
                      llvm::function_ref<void(const Pair &)> visit) {
  int64_t row = keys.rows[i], token = keys.token;
  double lse = operands.lse.at(token, head);
  double score = scale * dot(operands.query.slice(token, head),
                             operands.key.slice(row, keys.kvHead));
  ScoreDerivative derivative{score};
  if (operands.scoreGradient)
    derivative =
        operands.scoreGradient(score, keys.position, keys.getKeyPosition(i), head);
  double probability = 0;
  if (!isNothing(lse) && !isNothing(derivative.score))
    probability = options.round(std::exp(options.round(derivative.score) - lse));
  double probabilityGrad = options.round(dot(operands.outputGrad.slice(token, head),
                                             operands.value.slice(row, keys.kvHead)));
  double scoreGrad =
      options.round(probability * (probabilityGrad - operands.delta.at(token, head)));
  visit({token, head, row, keys.kvHead, probability, scoreGrad, derivative});
}

/// All pairs of a query head and a key, in the order of the queries.
static void visitPairs(const AttendGradOperands &operands, const KeySet &keySet,
                       const Sequences &sequences, double scale,
                       const ComputeOptions &options,
                       llvm::function_ref<void(const Pair &)> visit) {
  int64_t kvHeads = operands.key.dim(1), group = operands.query.dim(1) / kvHeads;
  visitQueries(keySet, sequences, kvHeads, operands.indices, options,
               [&](const VisibleKeys &keys) {
                 int64_t first = keys.kvHead * group;
                 for (int64_t h = first; h < first + group; ++h)
                   for (size_t i = 0; i < keys.rows.size(); ++i)
                     visitPair(operands, keys, i, h, scale, options, visit);
               });
}

Expected<Array> fovea::reference::attendDelta(const Array &outputGrad,
                                              const Array &output, const Array *lseGrad,
                                              const ComputeOptions &options) {
  if (Error error = checkRank("gradient of the output", outputGrad.shape, 3))
    return error;
  if (Error error = checkShape("output", output.shape, outputGrad.shape))
    return error;
  int64_t tokens = output.dim(0), heads = output.dim(1);
  if (lseGrad)
    if (Error error = checkShape("gradient of lse", lseGrad->shape, {tokens, heads}))
      return error;
  Array delta({tokens, heads});
  for (int64_t t = 0; t < tokens; ++t)
    for (int64_t h = 0; h < heads; ++h)
      if (options.includes(t))
        delta.at(t, h) = dot(outputGrad.slice(t, h), output.slice(t, h)) -
                         (lseGrad ? lseGrad->at(t, h) : 0);
  return delta;
}

Expected<AttendGradQResult>
fovea::reference::attendGradQ(const AttendGradOperands &operands, const KeySet &keySet,
                              const Sequences &sequences, double scale,
                              const ComputeOptions &options) {
  if (Error error = checkOperands(operands, keySet, sequences))
    return error;
  AttendGradQResult result{
      Array(operands.query.shape),
      std::vector<Array>(operands.numLearned, Array(operands.lse.shape))};
  visitPairs(operands, keySet, sequences, scale, options, [&](const Pair &pair) {
    addScaled(scale * pair.by(pair.score.slope),
              operands.key.slice(pair.row, pair.kvHead),
              result.query.slice(pair.token, pair.head));
    for (auto [sum, slope] : llvm::zip_equal(result.learned, pair.score.learned))
      sum.at(pair.token, pair.head) += pair.by(slope);
  });
  return result;
}

Expected<AttendGradKVResult>
fovea::reference::attendGradKV(const AttendGradOperands &operands, const KeySet &keySet,
                               const Sequences &sequences, double scale,
                               const ComputeOptions &options) {
  if (Error error = checkOperands(operands, keySet, sequences))
    return error;
  if (!options.tokens.empty())
    return llvm::createStringError(
        "expected all tokens for a sum over queries, got a sample of them");
  AttendGradKVResult result{Array(operands.key.shape), Array(operands.value.shape)};
  visitPairs(operands, keySet, sequences, scale, options, [&](const Pair &pair) {
    addScaled(scale * pair.by(pair.score.slope),
              operands.query.slice(pair.token, pair.head),
              result.key.slice(pair.row, pair.kvHead));
    addScaled(pair.probability, operands.outputGrad.slice(pair.token, pair.head),
              result.value.slice(pair.row, pair.kvHead));
  });
  return result;
}

Expected<Array> fovea::reference::attendGradSinks(const Array &sinks, const Array &lse,
                                                  const Array &delta,
                                                  const Sequences &sequences) {
  if (Error error = checkRank("lse", lse.shape, 2))
    return error;
  if (Error error = checkShape("delta", delta.shape, lse.shape))
    return error;
  if (Error error = checkShape("sinks", sinks.shape, {lse.dim(1)}))
    return error;
  if (Error error = sequences.verifyQueries(lse.dim(0)))
    return error;
  Array result(sinks.shape);
  for (int64_t t = 0; t < sequences.numQueryRows(); ++t)
    for (int64_t h = 0; h < lse.dim(1); ++h)
      if (!isNothing(lse.at(t, h)))
        result.at(h) -= std::exp(sinks.at(h) - lse.at(t, h)) * delta.at(t, h);
  return result;
}

Expected<Array> fovea::reference::sumTokens(const Array &rows,
                                            const Sequences &sequences) {
  if (Error error = checkRank("rows", rows.shape, 2))
    return error;
  if (Error error = sequences.verifyQueries(rows.dim(0)))
    return error;
  Array sums({rows.dim(1)});
  for (int64_t t = 0; t < sequences.numQueryRows(); ++t)
    for (int64_t h = 0; h < rows.dim(1); ++h)
      sums.at(h) += rows.at(t, h);
  return sums;
}
