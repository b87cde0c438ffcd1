//===- AttendTest.cpp -----------------------------------------------------===//
//
// Keys are logarithms, so that with q = 1 and scale 1 the softmax has small
// fractions as weights: keys ln a, ln b give a / (a + b) and b / (a + b).
//
//===----------------------------------------------------------------------===//

#include "fovea/Reference/Attend.h"

#include "KeySets.h"
#include "TestUtils.h"

using namespace fovea::reference;

namespace {

const double ln2 = std::log(2.0), ln3 = std::log(3.0);

/// Attends with one head of dim 1, q = 1 and scale 1.
AttendResult attendOnes(const std::vector<double> &keys,
                        const std::vector<double> &values, const KeySet &keySet,
                        const Sequences &sequences,
                        const IndexArray *indices = nullptr) {
  auto rows = static_cast<int64_t>(keys.size());
  Array query({sequences.offsets.back(), 1, 1}, 1.0);
  Array key({rows, 1, 1}, keys), value({rows, 1, 1}, values);
  return llvm::cantFail(attend({query, key, value, indices}, keySet, sequences, 1));
}

} // namespace

TEST(Attend, causal) {
  AttendResult result = attendOnes({0, ln3}, {4, 8}, makeCausal(), Sequences{{0, 2}});
  // t=0: 4, ln 1.  t=1: 4 * 1/4 + 8 * 3/4 = 7, ln(1 + 3).
  expectNear(result.output.data, {4, 7});
  expectNear(result.lse.data, {0, std::log(4.0)});
}

TEST(Attend, full) {
  AttendResult result = attendOnes({0, ln3}, {4, 8}, makeFull(), Sequences{{0, 2}});
  expectNear(result.output.data, {7, 7});
}

TEST(Attend, a_window_holds_its_own_token) {
  AttendResult result =
      attendOnes({0, ln3, ln2}, {4, 8, 16}, makeWindow(2), Sequences{{0, 3}});
  // t=2 sees keys 1 and 2: 8 * 3/5 + 16 * 2/5 = 56/5, ln(3 + 2).
  expectNear(result.output.data, {4, 7, 11.2});
  expectNear(result.lse.data, {0, std::log(4.0), std::log(5.0)});
  // A window wider than the sequence is causal.
  expectNear(
      attendOnes({0, ln3}, {4, 8}, makeWindow(99), Sequences{{0, 2}}).output.data,
      {7 - 3, 7});
}

TEST(Attend, compressed_windows_are_seen_once_complete) {
  // l=2, d=1: window 0 ends at token 1, window 1 at token 2.
  AttendResult result =
      attendOnes({0, ln3}, {4, 8}, makeCompressed(2, 1), Sequences{{0, 3}});
  expectNear(result.output.data, {0, 4, 7});
  expectNear(result.lse.data, {-infinity, 0, std::log(4.0)});
}

TEST(Attend, compressed_rows_of_a_sequence_start_at_its_offset_by_stride) {
  // l=4, d=2, sequences of 5 and 4 tokens: windows at rows 0 and 5/2 = 2.
  AttendResult result =
      attendOnes({0, quietNaN, 0, quietNaN}, {3, quietNaN, 5, quietNaN},
                 makeCompressed(4, 2), Sequences{{0, 5, 9}});
  expectNear(result.output.data, {0, 0, 0, 3, 3, 0, 0, 0, 5});
}

TEST(Attend, selected_blocks_are_causal_inside) {
  // Blocks of 2. Query 3 has blocks {0, 1}, query 2 has {1}: key 2 only.
  IndexArray indices({4, 1, 2}, {0, -1, 0, -1, 1, -1, 1, 0});
  AttendResult result = attendOnes({0, 0, 0, ln3}, {6, 12, 18, 24}, makeSelected(2),
                                   Sequences{{0, 4}}, &indices);
  // t=3: (6 + 12 + 18 + 3 * 24) / 6 = 18, ln 6.
  expectNear(result.output.data, {6, 9, 18, 18});
  expectNear(result.lse.data, {0, ln2, 0, std::log(6.0)});
}

TEST(Attend, unused_slots_and_repeated_indices_change_nothing) {
  IndexArray plain({4, 1, 3}, {0, -1, -1, 0, -1, -1, 0, 1, -1, 0, 1, -1});
  IndexArray mixed({4, 1, 3}, {-1, 0, -1, 0, 0, -1, 1, -1, 0, -1, 1, 0});
  std::vector<double> keys = {0, 1, 2, 3}, values = {1, 2, 4, 8};
  EXPECT_EQ(
      attendOnes(keys, values, makeSelected(2), Sequences{{0, 4}}, &plain).output.data,
      attendOnes(keys, values, makeSelected(2), Sequences{{0, 4}}, &mixed).output.data);
}

TEST(Attend, an_empty_selection_is_zero_and_minus_infinity) {
  IndexArray indices({2, 1, 1}, -1);
  AttendResult result =
      attendOnes({0, 0}, {1, 1}, makeSelected(2), Sequences{{0, 2}}, &indices);
  expectNear(result.output.data, {0, 0});
  expectNear(result.lse.data, {-infinity, -infinity});
}

TEST(Attend, heads_of_a_group_share_a_kv_head) {
  // Hq=4, Hkv=2: heads 0, 1 read kv head 0; heads 2, 3 read kv head 1.
  Array query({1, 4, 1}, 1.0), key({1, 2, 1}, 0.0);
  Array value({1, 2, 2}, {1, 2, 3, 4});
  AttendResult result =
      llvm::cantFail(attend({query, key, value}, makeCausal(), Sequences{{0, 1}}, 1));
  expectNear(result.output.data, {1, 2, 1, 2, 3, 4, 3, 4});
}

TEST(Attend, scale_multiplies_the_whole_dot_product) {
  // Scores of (1, 2).(4, 8) = 20 and 0 by 1/20: e and 1.
  Array query({2, 1, 2}, {1, 2, 1, 2}), key({2, 1, 2}, {0, 0, 4, 8});
  Array value({2, 1, 1}, {0, 1});
  AttendResult result = llvm::cantFail(
      attend({query, key, value}, makeCausal(), Sequences{{0, 2}}, 0.05));
  double e = std::exp(1.0);
  expectNear(result.output.data, {0, e / (1 + e)});
  expectNear(result.lse.data, {0, std::log(1 + e)});
  EXPECT_EQ(getDefaultScale(64), 0.125);
}

TEST(Attend, large_scores_do_not_overflow) {
  AttendResult result =
      attendOnes({1000, 1000 + ln3}, {4, 8}, makeFull(), Sequences{{0, 2}});
  EXPECT_NEAR(result.output.data[0], 7, 1e-9);
  EXPECT_NEAR(result.lse.data[0], 1000 + std::log(4.0), 1e-9);
}

TEST(Attend, keys_outside_the_set_contribute_nothing_even_when_nan) {
  AttendResult result =
      attendOnes({0, ln3, quietNaN, quietNaN}, {4, 8, infinity, quietNaN}, makeCausal(),
                 Sequences{{0, 2}});
  expectNear(result.output.data, {4, 7});
  // Inside the set it propagates.
  EXPECT_TRUE(
      std::isnan(attendOnes({quietNaN, 0}, {1, 1}, makeCausal(), Sequences{{0, 2}})
                     .output.data[1]));
}

TEST(Attend, a_sink_takes_weight_and_gives_no_value) {
  Array query({2, 1, 1}, 1.0), key({2, 1, 1}, {0, ln3}), value({2, 1, 1}, {4, 8});
  Array sinks({1}, {ln2});
  AttendOperands operands{query, key, value};
  operands.sinks = &sinks;
  AttendResult result =
      llvm::cantFail(attend(operands, makeCausal(), Sequences{{0, 2}}, 1));
  // t=0: 4 * 1/3, ln(1 + 2).  t=1: (4 + 8 * 3) / 6, ln(1 + 3 + 2).
  expectNear(result.output.data, {4.0 / 3, 28.0 / 6});
  expectNear(result.lse.data, {ln3, std::log(6.0)});
  // An empty row has its sink; a token of no sequence has none.
  AttendResult empty =
      llvm::cantFail(attend(operands, makeCompressed(2, 2), Sequences{{0, 1}}, 1));
  expectNear(empty.output.data, {0, 0});
  EXPECT_DOUBLE_EQ(empty.lse.data[0], ln2);
  EXPECT_EQ(empty.lse.data[1], -std::numeric_limits<double>::infinity());
}

TEST(Attend, a_sink_of_minus_infinity_is_none_and_nan_is_nan) {
  Array query({1, 1, 1}, 1.0), key({1, 1, 1}, {ln3}), value({1, 1, 1}, {4});
  Array sinks({1}, {-std::numeric_limits<double>::infinity()});
  AttendOperands operands{query, key, value};
  operands.sinks = &sinks;
  AttendResult result =
      llvm::cantFail(attend(operands, makeCausal(), Sequences{{0, 1}}, 1));
  expectNear(result.output.data, {4});
  expectNear(result.lse.data, {ln3});
  sinks.data[0] = std::numeric_limits<double>::quiet_NaN();
  result = llvm::cantFail(attend(operands, makeCausal(), Sequences{{0, 1}}, 1));
  EXPECT_TRUE(std::isnan(result.output.data[0]));
  EXPECT_TRUE(std::isnan(result.lse.data[0]));
}

TEST(Attend, a_score_function_sees_positions_and_the_head) {
  // Two heads over one; keys of 2 tokens each, at 0 and 2.
  Array query({5, 2, 1}, 1.0), key({2, 1, 1}, {0, 0}), value({2, 1, 1}, {4, 8});
  AttendOperands operands{query, key, value};
  operands.scoreFunction = [](double score, int64_t query, int64_t key, int64_t head) {
    return score + (query == 4 && key == 2 ? ln3 : 0) + double(head);
  };
  AttendResult result =
      llvm::cantFail(attend(operands, makeCompressed(2, 2), Sequences{{0, 5}}, 1));
  // t=3: 6, ln 2.  t=4: 4 * 1/4 + 8 * 3/4 = 7, ln 4. The second head's scores are 1
  // more.
  expectNear({result.output.at(3, 0, 0), result.output.at(4, 0, 0)}, {6, 7});
  expectNear({result.lse.at(3, 0), result.lse.at(4, 0), result.lse.at(4, 1)},
             {ln2, std::log(4.0), std::log(4.0) + 1});
}

TEST(Attend, a_token_of_no_sequence_is_an_empty_row) {
  Array query({3, 1, 1}, quietNaN), key({3, 1, 1}, 0.0), value({3, 1, 1}, 5.0);
  AttendResult result = llvm::cantFail(
      attend({query, key, value}, makeCausal(), Sequences{{0, 0, 0}}, 1));
  expectNear(result.output.data, {0, 0, 0});
  expectNear(result.lse.data, {-infinity, -infinity, -infinity});
}

TEST(Attend, shapes_that_do_not_fit_are_errors) {
  Array query({2, 4, 8}), key({2, 2, 8}), value({2, 2, 6});
  auto check = [&](const Array &query, const Array &key, const Array &value,
                   const IndexArray *indices = nullptr) {
    return getMessage(
        attend({query, key, value, indices}, makeCausal(), Sequences{{0, 2}}, 1));
  };
  EXPECT_EQ(check(query, key, value), "no error");
  EXPECT_EQ(check(Array({2, 4}), key, value),
            "expected query of rank 3, got shape [2, 4]");
  EXPECT_EQ(check(query, Array({2, 2, 7}), value),
            "expected key of shape [2, 2, 8], got [2, 2, 7]");
  EXPECT_EQ(check(query, key, Array({2, 1, 6})),
            "expected value of shape [2, 2, 6], got [2, 1, 6]");
  EXPECT_EQ(check(query, Array({2, 3, 8}), Array({2, 3, 6})),
            "expected kv heads to divide heads, got kv heads = 3 and heads = "
            "4");
  EXPECT_EQ(check(query, Array({1, 2, 8}), Array({1, 2, 6})),
            "expected at least 2 rows of key and value for sequence 0, got 1");
  IndexArray indices({2, 4, 1});
  EXPECT_EQ(check(query, key, value, &indices),
            "expected indices of shape [2, 2, 1], got [2, 4, 1]");
}
