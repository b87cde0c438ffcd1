//===- BandSumTest.cpp - W(i, j) counts shared tokens ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Tile/IR/Tile.h"
#include "gtest/gtest.h"

#include <tuple>
#include <vector>

using fovea::tile::BandSumOp;

namespace {
/// block, stride and into.
using BandSumTest = testing::TestWithParam<std::tuple<int64_t, int64_t, int64_t>>;
} // namespace

TEST_P(BandSumTest, WeightIsSharedTokensOverStride) {
  auto [block, stride, into] = GetParam();
  for (int64_t i = 0; i < 40; ++i)
    for (int64_t j = 0; j < 12; ++j) {
      int64_t shared = 0;
      for (int64_t token = i * stride; token < i * stride + block; ++token)
        shared += token / into == j;
      EXPECT_EQ(shared % stride, 0) << i << ", " << j;
      EXPECT_EQ(BandSumOp::getWeight(i, j, block, stride, into), shared / stride)
          << i << ", " << j;
    }
}

TEST_P(BandSumTest, WindowsReachNoFurtherThanTheHalo) {
  auto [block, stride, into] = GetParam();
  int64_t halo = BandSumOp::getHalo(block, stride, into), reached = 1;
  for (int64_t columns = halo; columns < halo + 4; ++columns) {
    int64_t windows = columns * into / stride;
    for (int64_t i = 0; i < windows; ++i)
      for (int64_t j = columns; j < columns + 8; ++j)
        if (BandSumOp::getWeight(i, j, block, stride, into) > 0)
          reached = std::max(reached, j - columns + 1);
  }
  EXPECT_EQ(reached, halo); // enough, and not more than that
}

INSTANTIATE_TEST_SUITE_P(Sizes, BandSumTest,
                         testing::Values(std::tuple(32, 16, 64), std::tuple(16, 16, 64),
                                         std::tuple(64, 32, 64), std::tuple(32, 8, 32),
                                         std::tuple(64, 64, 64),
                                         std::tuple(32, 16, 128),
                                         std::tuple(64, 16, 32)));

TEST(BandSum, PaperWeights) {
  // Eq 9 for l = 32, d = 16, l' = 64: windows 4j - 1 .. 4j + 3.
  for (int64_t j = 1; j < 5; ++j) {
    std::vector<int64_t> row;
    for (int64_t i = 4 * j - 2; i <= 4 * j + 4; ++i)
      row.push_back(BandSumOp::getWeight(i, j, 32, 16, 64));
    EXPECT_EQ(row, (std::vector<int64_t>{0, 1, 2, 2, 2, 1, 0})) << j;
  }
}
