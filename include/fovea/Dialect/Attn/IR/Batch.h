//===- Batch.h - where the sequences of a batch are -------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_ATTN_IR_BATCH_H
#define FOVEA_DIALECT_ATTN_IR_BATCH_H

#include "mlir/IR/Value.h"
#include "llvm/ADT/SmallVector.h"

namespace fovea::attn {

/// Whether an operation's sequences are of `attn.batch`, rather than cu_seqlens.
bool isBatch(mlir::Value sequences);

/// The arrays that say where the sequences are that an operation takes.
struct BatchArrays {
  mlir::Value queries;      ///< [B + 1]: the ends of their queries' rows
  mlir::Value keys;         ///< [B + 1]: those of their tokens' rows, as keys
  mlir::Value lengths = {}; ///< [B]: how many tokens there are; null: all of the rows

  /// Of `sequences`, cu_seqlens or a batch.
  static BatchArrays of(mlir::Value sequences);

  /// Whether queries are not the same tokens as keys.
  bool isApart() const { return queries != keys; }
  /// Each array once.
  llvm::SmallVector<mlir::Value, 3> getArrays() const;
};

} // namespace fovea::attn

#endif // FOVEA_DIALECT_ATTN_IR_BATCH_H
