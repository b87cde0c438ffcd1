//===- GpuPipeline.cpp - from tile kernels to nvvm ------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Pipelines/Pipelines.h"

#include "fovea/Target/GPU/GpuTargetInfo.h"
#include "mlir/Pass/PassManager.h"

using namespace fovea;

/// Empty: the passes from logical tiles to nvvm land here. Until then the driver
/// refuses every tile kernel for a GPU, and compiles those written in nvvm.
void fovea::buildGpuPipeline(mlir::OpPassManager &, const GpuTargetInfo &) {}
