//===- SequenceTest.cpp - sequences by their number -----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "CpuTestSupport.h"

#include <algorithm>

using namespace fovea::test;

/// Program i writes the base and the length of sequence i - 2.
static constexpr llvm::StringLiteral kSource = R"(
tile.kernel @k(%cu: memref<?xi32>, %used: memref<?xi32>, %tokens: memref<?xi32>, %out: memref<?x2xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %program = tile.program_id 0
  %s = arith.subi %program, %c2 : index
  %rows = memref.dim %tokens, %c0 : memref<?xi32>
  %base, %length = tile.sequence %s in %cu of %rows lengths %used : memref<?xi32>, memref<?xi32>
  %b = tile.positions %base : tensor<1xi32>
  %l = tile.positions %length : tensor<1xi32>
  tile.store %b, %out[%program, %c0] sizes [1, 1] : tensor<1xi32>, memref<?x2xi32>
  tile.store %l, %out[%program, %c1] sizes [1, 1] : tensor<1xi32>, memref<?x2xi32>
  tile.return
}
func.func @run(%cu: memref<?xi32>, %used: memref<?xi32>, %tokens: memref<?xi32>, %out: memref<?x2xi32>) -> i32
    attributes {tile.entry} {
  %c0 = arith.constant 0 : index
  %programs = memref.dim %out, %c0 : memref<?x2xi32>
  tile.launch @k grid(%programs)(%cu, %used, %tokens, %out)
      : memref<?xi32>, memref<?xi32>, memref<?xi32>, memref<?x2xi32>
  %z = arith.constant 0 : i32
  return %z : i32
})";

/// Whatever the offsets and lengths hold, rows that there are.
TEST(Sequence, GivesRowsThatExist) {
  Program program(kSource, "native");
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    int64_t ends = 1 + random() % 5, lengths = random() % 3 ? ends - 1 : random() % 6;
    int32_t rows = random() % 50;
    bool isMalformed = random() % 2;
    Array<int32_t, 1> cu({ends}), used({lengths}), tokens({rows});
    for (int64_t i = 0; i < ends; ++i)
      cu[i] = isMalformed ? int32_t(random()) % 100
              : i == 0    ? 0
                          : cu[i - 1] + random() % 20;
    for (int64_t i = 0; i < lengths; ++i)
      used[i] = isMalformed ? int32_t(random()) : random() % 25;
    Array<int32_t, 2> out({ends + 4, 2}, 77);
    program.call("run", cu.arg(), used.arg(), tokens.arg(), out.arg());
    for (int64_t i = 0; i < ends + 4; ++i) {
      int64_t s = i - 2;
      int32_t base = 0, length = 0;
      if (s >= 0 && s + 1 < ends && s < lengths) {
        base = std::clamp(cu[s], 0, rows);
        length = std::max(std::clamp(cu[s + 1], 0, rows) - base, 0);
        length = std::clamp(used[s], 0, length);
      }
      EXPECT_EQ(out[2 * i], base) << "seed " << seed << " sequence " << s;
      EXPECT_EQ(out[2 * i + 1], length) << "seed " << seed << " sequence " << s;
    }
  }
}
