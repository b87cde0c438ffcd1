//===- MathTest.cpp - how exact the approximations are --------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "CpuTestSupport.h"

#include <cmath>

using namespace fovea::test;

namespace {

constexpr int kCount = 4096;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<float> apply(const std::string &op, const std::vector<float> &inputs,
                         const std::string &cpu) {
  std::string source = oneKernel(
      {"memref<4096xf32>", "memref<4096xf32>"},
      "%x = tile.load %a0[%c0] sizes [4096] : memref<4096xf32> -> tensor<4096xf32>\n"
      "%y = math." +
          op +
          " %x : tensor<4096xf32>\n"
          "tile.store %y, %a1[%c0] sizes [4096] : tensor<4096xf32>, memref<4096xf32>");
  Program program(source, cpu);
  Array<float, 1> x({kCount}), y({kCount});
  std::copy(inputs.begin(), inputs.end(), x.data.begin());
  program.call("run", x.arg(), y.arg());
  return y.data;
}

std::vector<float> spread(float low, float high) {
  std::vector<float> values;
  for (int i = 0; i < kCount; ++i)
    values.push_back(low + (high - low) * float(i) / (kCount - 1));
  return values;
}

struct Function {
  const char *op;
  double (*exact)(double);
  float low, high;
};

double ulp(float value) {
  return std::nextafter(std::fabs(value), kInfinity) - std::fabs(value);
}

TEST(Math, ExponentialsWithinTwoUlp) {
  for (const std::string &cpu : testCpus())
    for (auto [op, exact, low, high] : {Function{"exp2", std::exp2, -125.0f, 127.9f},
                                        Function{"exp", std::exp, -86.0f, 88.5f}}) {
      std::vector<float> x = spread(low, high), y = apply(op, x, cpu);
      for (int i = 0; i < kCount; ++i)
        ASSERT_LE(std::fabs(y[i] - exact(x[i])), 2 * ulp(float(exact(x[i]))))
            << op << " " << x[i];
    }
}

TEST(Math, ExponentialsAtTheEnds) {
  for (const char *op : {"exp2", "exp"}) {
    std::vector<float> x(kCount, 0.0f);
    x[0] = -kInfinity, x[1] = kInfinity, x[2] = NAN, x[3] = -1e30f, x[4] = 1e30f;
    x[5] = -0.0f;
    std::vector<float> y = apply(op, x, "native");
    EXPECT_EQ(y[0], 0.0f);
    EXPECT_EQ(y[1], kInfinity);
    EXPECT_TRUE(std::isnan(y[2]));
    EXPECT_EQ(y[3], 0.0f);
    EXPECT_EQ(y[4], kInfinity);
    EXPECT_EQ(y[5], 1.0f);
    EXPECT_EQ(y[6], 1.0f);
  }
}

TEST(Math, TanhAtTheEnds) {
  std::vector<float> x(kCount, 0.0f);
  x[0] = -kInfinity, x[1] = kInfinity, x[2] = NAN, x[3] = -1e30f, x[4] = 1e-30f;
  std::vector<float> y = apply("tanh", x, "native");
  EXPECT_EQ(y[0], -1.0f);
  EXPECT_EQ(y[1], 1.0f);
  EXPECT_TRUE(std::isnan(y[2]));
  EXPECT_EQ(y[3], -1.0f);
  EXPECT_EQ(y[4], 1e-30f);
}

TEST(Math, OthersWithinAMillionth) {
  for (auto [op, exact, low, high] :
       {Function{"tanh", std::tanh, -12.0f, 12.0f},
        Function{"erf", std::erf, -5.0f, 5.0f}, Function{"log", std::log, 1e-3f, 1e3f},
        Function{"log2", std::log2, 1e-3f, 1e3f}}) {
    std::vector<float> x = spread(low, high), y = apply(op, x, "native");
    for (int i = 0; i < kCount; ++i)
      ASSERT_NEAR(y[i], exact(x[i]), 1e-6 * std::max(1.0, std::fabs(exact(x[i]))))
          << op << " " << x[i];
  }
}

} // namespace
