//===- GpuPipeline.cpp - from tile kernels to nvvm ------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Pipelines/Pipelines.h"

#include "fovea/Conversion/Passes.h"
#include "fovea/Dialect/Simt/Transforms/Passes.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Dialect/Tile/Transforms/Passes.h"
#include "fovea/Hardware/GpuTargetInfo.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace fovea;

void fovea::buildPlacementPipeline(mlir::OpPassManager &manager) {
  mlir::OpPassManager &kernels = manager.nest<tile::KernelOp>();
  kernels.addPass(mlir::createCanonicalizerPass());
  kernels.addPass(mlir::createCSEPass());
  kernels.addPass(tile::createPlacePass());
  kernels.addPass(tile::createFillBranchesPass());
  kernels.addPass(tile::createOverlapProductsPass());
  kernels.addPass(tile::createSpecializePass());
  kernels.addPass(tile::createPlaceWaitsPass());
  kernels.addPass(mlir::createCanonicalizerPass());
  kernels.addPass(mlir::createCSEPass());
}

/// Kernels of mma.sync, which share registers out evenly, spill more with them (sm_80:
/// 16 B of the standard NSA's lists).
static bool hasNarrowIndices(llvm::StringRef target) {
  return llvm::any_of(getGpuTargets(), [&](const GpuTargetInfo &info) {
    return info.name == target && info.hasWgmma;
  });
}

void fovea::buildSimtPipeline(mlir::OpPassManager &manager, llvm::StringRef target,
                              std::optional<uint32_t> delaySeed) {
  ConvertTileToSimtPassOptions options;
  options.target = target.str();
  manager.addPass(createConvertTileToSimtPass(options));
  manager.addPass(mlir::createCanonicalizerPass());
  manager.addPass(mlir::createCSEPass());
  if (hasNarrowIndices(target)) {
    manager.addNestedPass<mlir::gpu::GPUModuleOp>(simt::createNarrowIndicesPass());
    manager.addPass(mlir::createCanonicalizerPass());
    manager.addPass(mlir::createCSEPass());
  }
  if (delaySeed)
    manager.addNestedPass<mlir::gpu::GPUModuleOp>(
        simt::createInjectDelaysPass({*delaySeed}));
}

void fovea::buildNvvmPipeline(mlir::OpPassManager &manager) {
  manager.addPass(createConvertSimtToNVVMPass());
}

void fovea::buildGpuPipeline(mlir::OpPassManager &manager, llvm::StringRef target) {
  buildPlacementPipeline(manager);
  buildSimtPipeline(manager, target, /*delaySeed=*/std::nullopt);
  buildNvvmPipeline(manager);
}
