//===- SelectTopkTest.cpp -------------------------------------------------===//

#include "fovea/Reference/SelectTopk.h"

#include "TestUtils.h"

using namespace fovea::reference;

namespace {

using Row = std::vector<int32_t>;

/// The selection of the last token of a sequence with one block per score.
Row selectLast(const std::vector<double> &scores, SelectOptions options) {
  auto blocks = static_cast<int32_t>(scores.size());
  Array array({blocks, 1, blocks});
  std::copy(scores.begin(), scores.end(), array.slice(blocks - 1).begin());
  options.selectBlock = 1;
  IndexArray indices =
      llvm::cantFail(selectTopk(array, options, Sequences{{0, blocks}}));
  return indices.slice(blocks - 1, 0).vec();
}

} // namespace

TEST(SelectTopk, best_scores_in_ascending_order) {
  EXPECT_EQ(selectLast({1, 5, 2, 4, 3}, {1, 3, 0, 0}), (Row{1, 3, 4}));
}

TEST(SelectTopk, forced_blocks_count_inside_n) {
  // n=4 with 1 initial and 2 local of 6 blocks: 0, 4, 5, and one by score.
  EXPECT_EQ(selectLast({0, 1, 3, 2, 0, 0}, {1, 4, 1, 2}), (Row{0, 2, 4, 5}));
  // n=3: no slot is left for a score, however high.
  EXPECT_EQ(selectLast({0, 1, 99, 2, 0, 0}, {1, 3, 1, 2}), (Row{0, 4, 5}));
}

TEST(SelectTopk, a_block_forced_twice_takes_one_slot) {
  // 3 blocks, 1 initial and 3 local: block 0 is both; nothing is left over.
  EXPECT_EQ(selectLast({0, 0, 0}, {1, 5, 1, 3}), (Row{0, 1, 2, -1, -1}));
  // 4 blocks, 2 initial and 3 local: 0, 1 and 1, 2, 3.
  EXPECT_EQ(selectLast({0, 0, 0, 0}, {1, 5, 2, 3}), (Row{0, 1, 2, 3, -1}));
}

TEST(SelectTopk, initial_blocks_past_the_query_are_not_taken) {
  EXPECT_EQ(selectLast({0}, {1, 3, 2, 1}), (Row{0, -1, -1}));
}

TEST(SelectTopk, ties_go_to_the_lowest_block) {
  EXPECT_EQ(selectLast({0, 1, 1, 1, 0}, {1, 2, 0, 0}), (Row{1, 2}));
  EXPECT_EQ(selectLast({0, 0, 0, 0, 0}, {1, 2, 0, 1}), (Row{0, 4}));
  EXPECT_EQ(selectLast({0, -0.0, 0, 7, 0}, {1, 3, 0, 0}), (Row{0, 1, 3}));
}

TEST(SelectTopk, nan_and_minus_infinity_are_never_taken) {
  EXPECT_EQ(selectLast({quietNaN, 1, quietNaN, 2}, {1, 3, 0, 0}), (Row{1, 3, -1}));
  EXPECT_EQ(selectLast({quietNaN, -infinity, 0}, {1, 2, 0, 0}), (Row{2, -1}));
}

TEST(SelectTopk, a_forced_block_is_taken_whatever_its_score) {
  EXPECT_EQ(selectLast({quietNaN, 1, -infinity}, {1, 2, 1, 1}), (Row{0, 2}));
}

TEST(SelectTopk, fewer_candidates_than_slots_takes_all) {
  EXPECT_EQ(selectLast({3, 2}, {1, 4, 0, 0}), (Row{0, 1, -1, -1}));
}

TEST(SelectTopk, no_block_past_the_query_is_taken) {
  // l'=2, 4 tokens, n=1: scores of block 1 count only from t=2 on.
  Array scores({4, 1, 2}, {1, 9, 1, 9, 1, 9, 1, 9});
  EXPECT_EQ(llvm::cantFail(selectTopk(scores, {2, 1, 0, 0}, Sequences{{0, 4}})).data,
            (Row{0, 0, 1, 1}));
}

TEST(SelectTopk, each_sequence_and_kv_head_chooses_for_itself) {
  // l'=1, n=1; sequences of 1 and 2 tokens, 2 kv heads, one token of nobody.
  Array scores({4, 2, 2}, {1, 9, 1, 9, 1, 9, 1, 9, 1, 9, 9, 1, 9, 9, 9, 9});
  EXPECT_EQ(llvm::cantFail(selectTopk(scores, {1, 1, 0, 0}, Sequences{{0, 1, 3}})).data,
            (Row{0, 0, 0, 0, 1, 0, -1, -1}));
}

TEST(SelectTopk, options_that_do_not_fit_are_errors) {
  Array scores({8, 1, 2});
  EXPECT_EQ(getMessage(selectTopk(scores, {4, 2, 1, 2}, Sequences{{0, 8}})),
            "expected count to hold initial + local blocks, got count = 2, "
            "initial = 1 and local = 2");
  EXPECT_EQ(getMessage(selectTopk(scores, {2, 3, 1, 2}, Sequences{{0, 8}})),
            "expected scores of at least 4 blocks for sequence 0, got 2");
  EXPECT_EQ(getMessage(selectTopk(scores, {0, 3, 1, 2}, Sequences{{0, 8}})),
            "expected a positive select block, got 0");
  EXPECT_EQ(getMessage(selectTopk(scores, {4, 3, -1, 2}, Sequences{{0, 8}})),
            "expected initial and local not to be negative, got initial = -1 "
            "and local = 2");
}
