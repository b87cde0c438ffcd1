//===- HeaderText.cpp - what generated headers have in common -------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "HeaderText.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using namespace fovea;
using llvm::StringRef;

/// What the rows count, of the fields of a struct at `prefix`.
static std::string getRowFormula(RowCount rows, StringRef prefix) {
  switch (rows.kind) {
  case RowKind::Static:
    llvm_unreachable("static rows are a number");
  case RowKind::Tokens:
    return (prefix + toString(rows)).str();
  case RowKind::SequenceEnds:
    return (prefix + "sequences + 1").str();
  }
  llvm_unreachable("unknown kind of rows");
}

std::string fovea::getRows(const EntryArgument &argument, StringRef prefix) {
  return argument.hasStaticRows() ? llvm::itostr(argument.shape[0])
                                  : getRowFormula(argument.rows, prefix);
}

std::string fovea::getRowCheck(const EntryArgument &argument, StringRef prefix) {
  if (!argument.hasStaticRows() || argument.rows.kind == RowKind::Static)
    return "";
  return getRowFormula(argument.rows, prefix) +
         " == " + llvm::itostr(argument.shape[0]);
}

std::string fovea::getRowsNote(const EntryArgument &argument) {
  if (argument.rows.kind == RowKind::SequenceEnds)
    return ": sequence b is tokens [" + argument.name + "[b], " + argument.name +
           "[b + 1])";
  std::string perRow = std::to_string(argument.rows.tokensPerRow);
  if (argument.rows.kind == RowKind::Tokens && argument.rows.tokensPerRow > 1)
    return ": a row per " + perRow +
           " tokens; the rows of a sequence that starts at token t start at row t / " +
           perRow;
  return "";
}

std::string fovea::getSizes(const EntryArgument &argument, StringRef prefix) {
  std::string text = getRows(argument, prefix);
  for (int64_t size : llvm::drop_begin(argument.shape))
    text += ", " + llvm::itostr(size);
  return text;
}

std::string fovea::getIdentifier(StringRef source) {
  std::string identifier = llvm::sys::path::stem(source).str();
  for (char &c : identifier)
    if (!llvm::isAlnum(c))
      c = '_';
  return identifier;
}

std::string fovea::getHeaderGuard(StringRef source, StringRef suffix) {
  return "FOVEA_KERNELS_" + StringRef(getIdentifier(source)).upper() + suffix.upper() +
         "_H";
}
