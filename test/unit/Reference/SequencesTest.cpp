//===- SequencesTest.cpp - Packed offsets fit and never overlap -----------===//

#include "fovea/Reference/Sequences.h"

#include "TestUtils.h"
#include "fovea/Reference/ScoreBlocks.h"

using namespace fovea::reference;

TEST(Sequences, windows_of_long_and_short_sequences) {
  // (32768 - 32) / 16 + 1 = 2046 + 1.
  EXPECT_EQ(numWindows(32768, 32, 16), 2047);
  EXPECT_EQ(numWindows(32, 32, 16), 1);
  EXPECT_EQ(numWindows(31, 32, 16), 0);
  EXPECT_EQ(numWindows(0, 32, 16), 0);
  // A partial last window is dropped: [16, 48) needs 48 tokens.
  EXPECT_EQ(numWindows(47, 32, 16), 1);
  EXPECT_EQ(numWindows(48, 32, 16), 2);
}

TEST(Sequences, selection_blocks_count_the_partial_one) {
  EXPECT_EQ(numSelectBlocks(0, 64), 0);
  EXPECT_EQ(numSelectBlocks(1, 64), 1);
  EXPECT_EQ(numSelectBlocks(64, 64), 1);
  EXPECT_EQ(numSelectBlocks(65, 64), 2);
}

TEST(Sequences, places_come_from_offsets_alone) {
  Sequences sequences{{0, 70, 70, 200}};
  EXPECT_EQ(sequences.size(), 3);
  EXPECT_EQ(sequences.length(1), 0);
  EXPECT_EQ(sequences.beginWindow(2, 16), 4);      // 70 / 16
  EXPECT_EQ(sequences.beginSelectBlock(2, 64), 3); // 70 / 64 + 2
}

/// Neighbours never overlap, and all rows fit in what the host allocates.
TEST(Sequences, packed_rows_fit_and_never_overlap) {
  std::mt19937 random(3);
  for (BlockSizes sizes :
       {BlockSizes{32, 16, 64}, BlockSizes{16, 16, 64}, BlockSizes{64, 32, 64},
        BlockSizes{32, 8, 64}, BlockSizes{4, 1, 2}})
    for (int trial = 0; trial < 500; ++trial) {
      Sequences sequences{{0}};
      int64_t count = random() % 8;
      for (int64_t b = 0; b < count; ++b)
        sequences.offsets.push_back(sequences.offsets.back() + random() % 200);
      int64_t numTokens = sequences.offsets.back() + random() % 3;
      int64_t windowEnd = 0, blockEnd = 0;
      for (int64_t b = 0; b < count; ++b) {
        int64_t length = sequences.length(b);
        EXPECT_GE(sequences.beginWindow(b, sizes.stride), windowEnd);
        windowEnd = sequences.beginWindow(b, sizes.stride) +
                    numWindows(length, sizes.block, sizes.stride);
        EXPECT_GE(sequences.beginSelectBlock(b, sizes.selectBlock), blockEnd);
        blockEnd = sequences.beginSelectBlock(b, sizes.selectBlock) +
                   numSelectBlocks(length, sizes.selectBlock);
      }
      EXPECT_LE(windowEnd, numTokens / sizes.stride);
      EXPECT_LE(blockEnd, numTokens / sizes.selectBlock + count);
    }
}

TEST(Sequences, wrong_offsets_are_errors) {
  EXPECT_EQ(llvm::toString(Sequences{{}}.verify(4)),
            "expected cu_seqlens to start at 0, got none");
  EXPECT_EQ(llvm::toString(Sequences{{1, 4}}.verify(4)),
            "expected cu_seqlens to start at 0, got 1");
  EXPECT_EQ(llvm::toString(Sequences{{0, 3, 2}}.verify(4)),
            "expected cu_seqlens not to decrease, got 3 then 2 at sequence 1");
  EXPECT_EQ(llvm::toString(Sequences{{0, 5}}.verify(4)),
            "expected cu_seqlens to end at most at 4 tokens, got 5");
  EXPECT_FALSE(llvm::errorToBool(Sequences{{0, 3}}.verify(4)));
}
