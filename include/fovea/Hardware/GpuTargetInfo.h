//===- GpuTargetInfo.h - what a GPU can hold --------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_HARDWARE_GPUTARGETINFO_H
#define FOVEA_HARDWARE_GPUTARGETINFO_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>

namespace fovea {

// What all targets have alike, for who verifies a kernel and does not know its target.
inline constexpr unsigned kRegistersPerSM = 65536; ///< of 32 bits
inline constexpr unsigned kMaxThreadsPerBlock = 1024;
inline constexpr unsigned kMaxBlocksPerSM = 32;
/// Of a warpgroup, whose registers setmaxnreg changes together.
inline constexpr unsigned kThreadsPerWarpgroup = 128;

/// One GPU target, and the only place that says what it can hold. The limits
/// are those of the CUDA C++ Programming Guide's table of compute capabilities.
struct GpuTargetInfo {
  llvm::StringLiteral name;          // LLVM's CPU and ptxas' -arch: "sm_90a"
  unsigned ptxVersion;               // the least that kernels are written in: 80 of 8.0
  unsigned smVersion;                // 90
  bool isArchSpecific;               // the `a` of sm_90a: runs on that version only
  bool hasWgmma;                     // wgmma and setmaxnreg
  bool hasTma;                       // bulk tensor copies and their mbarrier forms
  int64_t sharedBytesPerBlock;       // static and dynamic, after opting in
  int64_t sharedBytesPerSM;          // of all blocks, with what the system adds
  int64_t systemSharedBytesPerBlock; // what the system adds to each block's
  unsigned registersPerSM;           // of 32 bits; one block can use all of them
  unsigned registersPerWarpUnit;     // a warp gets a multiple of these
  unsigned maxRegistersPerThread;    // as an instruction can encode
  unsigned threadsPerWarp;
  unsigned warpsPerSM;
  unsigned partitionsPerSM; // a warp's registers are in one of them
  unsigned blocksPerSM;
  unsigned maxThreadsPerBlock;
  unsigned namedBarriersPerBlock;

  /// Whether an instruction of `version` exists here; an arch-specific one
  /// exists in the arch-specific target of just that version.
  bool supports(unsigned version, bool archSpecific) const {
    return archSpecific ? isArchSpecific && smVersion == version : smVersion >= version;
  }
};

/// Every target, by name.
llvm::ArrayRef<GpuTargetInfo> getGpuTargets();

/// The target called `name`, never null, or an error that lists the names there
/// are.
llvm::Expected<const GpuTargetInfo *> lookupGpuTarget(llvm::StringRef name);

} // namespace fovea

#endif // FOVEA_HARDWARE_GPUTARGETINFO_H
