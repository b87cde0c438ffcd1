//===- CpuModel.cpp - the cost model of a CPU -----------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Tuning/CpuModel.h"

#include <algorithm>
#include <numeric>

using namespace fovea;

int64_t tuning::getFewestTokens(int64_t group) {
  return kLaneRows / std::gcd(kLaneRows, group);
}

int64_t tuning::getTargetTokens(int64_t group) {
  int64_t fewest = getFewestTokens(group);
  return std::max(fewest, kTargetRows / group / fewest * fewest);
}

int64_t tuning::getLargestDivisor(int64_t value, int64_t limit) {
  for (int64_t divisor = std::min(value, limit);; --divisor)
    if (value % divisor == 0)
      return divisor;
}

int64_t tuning::halveToFit(int64_t wanted, int64_t columns, int64_t most) {
  while (wanted > 1 && wanted * columns > most)
    wanted /= 2;
  return wanted;
}
