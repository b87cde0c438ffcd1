//===- PairwiseCoverTest.cpp - few cases, every pair of choices -----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Numerics/PairwiseCover.h"
#include <gtest/gtest.h>

using namespace fovea::test;

static bool covers(const std::vector<Choice> &cases, unsigned p, unsigned a, unsigned q,
                   unsigned b) {
  for (const Choice &choice : cases)
    if (choice[p] == a && choice[q] == b)
      return true;
  return false;
}

TEST(PairwiseCover, holds_every_pair) {
  std::vector<unsigned> sizes{3, 2, 4, 1, 5};
  for (uint64_t seed : {1, 2, 3}) {
    std::vector<Choice> cases = makePairwiseCover(sizes, 0, seed);
    EXPECT_LT(cases.size(), 3u * 2 * 4 * 5 / 2);
    for (unsigned p = 0; p < sizes.size(); ++p)
      for (unsigned q = p + 1; q < sizes.size(); ++q)
        for (unsigned a = 0; a < sizes[p]; ++a)
          for (unsigned b = 0; b < sizes[q]; ++b)
            EXPECT_TRUE(covers(cases, p, a, q, b)) << p << a << q << b;
  }
}

TEST(PairwiseCover, fills_up_and_repeats) {
  std::vector<Choice> cases = makePairwiseCover({2, 3}, 40, 7);
  EXPECT_EQ(cases.size(), 40u);
  EXPECT_EQ(cases, makePairwiseCover({2, 3}, 40, 7));
  EXPECT_NE(cases, makePairwiseCover({2, 3}, 40, 8));
  for (const Choice &choice : cases) {
    EXPECT_LT(choice[0], 2u);
    EXPECT_LT(choice[1], 3u);
  }
}
