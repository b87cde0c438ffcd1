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

/// The C expression of the first size.
static std::string getRows(const EntryArgument &argument) {
  if (argument.hasStaticRows())
    return llvm::itostr(argument.shape[0]);
  switch (argument.rows.kind) {
  case RowKind::Static:
    llvm_unreachable("static rows are a number");
  case RowKind::Tokens:
    return toString(argument.rows);
  case RowKind::SequenceEnds:
    return "sequences + 1";
  case RowKind::Sequences:
    return "sequences";
  case RowKind::Pages:
    return "pages";
  }
  llvm_unreachable("unknown kind of rows");
}

std::string fovea::getRowsNote(const EntryArgument &argument) {
  std::string name = getCommentText(argument.name);
  std::string ofKeys = argument.rows.ofKeys ? "key " : "";
  if (argument.rows.kind == RowKind::SequenceEnds)
    return ": sequence b is " + ofKeys + "tokens [" + name + "[b], " + name +
           "[b + 1])";
  if (argument.rows.kind == RowKind::Sequences)
    return ": sequence b has " + name + "[b] tokens, of which the last are queries";
  std::string perRow = std::to_string(argument.rows.tokensPerRow);
  bool isTable = argument.rows.kind == RowKind::Tokens && argument.rows.ofKeys &&
                 argument.type == ElementType::I32 && argument.shape.size() == 1;
  if (isTable)
    return ": the page of each " + perRow +
           " tokens, of sequence b from the first of its key tokens on; keys of a "
           "number "
           "that is no page's are 0";
  if (argument.rows.kind == RowKind::Tokens && argument.rows.tokensPerRow > 1)
    return ": a row per " + perRow +
           " tokens; the rows of a sequence that starts at token t start at row t / " +
           perRow;
  return "";
}

std::string fovea::getSizes(const EntryArgument &argument) {
  std::string text = getRows(argument);
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
