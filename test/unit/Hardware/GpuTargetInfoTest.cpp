//===- GpuTargetInfoTest.cpp - The targets, and how they are found --------===//

#include "fovea/Hardware/GpuTargetInfo.h"

#include "gtest/gtest.h"

using namespace fovea;

TEST(GpuTargetInfo, every_target_is_found_by_its_name) {
  for (const GpuTargetInfo &target : getGpuTargets()) {
    llvm::Expected<const GpuTargetInfo *> found = lookupGpuTarget(target.name);
    ASSERT_TRUE(static_cast<bool>(found));
    EXPECT_EQ(*found, &target);
  }
}

TEST(GpuTargetInfo, an_unknown_name_is_answered_with_the_known_ones) {
  llvm::Expected<const GpuTargetInfo *> found = lookupGpuTarget("sm_75");
  ASSERT_FALSE(static_cast<bool>(found));
  EXPECT_EQ(llvm::toString(found.takeError()),
            "expected a GPU target that Fovea knows (sm_80, sm_90a), got 'sm_75'");
}

TEST(GpuTargetInfo, shared_memory_is_what_every_device_of_the_target_has) {
  EXPECT_EQ(llvm::cantFail(lookupGpuTarget("sm_80"))->sharedBytesPerBlock, 101376);
  EXPECT_EQ(llvm::cantFail(lookupGpuTarget("sm_90a"))->sharedBytesPerBlock, 232448);
}

TEST(GpuTargetInfo, the_portable_target_has_what_no_architecture_has_alone) {
  const GpuTargetInfo &portable = *llvm::cantFail(lookupGpuTarget("sm_80"));
  EXPECT_FALSE(portable.isArchSpecific);
  EXPECT_FALSE(portable.hasTma);
  EXPECT_FALSE(portable.hasWgmma);
}

TEST(GpuTargetInfo, arch_specific_instructions_exist_in_their_own_target_only) {
  const GpuTargetInfo &ampere = *llvm::cantFail(lookupGpuTarget("sm_80"));
  const GpuTargetInfo &hopper = *llvm::cantFail(lookupGpuTarget("sm_90a"));
  EXPECT_TRUE(hopper.supports(90, /*archSpecific=*/true));
  EXPECT_FALSE(hopper.supports(100, /*archSpecific=*/true));
  EXPECT_TRUE(hopper.supports(80, /*archSpecific=*/false));
  EXPECT_TRUE(ampere.supports(80, /*archSpecific=*/false));
  EXPECT_FALSE(ampere.supports(80, /*archSpecific=*/true));
  EXPECT_FALSE(ampere.supports(90, /*archSpecific=*/false));
}
