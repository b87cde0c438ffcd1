//===- DotTest.cpp - products, reductions and tiles of odd sizes ----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "CpuTestSupport.h"

#include <cmath>

using namespace fovea::test;

namespace {

struct DotCase {
  int m, k, n;
};

constexpr DotCase kDotCases[] = {{64, 128, 64}, {16, 16, 16}, {5, 7, 3},
                                 {24, 40, 17},  {1, 64, 8},   {96, 33, 50}};

std::vector<std::pair<std::string, std::string>> sizes(const DotCase &c) {
  return {{"M", std::to_string(c.m)},
          {"K", std::to_string(c.k)},
          {"N", std::to_string(c.n)}};
}

void checkDot(const DotCase &c, bool transposed, const std::string &cpu) {
  std::string rhs = transposed ? "$Nx$K" : "$Kx$N";
  std::string box = transposed ? "[$N, $K]" : "[$K, $N]";
  std::string source = oneKernel(
      {"memref<$Mx$Kxf32>", "memref<" + rhs + "xf32>",
       "memref<$Mx$Nxf32> {tile.in_place}"},
      "%a = tile.load %a0[%c0, %c0] sizes [$M, $K] : memref<$Mx$Kxf32> -> "
      "tensor<$Mx$Kxf32>\n"
      "%b = tile.load %a1[%c0, %c0] sizes " +
          box + " : memref<" + rhs + "xf32> -> tensor<" + rhs +
          "xf32>\n"
          "%c = tile.load %a2[%c0, %c0] sizes [$M, $N] : memref<$Mx$Nxf32> -> "
          "tensor<$Mx$Nxf32>\n"
          "%d = tile.dot %a, %b, %c " +
          (transposed ? "transpose_rhs" : "") + " : tensor<$Mx$Kxf32>, tensor<" + rhs +
          "xf32> -> tensor<$Mx$Nxf32>\n"
          "tile.store %d, %a2[%c0, %c0] sizes [$M, $N] : tensor<$Mx$Nxf32>, "
          "memref<$Mx$Nxf32>\n");
  Program program(substitute(source, sizes(c)), cpu);
  Array<float, 2> a({c.m, c.k}), b({transposed ? c.n : c.k, transposed ? c.k : c.n}),
      out({c.m, c.n});
  a.randomize(1), b.randomize(2), out.randomize(3);
  std::vector<float> acc = out.data;
  program.call("run", a.arg(), b.arg(), out.arg());
  for (int m = 0; m < c.m; ++m)
    for (int n = 0; n < c.n; ++n) {
      double sum = acc[m * c.n + n];
      for (int k = 0; k < c.k; ++k)
        sum += double(a[m * c.k + k]) * b[transposed ? n * c.k + k : k * c.n + n];
      ASSERT_NEAR(out[m * c.n + n], sum, 1e-4) << m << " " << n;
    }
}

TEST(Dot, AgreesWithNaive) {
  for (const std::string &cpu : testCpus())
    for (const DotCase &c : kDotCases)
      for (bool transposed : {false, true}) {
        SCOPED_TRACE(cpu + " " + std::to_string(c.m) + " " + std::to_string(c.k) + " " +
                     std::to_string(c.n) + (transposed ? " transposed" : ""));
        checkDot(c, transposed, cpu);
      }
}

/// Both operands are products themselves: one of them lies the wrong way round.
TEST(Dot, LayoutConflictIsCopied) {
  std::string source = oneKernel(
      {"memref<8x8xf32>", "memref<8x8xf32>"},
      "%z = arith.constant dense<0.0> : tensor<8x8xf32>\n"
      "%a = tile.load %a0[%c0, %c0] sizes [8, 8] : memref<8x8xf32> -> tensor<8x8xf32>\n"
      "%b = tile.dot %a, %a, %z : tensor<8x8xf32>, tensor<8x8xf32> -> tensor<8x8xf32>\n"
      "%c = tile.dot %b, %b, %b transpose_rhs : tensor<8x8xf32>, tensor<8x8xf32> -> "
      "tensor<8x8xf32>\n"
      "tile.store %c, %a1[%c0, %c0] sizes [8, 8] : tensor<8x8xf32>, memref<8x8xf32>");
  Program program(source, "native");
  Array<float, 2> a({8, 8}), out({8, 8});
  a.randomize(4);
  program.call("run", a.arg(), out.arg());
  double square[64];
  for (int i = 0; i < 64; ++i) {
    square[i] = 0;
    for (int k = 0; k < 8; ++k)
      square[i] += double(a[i / 8 * 8 + k]) * a[k * 8 + i % 8];
  }
  for (int i = 0; i < 64; ++i) {
    double sum = square[i];
    for (int k = 0; k < 8; ++k)
      sum += square[i / 8 * 8 + k] * square[i % 8 * 8 + k];
    ASSERT_NEAR(out[i], sum, 1e-3);
  }
}

/// `lanes` makes the input the result of a dot (with zeros), which turns its layout.
void checkReduce(bool lanes, bool max, int axis, int group) {
  const int m = 32, n = 24;
  int rows = axis == 0 ? (group ? m / group : 1) : m;
  int columns = axis == 1 ? (group ? n / group : 1) : n;
  std::string by = group ? " by " + std::to_string(group) : "";
  std::string flat = std::to_string(axis == 0 ? n : m);
  std::string shape = group ? "$Rx$C" : flat;
  std::string view = "memref<" + shape + "xf32>", tile = "tensor<" + shape + "xf32>";
  std::string source = oneKernel(
      {"memref<32x24xf32>", view},
      std::string("%x = tile.load %a0[%c0, %c0] sizes [32, 24] : memref<32x24xf32> -> "
                  "tensor<32x24xf32>\n") +
          (lanes ? "%p = arith.constant dense<0.0> : tensor<32x4xf32>\n"
                   "%q = arith.constant dense<0.0> : tensor<4x24xf32>\n"
                   "%y = tile.dot %p, %q, %x : tensor<32x4xf32>, tensor<4x24xf32> -> "
                   "tensor<32x24xf32>\n"
                 : "%y = arith.negf %x : tensor<32x24xf32>\n") +
          "%r = tile.reduce " + (max ? "max" : "add") + " %y axis " +
          std::to_string(axis) + by + " : tensor<32x24xf32> -> " + tile + "\n" +
          "tile.store %r, %a1[" +
          (group ? "%c0, %c0] sizes [$R, $C]" : "%c0] sizes [" + flat + "]") + " : " +
          tile + ", " + view);
  Program program(
      substitute(source, {{"R", std::to_string(rows)}, {"C", std::to_string(columns)}}),
      "native");
  Array<float, 2> x({m, n});
  Array<float, 2> matrix({rows, columns});
  Array<float, 1> vector({rows * columns});
  x.randomize(5);
  program.call("run", x.arg(), group ? matrix.arg() : vector.arg());
  std::vector<float> &out = group ? matrix.data : vector.data;
  int g = group ? group : (axis == 0 ? m : n);
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c) {
      double result = max ? -1e30 : 0;
      for (int i = 0; i < g; ++i) {
        double value = axis == 0 ? x[(r * g + i) * n + c] : x[r * n + c * g + i];
        value = lanes ? value : -value;
        result = max ? std::max(result, value) : result + value;
      }
      ASSERT_NEAR(out[r * columns + c], result, 1e-5) << r << " " << c;
    }
}

TEST(Reduce, AgreesWithNaive) {
  for (bool lanes : {false, true})
    for (bool max : {false, true})
      for (int axis : {0, 1})
        for (int group : {0, 2, 8}) {
          SCOPED_TRACE(testing::Message() << lanes << max << axis << " by " << group);
          checkReduce(lanes, max, axis, group);
        }
}

} // namespace
