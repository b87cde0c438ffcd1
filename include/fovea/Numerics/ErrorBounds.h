//===- ErrorBounds.h - how far each value may be off ------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// docs/numerics.md says where a device rounds. This follows a function's
// operations and says, for each element that the reference computed, how far the
// same element of a device that rounds there may be off: a bound of its own for
// every element, so that a large one hides nothing of a small one.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_NUMERICS_ERRORBOUNDS_H
#define FOVEA_NUMERICS_ERRORBOUNDS_H

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Numerics/SoftmaxBound.h"
#include "fovea/Reference/Compress.h"
#include "fovea/Reference/Evaluate.h"
#include "fovea/Reference/ScoreProgram.h"

namespace fovea {

/// For one value of the reference.
struct ErrorBound {
  reference::Array error; ///< of each element; infinite where f32 cannot know it
  /// The sum of the absolute values of what the element sums, down to what is exact:
  /// an element whose bound is not small beside it is not known. For a logarithm 1, or
  /// 2^-5 of it.
  reference::Array magnitude;
};

class ErrorBounds final {
public:
  /// `result` is what `evaluate` computed with `options`, both of which outlive
  /// this. `narrowOperands`: the device's matrix products take operands of the
  /// tensors' element type, as tensor cores do.
  ErrorBounds(const reference::EvaluationResult &result,
              const reference::EvaluateOptions &options, bool narrowOperands)
      : result(result), options(options), narrowOperands(narrowOperands) {}

  /// Follows the operations of `block` in order.
  llvm::Error derive(mlir::Block &block);

  /// Null for a value that is exact: an argument, or a choice of blocks.
  const ErrorBound *lookup(mlir::Value value) const {
    auto it = bounds.find(value);
    return it == bounds.end() ? nullptr : &it->second;
  }

  // The bounds of the attn dialect's operations.
  llvm::Error derive(attn::CompressOp op);
  void derive(attn::AttendOp op);
  void derive(attn::ScoreBlocksOp op);
  void derive(attn::IndexBlocksOp op);
  void derive(attn::CombineOp op);

  /// What users of `value` see.
  const reference::Array &get(mlir::Value value) const {
    const reference::Array *given = options.given.lookup(value);
    return given ? *given : *result.lookup(value);
  }
  /// The sequences of cu_seqlens or of a batch.
  reference::Sequences getSequences(mlir::Value sequences) const {
    return reference::makeSequences(
        sequences,
        [&](mlir::Value value) -> const reference::Array & { return get(value); });
  }
  /// What is known of row (i, j) of `value`.
  RowView getRow(mlir::Value value, int64_t i, int64_t j) const {
    RowView row{get(value).slice(i, j), {}, {}};
    if (const ErrorBound *bound = lookup(value)) {
      row.error = bound->error.slice(i, j);
      row.magnitude = bound->magnitude.slice(i, j);
    }
    return row;
  }
  /// The errors of row (i, j) of `value`; empty if it is exact.
  llvm::ArrayRef<double> getErrors(mlir::Value value, int64_t i, int64_t j) const {
    const ErrorBound *bound = lookup(value);
    return bound ? bound->error.slice(i, j) : llvm::ArrayRef<double>();
  }
  double getOperandRoundoff(mlir::Value value) const;
  /// The tokens that are looked at, one flag each; empty: all.
  const std::vector<bool> &getTokens() const { return options.tokens; }
  /// What the learned values of an operation's score region are.
  template <typename OpT>
  std::vector<const reference::Array *> getLearned(OpT op) const {
    std::vector<const reference::Array *> learned;
    for (mlir::Value value : op.getLearned())
      learned.push_back(&get(value));
    return learned;
  }
  /// The region of attn.attend or attn.score_blocks.
  template <typename OpT> reference::ScoreProgram getProgram(OpT op) const {
    return {op.getScoreRegion(), getLearned(op)};
  }
  bool includes(int64_t token) const {
    return options.tokens.empty() || options.tokens[token];
  }
  /// A bound of 0 everywhere for `value`.
  ErrorBound &start(mlir::Value value);
  /// The slice of `value` at the leading indices `at`, computed as `row` says and then
  /// rounded to the type of its tensor; `mayStayWide`: or not, where a group keeps it
  /// in registers.
  void bind(mlir::Value value, llvm::ArrayRef<int64_t> at, const BoundedRow &row,
            bool mayStayWide = false);
  /// Row (i, j).
  void bindRow(mlir::Value value, int64_t i, int64_t j, const BoundedRow &row,
               bool mayStayWide) {
    bind(value, {i, j}, row, mayStayWide);
  }

  /// A GPU may store sums of fewer of the `terms` on its way to `sum`, one for each but
  /// the last (attn-split-combine, attn-chain-gradients): how far they are off
  /// together, where no sum is above `most` in magnitude.
  double boundPartialSums(mlir::Value sum, size_t terms, double most) const;

private:
  llvm::Error derive(mlir::Operation *op);
  llvm::Error derive(attn::GroupOp op);

  const reference::EvaluationResult &result;
  const reference::EvaluateOptions &options;
  bool narrowOperands;
  llvm::DenseMap<mlir::Value, ErrorBound> bounds;
};

/// An error where an operation computes one of phi's `params`: bounds take them as they
/// are.
llvm::Error verifyExact(const ErrorBounds &bounds, mlir::ValueRange params);

/// A value of f32, such as scale * query . key, and how far a device may be off.
struct BoundedScore {
  BoundedScore(double score, double error = 0) : score(score), error(error) {}

  double score, error;
};
BoundedScore getBoundedScore(llvm::ArrayRef<double> query,
                             llvm::ArrayRef<double> queryError,
                             llvm::ArrayRef<double> key,
                             llvm::ArrayRef<double> keyError, double scale);

/// What a score region makes of `score`, and how far a device may be off: each step is
/// given what is known of its operands, and rounds.
BoundedScore getBoundedScore(const reference::ScoreProgram &program, BoundedScore score,
                             int64_t query, int64_t key, int64_t head);
/// That, and behind it the derivatives that the program has.
llvm::SmallVector<BoundedScore, 4>
getBoundedScores(const reference::ScoreProgram &program, BoundedScore score,
                 int64_t query, int64_t key, int64_t head);

/// Half a unit in the last place of 1.
double getUnitRoundoff(ElementType type);

/// One window's rows [l, D], as RowView says.
struct BoundedWindow {
  explicit BoundedWindow(const reference::Shape &shape)
      : value(shape), error(shape), magnitude(shape) {}

  int64_t size() const { return value.dim(0); }
  int64_t width() const { return value.dim(1); }
  RowView row(int64_t r) const {
    return {value.slice(r), error.slice(r), magnitude.slice(r)};
  }
  /// The rows one after another.
  RowView flat() const { return {value.data, error.data, magnitude.data}; }
  void set(int64_t r, const BoundedRow &row) {
    llvm::copy(row.value, value.slice(r).begin());
    llvm::copy(row.error, error.slice(r).begin());
    llvm::copy(row.magnitude, magnitude.slice(r).begin());
  }

  reference::Array value, error, magnitude;
};

/// phi of one window of KV head `head`, and how far a device's may be off.
/// `operandRoundoff` as for SoftmaxBound.
BoundedRow boundPhi(const BoundedWindow &window,
                    const reference::CompressOperands &operands,
                    const reference::CompressOptions &options, int64_t head,
                    double operandRoundoff);

/// The gates of the rows of one window of a gated phi.
SoftmaxBound boundGates(const BoundedWindow &window,
                        const reference::CompressOperands &operands, int64_t head);

/// What the activation of an mlp is of, for one window; and what it makes of that.
BoundedRow boundHidden(const BoundedWindow &window,
                       const reference::CompressOperands &operands, int64_t head);
BoundedRow boundActivation(const BoundedRow &hidden, reference::Activation activation);

} // namespace fovea

#endif // FOVEA_NUMERICS_ERRORBOUNDS_H
