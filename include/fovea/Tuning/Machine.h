//===- Machine.h - how fast a GPU is ----------------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TUNING_MACHINE_H
#define FOVEA_TUNING_MACHINE_H

#include "llvm/ADT/StringRef.h"

namespace fovea::tuning {

struct Work;

/// What one machine of a GPU target reaches at best. A target says what fits and is
/// GpuTargetInfo's; machines of one target differ in speed.
struct Machine {
  llvm::StringLiteral name;
  llvm::StringLiteral target; // of GpuTargetInfo
  double flops;               // of 16-bit matrix products, per second
  double exps;                // per second
  double memoryBytes;         // to and from HBM, per second
  double l2Bytes;             // from the L2 cache, per second
};

/// The machine that predictions for `target` are about; null where none is known.
const Machine *lookupMachine(llvm::StringRef target);

/// The least time that a machine needs, and the resource that needs it: the largest of
/// the times of each.
struct Bound {
  double seconds;
  llvm::StringRef resource; ///< "tensor", "exp", "memory" or "L2"
};

Bound predictBound(const Work &work, const Machine &machine);

} // namespace fovea::tuning

#endif // FOVEA_TUNING_MACHINE_H
