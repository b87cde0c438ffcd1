//===- Occupancy.h - how many blocks an SM holds ----------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_HARDWARE_OCCUPANCY_H
#define FOVEA_HARDWARE_OCCUPANCY_H

#include "fovea/Hardware/GpuTargetInfo.h"

namespace fovea {

/// What one block of a kernel takes at launch.
struct BlockUsage {
  int64_t threads = 0;
  int64_t registers = 0;   ///< per thread
  int64_t sharedBytes = 0; ///< static and dynamic
};

/// The registers of a block of `threads`, as the hardware hands them out: whole
/// warps, each in units.
int64_t getBlockRegisters(int64_t registersPerThread, int64_t threads,
                          const GpuTargetInfo &target);

/// How many such blocks one SM runs at once; 0 where not even one fits. Counts as
/// the CUDA driver's occupancy functions do, which a runtime asks on the machine.
int64_t getResidentBlocks(const BlockUsage &usage, const GpuTargetInfo &target);

} // namespace fovea

#endif // FOVEA_HARDWARE_OCCUPANCY_H
