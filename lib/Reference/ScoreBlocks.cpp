//===- ScoreBlocks.cpp - How much each block matters ----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "fovea/Reference/ScoreBlocks.h"

#include "llvm/ADT/Twine.h"
#include <algorithm>
#include <cmath>
#include <limits>

using namespace fovea::reference;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Twine;

int64_t fovea::reference::overlapWeight(int64_t i, int64_t j, const BlockSizes &sizes) {
  int64_t begin = std::max(i * sizes.stride, j * sizes.selectBlock);
  int64_t end = std::min(i * sizes.stride + sizes.block, (j + 1) * sizes.selectBlock);
  return std::max<int64_t>(0, end - begin) / sizes.stride;
}

/// The tokens that rows of keys may be of: of a batch whose queries are not its tokens,
/// as many as there can be.
static int64_t countKeyTokens(const ScoreOperands &operands, const BlockSizes &sizes,
                              const Sequences &sequences) {
  if (!sequences.hasQueries())
    return operands.query.dim(0);
  return (operands.key.dim(0) + 1) * sizes.stride - 1;
}

static Error checkOperands(const ScoreOperands &operands, const BlockSizes &sizes,
                           const Sequences &sequences) {
  const auto &[query, key, lse, scoreFunction] = operands;
  for (auto [name, size] :
       {std::pair("block", sizes.block), std::pair("select block", sizes.selectBlock)})
    if (sizes.stride <= 0 || size <= 0 || size % sizes.stride != 0)
      return llvm::createStringError(Twine("expected stride to divide ") + name +
                                     ", got stride = " + Twine(sizes.stride) + " and " +
                                     name + " = " + Twine(size));
  if (Error error = checkRank("query", query.shape, 3))
    return error;
  if (Error error = checkRank("key", key.shape, 3))
    return error;
  int64_t numTokens = query.dim(0), numHeads = query.dim(1);
  int64_t numKvHeads = key.dim(1);
  if (Error error =
          checkShape("key", key.shape, {key.dim(0), numKvHeads, query.dim(2)}))
    return error;
  if (numKvHeads == 0 || numHeads % numKvHeads != 0)
    return llvm::createStringError(
        "expected kv heads to divide heads, got kv heads = " + Twine(numKvHeads) +
        " and heads = " + Twine(numHeads));
  if (Error error = checkShape("lse", lse.shape, {numTokens, numHeads}))
    return error;
  int64_t mostTokens = countKeyTokens(operands, sizes, sequences);
  if (key.dim(0) < mostTokens / sizes.stride)
    return llvm::createStringError("expected at least " +
                                   Twine(mostTokens / sizes.stride) +
                                   " rows of key, got " + Twine(key.dim(0)));
  return sequences.verify(mostTokens, numTokens);
}

/// p = exp(score - lse) (Eq 8); 0 in an empty row, whose lse is -inf.
static double getProbability(double score, double lse) {
  double shift = lse == -std::numeric_limits<double>::infinity() ? -lse : lse;
  return std::exp(score - shift);
}

/// scores[j] += W(i, j) * probability for the few j that window `i` overlaps
/// (Eq 9).
static void addWindow(int64_t i, double probability, const BlockSizes &sizes,
                      llvm::MutableArrayRef<double> scores) {
  int64_t firstToken = i * sizes.stride;
  int64_t lastToken = firstToken + sizes.block - 1;
  for (int64_t j = firstToken / sizes.selectBlock; j <= lastToken / sizes.selectBlock;
       ++j)
    scores[j] += overlapWeight(i, j, sizes) * probability;
}

llvm::Expected<Array> fovea::reference::scoreBlocks(const ScoreOperands &operands,
                                                    const BlockSizes &sizes,
                                                    double scale,
                                                    const Sequences &sequences,
                                                    const ComputeOptions &options) {
  if (Error error = checkOperands(operands, sizes, sequences))
    return error;
  const Array &query = operands.query, &key = operands.key, &lse = operands.lse;
  int64_t numTokens = query.dim(0), numKvHeads = key.dim(1);
  int64_t group = query.dim(1) / numKvHeads;
  int64_t keyTokens = countKeyTokens(operands, sizes, sequences);
  Array scores({numTokens, numKvHeads, numSelectBlocks(keyTokens, sizes.selectBlock)});
  for (int64_t b = 0; b < sequences.size(); ++b) {
    int64_t firstRow = sequences.beginWindow(b, sizes.stride);
    for (int64_t t = sequences.firstPosition(b); t < sequences.length(b); ++t) {
      int64_t token = sequences.queryRow(b, t);
      if (!options.includes(token))
        continue;
      int64_t visible = numWindows(t + 1, sizes.block, sizes.stride);
      // The heads of a group share one selection (Eq 10).
      for (int64_t h = 0; h < query.dim(1); ++h)
        for (int64_t i = 0; i < visible; ++i) {
          double score =
              scale * dot(query.slice(token, h), key.slice(firstRow + i, h / group));
          if (operands.scoreFunction)
            score = operands.scoreFunction(score, t, i * sizes.stride, h);
          addWindow(i, options.round(getProbability(score, lse.at(token, h))), sizes,
                    scores.slice(token, h / group));
        }
    }
  }
  return scores;
}
