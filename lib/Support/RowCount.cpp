//===- RowCount.cpp - What the rows of an array count ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Support/RowCount.h"

#include "llvm/Support/ErrorHandling.h"

using namespace fovea;

static constexpr llvm::StringLiteral kKeyPrefix = "key_";

int64_t RowCount::getRows(int64_t own, const BatchSizes &sizes) const {
  switch (kind) {
  case RowKind::Static:
  case RowKind::Pages:
    return own;
  case RowKind::Tokens:
    return (ofKeys ? sizes.getKeyTokens() : sizes.tokens) / tokensPerRow;
  case RowKind::SequenceEnds:
    return sizes.sequences + 1;
  case RowKind::Sequences:
    return sizes.sequences;
  }
  llvm_unreachable("unknown kind of rows");
}

std::string fovea::toString(RowCount rows) {
  std::string prefix = rows.ofKeys ? kKeyPrefix.str() : "";
  switch (rows.kind) {
  case RowKind::Static:
    return "static";
  case RowKind::Tokens:
    prefix += "tokens";
    return rows.tokensPerRow == 1 ? prefix
                                  : prefix + " / " + std::to_string(rows.tokensPerRow);
  case RowKind::SequenceEnds:
    return prefix + "sequence_ends";
  case RowKind::Sequences:
    return "sequences";
  case RowKind::Pages:
    return "pages";
  }
  llvm_unreachable("unknown kind of rows");
}

std::optional<RowCount> fovea::parseRowCount(llvm::StringRef text) {
  if (text == "static")
    return RowCount();
  if (text == "sequences")
    return RowCount::ofSequences();
  if (text == "pages")
    return RowCount::ofPages();
  bool ofKeys = text.consume_front(kKeyPrefix);
  auto ofSide = [&](RowCount rows) { return ofKeys ? rows.toKeys() : rows; };
  if (text == "sequence_ends")
    return ofSide(RowCount::ofSequenceEnds());
  if (text == "tokens")
    return ofSide(RowCount::ofTokens());
  int64_t tokensPerRow = 0;
  if (!text.consume_front("tokens / ") || text.getAsInteger(10, tokensPerRow) ||
      tokensPerRow < 2)
    return std::nullopt;
  return ofSide(RowCount::ofTokens(tokensPerRow));
}
