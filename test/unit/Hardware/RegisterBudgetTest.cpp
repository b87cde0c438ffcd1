//===- RegisterBudgetTest.cpp - a hand-over that adds up ------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Hardware/RegisterBudget.h"
#include "gtest/gtest.h"

using namespace fovea;

namespace {
constexpr int64_t kThreads = 128; ///< of a warpgroup

const GpuTargetInfo &hopper() { return *llvm::cantFail(lookupGpuTarget("sm_90a")); }

/// The most registers a thread can have when `blocks` of `groups` + 1 warpgroups are on
/// a multiprocessor: what ptxas gives a kernel with that minimum of blocks.
int64_t registersAtLaunch(int64_t groups, int64_t blocks) {
  int64_t threads = (groups + 1) * kThreads, registers = 8;
  while ((registers + 8) * threads * blocks <= 65536)
    registers += 8;
  return registers;
}
} // namespace

TEST(RegisterBudget, what_is_handed_out_is_what_the_block_has) {
  for (int64_t groups : {1, 2, 3})
    for (int64_t blocks : {1, 2})
      for (int64_t entries : {0, 1, 2, 4, 8, 16, 32, 48, 64, 128, 512}) {
        if (groups * blocks < 2 || groups * blocks > 3)
          continue;
        int64_t least = getProducerRegisters(entries);
        int64_t atLaunch = registersAtLaunch(groups, blocks);
        RegisterBudget budget = shareRegisters(hopper(), groups, blocks, least);
        if (least > atLaunch - 8 * groups) { // it leaves no consumer a unit
          EXPECT_EQ(budget.producer, 0);
          EXPECT_EQ(budget.consumer, 0);
          continue;
        }
        EXPECT_LE(budget.producer + groups * budget.consumer, atLaunch * (groups + 1));
        EXPECT_GE(budget.producer, least);
        EXPECT_LT(budget.producer, atLaunch);
        EXPECT_GT(budget.consumer, atLaunch);
        for (int64_t registers : {budget.producer, budget.consumer}) {
          EXPECT_EQ(registers % 8, 0); // setmaxnreg takes 24 to 256 in steps of 8
          EXPECT_GE(registers, 24);
          EXPECT_LE(registers, 256);
        }
      }
}

TEST(RegisterBudget, a_lone_block_keeps_what_it_has) {
  RegisterBudget budget = shareRegisters(hopper(), 1, 1, 40);
  EXPECT_EQ(budget.producer, 0);
  EXPECT_EQ(budget.consumer, 0);
}

TEST(RegisterBudget, a_producer_that_copies_has_what_it_needs) {
  for (int64_t groups : {2, 3}) {
    RegisterBudget budget =
        shareRegisters(hopper(), groups, 1, getProducerRegisters(0));
    EXPECT_GE(budget.producer, 32) << "24 spill";
    EXPECT_EQ(budget.consumer, groups == 2 ? 232 : 160);
  }
}

TEST(RegisterBudget, longer_lists_need_more) {
  EXPECT_EQ(getListEntries(0, 16), 0);
  EXPECT_EQ(getListEntries(4, 16), 2);
  EXPECT_EQ(getListEntries(32, 16), 16);
  EXPECT_EQ(getListEntries(32, 13), 26); // 13 entries, and the token of each
  for (int64_t entries = 1; entries <= 64; ++entries)
    EXPECT_LE(getProducerRegisters(entries), getProducerRegisters(entries + 1));
}

// What schedules count on that let two blocks of one warpgroup share a multiprocessor.
TEST(RegisterBudget, beside_a_producer_of_64_a_lone_warpgroup_has_192) {
  for (int64_t entries = 1; getProducerRegisters(entries) <= 64; ++entries) {
    RegisterBudget budget =
        shareRegisters(hopper(), 1, 2, getProducerRegisters(entries));
    EXPECT_GE(budget.consumer, 192);
  }
}
