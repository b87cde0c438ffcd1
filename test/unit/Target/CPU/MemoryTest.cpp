//===- MemoryTest.cpp - loads, stores, tails and carried tiles ------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "CpuTestSupport.h"

#include <cmath>

using namespace fovea::test;

namespace {

float fromBf16(uint16_t bits) {
  uint32_t wide = uint32_t(bits) << 16;
  float value;
  std::memcpy(&value, &wide, 4);
  return value;
}
uint16_t toBf16(float value) { // round to nearest even
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  return uint16_t((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

/// Rows at or past `count` give 0, whatever lies there; nothing past it is written.
void checkTail(int count, bool lanes) {
  std::string source = oneKernel(
      {"memref<?x2x16xf32>", "memref<?x2x16xf32>", "memref<?xi32>"},
      std::string("%one = arith.constant 1 : index\n%n32 = memref.load %a2[%c0] : "
                  "memref<?xi32>\n"
                  "%n = arith.index_cast %n32 : i32 to index\n"
                  "%x = tile.load %a0[%one, %c0, %c0] sizes [4, 2, 16] count %n : "
                  "memref<?x2x16xf32> -> tensor<8x16xf32>\n") +
          (lanes ? "%p = arith.constant dense<0.0> : tensor<8x4xf32>\n"
                   "%q = arith.constant dense<0.0> : tensor<4x16xf32>\n"
                   "%y = tile.dot %p, %q, %x : tensor<8x4xf32>, tensor<4x16xf32> -> "
                   "tensor<8x16xf32>\n"
                 : "%y = arith.addf %x, %x : tensor<8x16xf32>\n") +
          "tile.store %y, %a1[%c0, %c0, %c0] sizes [4, 2, 16] : tensor<8x16xf32>, "
          "memref<?x2x16xf32>\n"
          "%four = arith.constant 4 : index\n"
          "tile.store %y, %a1[%four, %c0, %c0] sizes [4, 2, 16] count %n : "
          "tensor<8x16xf32>, memref<?x2x16xf32>");
  Program program(source, "native");
  Array<float, 3> x({6, 2, 16}, NAN), out({8, 2, 16}, -1.0f);
  Array<int32_t, 1> n({1}, count);
  int valid = std::min(std::max(count, 0), 4);
  for (int i = 0; i < valid * 32; ++i)
    x[32 + i] = float(i + 1);
  program.call("run", x.arg(), out.arg(), n.arg());
  float factor = lanes ? 1 : 2;
  for (int i = 0; i < 128; ++i) {
    float expected = i < valid * 32 ? factor * (i + 1) : 0.0f;
    ASSERT_EQ(out[i], expected) << i;
    ASSERT_EQ(out[128 + i], i < valid * 32 ? expected : -1.0f) << i;
  }
}

TEST(Load, TailsStayOut) {
  for (int count : {-3, 0, 1, 3, 4, 9})
    for (bool lanes : {false, true}) {
      SCOPED_TRACE(testing::Message() << "count " << count << " lanes " << lanes);
      checkTail(count, lanes);
    }
}

TEST(Load, EveryStepthRow) {
  std::string source = oneKernel(
      {"memref<?x1x8xf32>", "memref<4x8xf32>"},
      "%one = arith.constant 1 : index\n"
      "%x = tile.load %a0[%one, %c0, %c0] sizes [4, 1, 8] step 3 : memref<?x1x8xf32> "
      "-> "
      "tensor<4x8xf32>\n"
      "tile.store %x, %a1[%c0, %c0] sizes [4, 8] : tensor<4x8xf32>, memref<4x8xf32>");
  Program program(source, "native");
  Array<float, 3> x({12, 1, 8});
  Array<float, 2> out({4, 8});
  x.randomize(1);
  program.call("run", x.arg(), out.arg());
  for (int i = 0; i < 32; ++i)
    ASSERT_EQ(out[i], x[(1 + i / 8 * 3) * 8 + i % 8]);
}

TEST(Load, Bf16IsWidenedAndRounded) {
  std::string source = oneKernel(
      {"memref<16x32xbf16>", "memref<16x32xbf16>"},
      "%x = tile.load %a0[%c0, %c0] sizes [16, 32] : memref<16x32xbf16> -> "
      "tensor<16x32xbf16>\n"
      "%z = arith.constant dense<0.0> : tensor<16x16xf32>\n"
      "%s = tile.dot %x, %x, %z transpose_rhs : tensor<16x32xbf16>, tensor<16x32xbf16> "
      "-> tensor<16x16xf32>\n"
      "%w = arith.extf %x : tensor<16x32xbf16> to tensor<16x32xf32>\n"
      "%y = tile.dot %s, %x, %w : tensor<16x16xf32>, tensor<16x32xbf16> -> "
      "tensor<16x32xf32>\n"
      "%t = arith.truncf %y : tensor<16x32xf32> to tensor<16x32xbf16>\n"
      "tile.store %t, %a1[%c0, %c0] sizes [16, 32] : tensor<16x32xbf16>, "
      "memref<16x32xbf16>");
  for (const std::string &cpu : testCpus()) {
    Program program(source, cpu);
    Array<uint16_t, 2> x({16, 32}), out({16, 32});
    std::mt19937 generator(7);
    for (uint16_t &value : x.data) // small integers: every sum is exact
      value = toBf16(float(int(generator() % 5) - 2));
    program.call("run", x.arg(), out.arg());
    for (int i = 0; i < 16; ++i)
      for (int d = 0; d < 32; ++d) {
        float sum = fromBf16(x[i * 32 + d]);
        for (int j = 0; j < 16; ++j)
          for (int e = 0; e < 32; ++e)
            sum += fromBf16(x[i * 32 + e]) * fromBf16(x[j * 32 + e]) *
                   fromBf16(x[j * 32 + d]);
        ASSERT_EQ(out[i * 32 + d], toBf16(sum)) << i << " " << d;
      }
  }
}

/// Tiles that trade places each iteration, and one that a branch replaces.
TEST(Carry, SwapsAndBranches) {
  std::string source =
      oneKernel({"memref<8x16xf32> {tile.in_place}", "memref<8x16xf32> {tile.in_place}",
                 "memref<8x16xf32>"},
                "%one = arith.constant 1 : index\n%five = arith.constant 5 : index\n"
                "%a = tile.load %a0[%c0, %c0] sizes [8, 16] : memref<8x16xf32> -> "
                "tensor<8x16xf32>\n"
                "%b = tile.load %a1[%c0, %c0] sizes [8, 16] : memref<8x16xf32> -> "
                "tensor<8x16xf32>\n"
                "%three = arith.constant 3 : index\n"
                "%r:3 = scf.for %i = %c0 to %five step %one iter_args(%x = %a, %y = "
                "%b, %s = %a) -> "
                "(tensor<8x16xf32>, tensor<8x16xf32>, tensor<8x16xf32>) {\n"
                "  %late = arith.cmpi sge, %i, %three : index\n"
                "  %t = scf.if %late -> (tensor<8x16xf32>) {\n"
                "    %d = arith.subf %s, %y : tensor<8x16xf32>\n"
                "    scf.yield %d : tensor<8x16xf32>\n"
                "  } else {\n    scf.yield %x : tensor<8x16xf32>\n  }\n"
                "  scf.yield %y, %x, %t : tensor<8x16xf32>, tensor<8x16xf32>, "
                "tensor<8x16xf32>\n}\n"
                "tile.store %r#0, %a0[%c0, %c0] sizes [8, 16] : tensor<8x16xf32>, "
                "memref<8x16xf32>\n"
                "tile.store %r#1, %a1[%c0, %c0] sizes [8, 16] : tensor<8x16xf32>, "
                "memref<8x16xf32>\n"
                "tile.store %r#2, %a2[%c0, %c0] sizes [8, 16] : tensor<8x16xf32>, "
                "memref<8x16xf32>");
  Program program(source, "native");
  Array<float, 2> a({8, 16}), b({8, 16}), out({8, 16});
  a.randomize(1), b.randomize(2);
  std::vector<float> x = a.data, y = b.data, s = a.data;
  program.call("run", a.arg(), b.arg(), out.arg());
  for (int i = 0; i < 5; ++i) {
    for (size_t e = 0; e < s.size(); ++e)
      s[e] = i >= 3 ? s[e] - y[e] : x[e];
    std::swap(x, y);
  }
  EXPECT_EQ(a.data, x);
  EXPECT_EQ(b.data, y);
  EXPECT_EQ(out.data, s);
}

} // namespace
