//===- Occupancy.cpp - how many blocks an SM holds ------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Hardware/Occupancy.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace fovea;

static int64_t getWarpRegisters(int64_t registersPerThread,
                                const GpuTargetInfo &target) {
  return llvm::alignTo(registersPerThread * target.threadsPerWarp,
                       target.registersPerWarpUnit);
}

static int64_t getWarps(int64_t threads, const GpuTargetInfo &target) {
  return llvm::divideCeil(threads, target.threadsPerWarp);
}

int64_t fovea::getBlockRegisters(int64_t registersPerThread, int64_t threads,
                                 const GpuTargetInfo &target) {
  return getWarps(threads, target) * getWarpRegisters(registersPerThread, target);
}

int64_t fovea::getResidentBlocks(const BlockUsage &usage, const GpuTargetInfo &target) {
  int64_t warps = getWarps(usage.threads, target);
  if (warps == 0)
    return 0;
  int64_t blocks = std::min<int64_t>(target.blocksPerSM, target.warpsPerSM / warps);
  if (int64_t registers = getWarpRegisters(usage.registers, target)) {
    int64_t warpsPerPartition =
        target.registersPerSM / target.partitionsPerSM / registers;
    blocks = std::min(blocks, warpsPerPartition * target.partitionsPerSM / warps);
  }
  int64_t shared = usage.sharedBytes + target.systemSharedBytesPerBlock;
  return std::min(blocks, target.sharedBytesPerSM / shared);
}
