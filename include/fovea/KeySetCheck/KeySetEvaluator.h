//===- KeySetEvaluator.h - what a key set emits, as numbers -----*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Key sets emit IR with IntegerBuilder, which folds: from constant positions come
// constant bounds and masks. So a check runs what the compiler emits without lowering
// it.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_KEYSETCHECK_KEYSETEVALUATOR_H
#define FOVEA_KEYSETCHECK_KEYSETEVALUATOR_H

#include "fovea/Dialect/Attn/IR/KeySet.h"
#include "fovea/Dialect/Attn/IR/KeySetContract.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <optional>
#include <string>
#include <vector>

namespace fovea::attn {

/// A half-open range of blocks or positions; empty where end <= begin.
struct Span {
  int64_t begin, end;
  bool contains(int64_t i) const { return begin <= i && i < end; }
};

/// Calls the emit methods of key sets of one context. Where something that they emit is
/// missing, of another type than it should be, or does not fold, the numbers are 0 and
/// getFault says what it was.
class KeySetEvaluator {
public:
  explicit KeySetEvaluator(mlir::MLIRContext *context);

  /// emitVisits for the queries [begin, end) of a sequence, end <= length.
  struct Visits {
    Span visited, full;
  };
  Visits visits(KeySetInterface set, int64_t length, Span queries, int64_t keyBlock);
  /// emitTranspose for one key block.
  struct Queries {
    Span seeing, full;
  };
  Queries transpose(KeySetInterface set, int64_t length, int64_t block,
                    int64_t keyBlock);
  /// emitNumKeys.
  int64_t numKeys(KeySetInterface set, int64_t length);
  /// emitMask of every query with every key, as tensors of i32: row-major, one row per
  /// query.
  std::vector<bool> mask(KeySetInterface set, int64_t length, Span queries, Span keys);
  /// emitMask of one query with one key, as scalars of i32.
  bool maskAt(KeySetInterface set, int64_t length, int64_t query, int64_t key);

  /// The first answer that was of no use, as a message.
  const std::optional<std::string> &getFault() const { return fault; }

private:
  int64_t integer(mlir::Value value, llvm::StringRef method);
  void noteUnfolded(mlir::Value value, llvm::StringRef method);
  /// Whether `answer` is none; notes it otherwise.
  bool isSound(const AnswerFault &answer);
  /// Drops the IR of the last evaluation.
  void clear();

  mlir::OwningOpRef<mlir::ModuleOp> module;
  IntegerBuilder builder;
  std::optional<std::string> fault;
};

} // namespace fovea::attn

#endif // FOVEA_KEYSETCHECK_KEYSETEVALUATOR_H
