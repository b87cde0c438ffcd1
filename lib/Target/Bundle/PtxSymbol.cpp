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
  if (from == to)
    return ptx.str();
  std::string result;
  size_t copied = 0;
  for (size_t at = ptx.find(from); at != StringRef::npos; at = ptx.find(from, at + 1)) {
    StringRef rest = ptx.drop_front(at + from.size()).take_while(isSymbolCharacter);
    if ((at && isSymbolCharacter(ptx[at - 1])) ||
        !(rest.empty() || rest.starts_with("_param_")))
      continue;
    result += ptx.slice(copied, at);
    result += to;
    copied = at + from.size();
  }
  result += ptx.drop_front(copied);
  return result;
}
