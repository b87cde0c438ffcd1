//===- CombineTest.cpp ----------------------------------------------------===//

#include "fovea/Reference/Combine.h"

#include "Differences.h"
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

namespace {

/// The gates' gradient against differences of combine().
void expectGateDifferences(GateKind kind,
                           std::optional<llvm::ArrayRef<int64_t>> columns,
                           int64_t width) {
  Array gates = makeRandom({3, 2, width}, 1), outputGrad = makeRandom({3, 2, 4}, 2),
        a = makeRandom({3, 2, 4}, 3), b = makeRandom({3, 2, 4}, 4);
  auto loss = [&] {
    return weigh(llvm::cantFail(combine(gates, kind, {&a, &b}, {}, {nullptr, columns})),
                 outputGrad);
  };
  Array actual =
      llvm::cantFail(combineGradGates(outputGrad, gates, kind, {&a, &b}, {}, columns));
  expectClose(actual, differentiateByDifferences(gates, loss), "gates");
}

} // namespace

TEST(CombineGrad, of_gates_equals_differences) {
  std::vector<int64_t> apart{2, 0}, twice{1, 1};
  for (GateKind kind : {GateKind::Logits, GateKind::Values}) {
    expectGateDifferences(kind, std::nullopt, 2);
    expectGateDifferences(kind, apart, 4);
    expectGateDifferences(kind, twice, 2);
  }
}

TEST(CombineGrad, of_gates_by_hand) {
  Array outputGrad({1, 1, 2}, {1, 2}), a({1, 1, 2}, {3, 4}), b({1, 1, 2}, {5, 6});
  Array gates({1, 1, 2}, {0, std::log(3.0)});
  // <dout, a> = 11, <dout, b> = 17; sigmoid' is 1/4 and 3/16.
  expectNear(
      llvm::cantFail(combineGradGates(outputGrad, gates, GateKind::Values, {&a, &b}))
          .data,
      {11, 17});
  expectNear(
      llvm::cantFail(combineGradGates(outputGrad, gates, GateKind::Logits, {&a, &b}))
          .data,
      {2.75, 3.1875});
}

/// The gradient of a branch is the combine of dout alone.
TEST(CombineGrad, of_a_branch_is_a_combine) {
  Array gates = makeRandom({3, 2, 3}, 1), outputGrad = makeRandom({3, 2, 4}, 2),
        a = makeRandom({3, 2, 4}, 3), b = makeRandom({3, 2, 4}, 4);
  std::vector<int64_t> columns{2, 0}, column{2};
  auto loss = [&] {
    return weigh(llvm::cantFail(combine(gates, GateKind::Logits, {&a, &b}, {},
                                        {nullptr, llvm::ArrayRef<int64_t>(columns)})),
                 outputGrad);
  };
  Array actual = llvm::cantFail(combine(gates, GateKind::Logits, {&outputGrad}, {},
                                        {nullptr, llvm::ArrayRef<int64_t>(column)}));
  expectClose(actual, differentiateByDifferences(a, loss), "branch");
}

/// Probabilities of the gated lse are those of lse times the gate.
TEST(CombineGrad, gated_lse_has_gated_probabilities) {
  Array gates = makeRandom({3, 2, 3}, 1), lse = makeRandom({3, 2}, 2);
  Array gated = llvm::cantFail(gateLse(lse, gates, 1));
  for (int64_t t = 0; t < 3; ++t)
    for (int64_t h = 0; h < 2; ++h)
      EXPECT_NEAR(std::exp(-gated.at(t, h)) / std::exp(-lse.at(t, h)),
                  1 / (1 + std::exp(-gates.at(t, h, 1))), 1e-12);
}

TEST(CombineGrad, gated_lse_at_the_ends) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  Array lse({6, 1}, {1, 1, 1, 1, -inf, -inf});
  Array gates({6, 1, 1}, {-inf, inf, -800, 800, -inf, 0});
  expectNear(llvm::cantFail(gateLse(lse, gates, 0)).data, {inf, 1, 801, 1, -inf, -inf});
  EXPECT_EQ(getMessage(gateLse(Array({5, 1}), gates, 0)),
            "expected lse of shape [6, 1], got [5, 1]");
}

TEST(CombineGrad, errors_name_the_operand) {
  Array gates({3, 2, 1}), branch({3, 2, 4}), outputGrad({3, 2, 5});
  EXPECT_EQ(
      getMessage(combineGradGates(outputGrad, gates, GateKind::Values, {&branch})),
      "expected gradient of the output of shape [3, 2, 4], got [3, 2, 5]");
}
