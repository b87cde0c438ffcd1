//===- ThreadBuilder.h - short names for one thread's code ------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOSIMT_THREADBUILDER_H
#define FOVEA_LIB_CONVERSION_TILETOSIMT_THREADBUILDER_H

#include "fovea/Support/IntegerBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace fovea::tile_to_simt {

/// Integer arithmetic in i32, i64 or index, and what a thread says often besides.
class ThreadBuilder : public IntegerBuilder {
public:
  using IntegerBuilder::IntegerBuilder;
  using Value = mlir::Value;

  Value i32(int64_t value);
  Value i64(int64_t value);
  Value f32(double value);
  Value boolean(bool value);

  /// Unsigned quotient and remainder; powers of two become shifts and masks.
  Value div(Value lhs, int64_t rhs);
  Value rem(Value lhs, int64_t rhs);
  Value land(Value lhs, Value rhs);
  Value land(Value lhs, int64_t rhs);
  Value lor(Value lhs, Value rhs);
  Value lxor(Value lhs, Value rhs);
  Value shl(Value lhs, Value rhs);
  Value shl(Value lhs, int64_t rhs);
  Value shr(Value lhs, Value rhs);

  Value lessUnsigned(Value lhs, Value rhs);
  Value notEqual(Value lhs, int64_t rhs);

  // Addresses and memory.
  Value offset(Value pointer, Value bytes);
  Value offset(Value pointer, int64_t bytes);
  Value load(mlir::Type type, Value pointer, unsigned alignment);
  void store(Value value, Value pointer, unsigned alignment);

  // Vectors: what a thread holds of a tile.
  Value fromElements(mlir::ArrayRef<Value> elements);
  Value extract(Value vector, int64_t i);
  /// result[i] = vector[mask[i]]
  Value permute(Value vector, mlir::ArrayRef<int64_t> mask);
  Value splat(Value scalar, int64_t size);
  Value constantVector(mlir::ArrayRef<int32_t> values);
  static int64_t sizeOf(Value vector);

  /// Lane operations.
  Value shuffleXor(Value value, int64_t mask);
  Value shuffleFrom(Value value, Value lane);
  Value shuffleFrom(Value value, int64_t lane);
  /// Value number `number` (i32) of those that lanes hold in turns: the first 32 in the
  /// first element of `values`, and so on. All lanes of a warp ask together.
  Value heldValue(Value values, Value number);
  Value shuffleUp(Value value, int64_t by = 1);
  Value ballot(Value predicate);

  /// Number of set bits.
  Value countBits(Value word);

  /// `then()` under a condition; with `types`, yields its values or else `otherwise`.
  void emitIf(Value condition, llvm::function_ref<void()> then);
  mlir::SmallVector<Value>
  emitIf(Value condition, mlir::TypeRange types,
         llvm::function_ref<mlir::SmallVector<Value>()> then,
         llvm::function_ref<mlir::SmallVector<Value>()> otherwise);

  /// `attempt(carried)`, which says whether to go on, and then `retry(carried)` before
  /// the next one. Gives what the last attempt did.
  using Carried = mlir::SmallVector<Value>;
  Carried emitWhile(mlir::ValueRange inits,
                    llvm::function_ref<Value(Carried &)> attempt,
                    llvm::function_ref<void(Carried &)> retry);
};

/// An i32 of a thread, for the closed forms of Placement.h: each operator emits what it
/// says, with unsigned quotients and remainders.
class ThreadNumber {
public:
  ThreadNumber(ThreadBuilder &b, mlir::Value value) : b(&b), value(value) {}

  ThreadNumber operator+(ThreadNumber other) const {
    return with(b->add(value, other.value));
  }
  ThreadNumber operator+(int64_t other) const { return with(b->add(value, other)); }
  ThreadNumber operator*(int64_t other) const { return with(b->mul(value, other)); }
  ThreadNumber operator/(int64_t other) const { return with(b->div(value, other)); }
  ThreadNumber operator%(int64_t other) const { return with(b->rem(value, other)); }
  ThreadNumber operator^(ThreadNumber other) const {
    return with(b->lxor(value, other.value));
  }
  operator mlir::Value() const { return value; }

private:
  ThreadNumber with(mlir::Value result) const { return {*b, result}; }

  ThreadBuilder *b;
  mlir::Value value;
};

} // namespace fovea::tile_to_simt

#endif // FOVEA_LIB_CONVERSION_TILETOSIMT_THREADBUILDER_H
