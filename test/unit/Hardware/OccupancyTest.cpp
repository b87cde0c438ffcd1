//===- OccupancyTest.cpp - Blocks per SM, by each limit -------------------===//

#include "fovea/Hardware/Occupancy.h"

#include "gtest/gtest.h"

using namespace fovea;

namespace {
int64_t getBlocks(const BlockUsage &usage, llvm::StringRef name = "sm_90a") {
  return getResidentBlocks(usage, *llvm::cantFail(lookupGpuTarget(name)));
}
} // namespace

TEST(Occupancy, small_blocks_are_limited_by_their_number) {
  EXPECT_EQ(getBlocks({/*threads=*/32, /*registers=*/16, /*sharedBytes=*/0}), 32);
}

TEST(Occupancy, warps) {
  EXPECT_EQ(getBlocks({1024, 16, 0}), 2);
  EXPECT_EQ(getBlocks({1024, 32, 0}), 2);
  EXPECT_EQ(getBlocks({96, 8, 0}), 21); // of 3 warps
}

TEST(Occupancy, registers_are_given_to_warps_in_units) {
  EXPECT_EQ(getBlocks({128, 128, 0}), 4);
  EXPECT_EQ(getBlocks({128, 129, 0}), 3); // as many as with 136
  EXPECT_EQ(getBlocks({384, 168, 0}), 1);
  EXPECT_EQ(getBlocks({512, 128, 0}), 1);
  EXPECT_EQ(getBlocks({512, 136, 0}), 0);
}

TEST(Occupancy, registers_of_a_warp_are_in_one_partition) {
  // 65536 would do for 14 warps of 144 registers, a quarter of them for 3 only.
  EXPECT_EQ(getBlocks({32, 144, 0}), 12);
}

TEST(Occupancy, shared_memory_has_the_systems_beside_it) {
  EXPECT_EQ(getBlocks({128, 32, 227 * 1024}), 1);
  EXPECT_EQ(getBlocks({128, 32, 227 * 1024 + 1}), 0);
  EXPECT_EQ(getBlocks({128, 32, 113 * 1024}), 2);
  EXPECT_EQ(getBlocks({128, 32, 113 * 1024}, "sm_80"), 1);
}
