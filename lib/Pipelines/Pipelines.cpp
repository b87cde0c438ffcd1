//===- Pipelines.cpp - the roads that tools and tests share ---------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Pipelines/Pipelines.h"

#include "fovea/Conversion/Passes.h"
#include "fovea/Dialect/Attn/Transforms/Passes.h"
#include "fovea/Tuning/Schedule.h"
#include "fovea/Tuning/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"

using namespace fovea;

void fovea::buildSpecToAttnPipeline(mlir::OpPassManager &manager,
                                    const SpecOptions &options) {
  attn::ExpandSpecPassOptions expandOptions;
  expandOptions.auxOutputs = options.auxOutputs;
  manager.addPass(attn::createExpandSpecPass(expandOptions));
  attn::DifferentiatePassOptions backwardOptions;
  backwardOptions.marked = true;
  backwardOptions.save.assign(options.save.begin(), options.save.end());
  backwardOptions.reportMemory = options.reportMemory;
  manager.addPass(attn::createDifferentiatePass(backwardOptions));
  manager.addNestedPass<mlir::func::FuncOp>(attn::createInferRowsPass());
  if (options.fuse) {
    manager.addNestedPass<mlir::func::FuncOp>(attn::createFoldGatesPass());
    attn::FusePassOptions fuseOptions;
    fuseOptions.maxAttends = tuning::getMostAttends(options.target);
    // Where one kernel takes all attentions, no branch is stored as it is.
    if (fuseOptions.maxAttends == 1) {
      manager.addNestedPass<mlir::func::FuncOp>(attn::createSplitCombinePass());
      manager.addNestedPass<mlir::func::FuncOp>(attn::createChainGradientsPass());
    }
    manager.addNestedPass<mlir::func::FuncOp>(attn::createFusePass(fuseOptions));
  }
}

void fovea::buildListSchedulesPipeline(mlir::OpPassManager &manager,
                                       const SpecOptions &options) {
  if (options.target == "cpu")
    return;
  tuning::ListSchedulesPassOptions list;
  list.target = options.target;
  list.table = options.table;
  list.builtInTable = options.builtInTable;
  manager.addNestedPass<mlir::func::FuncOp>(tuning::createListSchedulesPass(list));
}

void fovea::buildAttnToTilePipeline(mlir::OpPassManager &manager,
                                    const SpecOptions &options) {
  buildListSchedulesPipeline(manager, options);
  manager.addNestedPass<mlir::func::FuncOp>(tuning::createChooseSchedulesPass());
  if (options.workTokens) {
    tuning::EstimateWorkPassOptions work;
    work.tokens = options.workTokens;
    manager.addNestedPass<mlir::func::FuncOp>(tuning::createEstimateWorkPass(work));
  }
  manager.addPass(createConvertAttnToTilePass());
}

void fovea::buildSpecToTilePipeline(mlir::OpPassManager &manager,
                                    const SpecOptions &options) {
  buildSpecToAttnPipeline(manager, options);
  buildAttnToTilePipeline(manager, options);
}

namespace {
struct GpuOptions : mlir::PassPipelineOptions<GpuOptions> {
  Option<std::string> target{*this, "target", llvm::cl::desc("a GPU target"),
                             llvm::cl::init("sm_90a")};
};
} // namespace

void fovea::registerPipelines() {
  mlir::PassPipelineRegistration<SpecOptions>(
      "fovea-spec-to-attn", "Expand specs and fuse", buildSpecToAttnPipeline);
  mlir::PassPipelineRegistration<SpecOptions>(
      "fovea-attn-to-tile",
      "Expand specs, fuse, and lower to launch programs of tile kernels",
      buildSpecToTilePipeline);
  mlir::PassPipelineRegistration<>(
      "fovea-place-tiles", "Logical tile kernels to placed ones, with roles and waits",
      buildPlacementPipeline);
  mlir::PassPipelineRegistration<GpuOptions>(
      "fovea-tile-to-nvvm",
      "Launch programs of logical tile kernels to gpu.modules in nvvm",
      [](mlir::OpPassManager &manager, const GpuOptions &options) {
        buildGpuPipeline(manager, options.target.getValue());
      });
}
