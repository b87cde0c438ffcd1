//===- EvaluateTest.cpp - Launch programs on given shapes -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Evaluate.h"
#include "TestBundle.h"

#include "gtest/gtest.h"

using namespace fovea::rt;
using namespace fovea::rt::test;

namespace {

Value binary(Value::Kind kind) { return {kind, 0, {0, 1}}; }
Value constant(int64_t number) { return {Value::Kind::Const, number, {}}; }

/// The third value of `a kind b`, or nothing where it fails.
std::vector<int64_t> compute(Value::Kind kind, int64_t a, int64_t b) {
  Entry entry;
  entry.values = {constant(a), constant(b), binary(kind)};
  Evaluation result;
  if (evaluate(entry, {}, result).failed())
    return {};
  return {result.values[2]};
}

Size valueSize(uint32_t value) { return {true, 0, value}; }
Size constantSize(int64_t size) { return {false, size, 0}; }

std::string complaint(const Entry &entry) {
  Evaluation result;
  Status status = evaluate(entry, {}, result);
  EXPECT_EQ(status.getCode(), FOVEA_INVALID_ARGUMENT);
  return status.getText();
}

} // namespace

TEST(Evaluate, the_documented_program) {
  Program program = readProgram(getFile());
  Shape q = {3, {100, 4, 64}}, ends = {1, {3}};
  Evaluation result;
  ASSERT_FALSE(evaluate(program.entries[0], {q, ends, q}, result).failed());
  EXPECT_EQ(result.values, (std::vector<int64_t>{100, 16, 6}));
  EXPECT_EQ(result.workspaceShapes[0].sizes[0], 6);
  EXPECT_EQ(result.workspace.offsets, (std::vector<int64_t>{0, 6 * 4 * 64 * 4}));
  EXPECT_EQ(result.workspace.bytes, 6 * 4 * 64 * 4 + 100 * 16 * 4);
  EXPECT_EQ(result.grids[0].programs, 6);
  EXPECT_EQ(result.grids[0].sizes, (std::array<int64_t, 2>{6, 1}));
  EXPECT_EQ(result.grids[1].programs, 400);
  EXPECT_EQ(result.grids[1].sizes, (std::array<int64_t, 2>{100, 4}));
}

TEST(Evaluate, operations) {
  using Kind = Value::Kind;
  using Result = std::vector<int64_t>;
  EXPECT_EQ(compute(Kind::Add, 3, -5), Result{-2});
  EXPECT_EQ(compute(Kind::Sub, 3, 5), Result{-2});
  EXPECT_EQ(compute(Kind::Mul, 3, -5), Result{-15});
  EXPECT_EQ(compute(Kind::DivU, 17, 5), Result{3});
  EXPECT_EQ(compute(Kind::MinS, -3, 5), Result{-3});
  EXPECT_EQ(compute(Kind::MaxS, -3, 5), Result{5});
}

TEST(Evaluate, refused_operations) {
  using Kind = Value::Kind;
  EXPECT_TRUE(compute(Kind::Add, INT64_MAX, 1).empty());
  EXPECT_TRUE(compute(Kind::Sub, INT64_MIN, 1).empty());
  EXPECT_TRUE(compute(Kind::Mul, INT64_MAX, 2).empty());
  EXPECT_TRUE(compute(Kind::DivU, 1, 0).empty());
  EXPECT_TRUE(compute(Kind::DivU, -1, 2).empty());

  Entry entry;
  entry.name = "e";
  entry.values = {constant(7), constant(0), binary(Kind::DivU)};
  EXPECT_EQ(complaint(entry),
            "e: value 2, of 7 and 0: expected a divisor other than 0, got 0");
}

TEST(Evaluate, refused_sizes) {
  Entry entry;
  entry.name = "e";
  entry.values = {constant(-3), constant(INT64_MAX / 2)};
  const ElementTypeInfo *f32 = findElementType(int64_t(FOVEA_F32));
  entry.workspace = {{f32, {constantSize(4), valueSize(0)}, 0, 0}};
  EXPECT_EQ(complaint(entry),
            "e: intermediate 0: expected a size of at least 0, got -3");
  entry.workspace = {{f32, {valueSize(1)}, 0, 0}};
  EXPECT_EQ(complaint(entry),
            "e: intermediate 0: expected a size that fits 64 bits, got "
            "an overflow: the arrays are too large");
  entry.workspace.clear();
  entry.launches = {{0, {valueSize(0)}, {}}};
  EXPECT_EQ(complaint(entry),
            "e, launch 0: expected 0 to 2147483647 programs along axis 0, got -3");
  entry.launches = {{0, {constantSize(1 << 20), constantSize(1 << 20)}, {}}};
  EXPECT_EQ(complaint(entry),
            "e, launch 0: expected at most 2147483647 programs, got 1099511627776");
}

TEST(Evaluate, an_empty_array_has_no_bytes) {
  Shape shape = {3, {INT64_MAX, INT64_MAX, 0}};
  int64_t bytes = -1;
  EXPECT_TRUE(countBytes(shape, *findElementType(int64_t(FOVEA_I64)), bytes));
  EXPECT_EQ(bytes, 0);
}
