//===- Machine.cpp - how fast a GPU is ------------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Tuning/Machine.h"

#include "fovea/Tuning/Work.h"
#include "llvm/ADT/STLExtras.h"

using namespace fovea::tuning;

/// The H200's were measured: bf16 products of 8192^3, a device-to-device copy, 16 KB
/// blocks of a footprint that fits the L2 cache. The A100's are its data sheet's: 108
/// multiprocessors at 1.41 GHz with 16 exponentials and 47 bytes of L2 per cycle, and
/// 80 GB.
static constexpr Machine machines[] = {
    {"H200", "sm_90a", 790e12, 4.29e9 / 1.2e-3, 4.27e12, 9.1e12},
    {"A100", "sm_80", 312e12, 2.44e12, 2.04e12, 7.2e12},
};

const Machine *fovea::tuning::lookupMachine(llvm::StringRef target) {
  const auto *found = llvm::find_if(
      machines, [&](const Machine &machine) { return machine.target == target; });
  return found == std::end(machines) ? nullptr : found;
}

Bound fovea::tuning::predictBound(const Work &work, const Machine &machine) {
  Bound bound{work.flops / machine.flops, "tensor"};
  for (Bound other : {Bound{work.exps / machine.exps, "exp"},
                      Bound{work.bytes / machine.memoryBytes, "memory"},
                      Bound{work.keyBytes / machine.l2Bytes, "L2"}})
    if (other.seconds > bound.seconds)
      bound = other;
  return bound;
}
