//===- OperandChecks.h - constraints that operations share ------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// An operation and its gradients take the same operands, and the same is wrong with
// them: what a constraint of the operation says is said once, here. Labels are those of
// the operation.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DIALECT_ATTN_IR_OPERANDCHECKS_H
#define FOVEA_LIB_DIALECT_ATTN_IR_OPERANDCHECKS_H

#include "fovea/Dialect/Attn/IR/Attn.h"

#include <optional>

namespace fovea::attn {

/// Heads and dim of a packed value are static, and not too many.
mlir::LogicalResult verifyStatic(mlir::Operation *op, llvm::StringRef name,
                                 mlir::Value packed);

/// Query heads must be a multiple of kv heads; both are static.
mlir::LogicalResult verifyGroups(mlir::Operation *op, mlir::Value q, mlir::Value kv);

/// Trailing dims of `value` must be `expected`; the first one is free.
mlir::LogicalResult verifyTrailing(mlir::Operation *op, llvm::StringRef name,
                                   mlir::Value value, llvm::ArrayRef<int64_t> expected);

mlir::LogicalResult verifyShape(mlir::Operation *op, const llvm::Twine &name,
                                mlir::Value value, llvm::ArrayRef<int64_t> expected);

using NamedValue = std::pair<llvm::StringRef, mlir::Value>;

/// Row counts (dim 0) agree, where they are static. Absent values are skipped.
mlir::LogicalResult verifyRows(mlir::Operation *op, llvm::ArrayRef<NamedValue> values);

/// There is a key row per `stride` tokens, where both counts are static and queries are
/// the same tokens: `sequences` are no batch.
mlir::LogicalResult verifyKeyRows(mlir::Operation *op, mlir::Value q, mlir::Value k,
                                  int64_t stride, mlir::Value sequences);

/// One number per query head, where there is a value.
mlir::LogicalResult verifyPerHead(mlir::Operation *op, llvm::StringRef name,
                                  mlir::Value value, mlir::Value q);
mlir::LogicalResult verifyLearned(mlir::Operation *op, mlir::ValueRange learned,
                                  mlir::Value q);

/// A gradient has the element type of its value, or f32.
mlir::LogicalResult verifyGradientElement(mlir::Operation *op, llvm::StringRef name,
                                          mlir::Value gradient, mlir::Value value);

/// The given scale, or Dk^-1/2.
double getScaleOrDefault(std::optional<llvm::APFloat> scale, mlir::Value q);

/// What an attention and its gradients are given. `out` is the attention's, or the
/// gradient of that.
struct AttendOperands {
  mlir::Value q, k, v, sequences;
  NamedValue out;
  llvm::SmallVector<NamedValue> stats; ///< a number of each row and head
  NamedValue lists;                    ///< indices, or what they became; may be null
  mlir::ValueRange learned;
  KeySetInterface keys;
  std::optional<llvm::APFloat> scale;
};
/// attend_c1 to attend_c11 and attend_c16, but for what they say of sinks.
mlir::LogicalResult verifyAttend(mlir::Operation *op, const AttendOperands &operands);

/// The same of a compression.
struct CompressOperands {
  mlir::Value input;
  mlir::ValueRange params;
  mlir::Value positions; ///< may be null
  NamedValue output;
  CompressedAttr windows;
  PhiAttr phi;
};
/// compress_c1 to compress_c6.
mlir::LogicalResult verifyCompress(mlir::Operation *op,
                                   const CompressOperands &operands);

/// The same of a gated sum.
struct CombineOperands {
  mlir::ValueRange branches;
  mlir::Value gates;
  mlir::Value base; ///< may be null
  NamedValue out;
  std::optional<llvm::ArrayRef<int64_t>> columns;
};
/// combine_c1 to combine_c6.
mlir::LogicalResult verifyCombine(mlir::Operation *op, const CombineOperands &operands);

} // namespace fovea::attn

#endif // FOVEA_LIB_DIALECT_ATTN_IR_OPERANDCHECKS_H
