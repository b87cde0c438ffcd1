//===- RegisterBudget.cpp - registers between warps -----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Hardware/RegisterBudget.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace fovea;

/// setmaxnreg takes multiples of it.
static constexpr int64_t kUnit = 8;

int64_t fovea::getProducerWarps(const GpuTargetInfo &target, int64_t teams) {
  constexpr int64_t kWarpsPerGroup = 4;
  return target.hasWgmma ? kWarpsPerGroup : teams;
}

int64_t fovea::getListEntries(int64_t tokens, int64_t blocks) {
  constexpr int64_t kLanes = 32;
  int64_t entries = llvm::divideCeil(tokens * blocks, kLanes);
  return llvm::isPowerOf2_64(blocks) ? entries : 2 * entries;
}

int64_t fovea::getProducerRegisters(int64_t listEntries) {
  // Addresses and counts, with ptxas 13.0; with 24 a producer that only copies spills
  // 16 to 40 B, whatever the tiles.
  constexpr int64_t kCopy = 32, kMerge = 34;
  if (listEntries == 0)
    return kCopy;
  // An entry, and a hit or a bit that is made of it.
  return llvm::alignTo(std::max<int64_t>(kMerge + 2 * listEntries, 40), kUnit);
}

int64_t fovea::getLaunchRegisters(const GpuTargetInfo &target, int64_t threads,
                                  int64_t blocks) {
  int64_t share = target.registersPerSM / blocks / threads / kUnit * kUnit;
  return std::min<int64_t>(share, target.maxRegistersPerThread);
}

RegisterBudget fovea::shareRegisters(const GpuTargetInfo &target, int64_t groups,
                                     int64_t blocks, int64_t producer) {
  constexpr int64_t kGroupThreads = 128, kMost = 240;
  if (groups * blocks < 2)
    return {};
  int64_t threads = (groups + 1) * kGroupThreads;
  int64_t atLaunch = getLaunchRegisters(target, threads, blocks);
  if (producer > atLaunch)
    return {};
  int64_t pool = atLaunch * threads / kGroupThreads;
  int64_t consumer = std::min(kMost, (pool - producer) / groups / kUnit * kUnit);
  if (consumer == atLaunch) // ptxas 12.0 refuses a decrease to what a thread has: C7406
    return {};
  return {(pool - groups * consumer) / kUnit * kUnit, consumer};
}
