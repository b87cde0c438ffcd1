//===- RowCount.cpp - What the rows of an array count ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Support/RowCount.h"

#include "llvm/Support/ErrorHandling.h"

using namespace fovea;

int64_t RowCount::getRows(int64_t own, int64_t tokens, int64_t sequences) const {
  switch (kind) {
  case RowKind::Static:
    return own;
  case RowKind::Tokens:
    return tokens / tokensPerRow;
  case RowKind::SequenceEnds:
    return sequences + 1;
  }
  llvm_unreachable("unknown kind of rows");
}

std::string fovea::toString(RowCount rows) {
  switch (rows.kind) {
  case RowKind::Static:
    return "static";
  case RowKind::Tokens:
    return rows.tokensPerRow == 1 ? "tokens"
                                  : "tokens / " + std::to_string(rows.tokensPerRow);
  case RowKind::SequenceEnds:
    return "sequence_ends";
  }
  llvm_unreachable("unknown kind of rows");
}

std::optional<RowCount> fovea::parseRowCount(llvm::StringRef text) {
  if (text == "static")
    return RowCount();
  if (text == "sequence_ends")
    return RowCount::ofSequenceEnds();
  if (text == "tokens")
    return RowCount::ofTokens();
  int64_t tokensPerRow = 0;
  if (!text.consume_front("tokens / ") || text.getAsInteger(10, tokensPerRow) ||
      tokensPerRow < 2)
    return std::nullopt;
  return RowCount::ofTokens(tokensPerRow);
}
