//===- IntegerBuilderTest.cpp - what is folded, and loops -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// From constants each operation gives the constant that C++ gives, for scalars and for
// tiles: the property tests of key sets rest on it.
//
//===----------------------------------------------------------------------===//

#include "fovea/Support/IntegerBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "gtest/gtest.h"

#include <algorithm>

using fovea::IntegerBuilder;
using mlir::Value;

namespace {

class IntegerBuilderTest : public testing::Test {
protected:
  IntegerBuilderTest()
      : module(mlir::ModuleOp::create(mlir::UnknownLoc::get(&context))),
        b(module->getLoc(), &context) {
    context.loadDialect<mlir::arith::ArithDialect, mlir::scf::SCFDialect>();
    b.setInsertionPointToStart(module->getBody());
  }

  Value scalar(int32_t value) {
    return mlir::arith::ConstantIntOp::create(b, b.getLoc(), value, 32);
  }

  Value tile(llvm::ArrayRef<int32_t> values) {
    auto type = mlir::RankedTensorType::get(int64_t(values.size()), b.getI32Type());
    return mlir::arith::ConstantOp::create(b, b.getLoc(),
                                           mlir::DenseElementsAttr::get(type, values));
  }

  /// The number that `value` is; of i1, 0 or 1.
  static int64_t number(Value value) {
    llvm::APInt constant;
    EXPECT_TRUE(mlir::matchPattern(value, mlir::m_ConstantInt(&constant)));
    return value.getType().isInteger(1) ? constant.getZExtValue()
                                        : constant.getSExtValue();
  }

  /// Those of a tile.
  static std::vector<int64_t> numbers(Value value) {
    mlir::DenseElementsAttr constant;
    EXPECT_TRUE(mlir::matchPattern(value, mlir::m_Constant(&constant)));
    bool isBit = constant.getElementType().isInteger(1);
    std::vector<int64_t> result;
    for (llvm::APInt element : constant.getValues<llvm::APInt>())
      result.push_back(isBit ? element.getZExtValue() : element.getSExtValue());
    return result;
  }

  /// `emit` on all pairs of some numbers is `expected`, on scalars and on tiles.
  void check(llvm::function_ref<Value(Value, Value)> emit,
             llvm::function_ref<int64_t(int64_t, int64_t)> expected) {
    std::vector<int32_t> lhs, rhs;
    std::vector<int64_t> results;
    for (int32_t x : {0, 1, 5, 6, 7, 1000})
      for (int32_t y : {0, 1, 5, 6, 7, 1000}) {
        lhs.push_back(x);
        rhs.push_back(y);
        results.push_back(expected(x, y));
        Value left = scalar(x), right = scalar(y);
        EXPECT_EQ(number(emit(left, right)), expected(x, y)) << x << ", " << y;
      }
    Value left = tile(lhs), right = tile(rhs);
    EXPECT_EQ(numbers(emit(left, right)), results);
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  IntegerBuilder b;
};

} // namespace

TEST_F(IntegerBuilderTest, arithmetic_of_two_values) {
  check([&](Value x, Value y) { return b.add(x, y); },
        [](int64_t x, int64_t y) { return x + y; });
  check([&](Value x, Value y) { return b.sub(x, y); },
        [](int64_t x, int64_t y) { return x - y; });
  check([&](Value x, Value y) { return b.mul(x, y); },
        [](int64_t x, int64_t y) { return x * y; });
  check([&](Value x, Value y) { return b.max(x, y); },
        [](int64_t x, int64_t y) { return std::max(x, y); });
  check([&](Value x, Value y) { return b.min(x, y); },
        [](int64_t x, int64_t y) { return std::min(x, y); });
}

TEST_F(IntegerBuilderTest, arithmetic_with_a_number) {
  check([&](Value x, Value) { return b.add(x, -6); },
        [](int64_t x, int64_t) { return x - 6; });
  check([&](Value x, Value) { return b.mul(x, 6); },
        [](int64_t x, int64_t) { return x * 6; });
  check([&](Value x, Value) { return b.div(x, 6); },
        [](int64_t x, int64_t) { return x / 6; });
  check([&](Value x, Value) { return b.ceilDiv(x, 6); },
        [](int64_t x, int64_t) { return (x + 5) / 6; });
  check([&](Value x, Value) { return b.rem(x, 6); },
        [](int64_t x, int64_t) { return x % 6; });
  check([&](Value x, Value) { return b.max(x, 6); },
        [](int64_t x, int64_t) { return std::max<int64_t>(x, 6); });
  check([&](Value x, Value) { return b.min(x, 6); },
        [](int64_t x, int64_t) { return std::min<int64_t>(x, 6); });
}

TEST_F(IntegerBuilderTest, comparisons) {
  check([&](Value x, Value y) { return b.less(x, y); },
        [](int64_t x, int64_t y) { return x < y; });
  check([&](Value x, Value y) { return b.lessEqual(x, y); },
        [](int64_t x, int64_t y) { return x <= y; });
  check([&](Value x, Value y) { return b.atLeast(x, y); },
        [](int64_t x, int64_t y) { return x >= y; });
  check([&](Value x, Value) { return b.less(x, 6); },
        [](int64_t x, int64_t) { return x < 6; });
  check([&](Value x, Value) { return b.lessEqual(x, 6); },
        [](int64_t x, int64_t) { return x <= 6; });
  check([&](Value x, Value) { return b.equal(x, 6); },
        [](int64_t x, int64_t) { return x == 6; });
  check([&](Value x, Value y) { return b.equal(x, y); },
        [](int64_t x, int64_t y) { return x == y; });
}

TEST_F(IntegerBuilderTest, conditions) {
  check(
      [&](Value x, Value y) {
        Value isSmall = b.less(x, 6);
        return b.both(isSmall, b.less(y, 6));
      },
      [](int64_t x, int64_t y) { return x < 6 && y < 6; });
  check(
      [&](Value x, Value y) {
        Value isSmall = b.less(x, 6);
        return b.either(isSmall, b.less(y, 6));
      },
      [](int64_t x, int64_t y) { return x < 6 || y < 6; });
  check([&](Value x, Value y) { return b.select(b.less(x, 6), x, y); },
        [](int64_t x, int64_t y) { return x < 6 ? x : y; });
}

TEST_F(IntegerBuilderTest, conversions) {
  Value small = scalar(-5);
  EXPECT_EQ(number(b.toIndex(small)), -5);
  EXPECT_EQ(number(b.toI64(small)), -5);
  EXPECT_EQ(number(b.toI32(b.toI64(small))), -5);
  EXPECT_EQ(number(b.toI64(b.toIndex(small))), -5);
  EXPECT_EQ(number(b.toI32(b.index((int64_t(1) << 32) + 7))), 7);
  EXPECT_EQ(b.toI32(small), small);
}

TEST_F(IntegerBuilderTest, neutral_numbers_write_nothing) {
  mlir::Block block;
  Value x = block.addArgument(b.getI32Type(), b.getLoc());
  EXPECT_EQ(b.add(x, 0), x);
  EXPECT_EQ(b.mul(x, 1), x);
  EXPECT_EQ(b.div(x, 1), x);
  EXPECT_EQ(b.ceilDiv(x, 1), x);
  EXPECT_TRUE(module->getBody()->empty());
}

TEST_F(IntegerBuilderTest, loop_with_and_without_carried_values) {
  Value end = scalar(12), sum = scalar(0);
  auto body = [&](Value step, mlir::ValueRange carried) {
    EXPECT_EQ(step.getType(), end.getType());
    mlir::SmallVector<Value> next;
    for (Value value : carried)
      next.push_back(b.add(value, step));
    return next;
  };
  mlir::SmallVector<Value> results = b.emitLoop(end, 3, sum, body);
  ASSERT_EQ(results.size(), 1u);
  auto loop = results[0].getDefiningOp<mlir::scf::ForOp>();
  EXPECT_EQ(number(loop.getLowerBound()), 0);
  EXPECT_EQ(loop.getUpperBound(), end);
  EXPECT_EQ(number(loop.getStep()), 3);
  EXPECT_EQ(loop.getInits().front(), sum);
  EXPECT_TRUE(b.emitLoop(end, 1, {}, body).empty());
  EXPECT_TRUE(mlir::succeeded(mlir::verify(*module)));
}
