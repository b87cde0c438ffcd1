//===- ListsTest.cpp - index lists by block -------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "CpuTestSupport.h"

#include <algorithm>

using namespace fovea::test;

namespace {

constexpr int kHeads = 2, kListed = 3;

/// Programs of three blocks each, over every run of the packed rows.
std::string source(int block) {
  return substitute(
      R"(
!lists = memref<?x2x3xi32>
!bounds = memref<?x2x2xi32>
tile.kernel @k(%l: !lists, %cu: memref<?xi32>, %b: !bounds, %e: !lists) {
  %c0 = arith.constant 0 : index
  %program = tile.program_id 0
  %head = tile.program_id 1
  %rows = memref.dim %l, %c0 : !lists
  %s, %base, %length, %first, %keys = tile.locate %program in %cu of %rows step $STEP : memref<?xi32>
  %some = arith.cmpi slt, %first, %length : index
  scf.if %some {
    tile.invert_lists %l into %b, %e at %base, %head of %length keys %keys from %first
        blocks 3 of $BLOCK by 16 : !lists, !bounds, !lists
  }
  tile.return
}
func.func @run(%l: !lists, %cu: memref<?xi32>, %b: !bounds, %e: !lists) -> i32 attributes {tile.entry} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %step = arith.constant $STEP : index
  %rows = memref.dim %l, %c0 : !lists
  %offsets = memref.dim %cu, %c0 : memref<?xi32>
  %runs = arith.addi %offsets, %c1 : index
  %tiles = arith.divui %rows, %step : index
  %programs = arith.addi %tiles, %runs : index
  tile.launch @k grid(%programs, %c2)(%l, %cu, %b, %e) : !lists, memref<?xi32>, !bounds, !lists
  %z = arith.constant 0 : i32
  return %z : i32
})",
      {{"STEP", std::to_string(3 * block)}, {"BLOCK", std::to_string(block)}});
}

/// Lists by block, one block after the other.
struct Inverted {
  std::vector<int32_t> bounds, entries;

  Inverted(const std::vector<int32_t> &lists, const std::vector<int32_t> &cu, int block,
           int rows)
      : bounds(rows * kHeads * 2, 0), entries(lists.size(), -1) {
    for (size_t s = 0; s + 1 < cu.size(); ++s)
      for (int head = 0; head < kHeads; ++head) {
        int begin = cu[s] * kListed;
        for (int b = 0; cu[s] + b * block < cu[s + 1]; ++b) {
          int end = begin, named = 0;
          for (int token = cu[s]; token < cu[s + 1]; ++token) {
            const int32_t *list = &lists[(token * kHeads + head) * kListed];
            int times = std::count(list, list + kListed, b);
            named += times;
            if (times)
              entries[head * rows * kListed + end++] = token - cu[s];
          }
          int at = ((cu[s] + b * block) * kHeads + head) * 2;
          bounds[at] = begin;
          bounds[at + 1] = end;
          begin += named;
        }
      }
  }
};

} // namespace

TEST(InvertLists, AgreesWithALoopOverBlocks) {
  for (int block : {1, 4, 7}) {
    Program program(source(block), "native");
    for (unsigned seed = 0; seed < 40; ++seed) {
      std::mt19937 random(seed);
      std::vector<int32_t> cu{int32_t(random() % 3)}; // some rows before the first
      for (int i = random() % 4; i >= 0; --i)
        cu.push_back(cu.back() + (random() % 4 ? random() % 60 : 0));
      int rows = cu.back() + random() % 3;
      Array<int32_t, 3> lists({rows, kHeads, kListed}), bounds({rows, kHeads, 2}, 77),
          entries({rows, kHeads, kListed}, 77);
      Array<int32_t, 1> offsets({int64_t(cu.size())});
      offsets.data = cu;
      offsets.view.basePtr = offsets.view.data = offsets.data.data();
      const int32_t odd[] = {-1, -7, INT32_MIN, INT32_MAX, 1000};
      for (int32_t &entry : lists.data)
        entry = random() % 5 ? random() % (40 / block + 2) : odd[random() % 5];
      program.call("run", lists.arg(), offsets.arg(), bounds.arg(), entries.arg());
      Inverted expected(lists.data, cu, block, rows);
      ASSERT_EQ(bounds.data, expected.bounds) << "block " << block << " seed " << seed;
      ASSERT_EQ(entries.data, expected.entries)
          << "block " << block << " seed " << seed;
    }
  }
}
