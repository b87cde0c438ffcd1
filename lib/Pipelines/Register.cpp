//===- Register.cpp - what the tools know ---------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Pipelines/Register.h"
#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Conversion/Passes.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/Transforms/Passes.h"
#include "fovea/Dialect/Simt/IR/Simt.h"
#include "fovea/Dialect/Simt/Transforms/Passes.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Dialect/Tile/Transforms/Passes.h"
#include "fovea/Numerics/NumericsOpInterface.h"
#include "fovea/Pipelines/Pipelines.h"
#include "fovea/Reference/Evaluate.h"
#include "fovea/Target/CPU/CpuTarget.h"
#include "fovea/Target/GPU/EmitPtx.h"
#include "fovea/Tuning/Transforms/Passes.h"
#include "fovea/Tuning/TuningInterfaces.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"

void fovea::registerAllDialects(mlir::DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::registerAllToLLVMIRTranslations(registry);
  registerEmitTileModels(registry);
  tuning::registerTuningModels(registry);
  reference::registerEvaluateModels(registry);
  registerNumericsModels(registry);
  registry.insert<attn::AttnDialect, tile::TileDialect, simt::SimtDialect>();
}

void fovea::registerAllPasses() {
  mlir::registerAllPasses();
  attn::registerAttnPasses();
  tuning::registerTuningPasses();
  tile::registerTilePasses();
  simt::registerSimtPasses();
  registerFoveaConversionPasses();
  registerCpuPipeline();
  registerGpuPipelines();
  registerPipelines();
}
