//===- RowCountTest.cpp - What the rows of an array count -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Support/RowCount.h"

#include "gtest/gtest.h"

using namespace fovea;

TEST(RowCount, text_and_back) {
  const RowCount all[] = {RowCount(),
                          RowCount::ofTokens(),
                          RowCount::ofTokens(16),
                          RowCount::ofSequenceEnds(),
                          RowCount::ofSequences(),
                          RowCount::ofTokens().toKeys(),
                          RowCount::ofTokens(16).toKeys(),
                          RowCount::ofSequenceEnds().toKeys(),
                          RowCount::ofPages()};
  const char *texts[] = {
      "static",    "tokens",     "tokens / 16",     "sequence_ends",
      "sequences", "key_tokens", "key_tokens / 16", "key_sequence_ends",
      "pages"};
  for (int i = 0; i < 9; ++i) {
    EXPECT_EQ(toString(all[i]), texts[i]);
    ASSERT_TRUE(parseRowCount(texts[i]));
    EXPECT_TRUE(*parseRowCount(texts[i]) == all[i]);
    for (int j = 0; j < 9; ++j)
      EXPECT_EQ(all[i] == all[j], i == j);
  }
  for (const char *text : {"", "token", "tokens / 1", "tokens / 0", "tokens / -2",
                           "tokens/2", "tokens / 2 ", "key_", "key_static",
                           "key_sequences", "tokens / 99999999999999999999"})
    EXPECT_FALSE(parseRowCount(text)) << text;
}

TEST(RowCount, rows_of_a_batch) {
  const BatchSizes same{100, 3}, apart{10, 3, 100};
  EXPECT_EQ(RowCount().getRows(7, same), 7);
  EXPECT_EQ(RowCount::ofPages().getRows(7, same), 7);
  EXPECT_EQ(RowCount::ofTokens().getRows(-1, same), 100);
  EXPECT_EQ(RowCount::ofTokens(16).getRows(-1, same), 6);
  EXPECT_EQ(RowCount::ofTokens(16).toKeys().getRows(-1, same), 6);
  EXPECT_EQ(RowCount::ofSequenceEnds().getRows(-1, same), 4);
  EXPECT_EQ(RowCount::ofSequences().getRows(-1, same), 3);
  EXPECT_EQ(RowCount::ofTokens().getRows(-1, apart), 10);
  EXPECT_EQ(RowCount::ofTokens().toKeys().getRows(-1, apart), 100);
  EXPECT_EQ(RowCount::ofTokens(16).toKeys().getRows(-1, apart), 6);
  EXPECT_EQ(RowCount::ofSequenceEnds().toKeys().getRows(-1, apart), 4);
}
