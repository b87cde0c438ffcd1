//===- LaunchOrderTest.cpp - Which launches wait for which ----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "LaunchOrder.h"

#include "gtest/gtest.h"
#include <random>

using namespace fovea::rt;
using Order = std::vector<std::vector<uint32_t>>;

static MemoryUse read(uint32_t argument) { return {argument, 0, 0, false}; }
static MemoryUse written(uint32_t argument) { return {argument, 0, 0, true}; }

TEST(LaunchOrder, readers_of_one_array_do_not_wait_for_each_other) {
  EXPECT_EQ(orderLaunches({{read(0), written(1)}, {read(0), written(2)}}),
            (Order{{}, {}}));
  EXPECT_EQ(orderLaunches({{read(0), written(1)}, {read(1)}, {written(0)}}),
            (Order{{}, {0}, {0}}));
  // It follows from the second that the first has ended.
  EXPECT_EQ(orderLaunches({{written(1)}, {written(1)}, {read(1)}}),
            (Order{{}, {0}, {1}}));
}

TEST(LaunchOrder, intermediates_in_one_place_are_one_array) {
  MemoryUse early{MemoryUse::workspace, 0, 256, true};
  MemoryUse beside{MemoryUse::workspace, 256, 512, true};
  MemoryUse over{MemoryUse::workspace, 255, 256, false};
  EXPECT_EQ(orderLaunches({{early}, {beside}, {over}}), (Order{{}, {}, {0}}));
}

/// Launches wait for all that they conflict with, through others or at once, and for
/// none twice.
TEST(LaunchOrder, is_what_all_pairs_say) {
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::vector<MemoryUse>> launches(random() % 12);
    for (auto &uses : launches)
      for (size_t i = 0, count = random() % 4; i < count; ++i) {
        uint32_t argument = random() % 6;
        int64_t begin = random() % 8;
        uses.push_back(argument < 5 ? MemoryUse{argument}
                                    : MemoryUse{MemoryUse::workspace, begin,
                                                begin + 1 + int64_t(random() % 3)});
        uses.back().isWritten = random() % 3 == 0;
      }
    // Row i: what has ended when launch i begins, and what must have.
    std::vector<std::vector<bool>> ended(launches.size()), needed(launches.size());
    Order order = orderLaunches(launches);
    for (size_t i = 0; i < launches.size(); ++i) {
      ended[i].resize(launches.size());
      needed[i].resize(launches.size());
      for (uint32_t before : order[i]) {
        ASSERT_LT(before, i);
        EXPECT_FALSE(ended[i][before]) << "twice";
        ended[i][before] = true;
        for (size_t j = 0; j < before; ++j)
          ended[i][j] = ended[i][j] || ended[before][j];
      }
      for (size_t j = 0; j < i; ++j) {
        bool conflict = false;
        for (const MemoryUse &use : launches[i])
          for (const MemoryUse &other : launches[j])
            conflict = conflict || use.conflicts(other);
        if (!conflict)
          continue;
        needed[i][j] = true;
        for (size_t k = 0; k < j; ++k)
          needed[i][k] = needed[i][k] || needed[j][k];
      }
    }
    EXPECT_EQ(ended, needed);
  }
}
