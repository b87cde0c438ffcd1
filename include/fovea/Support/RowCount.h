//===- RowCount.h - What the rows of an array count -------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A batch has T tokens in B sequences, and the first size of every array follows from
// these two or from nothing. It is a fact of how an argument is used, which
// attn-infer-rows derives once; everything behind it reads this text:
//
//   static          a number of its own, such as a weight's heads
//   tokens          T
//   tokens / 16     floor(T / 16): compressed rows, one per stride of 16 tokens
//   sequence_ends   B + 1: cu_seqlens
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_SUPPORT_ROWCOUNT_H
#define FOVEA_SUPPORT_ROWCOUNT_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>

namespace fovea {

enum class RowKind { Static, Tokens, SequenceEnds };

struct RowCount {
  RowKind kind = RowKind::Static;
  int64_t tokensPerRow = 1; ///< of Tokens: at least 1

  static RowCount ofTokens(int64_t tokensPerRow = 1) {
    return {RowKind::Tokens, tokensPerRow};
  }
  static RowCount ofSequenceEnds() { return {RowKind::SequenceEnds, 1}; }

  /// How many rows a batch has; `own` of a static count.
  int64_t getRows(int64_t own, int64_t tokens, int64_t sequences) const;

  bool operator==(const RowCount &other) const {
    return kind == other.kind && tokensPerRow == other.tokensPerRow;
  }
  bool operator!=(const RowCount &other) const { return !(*this == other); }
};

/// The text above.
std::string toString(RowCount rows);

/// The count that `text` says; none if it is not one of the texts above.
std::optional<RowCount> parseRowCount(llvm::StringRef text);

} // namespace fovea

#endif // FOVEA_SUPPORT_ROWCOUNT_H
