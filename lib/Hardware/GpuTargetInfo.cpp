//===- GpuTargetInfo.cpp - what a GPU can hold ----------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Hardware/GpuTargetInfo.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace fovea;

/// PTX 8.0 is what the oldest ptxas takes that Fovea is tested with, CUDA 12.0's, and
/// has all that Fovea's kernels are made of; what needs more gets more (PtxNeeds.h).
/// sm_80 is the portable target, whose PTX a driver may have to compile: every driver
/// since CUDA 12.0 reads 8.0, and a block gets the shared memory that it may have on
/// all GPUs from there on (99 KiB: that of 8.6, 8.9 and 12.0; 8.0 has 163).
static constexpr GpuTargetInfo targets[] = {
    {/*name=*/"sm_80", /*ptxVersion=*/80, /*smVersion=*/80,
     /*isArchSpecific=*/false, /*hasWgmma=*/false, /*hasTma=*/false,
     /*sharedBytesPerBlock=*/99 * 1024, /*sharedBytesPerSM=*/164 * 1024,
     /*systemSharedBytesPerBlock=*/1024, /*registersPerSM=*/kRegistersPerSM,
     /*registersPerWarpUnit=*/256, /*maxRegistersPerThread=*/255,
     /*threadsPerWarp=*/32,
     /*warpsPerSM=*/64, /*partitionsPerSM=*/4, /*blocksPerSM=*/kMaxBlocksPerSM,
     /*maxThreadsPerBlock=*/kMaxThreadsPerBlock,
     /*namedBarriersPerBlock=*/16},
    {/*name=*/"sm_90a", /*ptxVersion=*/80, /*smVersion=*/90,
     /*isArchSpecific=*/true, /*hasWgmma=*/true, /*hasTma=*/true,
     /*sharedBytesPerBlock=*/227 * 1024, /*sharedBytesPerSM=*/228 * 1024,
     /*systemSharedBytesPerBlock=*/1024, /*registersPerSM=*/kRegistersPerSM,
     /*registersPerWarpUnit=*/256, /*maxRegistersPerThread=*/255,
     /*threadsPerWarp=*/32,
     /*warpsPerSM=*/64, /*partitionsPerSM=*/4, /*blocksPerSM=*/kMaxBlocksPerSM,
     /*maxThreadsPerBlock=*/kMaxThreadsPerBlock,
     /*namedBarriersPerBlock=*/16},
};

llvm::ArrayRef<GpuTargetInfo> fovea::getGpuTargets() { return targets; }

llvm::Expected<const GpuTargetInfo *> fovea::lookupGpuTarget(llvm::StringRef name) {
  for (const GpuTargetInfo &target : targets)
    if (target.name == name)
      return &target;
  std::string names = llvm::join(
      llvm::map_range(targets, [](auto &target) { return target.name; }), ", ");
  return llvm::createStringError("expected a GPU target that Fovea knows (" + names +
                                 "), got '" + name + "'");
}
