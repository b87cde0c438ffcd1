//===- InvertLists.cpp - The tokens that list each block ------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "fovea/Reference/InvertLists.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include <algorithm>

using namespace fovea::reference;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;
using llvm::Twine;

/// The rows of bounds: of blocks of tokens, which the lists' rows may not be.
static int64_t countRows(const IndexArray &lists, const Sequences &sequences) {
  return sequences.hasQueries() ? sequences.numKeyRows() : lists.dim(0);
}

/// Of [T, Hkv, n] lists of blocks.
static Error checkLists(const IndexArray &lists, int64_t block,
                        const Sequences &sequences) {
  if (block <= 0)
    return llvm::createStringError("expected a positive block, got " + Twine(block));
  if (Error error = checkRank("lists", lists.shape, 3))
    return error;
  if (sequences.offsets.empty())
    return sequences.verify(0);
  return sequences.verify(countRows(lists, sequences), lists.dim(0));
}

/// Inverts the lists of sequence `s` and KV head `g`.
static void invertSequence(const IndexArray &indices, int64_t block,
                           const Sequences &sequences, int64_t s, int64_t g,
                           InvertedLists &result) {
  int64_t first = sequences.queryBegin(s), queries = sequences.countQueries(s);
  int64_t tokens = indices.dim(0), listed = indices.dim(2);
  int64_t head = g * tokens * listed, begin = first * listed;
  for (int64_t b = 0; b < numSelectBlocks(sequences.rows(s), block); ++b) {
    int64_t end = begin, named = 0;
    for (int64_t t = 0; t < queries; ++t) {
      int64_t count = llvm::count(indices.slice(first + t, g), b);
      named += count;
      if (count > 0)
        result.entries.data[head + end++] = int32_t(t);
    }
    if (queries > 0) {
      int64_t row = sequences.begin(s) + b * block;
      result.bounds.at(row, g, 0) = int32_t(begin);
      result.bounds.at(row, g, 1) = int32_t(end);
    }
    begin += named;
  }
}

Expected<InvertedLists> fovea::reference::invertLists(const IndexArray &indices,
                                                      int64_t block,
                                                      const Sequences &sequences) {
  if (Error error = checkLists(indices, block, sequences))
    return error;
  InvertedLists result{IndexArray({countRows(indices, sequences), indices.dim(1), 2}),
                       IndexArray(indices.shape, -1)};
  for (int64_t s = 0; s < sequences.size(); ++s)
    for (int64_t g = 0; g < indices.dim(1); ++g)
      invertSequence(indices, block, sequences, s, g, result);
  return result;
}

namespace {
/// Blocks by token and KV head, as many as there are.
using Blocks = std::vector<std::vector<int32_t>>;
} // namespace

/// Adds the block `b` of sequence `s` to the lists of KV head `g`.
static Error revertBlock(const InvertedLists &lists, int64_t row, int64_t b,
                         const Sequences &sequences, int64_t s, int64_t g,
                         Blocks &blocks) {
  const IndexArray &entries = lists.entries;
  int64_t first = sequences.queryBegin(s), queries = sequences.countQueries(s);
  int64_t heads = entries.dim(1), listed = entries.dim(2);
  if (queries == 0)
    return Error::success(); // nobody lists a block
  int64_t begin = lists.bounds.at(row, g, 0), end = lists.bounds.at(row, g, 1);
  if (begin < first * listed || end < begin || end > (first + queries) * listed)
    return llvm::createStringError("expected bounds between " + Twine(first * listed) +
                                   " and " + Twine((first + queries) * listed) +
                                   " in row " + Twine(row) + ", got " + Twine(begin) +
                                   " and " + Twine(end));
  ArrayRef<int32_t> storage(entries.data);
  for (int32_t t : storage.slice(g * entries.dim(0) * listed + begin, end - begin)) {
    if (t < 0 || t >= queries)
      return llvm::createStringError("expected entries to be tokens below " +
                                     Twine(queries) + " for row " + Twine(row) +
                                     ", got " + Twine(t));
    blocks[(first + t) * heads + g].push_back(int32_t(b));
  }
  return Error::success();
}

Expected<IndexArray> fovea::reference::revertLists(const InvertedLists &lists,
                                                   int64_t block,
                                                   const Sequences &sequences) {
  if (Error error = checkLists(lists.entries, block, sequences))
    return error;
  int64_t tokens = lists.entries.dim(0), heads = lists.entries.dim(1);
  if (Error error = checkShape("bounds", lists.bounds.shape,
                               {countRows(lists.entries, sequences), heads, 2}))
    return error;
  Blocks blocks(tokens * heads);
  for (int64_t s = 0; s < sequences.size(); ++s)
    for (int64_t b = 0; b < numSelectBlocks(sequences.rows(s), block); ++b)
      for (int64_t g = 0; g < heads; ++g)
        if (Error error = revertBlock(lists, sequences.begin(s) + b * block, b,
                                      sequences, s, g, blocks))
          return error;
  size_t longest = 1;
  for (const std::vector<int32_t> &list : blocks)
    longest = std::max(longest, list.size());
  IndexArray indices({tokens, heads, int64_t(longest)}, -1);
  for (auto [i, list] : llvm::enumerate(blocks))
    std::copy(list.begin(), list.end(), indices.data.begin() + i * longest);
  return indices;
}
