//===- KeySetTest.cpp - key sets keep their contract ----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The contract of KeySet.h, checked against nothing but `contains`, on random lengths,
// query tiles and key blocks.
//
//===----------------------------------------------------------------------===//

#include "KeySetEvaluator.h"
#include "gtest/gtest.h"

#include <random>

using namespace fovea::attn;

namespace {

constexpr const char *keySets[] = {
    "#attn.full",
    "#attn.causal",
    "#attn.window<1>",
    "#attn.window<3>",
    "#attn.window<64>",
    "#attn.window<2147483647>",
    "#attn.compressed<block = 1, stride = 1>",
    "#attn.compressed<block = 32, stride = 16>",
    "#attn.compressed<block = 16, stride = 16>",
    "#attn.compressed<block = 64, stride = 8>",
    "#attn.selected<block = 1>",
    "#attn.selected<block = 32>",
    "#attn.selected<block = 64>",
    "#test_attn.dilated<window = 64, step = 4>",
    "#test_attn.dilated<window = 7, step = 3>",
};

class KeySetTest : public testing::TestWithParam<const char *> {
protected:
  int64_t draw(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  }

  /// A key-block width that the set allows: one that divides its listed blocks.
  int64_t drawKeyBlock() {
    int64_t width = int64_t(1) << draw(0, 6);
    while (set.getIndexBlock() % width != 0)
      width /= 2;
    return width;
  }

  /// Whether query t sees key u, where the key's block is listed for it. Keys past the
  /// last one are seen by nobody.
  bool sees(int64_t t, int64_t u) {
    if (u >= set.getNumKeys(length))
      return false;
    if (!set.needsIndices())
      return set.contains(length, t, u, {});
    return set.contains(length, t, u, {int32_t(u / set.getIndexBlock())});
  }

  /// Runs `check` on sequences of random lengths, the awkward ones first.
  template <typename Check> void forLengths(Check check) {
    for (int64_t special : {1, 2, 15, 16, 31, 32, 33, 63, 64, 65, 128}) {
      length = special;
      check();
    }
    for (int round = 0; round < 20; ++round) {
      length = draw(1, 300);
      check();
    }
  }

  Span drawQueries() {
    int64_t first = draw(0, length - 1);
    return {first, std::min(length, first + draw(1, 40))};
  }

  KeySetEvaluator evaluator;
  KeySetInterface set = evaluator.parse(GetParam());
  std::mt19937 random{20250101};
  int64_t length = 0;
};

} // namespace

static int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

TEST_P(KeySetTest, NumKeysIsEmittedAsDefined) {
  for (length = 0; length < 200; ++length)
    EXPECT_EQ(evaluator.numKeys(set, length), set.getNumKeys(length)) << length;
}

TEST_P(KeySetTest, VisitsCoverAndExist) {
  forLengths([&] {
    int64_t keyBlock = drawKeyBlock(), keys = set.getNumKeys(length);
    Span queries = drawQueries();
    auto [visited, full] = evaluator.visits(set, length, queries, keyBlock);
    SCOPED_TRACE(testing::Message()
                 << "length " << length << ", queries " << queries.begin << " to "
                 << queries.end << ", key block " << keyBlock);
    for (int64_t t = queries.begin; t < queries.end; ++t)
      for (int64_t u = 0; u < keys; ++u)
        ASSERT_TRUE(!sees(t, u) || visited.contains(u / keyBlock))
            << t << " sees " << u;
    ASSERT_GE(visited.begin, 0);
    ASSERT_LE(visited.end, ceilDiv(keys, keyBlock));
  });
}

TEST_P(KeySetTest, FullBlocksAreFullAndTheMaskIsTheSetOnTheOthers) {
  forLengths([&] {
    int64_t keyBlock = drawKeyBlock();
    Span queries = drawQueries();
    auto [visited, full] = evaluator.visits(set, length, queries, keyBlock);
    for (int64_t block = visited.begin; block < visited.end; ++block) {
      Span keys = {block * keyBlock, (block + 1) * keyBlock};
      std::vector<bool> mask = evaluator.mask(set, length, queries, keys);
      for (int64_t t = queries.begin; t < queries.end; ++t)
        for (int64_t u = keys.begin; u < keys.end; ++u) {
          bool masked = mask[(t - queries.begin) * keyBlock + u - keys.begin];
          ASSERT_EQ(full.contains(block) || masked, sees(t, u))
              << "length " << length << ", query " << t << ", key " << u
              << (full.contains(block) ? " of a full block" : "");
        }
    }
  });
}

TEST_P(KeySetTest, TransposeCovers) {
  forLengths([&] {
    int64_t keyBlock = drawKeyBlock(), keys = set.getNumKeys(length);
    for (int64_t block = 0; block < ceilDiv(keys, keyBlock); ++block) {
      Span queries = evaluator.transpose(set, length, block, keyBlock);
      for (int64_t u = block * keyBlock; u < std::min(keys, (block + 1) * keyBlock);
           ++u)
        for (int64_t t = 0; t < length; ++t)
          ASSERT_TRUE(!sees(t, u) || queries.contains(t))
              << "length " << length << ", query " << t << " sees key " << u;
    }
  });
}

TEST_P(KeySetTest, ScalarAndTensorMasksAgree) {
  length = 100;
  Span keys = {0, std::min<int64_t>(20, set.getNumKeys(length))};
  std::vector<bool> mask = evaluator.mask(set, length, {40, 60}, keys);
  for (int64_t t = 40, i = 0; t < 60; ++t)
    for (int64_t u = keys.begin; u < keys.end; ++u, ++i)
      ASSERT_EQ(evaluator.maskAt(set, length, t, u), mask[i]) << t << ", " << u;
}

TEST_P(KeySetTest, MaskHoldsFarOut) {
  // A position of an i32's size: no mask may overflow on a tile past the end.
  int64_t far = (int64_t(1) << 30) - 1;
  length = far + 1;
  int64_t last = set.getNumKeys(length) - 1;
  for (int64_t u : {last - 100, last, last + 1, last + 64})
    EXPECT_EQ(evaluator.maskAt(set, length, far, u), sees(far, u)) << u;
}

TEST_P(KeySetTest, CostCountsPairs) {
  // Lists are modelled as the `count` nearest blocks, the query's own included.
  for (int64_t count : {1, 3}) {
    forLengths([&] {
      int64_t pairs = 0;
      for (int64_t t = 0; t < length; ++t) {
        std::vector<int32_t> list;
        if (set.needsIndices())
          for (int64_t block = t / set.getIndexBlock(), i = 0; i < count; ++i, --block)
            list.push_back(block < 0 ? -1 : block);
        for (int64_t u = 0; u < set.getNumKeys(length); ++u)
          pairs += set.contains(length, t, u, list);
      }
      ASSERT_EQ(set.getCost(length, count), pairs) << "length " << length;
    });
  }
}

INSTANTIATE_TEST_SUITE_P(All, KeySetTest, testing::ValuesIn(keySets),
                         [](const testing::TestParamInfo<const char *> &info) {
                           std::string name;
                           for (char c : llvm::StringRef(info.param))
                             name += std::isalnum(c) ? c : '_';
                           return name + std::to_string(info.index);
                         });

TEST(SelectedKeySet, ListsMayBeInAnyOrderWithUnusedSlots) {
  KeySetEvaluator evaluator;
  KeySetInterface set = evaluator.parse("#attn.selected<block = 4>");
  std::vector<int32_t> lists[] = {{0, 2, -1}, {2, -1, 0}, {-1, 0, 2}};
  for (llvm::ArrayRef<int32_t> list : lists)
    for (int64_t u = 0; u < 16; ++u)
      EXPECT_EQ(set.contains(16, 9, u, list), u < 4 || u == 8 || u == 9) << u;
}
