//===- NvvmToLLVM.cpp - the last dialect before LLVM IR -------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/GPU/EmitPtx.h"

#include "mlir/Conversion/ConvertToLLVM/ToLLVMPass.h"
#include "mlir/Conversion/NVVMToLLVM/NVVMToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;
using namespace fovea;

/// convert-to-llvm takes cf, arith, func and index together. Their own passes
/// would do too, but those of cf and func only run on a builtin.module. No pattern of
/// these dialects asks for its changes to be undone, and what undoes them takes time.
void fovea::buildNvvmToLLVMPipeline(OpPassManager &pm) {
  SCFToControlFlowPassOptions toBlocks;
  toBlocks.allowPatternRollback = false;
  pm.addPass(createSCFToControlFlowPass(toBlocks));
  pm.addPass(createConvertNVVMToLLVMPass());
  ConvertToLLVMPassOptions toLLVM;
  toLLVM.allowPatternRollback = false;
  pm.addPass(createConvertToLLVMPass(toLLVM));
  pm.addPass(createReconcileUnrealizedCastsPass());
}

void fovea::registerGpuPipelines() {
  PassPipelineRegistration<>(
      "fovea-nvvm-to-llvm",
      "Lower GPU kernels of the nvvm dialect to what LLVM IR can say",
      buildNvvmToLLVMPipeline);
}
