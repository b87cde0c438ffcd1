//===- IndexBlocksTest.cpp ------------------------------------------------===//

#include "fovea/Reference/IndexBlocks.h"

#include "KeySets.h"
#include "TestUtils.h"

using namespace fovea::reference;

namespace {

/// Scores of blocks of 2 tokens, one KV head, causal.
Array score(const Array &query, const Array &key, const Array *weights, bool rectified,
            const Sequences &sequences) {
  return llvm::cantFail(indexBlocks({query, key, weights}, makeCausal(),
                                    {/*kvHeads=*/1, /*selectBlock=*/2, rectified},
                                    sequences));
}

} // namespace

TEST(IndexBlocks, takes_the_best_visible_key_of_a_block) {
  Array query({4, 1, 1}, {1, 1, -1, 1}), key({4, 1, 1}, {3, 5, -2, 7});
  Array scores = score(query, key, nullptr, false, Sequences{{0, 4}});
  EXPECT_EQ(scores.shape, (Shape{4, 1, 2}));
  // t=0 sees key 0 alone; t=2 ranks by what is most negative.
  expectNear(scores.data, {3, -infinity, 5, -infinity, -3, 2, 5, 7});
}

TEST(IndexBlocks, sums_weighted_rectified_products_over_heads) {
  // Heads 0 and 1 of one KV head: products u, -u.
  Array query({2, 2, 1}, {1, -1, 1, -1}), key({2, 1, 1}, {2, -3});
  Array weights({2, 2}, {10, 100, 10, -100});
  // t=0: 10*2. t=1: key 0 gives 20, key 1 -100*3.
  expectNear(score(query, key, &weights, true, Sequences{{0, 2}}).data, {20, 20});
  expectNear(score(query, key, nullptr, false, Sequences{{0, 2}}).data, {0, 0});
}

TEST(IndexBlocks, shares_keys_among_kv_heads) {
  Array query({1, 4, 1}, {1, 2, 3, 4}), key({1, 2, 1}, {1, 10});
  Array scores = llvm::cantFail(indexBlocks(
      {query, key}, makeCausal(), {/*kvHeads=*/4, 2, false}, Sequences{{0, 1}}));
  expectNear(scores.data, {1, 2, 30, 40});
}

TEST(IndexBlocks, knows_no_token_past_the_last_pool) {
  // Pools of 2 tokens, blocks of 4, 7 tokens: keys at rows 0 .. 2.
  Array query({7, 1, 1}, 1.0), key({3, 1, 1}, {1, 2, 3});
  Array scores = llvm::cantFail(
      indexBlocks({query, key}, makeCompressed(2, 2), {1, 4, true}, Sequences{{0, 7}}));
  expectNear(scores.data, {-infinity, -infinity, 1, -infinity, 1, -infinity, 2,
                           -infinity, 2, -infinity, 2, 3, 2, 3});
}

TEST(IndexBlocks, passes_over_keys_that_are_nan) {
  Array query({2, 1, 1}, 1.0), key({2, 1, 1}, {quietNaN, 4});
  expectNear(score(query, key, nullptr, false, Sequences{{0, 2}}).data, {-infinity, 4});
  // max(0, NaN) is 0.
  expectNear(score(query, key, nullptr, true, Sequences{{0, 2}}).data, {0, 4});
}

TEST(IndexBlocks, keeps_sequences_apart) {
  Array query({4, 1, 1}, 1.0), key({4, 1, 1}, {9, 8, 1, 2});
  expectNear(score(query, key, nullptr, false, Sequences{{0, 0, 2, 3}}).data,
             {9, -infinity, 9, -infinity, 1, -infinity, -infinity, -infinity});
}

TEST(IndexBlocks, says_what_does_not_fit) {
  Array query({2, 3, 1}, 1.0), key({2, 2, 1}, 1.0), weights({2, 2}, 1.0);
  Sequences sequences{{0, 2}};
  EXPECT_EQ(
      getMessage(indexBlocks({query, key}, makeCausal(), {2, 2, false}, sequences)),
      "expected kv heads to divide heads and key heads to divide kv heads, got 3 "
      "heads, 2 kv heads and 2 key heads");
  Array four({2, 4, 1}, 1.0);
  EXPECT_EQ(getMessage(indexBlocks({four, key, &weights}, makeCausal(), {2, 2, false},
                                   sequences)),
            "expected weights of shape [2, 4], got [2, 2]");
  EXPECT_EQ(getMessage(indexBlocks({four, key}, makeCompressed(4, 4), {2, 6, false},
                                   sequences)),
            "expected stride to divide select block, got stride = 4 and select block "
            "= 6");
}
