//===- TuningInterfaces.h - what tuning asks of operations ------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TUNING_TUNINGINTERFACES_H
#define FOVEA_TUNING_TUNINGINTERFACES_H

#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Tuning/GpuDemand.h"
#include "fovea/Tuning/WorkCounter.h"
#include "mlir/IR/OpDefinition.h"

#include <string>

namespace fovea {
struct GpuTargetInfo;
}

#include "fovea/Tuning/TuningInterfaces.h.inc"

namespace fovea::tuning {

/// Attaches how the attn dialect's operations are scheduled, on a CPU and on a GPU, and
/// what their work is.
void registerTuningModels(mlir::DialectRegistry &registry);

} // namespace fovea::tuning

#endif // FOVEA_TUNING_TUNINGINTERFACES_H
