//===- Attend.cpp - Softmax attention over a key set ----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "fovea/Reference/Attend.h"

#include "llvm/ADT/Twine.h"
#include <cmath>
#include <limits>

using namespace fovea::reference;
using llvm::ArrayRef;
using llvm::Error;

static constexpr double infinity = std::numeric_limits<double>::infinity();

double fovea::reference::getDefaultScale(int64_t keyDim) {
  return 1 / std::sqrt(static_cast<double>(keyDim));
}

Error fovea::reference::checkAttend(const AttendOperands &operands,
                                    const KeySet &keySet, const Sequences &sequences) {
  const auto &[query, key, value, indices, sinks, scoreFunction] = operands;
  if (Error error = checkRank("query", query.shape, 3))
    return error;
  if (Error error = checkRank("key", key.shape, 3))
    return error;
  if (Error error = checkRank("value", value.shape, 3))
    return error;
  int64_t numTokens = query.dim(0), numHeads = query.dim(1);
  int64_t numKeyRows = key.dim(0), numKvHeads = key.dim(1);
  if (Error error =
          checkShape("key", key.shape, {numKeyRows, numKvHeads, query.dim(2)}))
    return error;
  if (Error error =
          checkShape("value", value.shape, {numKeyRows, numKvHeads, value.dim(2)}))
    return error;
  if (numKvHeads == 0 || numHeads % numKvHeads != 0)
    return llvm::createStringError(
        "expected kv heads to divide heads, got kv heads = " + llvm::Twine(numKvHeads) +
        " and heads = " + llvm::Twine(numHeads));
  if (indices) {
    if (Error error = checkRank("indices", indices->shape, 3))
      return error;
    if (Error error = checkShape("indices", indices->shape,
                                 {numTokens, numKvHeads, indices->dim(2)}))
      return error;
  }
  if (sinks)
    if (Error error = checkShape("sinks", sinks->shape, {numHeads}))
      return error;
  // Rows of keys are looked at one sequence after another.
  if (Error error = sequences.verifyQueries(numTokens))
    return error;
  for (int64_t b = 0; b < sequences.size(); ++b) {
    int64_t end = sequences.begin(b) / keySet.tokensPerKeyRow +
                  keySet.numKeys(sequences.length(b));
    if (end > numKeyRows)
      return llvm::createStringError("expected at least " + llvm::Twine(end) +
                                     " rows of key and value for sequence " +
                                     llvm::Twine(b) + ", got " +
                                     llvm::Twine(numKeyRows));
  }
  return Error::success();
}

namespace {
struct Settings {
  double scale;
  const ComputeOptions &options;
};
} // namespace

/// Attends with the query row of `head` over the keys that it sees, adds to `output`,
/// which is 0, and returns the lse. A key whose score is -inf weighs nothing; a row of
/// no other keys and no sink is an empty one.
static double attendRow(int64_t head, const VisibleKeys &keys,
                        const AttendOperands &operands, const Settings &settings,
                        llvm::MutableArrayRef<double> output) {
  const auto &[scale, options] = settings;
  ArrayRef<double> query = operands.query.slice(keys.token, head);
  double sink = operands.sinks ? operands.sinks->at(head) : -infinity;
  std::vector<double> scores;
  double maximum = std::isnan(sink) ? -infinity : sink;
  for (size_t i = 0; i < keys.rows.size(); ++i) {
    double score = scale * dot(query, operands.key.slice(keys.rows[i], keys.kvHead));
    if (operands.scoreFunction)
      score =
          operands.scoreFunction(score, keys.position, keys.getKeyPosition(i), head);
    scores.push_back(options.round(score));
    maximum = std::max(maximum, scores.back());
  }
  double shift = maximum == -infinity ? 0 : maximum;
  double sum = std::exp(sink - shift);
  for (double &score : scores)
    sum += score = std::exp(score - shift);
  if (sum == 0) // Not where a score is NaN.
    return -infinity;
  for (double &element : output)
    element /= sum; // 0, but where a sink is NaN
  for (size_t i = 0; i < keys.rows.size(); ++i) {
    ArrayRef<double> value = operands.value.slice(keys.rows[i], keys.kvHead);
    double probability = options.round(scores[i] / sum);
    for (size_t d = 0; d < output.size(); ++d)
      output[d] += probability * value[d];
  }
  return maximum + std::log(sum);
}

void fovea::reference::visitQueries(
    const KeySet &keySet, const Sequences &sequences, int64_t kvHeads,
    const IndexArray *indices, const ComputeOptions &options,
    llvm::function_ref<void(const VisibleKeys &)> visit) {
  std::vector<int64_t> rows;
  for (int64_t b = 0; b < sequences.size(); ++b) {
    int64_t length = sequences.length(b);
    int64_t numKeys = keySet.numKeys(length);
    int64_t firstRow = sequences.begin(b) / keySet.tokensPerKeyRow;
    for (int64_t t = sequences.firstPosition(b); t < length; ++t) {
      int64_t token = sequences.queryRow(b, t);
      if (!options.includes(token))
        continue;
      for (int64_t g = 0; g < kvHeads; ++g) {
        ArrayRef<int32_t> list;
        if (indices)
          list = indices->slice(token, g);
        rows.clear();
        for (int64_t u = 0; u < numKeys; ++u)
          if (keySet.contains(length, t, u, list))
            rows.push_back(firstRow + u);
        visit({token, g, t, rows, firstRow, keySet.tokensPerKeyRow});
      }
    }
  }
}

llvm::Expected<AttendResult> fovea::reference::attend(const AttendOperands &operands,
                                                      const KeySet &keySet,
                                                      const Sequences &sequences,
                                                      double scale,
                                                      const ComputeOptions &options) {
  if (Error error = checkAttend(operands, keySet, sequences))
    return error;
  const Array &query = operands.query, &key = operands.key, &value = operands.value;
  int64_t numTokens = query.dim(0), numHeads = query.dim(1);
  int64_t numKvHeads = key.dim(1), group = numHeads / numKvHeads;
  AttendResult result{Array({numTokens, numHeads, value.dim(2)}),
                      Array({numTokens, numHeads}, -infinity)};

  visitQueries(keySet, sequences, numKvHeads, operands.indices, options,
               [&](const VisibleKeys &keys) {
                 int64_t first = keys.kvHead * group;
                 for (int64_t h = first; h < first + group; ++h)
                   result.lse.at(keys.token, h) =
                       attendRow(h, keys, operands, {scale, options},
                                 result.output.slice(keys.token, h));
               });
  return result;
}
