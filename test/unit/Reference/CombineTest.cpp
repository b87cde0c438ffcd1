//===- CombineTest.cpp ----------------------------------------------------===//

#include "fovea/Reference/Combine.h"

#include "TestUtils.h"

using namespace fovea::reference;

TEST(Combine, values_weigh_branches) {
  Array a({1, 2, 2}, {1, 2, 3, 4}), b({1, 2, 2}, {10, 20, 30, 40});
  Array gates({1, 2, 2}, {1, 0.5, 0, 0.1});
  // Head 0: a + b/2.  Head 1: b/10.
  expectNear(llvm::cantFail(combine(gates, GateKind::Values, {&a, &b})).data,
             {6, 12, 3, 4});
}

TEST(Combine, logits_go_through_the_sigmoid) {
  Array a({1, 1, 1}, 8.0), b({1, 1, 1}, 12.0), c({1, 1, 1}, 5.0);
  Array gates({1, 1, 3}, {0, std::log(3.0), -infinity});
  // 8 * 1/2 + 12 * 3/4 + 5 * 0.
  expectNear(llvm::cantFail(combine(gates, GateKind::Logits, {&a, &b, &c})).data, {13});
}

TEST(Combine, part_of_a_sum_takes_its_columns_and_adds_to_a_base) {
  Array a({1, 1, 2}, {1, 2}), b({1, 1, 2}, {10, 20}), base({1, 1, 2}, {100, 200});
  Array gates({1, 1, 4}, {9, 2, 9, 3});
  int64_t columns[] = {3, 1};
  expectNear(
      llvm::cantFail(combine(gates, GateKind::Values, {&a, &b}, {}, {&base, {columns}}))
          .data,
      {123, 246});
}

TEST(Combine, shapes_that_do_not_fit_are_errors) {
  Array a({2, 1, 4}), b({2, 1, 3}), gates({2, 1, 2});
  int64_t columns[] = {0, 1};
  EXPECT_EQ(getMessage(combine(gates, GateKind::Values, {&a}, {}, {&b, {}})),
            "expected base of shape [2, 1, 4], got [2, 1, 3]");
  EXPECT_EQ(
      getMessage(combine(gates, GateKind::Values, {&a}, {}, {nullptr, {columns}})),
      "expected a column for each of 1 branches, got 2");
  EXPECT_EQ(getMessage(combine(gates, GateKind::Values, {})),
            "expected at least 1 branch, got 0");
  EXPECT_EQ(getMessage(combine(gates, GateKind::Values, {&a, &b})),
            "expected branch 1 of shape [2, 1, 4], got [2, 1, 3]");
  EXPECT_EQ(getMessage(combine(gates, GateKind::Values, {&a})),
            "expected gates of shape [2, 1, 1], got [2, 1, 2]");
}
