//===- Pipelines.h - the roads that tools and tests share -------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Each pipeline is a name in fovea-opt and a function here, so that what foveac
// does can be repeated and looked at step by step:
//
//   foveac s.mlir --emit=attn         =  fovea-opt s.mlir --fovea-spec-to-attn
//   foveac s.mlir --emit=tile         =  fovea-opt s.mlir --fovea-attn-to-tile
//   foveac s.mlir --emit=tile-placed  =  fovea-opt t.mlir --fovea-place-tiles
//   foveac s.mlir --emit=nvvm         =  fovea-opt t.mlir --fovea-tile-to-nvvm
//
// where t.mlir is what --emit=tile writes for the same target.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_PIPELINES_PIPELINES_H
#define FOVEA_PIPELINES_PIPELINES_H

#include "mlir/Pass/PassOptions.h"

#include <optional>

namespace mlir {
class OpPassManager;
}

namespace fovea {

struct SpecOptions : mlir::PassPipelineOptions<SpecOptions> {
  Option<bool> fuse{*this, "fuse", llvm::cl::desc("form groups of operations"),
                    llvm::cl::init(true)};
  Option<bool> auxOutputs{*this, "aux-outputs",
                          llvm::cl::desc("also return lse and indices of each branch"),
                          llvm::cl::init(false)};
  ListOption<std::string> save{
      *this, "save",
      llvm::cl::desc("what forward functions save for backward ones, as for "
                     "attn-differentiate: out, lse, output, indices, or all, or none"),
      llvm::cl::list_init<std::string>({"all"})};
  Option<bool> reportMemory{*this, "report-memory",
                            llvm::cl::desc("say what saving takes"),
                            llvm::cl::init(false)};
  Option<std::string> target{*this, "target",
                             llvm::cl::desc("what schedules are chosen for"),
                             llvm::cl::init("cpu")};
  Option<std::string> table{*this, "table",
                            llvm::cl::desc("a file of measured schedules, as for "
                                           "attn-list-schedules; empty: none"),
                            llvm::cl::init("")};
  Option<bool> builtInTable{
      *this, "built-in-table",
      llvm::cl::desc("use the measured schedules that Fovea comes with"),
      llvm::cl::init(true)};
  Option<int64_t> workTokens{
      *this, "work-tokens",
      llvm::cl::desc("write the work of a sequence of so many tokens, as "
                     "attn-estimate-work does; 0: none"),
      llvm::cl::init(0)};
};

/// `fovea-spec-to-attn`: specs become functions of attn operations, the backward ones
/// that they or functions ask for included, in groups unless `fuse` is off.
void buildSpecToAttnPipeline(mlir::OpPassManager &manager, const SpecOptions &options);

/// Lists the schedules that a GPU's kernels may have; for the CPU, nothing.
void buildListSchedulesPipeline(mlir::OpPassManager &manager,
                                const SpecOptions &options);

/// From there on: functions of attn operations become launch programs of tile kernels.
/// Lists schedules where there are none.
void buildAttnToTilePipeline(mlir::OpPassManager &manager, const SpecOptions &options);

/// `fovea-attn-to-tile`: the above, one behind the other.
void buildSpecToTilePipeline(mlir::OpPassManager &manager, const SpecOptions &options);

/// `fovea-tile-to-nvvm`: from launch programs of logical tile kernels to host functions
/// plus one gpu.module per kernel in nvvm, with the attribute `tile.kernel_abi`.
/// `target` names a GPU target. It is the three below, one behind the other.
void buildGpuPipeline(mlir::OpPassManager &manager, llvm::StringRef target);

/// Logical tile kernels to placed ones.
void buildPlacementPipeline(mlir::OpPassManager &manager);

/// Those to threads. A `delaySeed` is for tests: kernels sleep as simt-inject-delays
/// says.
void buildSimtPipeline(mlir::OpPassManager &manager, llvm::StringRef target,
                       std::optional<uint32_t> delaySeed);

/// Threads to nvvm.
void buildNvvmPipeline(mlir::OpPassManager &manager);

/// Makes the pipelines known to fovea-opt by name.
void registerPipelines();

} // namespace fovea

#endif // FOVEA_PIPELINES_PIPELINES_H
