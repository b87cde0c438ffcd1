//===- HeaderText.cpp - what generated headers have in common -------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "HeaderText.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace fovea;
using llvm::StringRef;

std::string fovea::getRows(const EntryArgument &argument, StringRef prefix) {
  switch (argument.rows) {
  case RowCount::Static:
    return llvm::itostr(argument.shape[0]);
  case RowCount::Tokens:
    return (prefix + "tokens").str();
  case RowCount::SequenceEnds:
    return (prefix + "sequences + 1").str();
  }
  llvm_unreachable("unknown row count");
}

std::string fovea::getSizes(const EntryArgument &argument, StringRef prefix) {
  std::string text = getRows(argument, prefix);
  for (int64_t size : llvm::drop_begin(argument.shape))
    text += ", " + llvm::itostr(size);
  return text;
}

std::string fovea::getCommentText(StringRef name) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  for (char c : name) {
    if ((c == '/' || c == '*') && !text.empty() &&
        (text.back() == '/' || text.back() == '*'))
      stream << ' '; // neither begins nor ends a comment
    llvm::printEscapedString(StringRef(&c, 1), stream);
  }
  return text;
}

std::string fovea::getIdentifier(StringRef source) {
  std::string identifier = llvm::sys::path::stem(source).str();
  for (char &c : identifier)
    if (!llvm::isAlnum(c))
      c = '_';
  return identifier;
}

std::string fovea::getHeaderGuard(StringRef source, StringRef tag) {
  return "FOVEA_" + StringRef(getIdentifier(source)).upper() + "_" + tag.upper() + "_H";
}
