//===- ScoreBlocksTest.cpp ------------------------------------------------===//

#include "fovea/Reference/ScoreBlocks.h"

#include "TestUtils.h"

using namespace fovea::reference;

namespace {

const double ln2 = std::log(2.0), ln4 = std::log(4.0);

/// W(i, j) by counting tokens.
int64_t countOverlap(int64_t i, int64_t j, const BlockSizes &sizes) {
  int64_t tokens = 0;
  for (int64_t r = 0; r < sizes.block; ++r)
    tokens += (i * sizes.stride + r) / sizes.selectBlock == j;
  return tokens / sizes.stride;
}

} // namespace

TEST(OverlapWeight, is_1_2_2_2_1_for_the_papers_sizes) {
  BlockSizes sizes{32, 16, 64};
  for (int64_t j = 1; j < 4; ++j) {
    std::vector<int64_t> weights;
    for (int64_t i = 4 * j - 2; i <= 4 * j + 4; ++i)
      weights.push_back(overlapWeight(i, j, sizes));
    // Nonzero on i = 4j-1 .. 4j+3.
    EXPECT_EQ(weights, (std::vector<int64_t>{0, 1, 2, 2, 2, 1, 0}));
  }
}

TEST(OverlapWeight, counts_shared_tokens) {
  for (BlockSizes sizes :
       {BlockSizes{32, 16, 64}, BlockSizes{16, 16, 64}, BlockSizes{64, 32, 64},
        BlockSizes{32, 8, 64}, BlockSizes{64, 16, 32}, BlockSizes{4, 1, 2}})
    for (int64_t i = 0; i < 40; ++i) {
      int64_t sum = 0;
      for (int64_t j = 0; j < 60; ++j) {
        EXPECT_EQ(overlapWeight(i, j, sizes), countOverlap(i, j, sizes));
        sum += overlapWeight(i, j, sizes);
      }
      // Every token of a window is in one selection block.
      EXPECT_EQ(sum, sizes.block / sizes.stride);
    }
}

TEST(ScoreBlocks, sums_windows_by_overlap) {
  // l=2, d=1, l'=2. Windows {0,1}, {1,2}, {2,3} weigh on blocks (0, 1):
  // (2, 0), (1, 1), (0, 2). q = 1 and kc = 0, 0, ln 2.
  Array query({4, 1, 1}, 1.0), key({4, 1, 1}, {0, 0, ln2, quietNaN});
  Array lse({4, 1}, {-infinity, 0, ln2, ln4});
  Array scores =
      llvm::cantFail(scoreBlocks({query, key, lse}, {2, 1, 2}, 1, Sequences{{0, 4}}));
  EXPECT_EQ(scores.shape, (Shape{4, 1, 2}));
  // t=0: nothing.  t=1: p = 1.  t=2: p = 1/2, 1/2: (2 + 1) / 2, 1/2.
  // t=3: p = 1/4, 1/4, 1/2: 2/4 + 1/4, 1/4 + 2/2.
  expectNear(scores.data, {0, 0, 2, 0, 1.5, 0.5, 0.75, 1.25});
}

TEST(ScoreBlocks, heads_of_a_group_add_up) {
  // Hq=4, Hkv=2, one window of one token: p = exp(scale * q - lse).
  Array query({1, 4, 1}, {0, 2 * ln2, 0, 0}), key({1, 2, 1}, {1, 1});
  Array lse({1, 4}, {0, 0, ln2, ln4});
  // scale = 1/2: 1 + 2, and 1/2 + 1/4.
  expectNear(
      llvm::cantFail(scoreBlocks({query, key, lse}, {1, 1, 1}, 0.5, Sequences{{0, 1}}))
          .data,
      {3, 0.75});
}

TEST(ScoreBlocks, blocks_count_from_the_start_of_the_sequence) {
  // l=d=l'=2, sequences of 3 and 2 tokens: windows at rows 0 and 3/2 = 1.
  Array query({5, 1, 1}, 1.0), key({2, 1, 1}, {0, ln2});
  Array lse({5, 1}, {-infinity, 0, 0, -infinity, ln2});
  Array scores = llvm::cantFail(
      scoreBlocks({query, key, lse}, {2, 2, 2}, 1, Sequences{{0, 3, 5}}));
  // ceil(5 / 2) = 3 blocks; t=1 and 2 of the first, t=1 of the second.
  expectNear(scores.data, {0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0});
}

TEST(ScoreBlocks, operands_that_do_not_fit_are_errors) {
  Array query({4, 2, 8}), key({4, 1, 8}), lse({4, 2});
  Sequences sequences{{0, 4}};
  EXPECT_EQ(getMessage(scoreBlocks({query, key, lse}, {3, 2, 4}, 1, sequences)),
            "expected stride to divide block, got stride = 2 and block = 3");
  EXPECT_EQ(getMessage(scoreBlocks({query, key, lse}, {2, 2, 5}, 1, sequences)),
            "expected stride to divide select block, got stride = 2 and select "
            "block = 5");
  EXPECT_EQ(
      getMessage(scoreBlocks({query, Array({1, 1, 8}), lse}, {2, 2, 4}, 1, sequences)),
      "expected at least 2 rows of key, got 1");
  EXPECT_EQ(
      getMessage(scoreBlocks({query, key, Array({4, 1})}, {2, 2, 4}, 1, sequences)),
      "expected lse of shape [4, 2], got [4, 1]");
}
