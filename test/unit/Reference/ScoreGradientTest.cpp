//===- ScoreGradientTest.cpp - the derivative of a score region -----------===//
//
// Each operation that a region may hold, against differences of the program; and what
// is taken where a function has a corner.
//
//===----------------------------------------------------------------------===//

#include "TestUtils.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Reference/ScoreProgram.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"

using namespace fovea;
using namespace fovea::reference;

namespace {

class ScoreGradientTest : public testing::Test {
protected:
  ScoreGradientTest() {
    context.loadDialect<attn::AttnDialect, mlir::arith::ArithDialect,
                        mlir::func::FuncDialect, mlir::math::MathDialect>();
  }

  /// The program of `steps`, which end in a value `%y` of `%s`, `%query`, `%key`,
  /// `%head` and the learned `%a` and `%b`.
  ScoreProgram parse(const std::string &steps) {
    std::string text = R"(
      !x = tensor<?x2x4xf32>
      func.func @f(%q: !x, %cu: tensor<?xi32>, %0: tensor<2xf32>, %1: tensor<2xf32>) {
        %o, %l = attn.attend %q sees #attn.causal in %q, %q, %cu
            scores(%s, %query, %key, %head, %a = %0 : tensor<2xf32>, %b = %1 : tensor<2xf32>) {
          )" + steps + R"(
          attn.score %y
        } : !x, !x, !x, tensor<?xi32> -> !x, tensor<?x2xf32>
        return
      })";
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(module) << text;
    attn::AttendOp found;
    module->walk([&](attn::AttendOp op) { found = op; });
    return ScoreProgram::withDerivatives(found.getScoreRegion(), {&a, &b});
  }

  ScoreDerivative differentiateAt(const std::string &steps, double score) {
    return parse(steps).getGradient()(score, 5, 3, 1);
  }

  /// The slopes by the score and both learned numbers, at drawn values of them;
  /// positive ones where the steps have roots or logarithms.
  void expectDifferences(const std::string &steps, bool positive = false) {
    ScoreProgram program = parse(steps);
    ScoreGradient gradient = program.getGradient();
    ScoreFunction function = program.getFunction();
    std::mt19937 random(7);
    std::uniform_real_distribution<double> uniform(positive ? 0.5 : -2, 2);
    for (int i = 0; i < 20; ++i) {
      double score = uniform(random);
      a.at(1) = uniform(random);
      b.at(1) = uniform(random);
      auto differ = [&](double &argument) {
        constexpr double step = 1e-6;
        double at = argument;
        argument = at + step;
        double above = function(score, 5, 3, 1);
        argument = at - step;
        double below = function(score, 5, 3, 1);
        argument = at;
        return (above - below) / (2 * step);
      };
      ScoreDerivative derivative = gradient(score, 5, 3, 1);
      EXPECT_EQ(derivative.score, function(score, 5, 3, 1)) << steps;
      double tolerance = 1e-7 * (1 + std::fabs(derivative.slope));
      EXPECT_NEAR(derivative.slope, differ(score), tolerance) << steps;
      EXPECT_NEAR(derivative.learned[0], differ(a.at(1)), 1e-7) << steps;
      EXPECT_NEAR(derivative.learned[1], differ(b.at(1)), 1e-7) << steps;
    }
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  Array a{{2}, 1.0}, b{{2}, 1.0};
};

} // namespace

TEST_F(ScoreGradientTest, of_each_operation_equals_differences) {
  for (const char *op : {"addf", "subf", "mulf", "maxnumf", "minnumf"}) {
    expectDifferences("%y = arith." + std::string(op) + " %s, %a : f32");
    expectDifferences("%y = arith." + std::string(op) + " %b, %s : f32");
  }
  expectDifferences("%y = arith.divf %s, %a : f32", /*positive=*/true);
  expectDifferences("%y = arith.divf %b, %s : f32", /*positive=*/true);
  expectDifferences("%y = arith.negf %s : f32");
  for (const char *op : {"absf", "exp", "exp2", "tanh"})
    expectDifferences("%y = math." + std::string(op) + " %s : f32");
  for (const char *op : {"log", "log2", "sqrt"})
    expectDifferences("%y = math." + std::string(op) + " %s : f32", /*positive=*/true);
}

TEST_F(ScoreGradientTest, of_a_choice_is_that_of_the_branch_taken) {
  expectDifferences(R"(%c = arith.cmpf ogt, %s, %a : f32
      %d = arith.mulf %s, %b : f32
      %y = arith.select %c, %s, %d : f32)");
}

TEST_F(ScoreGradientTest, integers_have_none) {
  expectDifferences(R"(%d = arith.subi %query, %key : i32
      %c = arith.cmpi sgt, %d, %head : i32
      %f = arith.sitofp %d : i32 to f32
      %t = arith.mulf %f, %a : f32
      %n = arith.constant 2.0 : f32
      %u = arith.mulf %t, %n : f32
      %v = arith.select %c, %u, %t : f32
      %y = arith.addf %s, %v : f32)");
}

TEST_F(ScoreGradientTest, of_a_soft_cap_with_a_bias_equals_differences) {
  expectDifferences(R"(%c = arith.constant 1.5 : f32
      %d = arith.divf %s, %c : f32
      %t = math.tanh %d : f32
      %m = arith.mulf %t, %c : f32
      %y = arith.addf %m, %b : f32)");
}

TEST_F(ScoreGradientTest, a_corner_has_the_slope_that_the_operation_says) {
  EXPECT_EQ(differentiateAt("%y = math.absf %s : f32", 0).slope, 0);
  // Of equal operands the first one's.
  a.at(1) = 2;
  EXPECT_EQ(differentiateAt("%y = arith.maxnumf %s, %a : f32", 2).slope, 1);
  EXPECT_EQ(differentiateAt("%y = arith.minnumf %a, %s : f32", 2).slope, 0);
  // The other one where one is NaN.
  a.at(1) = std::nan("");
  EXPECT_EQ(differentiateAt("%y = arith.maxnumf %s, %a : f32", 2).slope, 1);
  EXPECT_EQ(differentiateAt("%y = arith.minnumf %a, %s : f32", 2).slope, 1);
}

TEST_F(ScoreGradientTest, what_does_not_change_adds_nothing_however_steep) {
  // log of a constant 0: its slope is infinite, and met by a change of 0.
  ScoreDerivative derivative = differentiateAt(R"(%z = arith.constant 0.0 : f32
      %l = math.log %z : f32
      %c = arith.cmpf ogt, %s, %l : f32
      %e = arith.select %c, %s, %l : f32
      %y = arith.addf %e, %a : f32)",
                                               3);
  EXPECT_EQ(derivative.slope, 1);
  EXPECT_EQ(derivative.learned[0], 1);
  // A root of what is held at 0.
  EXPECT_EQ(differentiateAt(R"(%z = arith.constant 0.0 : f32
      %m = arith.maxnumf %s, %z : f32
      %y = math.sqrt %m : f32)",
                            -2)
                .slope,
            0);
}

TEST_F(ScoreGradientTest, of_no_region_is_none) {
  mlir::Region empty;
  EXPECT_FALSE(ScoreProgram::withDerivatives(empty, {}).getGradient());
}
