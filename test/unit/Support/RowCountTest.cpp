//===- RowCountTest.cpp - What the rows of an array count -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Support/RowCount.h"

#include "gtest/gtest.h"

using namespace fovea;

TEST(RowCount, text_and_back) {
  const RowCount all[] = {RowCount(), RowCount::ofTokens(), RowCount::ofTokens(16),
                          RowCount::ofSequenceEnds()};
  const char *texts[] = {"static", "tokens", "tokens / 16", "sequence_ends"};
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(toString(all[i]), texts[i]);
    ASSERT_TRUE(parseRowCount(texts[i]));
    EXPECT_TRUE(*parseRowCount(texts[i]) == all[i]);
    for (int j = 0; j < 4; ++j)
      EXPECT_EQ(all[i] == all[j], i == j);
  }
  for (const char *text : {"", "token", "tokens / 1", "tokens / 0", "tokens / -2",
                           "tokens/2", "tokens / 2 ", "tokens / 99999999999999999999"})
    EXPECT_FALSE(parseRowCount(text)) << text;
}

TEST(RowCount, rows_of_a_batch) {
  EXPECT_EQ(RowCount().getRows(7, 100, 3), 7);
  EXPECT_EQ(RowCount::ofTokens().getRows(-1, 100, 3), 100);
  EXPECT_EQ(RowCount::ofTokens(16).getRows(-1, 100, 3), 6);
  EXPECT_EQ(RowCount::ofSequenceEnds().getRows(-1, 100, 3), 4);
}
