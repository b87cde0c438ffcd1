//===- Random.h - the same numbers everywhere -------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DRIVER_RUN_RANDOM_H
#define FOVEA_LIB_DRIVER_RUN_RANDOM_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>
#include <cstdint>

namespace fovea {

/// splitmix64 (Steele, Lea and Flood, 2014), seeded by a number and a name.
class Random {
public:
  Random(uint64_t seed, llvm::StringRef name) : state(seed) {
    for (unsigned char c : name) // FNV-1a
      state = (state ^ c) * 0x100000001b3;
    next();
  }

  uint64_t next() {
    uint64_t z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// In [0, 1), a multiple of 2^-53.
  double uniform() { return (next() >> 11) * 0x1p-53; }
  /// In [0, bound).
  int64_t below(int64_t bound) { return next() % bound; }
  /// N(0, 1), by Box and Muller's transform.
  double normal() {
    double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * llvm::numbers::pi * uniform());
  }

private:
  uint64_t state;
};

} // namespace fovea

#endif // FOVEA_LIB_DRIVER_RUN_RANDOM_H
