//===- WorkCounter.h - adds up the work of a kernel -------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TUNING_WORKCOUNTER_H
#define FOVEA_TUNING_WORKCOUNTER_H

#include "fovea/Dialect/Attn/IR/KeySet.h"
#include "fovea/Tuning/Work.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace fovea::tuning {

/// Adds up what the operations of one kernel say of one sequence (Work.h).
class WorkCounter {
public:
  /// As for countWork.
  WorkCounter(mlir::Operation *root, int64_t tokens, int64_t tileRows)
      : root(root), tokens(tokens), tileRows(tileRows) {}

  int64_t getTokens() const { return tokens; }
  /// What was counted; fails where countPairs did.
  mlir::FailureOr<Work> getWork() const {
    return isWrong ? mlir::FailureOr<Work>() : work;
  }

  /// Pairs of `op`'s key set, whose lists name `count` blocks. Where getCost gives no
  /// such number, says so at `op`, and the count fails.
  double countPairs(mlir::Operation *op, attn::KeySetInterface keys, int64_t count);

  /// Multiply-adds of matrix products count as two.
  void addFlops(double flops) { work.flops += flops; }
  void addExps(double exps) { work.exps += exps; }
  /// Matrix products and softmax of `pairs` pairs of each head; `k` and `v`, which may
  /// be null, are what tiles read.
  void addPairs(double pairs, mlir::Value q, mlir::Value k, mlir::Value v);
  /// Keys that tiles of queries, or queries that tiles of keys, read of `pairs` pairs:
  /// `columns` of each, of `heads` heads, with elements as those of `rows`.
  void addTileReads(double pairs, int64_t heads, int64_t columns, mlir::Value rows);
  /// What a score region, which may be empty, computes for each of the pairs.
  void addScoreRegion(double pairs, mlir::Value q, mlir::Region &region);
  /// A score matrix has a column for each `block` tokens.
  void setScoreBlock(int64_t block);
  /// An array of `rows` rows that the kernel reads, unless it computed it itself.
  void read(mlir::Value tensor, int64_t rows);
  /// One that it writes, if anything outside reads it.
  void write(mlir::Value tensor, int64_t rows);

private:
  void addArray(mlir::Value tensor, int64_t rows);

  mlir::Operation *root;
  int64_t tokens, tileRows;
  int64_t scoreColumns = 1; ///< of the score matrix, whose row is not static
  llvm::SmallPtrSet<mlir::Value, 8> counted;
  Work work;
  bool isWrong = false;
};

} // namespace fovea::tuning

#endif // FOVEA_TUNING_WORKCOUNTER_H
