//===- Sequences.h - Sequences packed one after another ---------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tokens of all sequences share one axis, and so do the things made from them.
// Everything finds its place from cu_seqlens alone, without a scan:
//
//   tokens of b             from cu[b]           L = cu[b+1] - cu[b] of them
//   windows of b            from cu[b] / d       numWindows(L, l, d) of them
//   selection blocks of b   from cu[b] / l' + b  numSelectBlocks(L, l') of them
//
// (l, d: block and stride of the compression; l': selection block; all in
// tokens.) The windows of all fit in T / d rows because L >= l >= d gives
// at most L / d windows; the selection blocks in T / l' + B because of the + b,
// which makes room for one partial block per sequence. Rows in between belong
// to nobody.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_REFERENCE_SEQUENCES_H
#define FOVEA_REFERENCE_SEQUENCES_H

#include "llvm/Support/Error.h"
#include <cstdint>
#include <vector>

namespace fovea::reference {

/// Windows of `block` tokens, one each `stride`, that fit in `length` tokens: a
/// partial last window is dropped. numWindows(t + 1, ..) is how many of them
/// the query at position t sees, vis(t).
inline int64_t numWindows(int64_t length, int64_t block, int64_t stride) {
  return length >= block ? (length - block) / stride + 1 : 0;
}

/// Selection blocks of `length` tokens; the last may be partial.
inline int64_t numSelectBlocks(int64_t length, int64_t selectBlock) {
  return (length + selectBlock - 1) / selectBlock;
}

/// A view of cu_seqlens [B + 1]: sequence b is tokens [offsets[b],
/// offsets[b + 1]). Tokens past the last offset belong to no sequence.
///
/// Of a batch whose queries are not all tokens, `offsets` are of rows of keys, and a
/// sequence's last tokens are its queries, whose rows `queryOffsets` cut the same way.
struct Sequences {
  std::vector<int32_t> offsets;
  std::vector<int32_t> queryOffsets = {}; ///< [B + 1]; empty: each token is a query
  std::vector<int32_t> lengths = {};      ///< [B]: tokens; empty: as many as rows

  /// The number of sequences, B.
  int64_t size() const {
    return offsets.empty() ? 0 : static_cast<int64_t>(offsets.size()) - 1;
  }
  /// The first token of sequence `b`.
  int64_t begin(int64_t b) const { return offsets[b]; }
  /// The rows of sequence `b`.
  int64_t rows(int64_t b) const { return int64_t(offsets[b + 1]) - offsets[b]; }
  /// The tokens of sequence `b`.
  int64_t length(int64_t b) const { return lengths.empty() ? rows(b) : lengths[b]; }

  bool hasQueries() const { return !queryOffsets.empty(); }
  const std::vector<int32_t> &getQueryOffsets() const {
    return hasQueries() ? queryOffsets : offsets;
  }
  /// The row of the first query of sequence `b`, how many there are, and the position
  /// of the first.
  int64_t queryBegin(int64_t b) const { return getQueryOffsets()[b]; }
  int64_t countQueries(int64_t b) const {
    return int64_t(getQueryOffsets()[b + 1]) - queryBegin(b);
  }
  int64_t firstPosition(int64_t b) const { return length(b) - countQueries(b); }
  /// The row of the query at `position` of sequence `b`, which is one.
  int64_t queryRow(int64_t b, int64_t position) const {
    return queryBegin(b) + position - firstPosition(b);
  }
  /// How many rows queries have, and keys; what is behind is nobody's.
  int64_t numQueryRows() const { return getQueryOffsets().back(); }
  int64_t numKeyRows() const { return offsets.back(); }
  /// The row of the first window of sequence `b`.
  int64_t beginWindow(int64_t b, int64_t stride) const { return begin(b) / stride; }
  /// The row of the first selection block of sequence `b`.
  int64_t beginSelectBlock(int64_t b, int64_t selectBlock) const {
    return begin(b) / selectBlock + b;
  }

  /// An error unless the offsets start at 0, never decrease, and end at most at
  /// `numTokens`, those of queries at `numQueries`; nor where a sequence has fewer
  /// tokens than queries, or more than rows.
  llvm::Error verify(int64_t numTokens, int64_t numQueries) const;
  /// The same where each token is a query.
  llvm::Error verify(int64_t numTokens) const { return verify(numTokens, numTokens); }
  /// The same of queries alone, where they have rows of their own.
  llvm::Error verifyQueries(int64_t numQueries) const;
};

} // namespace fovea::reference

#endif // FOVEA_REFERENCE_SEQUENCES_H
