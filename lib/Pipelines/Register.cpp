//===- Register.cpp - what the tools know ---------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Pipelines/Register.h"
#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Conversion/Passes.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/Transforms/Gradient.h"
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
#include "mlir/IR/Diagnostics.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"

/// Where a dialect is missing, says how one of a plugin is loaded.
static void addPluginNotes(mlir::MLIRContext *context, fovea::attn::AttnDialect *) {
  context->getDiagEngine().registerHandler([](mlir::Diagnostic &diagnostic) {
    std::string text = diagnostic.str();
    llvm::StringRef message = text;
    if (message.contains("created with unregistered dialect") ||
        (message.starts_with("Dialect `") && message.contains("not found")))
      diagnostic.attachNote() << "a plugin that has this dialect is loaded by "
                                 "--load-dialect-plugin=<file>, "
                                 "in CMake by PLUGINS of fovea_add_kernels";
    return mlir::failure(); // others print it
  });
}

void fovea::registerAllDialects(mlir::DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::registerAllToLLVMIRTranslations(registry);
  registerEmitTileModels(registry);
  tuning::registerTuningModels(registry);
  reference::registerEvaluateModels(registry);
  registerNumericsModels(registry);
  attn::registerGradientModels(registry);
  registry.insert<attn::AttnDialect, tile::TileDialect, simt::SimtDialect>();
  registry.addExtension(addPluginNotes);
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
