//===- RowFacts.h - what a value's sizes count ------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_ATTN_IR_ROWFACTS_H
#define FOVEA_DIALECT_ATTN_IR_ROWFACTS_H

#include "fovea/Support/RowCount.h"

namespace fovea::attn {

/// What one operation says of an operand or a result.
struct RowFacts {
  llvm::StringRef name; ///< the operation's word for the value: "k"
  RowCount rows;
  int64_t block = 0;          ///< of scores: tokens per column; 0: columns are static
  bool mayLieInPages = false; ///< whether kernels read an operand from pages
};

} // namespace fovea::attn

#endif // FOVEA_DIALECT_ATTN_IR_ROWFACTS_H
