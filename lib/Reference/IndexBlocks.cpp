//===- IndexBlocks.cpp - What index heads say of each block ---------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "fovea/Reference/IndexBlocks.h"

#include "fovea/Reference/Attend.h"
#include "llvm/ADT/Twine.h"
#include <cmath>
#include <limits>

using namespace fovea::reference;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Twine;

static Error checkOperands(const IndexOperands &operands, const KeySet &keySet,
                           const IndexOptions &indexOptions,
                           const Sequences &sequences) {
  const Array &query = operands.query, &key = operands.key;
  const Array *weights = operands.weights;
  if (Error error = checkRank("query", query.shape, 3))
    return error;
  if (Error error = checkRank("key", key.shape, 3))
    return error;
  int64_t tokens = query.dim(0), heads = query.dim(1), keyHeads = key.dim(1);
  int64_t kvHeads = indexOptions.kvHeads, stride = keySet.tokensPerKeyRow;
  if (Error error = checkShape("key", key.shape, {key.dim(0), keyHeads, query.dim(2)}))
    return error;
  if (kvHeads < 1 || keyHeads < 1 || heads % kvHeads != 0 || kvHeads % keyHeads != 0)
    return llvm::createStringError(
        "expected kv heads to divide heads and key heads to divide kv heads, got " +
        Twine(heads) + " heads, " + Twine(kvHeads) + " kv heads and " +
        Twine(keyHeads) + " key heads");
  if (indexOptions.selectBlock < 1 || indexOptions.selectBlock % stride != 0)
    return llvm::createStringError(
        "expected stride to divide select block, got stride = " + Twine(stride) +
        " and select block = " + Twine(indexOptions.selectBlock));
  if (weights)
    if (Error error = checkShape("weights", weights->shape, {tokens, heads}))
      return error;
  if (Error error = sequences.verifyQueries(tokens))
    return error;
  for (int64_t b = 0; b < sequences.size(); ++b) {
    int64_t end = sequences.begin(b) / stride + keySet.numKeys(sequences.length(b));
    if (end > key.dim(0))
      return llvm::createStringError("expected at least " + Twine(end) +
                                     " rows of key for sequence " + Twine(b) +
                                     ", got " + Twine(key.dim(0)));
  }
  return Error::success();
}

void fovea::reference::visitIndexKeys(
    const KeySet &keySet, const IndexOptions &indexOptions, const Sequences &sequences,
    const ComputeOptions &options,
    llvm::function_ref<void(int64_t, int64_t, int64_t, int64_t)> visit) {
  visitQueries(keySet, sequences, indexOptions.kvHeads, /*indices=*/nullptr, options,
               [&](const VisibleKeys &keys) {
                 for (size_t i = 0; i < keys.rows.size(); ++i)
                   visit(keys.token, keys.kvHead, keys.rows[i],
                         keys.getKeyPosition(i) / indexOptions.selectBlock);
               });
}

llvm::Expected<Array> fovea::reference::indexBlocks(const IndexOperands &operands,
                                                    const KeySet &keySet,
                                                    const IndexOptions &indexOptions,
                                                    const Sequences &sequences,
                                                    const ComputeOptions &options) {
  if (Error error = checkOperands(operands, keySet, indexOptions, sequences))
    return error;
  const Array &query = operands.query, &key = operands.key;
  const Array *weights = operands.weights;
  int64_t group = query.dim(1) / indexOptions.kvHeads;
  int64_t sharing = indexOptions.kvHeads / key.dim(1);
  int64_t keyTokens = sequences.hasQueries()
                          ? (key.dim(0) + 1) * keySet.tokensPerKeyRow - 1
                          : query.dim(0);
  int64_t blocks = numSelectBlocks(keyTokens, indexOptions.selectBlock);
  Array scores({query.dim(0), indexOptions.kvHeads, blocks},
               -std::numeric_limits<double>::infinity());
  auto scoreOf = [&](int64_t token, int64_t g, int64_t row) {
    double sum = 0;
    for (int64_t h = g * group; h < (g + 1) * group; ++h) {
      double product =
          options.round(dot(query.slice(token, h), key.slice(row, g / sharing)));
      if (indexOptions.rectified)
        product = product > 0 ? product : 0;
      sum += weights ? weights->at(token, h) * product : product;
    }
    return sum;
  };
  visitIndexKeys(keySet, indexOptions, sequences, options,
                 [&](int64_t token, int64_t g, int64_t row, int64_t block) {
                   double &best = scores.at(token, g, block);
                   best = std::fmax(best, scoreOf(token, g, row)); // NaN does not count
                 });
  return scores;
}
