//===- LaunchOrder.cpp - Which launches wait for which --------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LaunchOrder.h"

using namespace fovea::rt;

static bool conflict(const std::vector<MemoryUse> &launch,
                     const std::vector<MemoryUse> &other) {
  for (const MemoryUse &use : launch)
    for (const MemoryUse &otherUse : other)
      if (use.conflicts(otherUse))
        return true;
  return false;
}

std::vector<std::vector<uint32_t>>
fovea::rt::orderLaunches(const std::vector<std::vector<MemoryUse>> &launches) {
  std::vector<std::vector<uint32_t>> after(launches.size());
  // Row i says which launches have ended when launch i begins.
  std::vector<std::vector<bool>> ended(launches.size());
  for (std::size_t i = 0; i < launches.size(); ++i) {
    ended[i].resize(launches.size());
    for (std::size_t j = i; j-- > 0;) {
      if (ended[i][j] || !conflict(launches[i], launches[j]))
        continue;
      after[i].push_back(static_cast<uint32_t>(j));
      ended[i][j] = true;
      for (std::size_t before = 0; before < j; ++before)
        ended[i][before] = ended[i][before] || ended[j][before];
    }
  }
  return after;
}
