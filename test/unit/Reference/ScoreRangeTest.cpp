//===- ScoreRangeTest.cpp - how large scores can be -----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// What a region computes of any numbers lies in its range: of drawn regions, against
// the program that the reference runs. Known regions have the range that they should.
//
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/ScoreRange.h"

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Reference/ScoreProgram.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>

using namespace mlir;
using namespace fovea;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

class ScoreRangeTest : public testing::Test {
protected:
  ScoreRangeTest() {
    context.loadDialect<attn::AttnDialect, arith::ArithDialect, func::FuncDialect,
                        math::MathDialect>();
  }

  /// The region of `steps`, which end in a value `%y`. It lives until the next one.
  Region &parse(const std::string &steps) {
    std::string text = "attn.spec @s heads 4 over 2 dims 16 x 16 of f32 {\n"
                       "  attn.branch @b sees #attn.causal"
                       " scores(%s, %query, %key, %head) {\n" +
                       steps + "    attn.score %y\n  }\n}\n";
    module = parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(module) << text;
    attn::BranchOp found;
    module->walk([&](attn::BranchOp branch) { found = branch; });
    return found.getScoreRegion();
  }

  void expectRange(const std::string &steps, double low, double high) {
    attn::ScoreRange range = attn::getScoreRange(parse(steps));
    EXPECT_DOUBLE_EQ(range.low, low) << steps;
    EXPECT_DOUBLE_EQ(range.high, high) << steps;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

const char *const kBinary[] = {"addf", "subf", "mulf", "divf", "maxnumf", "minnumf"};
const char *const kUnary[] = {"arith.negf", "math.absf", "math.exp",  "math.exp2",
                              "math.log",   "math.log2", "math.sqrt", "math.tanh"};

/// Up to 8 operations on the score, positions, and constants.
std::string drawSteps(std::mt19937 &random) {
  auto below = [&](unsigned end) { return unsigned(random() % end); };
  std::string text = "    %v0 = arith.sitofp %key : i32 to f32\n";
  std::vector<std::string> values{"%s", "%v0"};
  unsigned count = 1 + below(8);
  for (unsigned i = 1; i <= count; ++i) {
    std::string name = llvm::formatv("%v{0}", i);
    auto any = [&] { return values[below(values.size())]; };
    std::string line;
    switch (below(4)) {
    case 0: {
      constexpr double kConstants[] = {0.0, -1.0, 0.5, 20.0, -64.0, 1e30};
      line = llvm::formatv("arith.constant {0:e} : f32", kConstants[below(6)]);
      break;
    }
    case 1: {
      std::string left = any(), right = any();
      line = llvm::formatv("arith.{0} {1}, {2} : f32", kBinary[below(6)], left, right);
      break;
    }
    case 2:
      line = llvm::formatv("{0} {1} : f32", kUnary[below(8)], any());
      break;
    default: {
      std::string left = any(), right = any();
      text +=
          llvm::formatv("    %c{0} = arith.cmpf olt, {1}, {2} : f32\n", i, left, right);
      line = llvm::formatv("arith.select %c{0}, {1}, {2} : f32", i, right, left);
    }
    }
    text += "    " + name + " = " + line + "\n";
    values.push_back(name);
  }
  return text + "    %y = arith.negf " + values.back() + " : f32\n";
}

} // namespace

TEST_F(ScoreRangeTest, holds_every_score_of_drawn_regions) {
  std::mt19937 random(20261129);
  const double scores[] = {0.0,  -0.5,  1.0,  3.0,       -700.0,
                           1e30, -1e30, 1e-9, -infinity, infinity};
  int bounded = 0;
  for (int draw = 0; draw < 600; ++draw) {
    std::string steps = drawSteps(random);
    Region &region = parse(steps);
    attn::ScoreRange range = attn::getScoreRange(region);
    bounded += std::isfinite(range.getLargestMagnitude());
    reference::ScoreProgram program(region, {});
    for (double score : scores)
      for (int64_t key : {0, 1, 77777}) {
        double value = program.run<double>(score, 5, key, 0, reference::computeStep);
        // Functions of the library are not monotone to the last bit.
        double slack = std::isfinite(value) ? 1e-12 * std::fabs(value) : 0;
        bool inside = value >= range.low - slack && value <= range.high + slack;
        EXPECT_TRUE(inside || std::isnan(value))
            << value << " of " << score << ", expected " << range.low << " to "
            << range.high << steps;
      }
  }
  EXPECT_GT(bounded, 60) << "expected draws to bound scores often";
  EXPECT_LT(bounded, 540) << "expected draws to leave scores unbounded often";
}

TEST_F(ScoreRangeTest, knows_what_bounds) {
  std::string cap = "    %cap = arith.constant 50.0 : f32\n"
                    "    %x = arith.divf %s, %cap : f32\n"
                    "    %t = math.tanh %x : f32\n";
  expectRange(cap + "    %y = arith.mulf %t, %cap : f32\n", -50, 50);
  expectRange(cap + "    %z = arith.mulf %t, %cap : f32\n"
                    "    %k = arith.sitofp %key : i32 to f32\n"
                    "    %y = arith.addf %z, %k : f32\n",
              -50 - 0x1p31, 50 + 0x1p31);
  std::string clamp = "    %a = arith.constant -3.0 : f32\n"
                      "    %b = arith.constant 7.0 : f32\n"
                      "    %x = arith.minnumf %s, %b : f32\n";
  expectRange(clamp + "    %y = arith.maxnumf %x, %a : f32\n", -3, 7);
  expectRange(clamp + "    %y = arith.negf %x : f32\n", -7, infinity);
}

// A NaN among two numbers gives the other, so that neither alone bounds a minimum.
TEST_F(ScoreRangeTest, knows_that_minima_pass_over_nan) {
  expectRange("    %c = arith.constant 4.0 : f32\n"
              "    %t = math.tanh %s : f32\n"
              "    %z = arith.mulf %t, %c : f32\n"
              "    %y = arith.minnumf %t, %z : f32\n",
              -4, 4);
}

TEST_F(ScoreRangeTest, knows_that_nothing_bounds) {
  expectRange("    %y = arith.mulf %s, %s : f32\n", -infinity, infinity);
  expectRange("    %c = arith.constant 0.0 : f32\n"
              "    %y = arith.divf %s, %c : f32\n",
              -infinity, infinity);
  expectRange("    %c = arith.constant 0x7FC00000 : f32\n"
              "    %y = arith.negf %c : f32\n",
              -infinity, infinity);
}
