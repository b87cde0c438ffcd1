//===- QueuedRowsTest.cpp - where the entries of a top-k lie --------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Tile/IR/QueuedRows.h"
#include "gtest/gtest.h"

#include <map>
#include <set>
#include <tuple>

using namespace fovea::tile;

namespace {
/// rows, warps, entries.
using QueuedTest = testing::TestWithParam<std::tuple<int64_t, int64_t, int64_t>>;
} // namespace

/// A lane and a register of a warp, of all packs.
static std::pair<int64_t, int64_t> placeOf(const QueuedRows &placed, int64_t row,
                                           int64_t entry) {
  int64_t ofPack = row / placed.rowsPerPack() * placed.registers;
  return {placed.laneOf(row, entry), ofPack + placed.registerOf(entry)};
}

TEST_P(QueuedTest, EveryEntryHasAPlaceOfItsOwn) {
  auto [rows, warps, entries] = GetParam();
  QueuedRows placed = queuedRows(rows, warps, entries);
  std::set<std::pair<int64_t, int64_t>> taken;
  for (int64_t row = 0; row < rowsPerWarp(rows, warps); ++row)
    for (int64_t entry = 0; entry < entries; ++entry) {
      auto [lane, number] = placeOf(placed, row, entry);
      ASSERT_LT(lane, kLanes);
      ASSERT_LT(number, queuedRegisters(rows, warps, entries));
      EXPECT_TRUE(taken.insert({lane, number}).second) << row << ", " << entry;
      EXPECT_EQ(placed.entryOf(lane, number % placed.registers), entry) << row;
    }
}

TEST_P(QueuedTest, EverySlotIsInItsWarp) {
  auto [rows, warps, entries] = GetParam();
  QueuedRows placed = queuedRows(rows, warps, entries);
  std::set<int64_t> taken;
  for (int64_t row = 0; row < rowsPerWarp(rows, warps); ++row)
    for (int64_t slot = 0; slot < placed.slots; ++slot)
      for (int64_t part : {int64_t(0), placed.valuesBytes()}) {
        int64_t byte = placed.rowByte(row) + slot * kSlotBytes + part;
        ASSERT_LT(byte, warpQueueBytes(rows, warps, entries));
        EXPECT_TRUE(taken.insert(byte).second) << row << ", " << slot;
      }
}

/// Each lane reads the slots from its number within the row on, as far apart as the row
/// has lanes.
TEST_P(QueuedTest, LanesReadFromDifferentBanks) {
  auto [rows, warps, entries] = GetParam();
  QueuedRows placed = queuedRows(rows, warps, entries);
  constexpr int64_t kBanks = 32;
  std::map<int64_t, int> readers;
  for (int64_t lane = 0; lane < kLanes; ++lane) {
    int64_t row = lane / placed.lanes, slot = lane % placed.lanes;
    int64_t byte = placed.rowByte(row) + slot * kSlotBytes;
    EXPECT_EQ(readers[byte / kSlotBytes % kBanks]++, 0) << lane;
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, QueuedTest,
                         testing::Values(std::tuple(4, 4, 16), std::tuple(16, 4, 16),
                                         std::tuple(32, 16, 16), std::tuple(32, 8, 13),
                                         std::tuple(36, 12, 16), std::tuple(32, 4, 1),
                                         std::tuple(64, 4, 16), std::tuple(64, 4, 17),
                                         std::tuple(64, 4, 33), std::tuple(68, 4, 16),
                                         std::tuple(128, 4, 16)));

TEST(Queued, RowsShareRegisters) {
  EXPECT_EQ(queuedRegisters(64, 4, 16), 8) << "16 rows of 16 entries";
  EXPECT_EQ(queuedRegisters(36, 12, 16), 2) << "3 rows, beside an idle one";
  EXPECT_EQ(queuedRegisters(32, 16, 13), 1);
  EXPECT_EQ(queuedRegisters(64, 4, 17), 16) << "too many entries";
  EXPECT_EQ(queuedRegisters(16, 4, 16), 4) << "with buffers";
  EXPECT_EQ(queuedRegisters(4, 4, 33), 2) << "one row";
}
