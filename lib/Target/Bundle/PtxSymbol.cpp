//===- PtxSymbol.cpp - a kernel by another name ---------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "PtxSymbol.h"

#include "llvm/ADT/StringExtras.h"

using llvm::StringRef;

static bool isSymbolCharacter(char c) {
  return llvm::isAlnum(c) || c == '_' || c == '$' || c == '.' || c == '%';
}

std::string fovea::renamePtxSymbol(StringRef ptx, StringRef from, StringRef to) {
  std::string result;
  while (!ptx.empty()) {
    StringRef other = ptx.take_until(isSymbolCharacter);
    StringRef word = ptx.drop_front(other.size()).take_while(isSymbolCharacter);
    ptx = ptx.drop_front(other.size() + word.size());
    result += other;
    StringRef rest = word;
    if (rest.consume_front(from) && (rest.empty() || rest.starts_with("_param_")))
      result += (to + rest).str();
    else
      result += word;
  }
  return result;
}
