//===- SelectionTest.cpp - block scores, top-k and visits -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "CpuTestSupport.h"
#include "fovea/Dialect/Tile/IR/Tile.h"

#include <algorithm>
#include <cmath>
#include <set>

using namespace fovea::test;
using fovea::tile::BandSumOp;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// Two tiles of N windows, the halo carried from one to the next.
void checkBandSum(int block, int stride, int into, int n) {
  int columns = n * stride / into, halo = BandSumOp::getHalo(block, stride, into);
  auto str = [](int value) { return std::to_string(value); };
  std::string source = oneKernel(
      {"memref<2x3x$Nxf32>", "memref<3x3x$Cxf32>"},
      substitute(
          "%one = arith.constant 1 : index\n%two = arith.constant 2 : index\n"
          "%z = arith.constant dense<0.0> : tensor<3x$Hxf32>\n"
          "%last = scf.for %i = %c0 to %two step %one iter_args(%c = %z) -> "
          "(tensor<3x$Hxf32>) {\n"
          "  %x = tile.load %a0[%i, %c0, %c0] sizes [1, 3, $N] : memref<2x3x$Nxf32> -> "
          "tensor<3x$Nxf32>\n"
          "  %s, %d = tile.band_sum %x carry %c block $B stride $S into $I : "
          "tensor<3x$Nxf32>, tensor<3x$Hxf32> -> tensor<3x$Cxf32>\n"
          "  tile.store %s, %a1[%i, %c0, %c0] sizes [1, 3, $C] : tensor<3x$Cxf32>, "
          "memref<3x3x$Cxf32>\n"
          "  scf.yield %d : tensor<3x$Hxf32>\n}\n"
          "tile.store %last, %a1[%two, %c0, %c0] sizes [1, 3, $H] : tensor<3x$Hxf32>, "
          "memref<3x3x$Cxf32>",
          {{"B", str(block)}, {"S", str(stride)}, {"I", str(into)}}));
  Program program(
      substitute(source, {{"N", str(n)}, {"C", str(columns)}, {"H", str(halo)}}),
      "native");
  Array<float, 3> x({2, 3, n}), out({3, 3, columns});
  x.randomize(3);
  program.call("run", x.arg(), out.arg());
  for (int t = 0; t < 3; ++t)
    for (int j = 0; j < 2 * columns + halo; ++j) {
      double sum = 0;
      for (int i = 0; i < 2 * n; ++i)
        sum += BandSumOp::getWeight(i, j, block, stride, into) *
               double(x[(i / n * 3 + t) * n + i % n]);
      ASSERT_NEAR(out[(j / columns * 3 + t) * columns + j % columns], sum, 1e-5)
          << t << " " << j;
    }
}

TEST(BandSum, AgreesWithWeights) {
  checkBandSum(32, 16, 64, 64);
  checkBandSum(16, 16, 64, 16);
  checkBandSum(64, 32, 64, 32);
  checkBandSum(32, 8, 32, 32);
  checkBandSum(128, 16, 32, 16);
}

TEST(TopK, KeepsTheBestInOrder) {
  const int rows = 4, n = 5, columns = 24, tiles = 3;
  std::string source = oneKernel(
      {"memref<3x4x24xf32>", "memref<4x5xf32>", "memref<4x5xi32>", "memref<4x5xi32>"},
      "%one = arith.constant 1 : index\n%tiles = arith.constant 3 : index\n"
      "%width = arith.constant 24 : index\n"
      "%v = arith.constant dense<0xFF800000> : tensor<4x5xf32>\n"
      "%j = arith.constant dense<-1> : tensor<4x5xi32>\n"
      "%r:2 = scf.for %i = %c0 to %tiles step %one iter_args(%v0 = %v, %j0 = %j) -> "
      "(tensor<4x5xf32>, tensor<4x5xi32>) {\n"
      "  %x = tile.load %a0[%i, %c0, %c0] sizes [1, 4, 24] : memref<3x4x24xf32> -> "
      "tensor<4x24xf32>\n"
      "  %base = arith.muli %i, %width : index\n"
      "  %v1, %j1 = tile.topk_update %v0, %j0 with %x at %base : tensor<4x5xf32>, "
      "tensor<4x5xi32>, tensor<4x24xf32>\n"
      "  scf.yield %v1, %j1 : tensor<4x5xf32>, tensor<4x5xi32>\n}\n"
      "%s = tile.topk_indices %r#0, %r#1 : tensor<4x5xf32>, tensor<4x5xi32> -> "
      "tensor<4x5xi32>\n"
      "tile.store %r#0, %a1[%c0, %c0] sizes [4, 5] : tensor<4x5xf32>, memref<4x5xf32>\n"
      "tile.store %r#1, %a2[%c0, %c0] sizes [4, 5] : tensor<4x5xi32>, memref<4x5xi32>\n"
      "tile.store %s, %a3[%c0, %c0] sizes [4, 5] : tensor<4x5xi32>, memref<4x5xi32>");
  Program program(source, "native");
  Array<float, 3> x({tiles, rows, columns});
  Array<float, 2> values({rows, n});
  Array<int32_t, 2> indices({rows, n}), sorted({rows, n});
  std::mt19937 generator(11);
  for (int t = 0; t < tiles; ++t)
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < columns; ++c) { // row 3 has only three numbers
        int draw = generator() % 8;
        bool none = r == 3 && !(t == 1 && (c == 2 || c == 5 || c == 9));
        x[(t * rows + r) * columns + c] = none        ? (draw % 2 ? NAN : -kInfinity)
                                          : draw == 0 ? NAN
                                                      : float(draw);
      }
  program.call("run", x.arg(), values.arg(), indices.arg(), sorted.arg());
  for (int r = 0; r < rows; ++r) {
    std::vector<std::pair<float, int>> all;
    for (int u = 0; u < tiles * columns; ++u) {
      float score = x[(u / columns * rows + r) * columns + u % columns];
      if (score > -kInfinity)
        all.push_back({-score, u});
    }
    std::sort(all.begin(), all.end());
    std::vector<int32_t> expected;
    for (int i = 0; i < n; ++i) {
      bool used = i < int(all.size());
      ASSERT_EQ(values[r * n + i], used ? -all[i].first : -kInfinity);
      ASSERT_EQ(indices[r * n + i], used ? all[i].second : -1);
      expected.push_back(indices[r * n + i]);
    }
    std::sort(expected.begin(), expected.end(),
              [](int32_t a, int32_t b) { return uint32_t(a) < uint32_t(b); });
    for (int i = 0; i < n; ++i)
      ASSERT_EQ(sorted[r * n + i], expected[i]);
  }
}

/// Each visit writes its block, its mask flag and its tokens to the next row.
void checkVisits(int entries, int split, std::vector<int32_t> list, int begin,
                 int end) {
  std::string source = oneKernel(
      {"memref<4x$Exi32>", "memref<?x1xf32>", "memref<?x4xf32>", "memref<?xi32>"},
      "%one = arith.constant 1 : index\n"
      "%b32 = memref.load %a3[%c0] : memref<?xi32>\n"
      "%e32 = memref.load %a3[%one] : memref<?xi32>\n"
      "%b = arith.index_cast %b32 : i32 to index\n"
      "%e = arith.index_cast %e32 : i32 to index\n"
      "%f = arith.constant 3 : index\n"
      "%l = tile.load %a0[%c0, %c0] sizes [4, $E] : memref<4x$Exi32> -> "
      "tensor<4x$Exi32>\n"
      "%v = tile.visit_lists %l from %b to %e full %one to %f split $S : "
      "tensor<4x$Exi32>\n"
      "%n = tile.for_visits %v : (%block: index, %tokens: tensor<4xi1>, %masked: i1) "
      "carry(%at = %c0 : index) {\n"
      "  %i = arith.index_cast %block : index to i32\n"
      "  %g = arith.sitofp %i : i32 to f32\n"
      "  %half = arith.constant 0.5 : f32\n  %zero = arith.constant 0.0 : f32\n"
      "  %m = arith.select %masked, %half, %zero : f32\n"
      "  %h = arith.addf %g, %m : f32\n"
      "  memref.store %h, %a1[%at, %c0] : memref<?x1xf32>\n"
      "  %ones = arith.constant dense<1.0> : tensor<4xf32>\n"
      "  %zeros = arith.constant dense<0.0> : tensor<4xf32>\n"
      "  %t = arith.select %tokens, %ones, %zeros : tensor<4xi1>, tensor<4xf32>\n"
      "  tile.store %t, %a2[%at, %c0] sizes [1, 4] : tensor<4xf32>, memref<?x4xf32>\n"
      "  %next = arith.addi %at, %one : index\n"
      "  tile.yield %next : index\n}\n"
      "%n32 = arith.index_cast %n : index to i32\n"
      "memref.store %n32, %a3[%c0] : memref<?xi32>");
  Program program(substitute(source, {{"E", std::to_string(entries)},
                                      {"S", std::to_string(split)}}),
                  "native");
  Array<int32_t, 2> lists({4, entries});
  lists.data.assign(list.begin(), list.end());
  lists.view.basePtr = lists.view.data = lists.data.data();
  Array<float, 2> blocks({64, 1}, -1), tokens({64, 4}, -1);
  Array<int32_t, 1> bounds({2});
  bounds[0] = begin, bounds[1] = end;
  program.call("run", lists.arg(), blocks.arg(), tokens.arg(), bounds.arg());
  std::set<int64_t> expected;
  auto lists_block = [&](int r, int64_t block) {
    for (int i = 0; i < entries; ++i)
      if (list[r * entries + i] >= 0 && list[r * entries + i] == block / split)
        return true;
    return false;
  };
  for (int64_t block = begin; block < end; ++block)
    for (int r = 0; r < 4; ++r)
      if (lists_block(r, block))
        expected.insert(block);
  ASSERT_EQ(bounds[0], int(expected.size()));
  int at = 0;
  for (int64_t block : expected) {
    bool masked = !(block >= 1 && block < 3);
    ASSERT_EQ(blocks[at], block + (masked ? 0.5f : 0.0f));
    for (int r = 0; r < 4; ++r)
      ASSERT_EQ(tokens[at * 4 + r], lists_block(r, block) ? 1.0f : 0.0f) << r;
    ++at;
  }
}

TEST(VisitLists, UnionInAscendingOrder) {
  constexpr int32_t kHuge = std::numeric_limits<int32_t>::max();
  std::vector<int32_t> three = {5, 0, -1, 2, 5, 5, -1, -1, -1, 9, kHuge, 1};
  std::vector<int32_t> four = {7, 3, 0, 1, 0, -1, -1, -1, 3, 3, 8, kHuge, -7, 2, 1, 0};
  for (int split : {1, 2, 3}) {
    checkVisits(3, split, three, 0, 20);
    checkVisits(3, split, three, 2, 9);
    checkVisits(4, split, four, 0, 8);
    checkVisits(4, split, four, 4, 4);
  }
}

} // namespace
