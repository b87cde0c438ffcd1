//===- SelectTopk.cpp - The blocks that a query reads ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "fovea/Reference/SelectTopk.h"

#include "llvm/ADT/Twine.h"
#include <algorithm>
#include <limits>

using namespace fovea::reference;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Twine;

static Error checkOperands(const Array &scores, const SelectOptions &options,
                           const Sequences &sequences) {
  if (options.selectBlock <= 0)
    return llvm::createStringError("expected a positive select block, got " +
                                   Twine(options.selectBlock));
  if (options.initial < 0 || options.local < 0)
    return llvm::createStringError(
        "expected initial and local not to be negative, got initial = " +
        Twine(options.initial) + " and local = " + Twine(options.local));
  if (options.count < options.initial + options.local)
    return llvm::createStringError(
        "expected count to hold initial + local blocks, got count = " +
        Twine(options.count) + ", initial = " + Twine(options.initial) +
        " and local = " + Twine(options.local));
  if (Error error = checkRank("scores", scores.shape, 3))
    return error;
  if (Error error = sequences.verifyQueries(scores.dim(0)))
    return error;
  for (int64_t b = 0; b < sequences.size(); ++b) {
    int64_t blocks = numSelectBlocks(sequences.length(b), options.selectBlock);
    if (scores.dim(2) < blocks)
      return llvm::createStringError("expected scores of at least " + Twine(blocks) +
                                     " blocks for sequence " + Twine(b) + ", got " +
                                     Twine(scores.dim(2)));
  }
  return Error::success();
}

/// The selection of one query in block `own`, ascending.
static std::vector<int32_t> select(ArrayRef<double> scores, int64_t own,
                                   const SelectOptions &options) {
  std::vector<int32_t> chosen, candidates;
  for (int64_t j = 0; j <= own; ++j) {
    bool forced = j < options.initial || j > own - options.local;
    if (forced)
      chosen.push_back(j);
    else if (scores[j] > -std::numeric_limits<double>::infinity()) // nor NaN
      candidates.push_back(j);
  }
  // Stable: among equals the lowest block stays first.
  std::stable_sort(candidates.begin(), candidates.end(),
                   [&](int32_t a, int32_t b) { return scores[a] > scores[b]; });
  size_t free = options.count - chosen.size();
  candidates.resize(std::min(free, candidates.size()));
  chosen.insert(chosen.end(), candidates.begin(), candidates.end());
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

llvm::Expected<IndexArray> fovea::reference::selectTopk(const Array &scores,
                                                        const SelectOptions &options,
                                                        const Sequences &sequences) {
  if (Error error = checkOperands(scores, options, sequences))
    return error;
  IndexArray indices({scores.dim(0), scores.dim(1), options.count}, -1);
  for (int64_t b = 0; b < sequences.size(); ++b)
    for (int64_t t = sequences.firstPosition(b); t < sequences.length(b); ++t)
      for (int64_t g = 0; g < scores.dim(1); ++g) {
        int64_t token = sequences.queryRow(b, t);
        std::vector<int32_t> chosen =
            select(scores.slice(token, g), t / options.selectBlock, options);
        std::copy(chosen.begin(), chosen.end(), indices.slice(token, g).begin());
      }
  return indices;
}
