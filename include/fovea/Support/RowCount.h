//===- RowCount.h - What the rows of an array count -------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A batch has T tokens in B sequences, and the first size of every array follows from
// these two or from nothing. It is a fact of how an argument is used, which
// attn-infer-rows derives once; everything behind it reads this text:
//
//   static              a number of its own, such as a weight's heads
//   tokens              T
//   tokens / 16         floor(T / 16): compressed rows, one per stride of 16 tokens
//   sequence_ends       B + 1: cu_seqlens
//   sequences           B
//
// Where queries and keys are not the same tokens (attn.batch), T counts queries, and Tk
// the tokens that arrays of keys have rows for:
//
//   key_tokens          Tk
//   key_tokens / 16     floor(Tk / 16)
//   key_sequence_ends   B + 1: where the keys of sequences end
//
// And where keys lie in pages (attn.gather_pages), whose table has a row per page of
// Tk:
//
//   pages               of a cache: as many as there are, whatever the batch is
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_SUPPORT_ROWCOUNT_H
#define FOVEA_SUPPORT_ROWCOUNT_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>

namespace fovea {

enum class RowKind { Static, Tokens, SequenceEnds, Sequences, Pages };

/// The sizes of a batch.
struct BatchSizes {
  int64_t tokens, sequences;
  int64_t keyTokens = -1; ///< negative: as many as tokens, which are the same

  int64_t getKeyTokens() const { return keyTokens < 0 ? tokens : keyTokens; }
};

struct RowCount {
  RowKind kind = RowKind::Static;
  int64_t tokensPerRow = 1; ///< of Tokens: at least 1
  bool ofKeys = false;      ///< of Tokens and SequenceEnds

  static RowCount ofTokens(int64_t tokensPerRow = 1) {
    return {RowKind::Tokens, tokensPerRow};
  }
  static RowCount ofSequenceEnds() { return {RowKind::SequenceEnds}; }
  static RowCount ofSequences() { return {RowKind::Sequences}; }
  static RowCount ofPages() { return {RowKind::Pages}; }
  /// The same of keys, where tokens or the ends of sequences are counted.
  RowCount toKeys() const {
    bool isOfTokens = kind == RowKind::Tokens || kind == RowKind::SequenceEnds;
    return {kind, tokensPerRow, isOfTokens};
  }

  /// How many rows a batch has; `own` where no batch changes that: static ones, pages.
  int64_t getRows(int64_t own, const BatchSizes &sizes) const;

  bool operator==(const RowCount &other) const {
    return kind == other.kind && tokensPerRow == other.tokensPerRow &&
           ofKeys == other.ofKeys;
  }
  bool operator!=(const RowCount &other) const { return !(*this == other); }
};

/// The text above.
std::string toString(RowCount rows);

/// The count that `text` says; none if it is not one of the texts above.
std::optional<RowCount> parseRowCount(llvm::StringRef text);

} // namespace fovea

#endif // FOVEA_SUPPORT_ROWCOUNT_H
