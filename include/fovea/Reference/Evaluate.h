//===- Evaluate.h - An attn function on arrays ------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Runs a function of attn operations through the reference: each op is one call
// of its loops on doubles, and each result is rounded once, to the element type
// of its tensor. Key sets enter through `contains` alone.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_REFERENCE_EVALUATE_H
#define FOVEA_REFERENCE_EVALUATE_H

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Reference/Array.h"
#include "fovea/Reference/Compress.h"
#include "fovea/Reference/ComputeOptions.h"
#include "fovea/Reference/IndexBlocks.h"
#include "fovea/Reference/KeySet.h"
#include "fovea/Reference/Sequences.h"
#include "fovea/Support/ElementType.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

#include <deque>
#include <optional>

namespace fovea::reference {

/// The element type of an array of `type`, or of its elements for a shaped
/// type; nothing for a type that arrays do not hold.
std::optional<ElementType> getElementType(mlir::Type type);

/// The reference's view of a key-set attribute.
KeySet makeKeySet(attn::KeySetInterface keys);

/// That of cu_seqlens or of a batch, whose arrays `get` has.
Sequences makeSequences(mlir::Value sequences,
                        llvm::function_ref<const Array &(mlir::Value)> get);

/// What attributes say about windows and phi.
CompressOptions getCompressOptions(attn::CompressedAttr windows, attn::PhiAttr phi);

/// What an op says about its heads and blocks.
IndexOptions getIndexOptions(attn::IndexBlocksOp op);

/// An exact copy of indices as values, and back; -1 stays -1.
Array toArray(const IndexArray &indices);
IndexArray toIndices(const Array &array);

struct EvaluateOptions {
  /// One flag per packed token; rows of the others are not computed. Empty:
  /// every token. See ComputeOptions.
  std::vector<bool> tokens;

  /// Also round inside each op, to its result's element type: the naive
  /// computation in that type, whose error is the yardstick of a kernel's.
  bool roundIntermediates = false;

  /// Leave values that are only returned as they were computed, in double.
  bool exactResults = false;

  /// Round nothing: the function of real numbers, whose differences are its
  /// derivatives.
  bool exact = false;

  /// Values that users of an op's result see instead of what it computed: a
  /// kernel's own block choice, say. The arrays outlive the evaluation.
  llvm::DenseMap<mlir::Value, const Array *> given =
      llvm::DenseMap<mlir::Value, const Array *>();
};

class Evaluator;

class EvaluationResult {
public:
  /// What the op that defines `value` computed; null if it was not evaluated.
  const Array *lookup(mlir::Value value) const { return computed.lookup(value); }

  /// The function's results, in order.
  std::vector<const Array *> results;

private:
  friend class Evaluator;
  std::deque<Array> storage; ///< a deque: arrays stay where they are
  llvm::DenseMap<mlir::Value, const Array *> computed;
};

/// What an operation's reference is evaluated with. Walks a function's operations in
/// order.
class Evaluator final {
public:
  explicit Evaluator(const EvaluateOptions &options) : options(options) {}

  /// What users of `value` see, which is an argument or computed already.
  const Array &get(mlir::Value value) const { return *visible.lookup(value); }
  std::vector<const Array *> getAll(mlir::ValueRange values) const;
  Sequences getSequences(mlir::Value cuSeqlens) const {
    return makeSequences(
        cuSeqlens, [&](mlir::Value value) -> const Array & { return get(value); });
  }
  /// How to compute a result that is rounded inside as `output` is.
  ComputeOptions getComputeOptions(mlir::Value output) const;
  /// `value` is what its op computed; rounds it, unless it stays exact.
  void define(mlir::Value value, Array array);
  /// The same, where it could be computed; else its error.
  llvm::Error defineOr(mlir::Value value, llvm::Expected<Array> array);

private:
  friend llvm::Expected<EvaluationResult>
  evaluate(mlir::func::FuncOp, llvm::ArrayRef<Array>, const EvaluateOptions &);

  llvm::Error bindInputs(mlir::func::FuncOp function, llvm::ArrayRef<Array> inputs);
  llvm::Error evaluate(mlir::Block &block);
  llvm::Error evaluate(mlir::Operation *op);
  llvm::Error evaluate(attn::GroupOp op);
  /// `value` is the same as one that is there already.
  void alias(mlir::Value value, const Array *array);

  const EvaluateOptions &options;
  EvaluationResult result;
  llvm::DenseMap<mlir::Value, const Array *> visible;
};

/// Attaches the references of the attn dialect's operations.
void registerEvaluateModels(mlir::DialectRegistry &registry);

/// Evaluates `function`, whose body is attn operations and one func.return, on
/// one array per argument. An error says which input or op does not fit: a
/// wrong shape, malformed cu_seqlens, or an operation without a reference.
llvm::Expected<EvaluationResult> evaluate(mlir::func::FuncOp function,
                                          llvm::ArrayRef<Array> inputs,
                                          const EvaluateOptions &options = {});

} // namespace fovea::reference

#include "fovea/Reference/EvaluateOpInterface.h.inc"

#endif // FOVEA_REFERENCE_EVALUATE_H
