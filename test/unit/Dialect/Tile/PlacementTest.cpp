//===- PlacementTest.cpp - closed forms against a thread-by-thread model --===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Tile/IR/Placement.h"
#include "gtest/gtest.h"

#include <map>
#include <set>
#include <tuple>
#include <vector>

using namespace fovea::tile;

//===----------------------------------------------------------------------===//
// Fragments
//===----------------------------------------------------------------------===//

namespace {
/// warps and columns.
using FragmentTest = testing::TestWithParam<std::tuple<int64_t, int64_t>>;
} // namespace

TEST_P(FragmentTest, EveryElementIsHeldOnce) {
  auto [warps, columns] = GetParam();
  std::map<std::pair<int64_t, int64_t>, int> holders;
  for (int64_t warp = 0; warp < warps; ++warp)
    for (int64_t lane = 0; lane < kLanes; ++lane)
      for (int64_t e = 0; e < fragmentSize(columns); ++e) {
        Element element = fragmentElement(warp, lane, e);
        ++holders[{element.row, element.column}];
      }
  ASSERT_EQ(int64_t(holders.size()), warps * kFragmentRows * columns);
  for (int64_t row = 0; row < warps * kFragmentRows; ++row)
    for (int64_t column = 0; column < columns; ++column)
      EXPECT_EQ((holders[{row, column}]), 1) << row << ", " << column;
}

TEST_P(FragmentTest, HalfAndColumnIndexSayWhereAValueIs) {
  auto [warps, columns] = GetParam();
  for (int64_t warp = 0; warp < warps; ++warp)
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      // The columns that a lane holds, in ascending order.
      std::set<int64_t> sorted;
      for (int64_t e = 0; e < fragmentSize(columns); ++e)
        sorted.insert(fragmentElement(warp, lane, e).column);
      ASSERT_EQ(int64_t(sorted.size()), columns / 4);
      std::vector<int64_t> held(sorted.begin(), sorted.end());
      for (int64_t e = 0; e < fragmentSize(columns); ++e) {
        Element element = fragmentElement(warp, lane, e);
        EXPECT_EQ(element.row, kFragmentRows * warp + lane / 4 + 8 * fragmentHalf(e));
        EXPECT_EQ(element.column, held[fragmentColumnIndex(e)]);
      }
    }
}

TEST_P(FragmentTest, FourLanesShareARow) {
  auto [warps, columns] = GetParam();
  std::map<int64_t, std::set<std::pair<int64_t, int64_t>>> lanesOf;
  for (int64_t warp = 0; warp < warps; ++warp)
    for (int64_t lane = 0; lane < kLanes; ++lane)
      for (int64_t e = 0; e < fragmentSize(columns); ++e)
        lanesOf[fragmentElement(warp, lane, e).row].insert({warp, lane});
  for (const auto &[row, lanes] : lanesOf) {
    EXPECT_EQ(lanes.size(), 4u) << row;
    // They differ in the two low bits of the lane, which shuffles over 1 and 2 reach.
    for (const auto &[warp, lane] : lanes)
      EXPECT_EQ(lane / 4, lanes.begin()->second / 4);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, FragmentTest,
                         testing::Combine(testing::Values(1, 3, 4, 12),
                                          testing::Values(8, 16, 40, 128, 256)));

/// PTX ISA, "Matrix fragments for mma.m16n8k16" with .f16/.bf16: operand A's register
/// i / 2 holds values i and i + 1 of the lane, groupID = lane / 4,
/// threadID = lane % 4.
static Element operandA(int64_t lane, int64_t i) {
  int64_t group = lane / 4, thread = lane % 4;
  bool low = (0 <= i && i < 2) || (4 <= i && i < 6);
  return {low ? group : group + 8, thread * 2 + (i & 1) + (i >= 4 ? 8 : 0)};
}
/// The same page: the accumulators of m16n8k16.
static Element accumulator(int64_t lane, int64_t i) {
  return {i < 2 ? lane / 4 : lane / 4 + 8, lane % 4 * 2 + (i & 1)};
}

TEST(Fragment, IsWhatMmaLeaves) {
  for (int64_t lane = 0; lane < kLanes; ++lane)
    for (int64_t e = 0; e < fragmentSize(64); ++e) {
      Element element = accumulator(lane, e % 4);
      element.column += 8 * (e / 4);
      EXPECT_EQ(fragmentElement(0, lane, e), element) << lane << ", " << e;
    }
}

TEST(Fragment, PairsAreOperandA) {
  for (int64_t lane = 0; lane < kLanes; ++lane)
    for (int64_t k = 0; k < 4; ++k)
      for (int64_t i = 0; i < 8; ++i) { // pair 4k + i/2, low and high
        Element element = operandA(lane, i);
        element.column += 16 * k;
        EXPECT_EQ(fragmentElement(0, lane, 8 * k + i), element) << lane << ", " << i;
      }
}

//===----------------------------------------------------------------------===//
// Lanes
//===----------------------------------------------------------------------===//

TEST(Lanes, WarpsCoverEachRow) {
  for (int64_t warps : {1, 3, 4, 8, 12})
    for (int64_t rows = 1; rows <= 48; ++rows) {
      if (rows % warps != 0 && warps % rows != 0)
        continue;
      std::vector<int64_t> holders(rows, 0);
      for (int64_t warp = 0; warp < warps; ++warp) {
        int64_t held = rowsPerWarp(rows, warps);
        int64_t first = warp * held / warpsPerRow(rows, warps);
        for (int64_t r = 0; r < held; ++r) {
          ASSERT_LT(first + r, rows);
          ++holders[first + r];
        }
      }
      for (int64_t count : holders)
        EXPECT_EQ(count, warpsPerRow(rows, warps)) << rows << ", " << warps;
    }
}

TEST(Lanes, RegistersCoverEachColumn) {
  for (int64_t columns = 1; columns <= 130; ++columns) {
    std::set<int64_t> held;
    for (int64_t lane = 0; lane < kLanes; ++lane)
      for (int64_t k = 0; k < lanesPerRow(columns); ++k)
        if (lane + kLanes * k < columns)
          held.insert(lane + kLanes * k);
    EXPECT_EQ(int64_t(held.size()), columns);
    EXPECT_GT(columns, kLanes * (lanesPerRow(columns) - 1)) << "none is idle";
  }
}

//===----------------------------------------------------------------------===//
// Shared memory
//===----------------------------------------------------------------------===//

namespace {
/// swizzle, rows, chunks, element bytes.
using SharedTest =
    testing::TestWithParam<std::tuple<int64_t, int64_t, int64_t, int64_t>>;
} // namespace

TEST_P(SharedTest, EveryByteIsUsedOnce) {
  auto [swizzle, rows, chunks, bytes] = GetParam();
  int64_t columns = chunks * swizzle / bytes;
  std::vector<int> used(rows * columns * bytes, 0);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column) {
      int64_t at = sharedByte(rows, swizzle, bytes, {row, column});
      ASSERT_GE(at, 0);
      ASSERT_LE(at + bytes, int64_t(used.size()));
      EXPECT_EQ(at % bytes, 0);
      for (int64_t byte = at; byte < at + bytes; ++byte)
        EXPECT_EQ(used[byte]++, 0) << row << ", " << column;
    }
}

/// PTX ISA, "Swizzling modes": the address bits above 16 bytes are xored with those
/// above 128, as many of them as the span has: 3, 2 or 1.
static int64_t swizzled(int64_t address, int64_t swizzle) {
  int64_t mask = swizzle / 16 - 1;
  return address ^ ((address >> 7 & mask) << 4);
}

TEST_P(SharedTest, UnitsTurnWithAddressBits) {
  auto [swizzle, rows, chunks, bytes] = GetParam();
  int64_t columns = chunks * swizzle / bytes;
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column) {
      int64_t byte = column * bytes;
      int64_t plain = byte / swizzle * rows * swizzle + row * swizzle + byte % swizzle;
      EXPECT_EQ(sharedByte(rows, swizzle, bytes, {row, column}),
                swizzled(plain, swizzle))
          << row << ", " << column;
    }
}

TEST_P(SharedTest, AUnitStaysTogether) {
  auto [swizzle, rows, chunks, bytes] = GetParam();
  int64_t columns = chunks * swizzle / bytes, perUnit = 16 / bytes;
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column) {
      int64_t first =
          sharedByte(rows, swizzle, bytes, {row, column / perUnit * perUnit});
      EXPECT_EQ(first % 16, 0);
      EXPECT_EQ(sharedByte(rows, swizzle, bytes, {row, column}),
                first + column % perUnit * bytes);
    }
}

/// ldmatrix reads 8 rows of 16 bytes: each from other banks.
TEST_P(SharedTest, EightRowsOfAUnitHaveNoBankConflict) {
  auto [swizzle, rows, chunks, bytes] = GetParam();
  for (int64_t unit = 0; unit < chunks * swizzle / 16; ++unit)
    for (int64_t first = 0; first < rows; first += 8) {
      std::set<int64_t> banks;
      for (int64_t row = first; row < first + 8; ++row)
        banks.insert(sharedByte(rows, swizzle, bytes, {row, unit * 16 / bytes}) % 128 /
                     16);
      EXPECT_EQ(banks.size(), 8u) << unit << ", " << first;
    }
}

// Tiles whose chunks begin at a whole repeat of the pattern: 8 rows of the swizzle.
INSTANTIATE_TEST_SUITE_P(Sizes, SharedTest,
                         testing::Combine(testing::Values(128, 64, 32),
                                          testing::Values(8, 16, 64, 192),
                                          testing::Values(1, 2, 3),
                                          testing::Values(2, 4)));

TEST(Shared, RowsOf128BytesAreXoredWithTheRow) {
  for (int64_t row = 0; row < 64; ++row)
    for (int64_t unit = 0; unit < 8; ++unit)
      EXPECT_EQ(sharedByte(64, 128, 2, {row, 8 * unit}),
                row * 128 + 16 * (unit ^ (row % 8)));
}

TEST(Shared, WidestSwizzleDividesARow) {
  for (int64_t bytes = 2; bytes <= 1024; bytes += 2) {
    int64_t swizzle = widestSwizzle(bytes);
    EXPECT_EQ(swizzle == 0, bytes % 32 != 0) << bytes;
    if (!swizzle)
      continue;
    EXPECT_EQ(bytes % swizzle, 0) << bytes;
    EXPECT_TRUE(swizzle == 128 || bytes % (2 * swizzle) != 0) << bytes;
  }
}
